//! Loads the smaller parts of a contract: roles, key scheme, phone numbers, order states, servers and page limits.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Builder;
use super::operations::METHODS;
use crate::contract::{KeyScheme, Msisdn, Operation, OperationId, Roles, Server, States};
use crate::fields::Fields;
use crate::place::escape;

impl Builder<'_> {
    pub(super) fn roles(&mut self, operations: &BTreeMap<OperationId, Operation>) -> Option<Roles> {
        let all: Vec<String> = self.need("/components/schemas/Role/enum", "the roles of profiles")?;
        let buy = &operations.get(&OperationId::BuyBulk)?.pointer;
        let pointer = format!("{buy}/x-allowed-roles");
        let buyers: Vec<String> = self.need(&pointer, "the roles that may buy")?;
        for buyer in &buyers {
            if !all.contains(buyer) {
                self.complain(&pointer, format!("`{buyer}` is not a role; the roles are {}", all.join(", ")));
            }
        }
        if buyers.is_empty() {
            self.complain(&pointer, "nobody may buy");
        }
        Some(Roles { all, buyers })
    }

    pub(super) fn key(&mut self) -> Option<KeyScheme> {
        let base = "/components/securitySchemes/ApiKey";
        Some(KeyScheme {
            header: self.need(&format!("{base}/name"), "the header of the key")?,
            test_prefix: self.need(&format!("{base}/x-test-prefix"), "what test keys start with")?,
            live_prefix: self.need(&format!("{base}/x-live-prefix"), "what live keys start with")?,
        })
    }

    pub(super) fn msisdn(&mut self, fields: &Fields) -> Option<Msisdn> {
        let base = format!("{}/x-msisdn", self.property("BulkItem", &fields.item.msisdn));
        Some(Msisdn {
            country_code: self.need(&format!("{base}/country-code"), "the country code")?,
            national_digits: self
                .need(&format!("{base}/national-digits"), "digits after the country code")?,
            trunk_prefix: self.need(&format!("{base}/trunk-prefix"), "what a local number starts with")?,
            sample_prefix: self.need(&format!("{base}/sample-prefix"), "first digits of the samples")?,
            shortest_possible: self.need(&format!("{base}/shortest-possible"), "a number of digits")?,
            longest_possible: self.need(&format!("{base}/longest-possible"), "a number of digits")?,
        })
    }

    pub(super) fn states(&mut self, fields: &Fields) -> Option<States> {
        let pointer = format!("{}/x-next", self.property("Order", &fields.order_read.state));
        let next: BTreeMap<String, BTreeSet<String>> =
            self.need(&pointer, "each state with those that may follow it")?;
        for (state, followers) in &next {
            for follower in followers.iter().filter(|follower| !next.contains_key(*follower)) {
                self.complain(
                    &format!("{pointer}/{state}"),
                    format!("`{follower}` is not a state of this list"),
                );
            }
        }
        let delivered: Option<String> = self
            .optional(&format!("{}/x-expected", self.property("Order", &fields.order_read.state)), "a state");
        if let Some(state) = delivered.as_ref().filter(|state| !next.contains_key(*state)) {
            self.complain(&pointer, format!("`{state}` is expected, and not a state of this list"));
        }
        Some(States { next, delivered })
    }

    pub(super) fn servers(&mut self) -> Vec<Server> {
        let document = self.document;
        // A path or an operation may have servers of its own, and those can be production servers too.
        let mut pointers = vec!["/servers".to_owned()];
        for (path, item) in document.value.get("paths").and_then(Value::as_object).into_iter().flatten() {
            let at = format!("/paths/{}", escape(path));
            pointers.push(format!("{at}/servers"));
            let methods = METHODS.iter().filter(|it| item.get(**it).is_some());
            pointers.extend(methods.map(|method| format!("{at}/{method}/servers")));
        }
        let lists = pointers.iter().filter_map(|it| document.value.pointer(it)).filter_map(Value::as_array);
        lists
            .flatten()
            .filter_map(|server| {
                let url = server.get("url").and_then(Value::as_str)?.to_owned();
                // A server without a mark counts as production, since that mistake costs no money.
                let environment = server.get("x-environment").and_then(Value::as_str).unwrap_or("production");
                Some(Server { url, production: environment == "production" })
            })
            .collect()
    }

    pub(super) fn two_statuses(&mut self, schema: &str, name: &str) -> Option<(String, String)> {
        let pointer = self.property(schema, name);
        let all: Vec<String> = self.need(&format!("{pointer}/enum"), "its two statuses")?;
        let good: String = self.need(&format!("{pointer}/x-expected"), "the status of what can be bought")?;
        let bad = all.into_iter().find(|status| *status != good)?;
        Some((good, bad))
    }

    pub(super) fn page_limits(&mut self) -> Option<(u32, u32)> {
        let document = self.document;
        let pointer = document.value.get("paths").and_then(Value::as_object).and_then(|paths| {
            let path = paths.iter().find(|(_, item)| {
                item.pointer("/get/operationId").and_then(Value::as_str) == Some(OperationId::Orders.name())
            })?;
            let parameters = self.parameters(&format!("/paths/{}/get", escape(path.0)));
            let is_limit = |it: &&String| {
                let mark = document.value.pointer(&format!("{it}/x-field"));
                mark.and_then(Value::as_str) == Some("limit")
            };
            parameters.iter().find(is_limit).map(|it| format!("{it}/schema"))
        })?;
        let most = self.need(&format!("{pointer}/maximum"), "the largest page")?;
        Some((most, self.need(&format!("{pointer}/default"), "the page without a limit")?))
    }
}
