//! Reads the facts of a request from its bytes and from what is known about the server, never from what the plan meant
//! it to be.

use spec::Contract;

use super::door;
use super::facts::{Auth, Body, Facts, Media, OtherReading};
use super::json::{Json, Unreadable};
use super::lenient;
use super::read_order::OrderReader;
use super::wallet::Wallet;
use crate::history::{AccountFacts, Catalog, KeyUse, Request, Transport};

/// The size in bytes beyond which a body may be refused for its size (AMB-SIZE).
const LARGE_BODY: usize = 8 * 1024;

impl Facts {
    /// Reads a request.
    #[must_use]
    pub(crate) fn of(
        contract: &Contract,
        catalog: Option<&Catalog>,
        actor: Option<&AccountFacts>,
        wallet: Wallet,
        contended: bool,
        request: &Request,
    ) -> Self {
        let auth = match (&request.key, actor) {
            (KeyUse::Absent, _) => Auth::Missing,
            (KeyUse::Bad(_), _) | (_, None) => Auth::Bad,
            (_, Some(actor)) if actor.revoked => Auth::Bad,
            _ => Auth::Good,
        };
        let role = actor.and_then(|actor| actor.role.clone());
        let reader = OrderReader { contract, catalog, role: role.as_deref() };
        let bytes = &request.body.0;
        let (mut disputed, mut too_deep) = (false, false);
        let body = match Json::read(bytes) {
            Ok(json) => {
                disputed = json.has_huge_number();
                reader.body(&json)
            }
            Err(Unreadable::Unclear(why)) => match Json::read_shallow(bytes) {
                Some(json) => {
                    too_deep = true;
                    reader.body(&json)
                }
                None => Body::Unclear(why),
            },
            Err(Unreadable::NotJson(_)) => Body::NotJson,
        };
        let others = lenient::readings(contract, bytes).into_iter();
        let others = others.map(|it| OtherReading { liberty: it.liberty, body: reader.body(&it.json) });
        let others = others.filter(|it| it.body != body).collect();
        Self {
            auth,
            role,
            media: media(request),
            large: request.body.0.len() > LARGE_BODY,
            door: door::is_another(contract, request),
            chunked: request.transport == Transport::Chunked,
            body,
            disputed,
            too_deep,
            others,
            wallet,
            contended,
            repeated: false,
        }
    }
}

fn media(request: &Request) -> Media {
    let mut types = request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let (Some((_, value)), None) = (types.next(), types.next()) else { return Media::Other };
    let compact: String = value.chars().filter(|c| !c.is_whitespace()).collect();
    match compact.as_str() {
        "application/json" | "application/json;charset=utf-8" | "application/json;charset=UTF-8" => {
            Media::Json
        }
        _ => Media::Other,
    }
}
