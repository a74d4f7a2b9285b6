//! Other ways to the purchase than the page shows: paths that a lenient router takes for its path, other methods, a method in
//! a header, a key in another place. A server refuses each, or treats it like the documented request: never more freely.

use spec::Contract;

use crate::secret::MASK;

/// Another way to the purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Door {
    /// A slash behind the path.
    TrailingSlash,
    /// A slash more within the path.
    DoubledSlash,
    /// The path in capitals.
    LetterCase,
    /// A letter of the path percent-encoded.
    Encoded,
    /// A segment `.` within the path.
    DotSegment,
    /// A query that nobody asked for.
    Query,
    /// Another method.
    Method(&'static str),
    /// Another method, with the documented one in a header that some frameworks heed.
    Overridden,
    /// The key in the query; none in the header.
    KeyInQuery,
    /// An empty key header before the right one.
    EmptyKeyToo,
}

/// The header that some frameworks take a method from.
pub const OVERRIDE: &str = "x-http-method-override";

impl Door {
    /// Every way, those of the path first.
    pub const ALL: [Self; 15] = [
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

    /// The method that goes out in place of the documented one.
    #[must_use]
    pub fn method(self, contract: &Contract) -> String {
        match self {
            Self::Method(method) => method.to_owned(),
            Self::Overridden => "GET".to_owned(),
            _ => contract.buy().method.clone(),
        }
    }

    /// The path, with its query; a mask stands where the key goes.
    #[must_use]
    pub fn path(self, contract: &Contract) -> String {
        let path = &contract.buy().path;
        // The second slash, so that the first segment stays what it is.
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

    /// Headers that it takes beyond those of the order.
    #[must_use]
    pub fn headers(self, contract: &Contract) -> Vec<(String, String)> {
        match self {
            Self::Overridden => vec![(OVERRIDE.to_owned(), contract.buy().method.clone())],
            Self::EmptyKeyToo => vec![(contract.key.header.to_ascii_lowercase(), String::new())],
            _ => Vec::new(),
        }
    }

    /// As an address names it.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Method(method) => method.to_ascii_lowercase(),
            other => super::odd::worded(&other),
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
