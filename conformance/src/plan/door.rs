//! Other routes to the purchase than the documented one: paths that a lenient router maps to it, other methods, a
//! method in a header, a key in another place. A server refuses each of them or treats it like the documented request,
//! never more leniently.

use spec::Contract;

use crate::secret::MASK;

/// Another route to the purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Door {
    /// A slash after the path.
    TrailingSlash,
    /// A doubled slash within the path.
    DoubledSlash,
    /// The path in capitals.
    LetterCase,
    /// The last letter of the path percent-encoded.
    Encoded,
    /// A segment `.` within the path.
    DotSegment,
    /// A query that the page does not mention.
    Query,
    /// Another method.
    Method(&'static str),
    /// Another method, with the documented one in a header that some frameworks obey.
    Overridden,
    /// The key in the query, and no key header.
    KeyInQuery,
    /// An empty key header before the right one.
    EmptyKeyToo,
}

/// The header from which some frameworks take the method.
pub(crate) const OVERRIDE: &str = "x-http-method-override";

impl Door {
    /// Every route, those that change the path first.
    pub(crate) const ALL: [Self; 15] = [
        Self::TrailingSlash,
        Self::DoubledSlash,
        Self::LetterCase,
        Self::Encoded,
        Self::DotSegment,
        Self::Query,
        Self::Method("PUT"),
        Self::Method("PATCH"),
        Self::Method("DELETE"),
        Self::Method("GET"),
        Self::Method("HEAD"),
        Self::Method("OPTIONS"),
        Self::Overridden,
        Self::KeyInQuery,
        Self::EmptyKeyToo,
    ];

    /// Returns the method that is sent.
    #[must_use]
    pub(crate) fn method(self, contract: &Contract) -> String {
        match self {
            Self::Method(method) => method.to_owned(),
            Self::Overridden => "GET".to_owned(),
            _ => contract.buy().method.clone(),
        }
    }

    /// Returns the path with its query. A mask stands in place of the key.
    #[must_use]
    pub(crate) fn path(self, contract: &Contract) -> String {
        let path = &contract.buy().path;
        // The second slash is doubled, so that the first segment stays unchanged.
        let within = path.match_indices('/').nth(1).map_or(0, |(at, _)| at);
        let last = path.char_indices().last().map_or(0, |(at, _)| at);
        match self {
            Self::TrailingSlash => format!("{path}/"),
            Self::DoubledSlash => format!("{}/{}", &path[..within], &path[within..]),
            Self::LetterCase => path.to_ascii_uppercase(),
            Self::Encoded => {
                let bytes = path[last..].bytes().map(|byte| format!("%{byte:02X}"));
                format!("{}{}", &path[..last], bytes.collect::<String>())
            }
            Self::DotSegment => format!("{}/.{}", &path[..within], &path[within..]),
            Self::Query => format!("{path}?x=1"),
            Self::KeyInQuery => format!("{path}?{}={MASK}", contract.key.header),
            _ => path.clone(),
        }
    }

    /// Returns the headers that this route needs beyond those of the order.
    #[must_use]
    pub(crate) fn headers(self, contract: &Contract) -> Vec<(String, String)> {
        match self {
            Self::Overridden => vec![(OVERRIDE.to_owned(), contract.buy().method.clone())],
            Self::EmptyKeyToo => vec![(contract.key.header.to_ascii_lowercase(), String::new())],
            _ => Vec::new(),
        }
    }

    /// Returns the name in a case's id.
    #[must_use]
    pub(crate) fn name(self) -> String {
        match self {
            Self::Method(method) => method.to_ascii_lowercase(),
            other => super::hostile::worded(&other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_each_way_leads() {
        let contract = spec::embedded().unwrap();
        let ways: Vec<String> = Door::ALL
            .map(|door| format!("{}: {} {}", door.name(), door.method(&contract), door.path(&contract)))
            .into_iter()
            .take(6)
            .collect();
        assert_eq!(
            ways,
            [
                "trailing-slash: POST /api/v1/data-bundles/buy-bulk/",
                "doubled-slash: POST /api//v1/data-bundles/buy-bulk",
                "letter-case: POST /API/V1/DATA-BUNDLES/BUY-BULK",
                "encoded: POST /api/v1/data-bundles/buy-bul%6B",
                "dot-segment: POST /api/./v1/data-bundles/buy-bulk",
                "query: POST /api/v1/data-bundles/buy-bulk?x=1",
            ]
        );
    }

    #[test]
    fn every_way_is_another_than_the_documented_one() {
        let contract = spec::embedded().unwrap();
        let buy = contract.buy();
        for door in Door::ALL {
            let same = door.method(&contract) == buy.method && door.path(&contract) == buy.path;
            assert!(!same || !door.headers(&contract).is_empty(), "{door:?}");
        }
        assert!(Door::KeyInQuery.path(&contract).ends_with(MASK), "no key stands in a plan");
    }
}
