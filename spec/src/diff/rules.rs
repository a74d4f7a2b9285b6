//! The table of rules: what each kind of change means for a client.
//!
//! A change is *breaking* if it takes away what a client could rely on (a request that was accepted may be refused, a
//! promised part of a response may be missing or of another kind); *dangerous* if it may surprise a client that reads
//! more strictly than it must, or that guards its money less than it must; and *harmless* otherwise. Each rule is
//! listed with its mirror, which judges the reverse change.

use std::fmt;

/// What a change means for a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Impact {
    /// No client notices it.
    Harmless,
    /// A strict or careless client may notice it.
    Dangerous,
    /// A client that relied on the contract notices it.
    Breaking,
}

impl fmt::Display for Impact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Harmless => "harmless",
            Self::Dangerous => "dangerous",
            Self::Breaking => "breaking",
        })
    }
}

/// The direction of the data that a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// What a client may send.
    Request,
    /// What a client may receive.
    Response,
    /// Both directions, or the document itself.
    Both,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Request => "request",
            Self::Response => "response",
            Self::Both => "both",
        })
    }
}

/// One rule.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// The rule's id, such as `request-max-items-lowered`.
    pub id: &'static str,
    /// The rule that judges the reverse change; the rule itself if the reverse is a change of the same kind.
    pub mirror: &'static str,
    /// The direction of the data.
    pub direction: Direction,
    /// How bad the change is.
    pub impact: Impact,
    /// The reason for the impact.
    pub why: &'static str,
}

impl Rule {
    /// Returns true if the rule concerns wording and samples only, so that no requirement has to be checked again.
    #[must_use]
    pub fn is_wording(&self) -> bool {
        ["description-changed", "example-changed", "tags-changed", "version-changed"].contains(&self.id)
    }
}

/// Returns every rule, each followed by its mirror.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    [REQUEST, REQUEST_ONLY, RESPONSE, RESPONSE_ONLY, BOTH, CONTRACT].into_iter().flatten().chain(ITSELF)
}

/// Returns the rule with an id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id == id)
}

/// Defines a table of pairs of rules, whose ids get the prefix of the direction; each rule of a pair is the other's
/// mirror.
macro_rules! pairs {
    ($name:ident, $direction:ident, $prefix:literal; $($a:literal $ia:ident $wa:literal <=> $b:literal $ib:ident $wb:literal;)*) => {
        const $name: &[Rule] = &[$(
            Rule { id: concat!($prefix, $a), mirror: concat!($prefix, $b), direction: Direction::$direction, impact: Impact::$ia, why: $wa },
            Rule { id: concat!($prefix, $b), mirror: concat!($prefix, $a), direction: Direction::$direction, impact: Impact::$ib, why: $wb },
        )*];
    };
}

/// Defines a table of rules that are their own mirrors.
macro_rules! itself {
    ($name:ident; $($direction:ident $id:literal $impact:ident $why:literal;)*) => {
        const $name: &[Rule] = &[$(
            Rule { id: $id, mirror: $id, direction: Direction::$direction, impact: Impact::$impact, why: $why },
        )*];
    };
}

pairs! { REQUEST, Request, "request-";
    "max-items-lowered" Breaking "longer lists that were accepted are refused" <=> "max-items-raised" Harmless "every list that was accepted still is";
    "min-items-raised" Breaking "shorter lists that were accepted are refused" <=> "min-items-lowered" Harmless "every list that was accepted still is";
    "max-length-lowered" Breaking "longer texts that were accepted are refused" <=> "max-length-raised" Harmless "every text that was accepted still is";
    "min-length-raised" Breaking "shorter texts that were accepted are refused" <=> "min-length-lowered" Harmless "every text that was accepted still is";
    "maximum-lowered" Breaking "larger numbers that were accepted are refused" <=> "maximum-raised" Harmless "every number that was accepted still is";
    "minimum-raised" Breaking "smaller numbers that were accepted are refused" <=> "minimum-lowered" Harmless "every number that was accepted still is";
    "multiple-of-narrowed" Breaking "numbers between the new steps are refused" <=> "multiple-of-widened" Harmless "every number that was accepted still is";
    "unique-items-added" Breaking "lists with repetitions are refused" <=> "unique-items-removed" Harmless "every list that was accepted still is";
    "pattern-added" Breaking "texts that do not match are refused" <=> "pattern-removed" Harmless "every text that was accepted still is";
    "type-narrowed" Breaking "values of the wider type are refused" <=> "type-widened" Harmless "every value that was accepted still is";
    "format-narrowed" Breaking "values outside the format are refused" <=> "format-widened" Harmless "every value that was accepted still is";
    "enum-introduced" Breaking "values that are not listed are refused" <=> "enum-dropped" Harmless "every value that was accepted still is";
    "enum-value-removed" Breaking "senders of the value are refused" <=> "enum-value-added" Harmless "nobody has to send the value";
    "became-not-nullable" Breaking "senders of null are refused" <=> "became-nullable" Harmless "nobody has to send null";
    "required-field-added" Breaking "senders that do not know the field are refused" <=> "required-field-removed" Dangerous "whether an unknown field is refused is left open, and everybody sends this one";
    "optional-field-added" Harmless "nobody has to send it" <=> "optional-field-removed" Dangerous "whether an unknown field is refused is left open, and some send this one";
    "field-became-required" Breaking "senders that leave it out are refused" <=> "field-became-optional" Harmless "whoever sends it still may";
    "additional-properties-closed" Breaking "senders of further fields are refused" <=> "additional-properties-opened" Harmless "nobody has to send further fields";
    "all-of-added" Breaking "values that miss the new condition are refused" <=> "all-of-removed" Harmless "every value that was accepted still is";
    "alternative-removed" Breaking "senders of the alternative are refused" <=> "alternative-added" Harmless "nobody has to send the alternative";
}

pairs! { REQUEST_ONLY, Request, "request-";
    "required-parameter-added" Breaking "callers that do not know the parameter are refused" <=> "required-parameter-removed" Dangerous "everybody sends it, and what it asked for is no longer heard";
    "optional-parameter-added" Harmless "nobody has to send it" <=> "optional-parameter-removed" Dangerous "whoever sends it gets an answer to another question";
    "parameter-became-required" Breaking "callers that leave it out are refused" <=> "parameter-became-optional" Harmless "whoever sends it still may";
    "required-body-added" Breaking "callers without a body are refused" <=> "required-body-removed" Dangerous "what everybody sends is no longer heard";
    "optional-body-added" Harmless "nobody has to send it" <=> "optional-body-removed" Dangerous "what some send is no longer heard";
    "body-became-required" Breaking "callers without a body are refused" <=> "body-became-optional" Harmless "whoever sends it still may";
    "media-type-removed" Breaking "senders of the media type are refused" <=> "media-type-added" Harmless "nobody has to send it";
}

pairs! { RESPONSE, Response, "response-";
    "max-items-lowered" Harmless "receivers are ready for longer lists" <=> "max-items-raised" Dangerous "receivers that count on the limit meet longer lists";
    "min-items-raised" Harmless "receivers are ready for shorter lists" <=> "min-items-lowered" Dangerous "receivers that count on the limit meet shorter lists";
    "max-length-lowered" Harmless "receivers are ready for longer texts" <=> "max-length-raised" Dangerous "receivers that check the length or store so much only meet longer texts";
    "min-length-raised" Harmless "receivers are ready for shorter texts" <=> "min-length-lowered" Dangerous "receivers that check the length meet shorter texts";
    "maximum-lowered" Harmless "receivers are ready for larger numbers" <=> "maximum-raised" Dangerous "receivers that count on the limit meet larger numbers";
    "minimum-raised" Harmless "receivers are ready for smaller numbers" <=> "minimum-lowered" Dangerous "receivers that count on the limit meet smaller numbers";
    "multiple-of-narrowed" Harmless "receivers are ready for finer steps" <=> "multiple-of-widened" Dangerous "receivers that count on the steps meet finer ones";
    "unique-items-added" Harmless "receivers are ready for repetitions" <=> "unique-items-removed" Dangerous "receivers that count on uniqueness meet repetitions";
    "pattern-added" Harmless "receivers are ready for any text" <=> "pattern-removed" Dangerous "generated clients refuse texts that miss the pattern";
    "type-narrowed" Harmless "receivers are ready for the wider type" <=> "type-widened" Breaking "receivers can't decode values of the wider type";
    "format-narrowed" Harmless "receivers are ready for the wider format" <=> "format-widened" Breaking "receivers can't decode values outside the format";
    "enum-introduced" Harmless "receivers are ready for any value" <=> "enum-dropped" Dangerous "receivers that know the listed values only meet others";
    "enum-value-removed" Harmless "the value no longer comes" <=> "enum-value-added" Dangerous "receivers that know the listed values only meet another";
    "became-not-nullable" Harmless "receivers are ready for null" <=> "became-nullable" Breaking "receivers that count on a value meet null";
    "required-field-added" Harmless "further fields are allowed at any time" <=> "required-field-removed" Breaking "what every receiver could read is gone";
    "optional-field-added" Harmless "further fields are allowed at any time" <=> "optional-field-removed" Breaking "what receivers could read is gone for good";
    "field-became-required" Harmless "receivers are ready for its absence" <=> "field-became-optional" Breaking "receivers that count on the field may miss it";
    "additional-properties-closed" Harmless "receivers are ready for further fields" <=> "additional-properties-opened" Dangerous "receivers that refuse unknown fields meet some";
    "all-of-added" Harmless "receivers are ready for values that miss the new condition" <=> "all-of-removed" Dangerous "receivers that count on the condition meet values that miss it";
    "alternative-removed" Harmless "the alternative no longer comes" <=> "alternative-added" Dangerous "receivers that know the listed alternatives only meet another";
}

pairs! { RESPONSE_ONLY, Response, "response-";
    "success-status-added" Dangerous "a client that does not know the status takes a success for a failure" <=> "success-status-removed" Breaking "the success that clients wait for no longer comes";
    "error-status-added" Dangerous "clients meet a status that they do not tell apart" <=> "error-status-removed" Dangerous "what used to be told apart comes under another status";
    "media-type-added" Dangerous "receivers that do not look at the type can't read it" <=> "media-type-removed" Breaking "receivers that ask for the type get another";
    "header-added" Harmless "further headers are allowed at any time" <=> "header-removed" Breaking "what receivers could read is gone";
    "error-code-added" Dangerous "programs meet an error code that they do not know" <=> "error-code-removed" Dangerous "programs wait for an error code that no longer comes";
}

pairs! { BOTH, Both, "";
    "path-added" Harmless "nobody has to call it" <=> "path-removed" Breaking "every call of it fails";
    "operation-added" Harmless "nobody has to call it" <=> "operation-removed" Breaking "every call of it fails";
    "deprecation-added" Dangerous "it will go; its users have to move" <=> "deprecation-withdrawn" Harmless "it stays";
    "security-added" Breaking "callers without a key are refused" <=> "security-removed" Dangerous "it is open to everybody, and to mistakes of everybody";
    "security-alternative-removed" Breaking "callers that prove themselves this way are refused" <=> "security-alternative-added" Harmless "nobody has to use it";
    "security-scheme-added" Harmless "where it is asked for is judged at the operations" <=> "security-scheme-removed" Harmless "where it was asked for is judged at the operations";
    "role-refused" Breaking "callers of the role are forbidden" <=> "role-allowed" Harmless "whoever was allowed still is";
    "purchase-mark-added" Breaking "a call that was free to repeat now spends money" <=> "purchase-mark-removed" Harmless "whoever is careful still may be";
    "stability-lowered" Dangerous "the promise is less firm than it was" <=> "stability-raised" Harmless "the promise is firmer than it was";
    "server-removed" Breaking "callers of its address reach nobody" <=> "server-added" Harmless "nobody has to call it";
    "msisdn-narrowed" Breaking "numbers that could be phone numbers are refused" <=> "msisdn-widened" Harmless "every number that was accepted still is";
    "state-added" Dangerous "programs that know the listed states only meet another" <=> "state-removed" Harmless "the state no longer comes";
    "transition-added" Dangerous "programs that know the listed steps only meet another" <=> "transition-removed" Harmless "the step no longer happens";
}

pairs! { CONTRACT, Both, "";
    "requirement-added" Harmless "clients may rely on more" <=> "requirement-withdrawn" Breaking "clients may no longer rely on it";
    "requirement-level-raised" Harmless "it binds more servers" <=> "requirement-level-lowered" Dangerous "it binds fewer servers, and runs no longer insist on it";
    "ambiguity-added" Dangerous "what clients may have taken for settled is open" <=> "ambiguity-settled" Harmless "what was open is settled elsewhere";
    "ambiguity-outcome-added" Dangerous "servers may answer in one more way" <=> "ambiguity-outcome-removed" Harmless "clients are ready for the outcome that no longer comes";
    "citation-added" Harmless "the requirement is checked against more of the document" <=> "citation-removed" Harmless "the requirement stands; this part no longer carries it";
}

itself! { ITSELF;
    Request "request-multiple-of-changed" Breaking "numbers of the old steps that miss the new ones are refused";
    Request "request-pattern-changed" Breaking "texts that match only the old pattern are refused";
    Request "request-type-changed" Breaking "values of the old type are refused";
    Request "request-format-changed" Breaking "values of the old format are refused";
    Request "request-default-changed" Dangerous "whoever leaves it out gets another behaviour";
    Request "request-parameter-style-changed" Breaking "what was sent the old way is read in another";
    Request "request-media-type-parameters-changed" Harmless "a server reads the type, whatever parameters stand behind it";
    Response "response-multiple-of-changed" Dangerous "receivers that count on the steps meet others";
    Response "response-pattern-changed" Dangerous "generated clients refuse texts that miss the old pattern";
    Response "response-type-changed" Breaking "receivers can't decode values of the new type";
    Response "response-format-changed" Breaking "receivers can't decode values of the new format";
    Response "response-default-changed" Dangerous "receivers that fill in the default fill in another value";
    Response "response-meaning-changed" Breaking "programs act on what the status used to stand for";
    Response "response-media-type-parameters-changed" Dangerous "receivers that compare the whole text of the header meet another";
    Both "operation-id-renamed" Dangerous "calls stay as they are, generated clients call it by another name";
    Both "path-parameter-renamed" Harmless "the name is not sent";
    Both "key-header-changed" Breaking "keys sent the old way are not found";
    Both "key-header-recased" Harmless "the name of a header has no letter case";
    Both "key-prefix-changed" Breaking "test keys are told from live ones by their prefix, and real money depends on it";
    Both "server-environment-changed" Breaking "whether an order there costs real money depends on it";
    Both "msisdn-changed" Breaking "another form of number is expected";
    Both "expected-changed" Dangerous "programs compare with the old value";
    Both "requirement-statement-changed" Dangerous "it promises something else; read both";
    Both "requirement-role-changed" Dangerous "it is about another role";
    Both "requirement-bookkeeping-changed" Harmless "how it is checked and listed, not what it promises";
    Both "ambiguity-question-changed" Harmless "the same question in other words; what is accepted is judged apart";
    Both "field-mark-changed" Harmless "how this project's programs find it, not what is sent";
    Both "version-changed" Harmless "the number of the revision";
    Both "description-changed" Harmless "words for a person";
    Both "example-changed" Harmless "a sample, not a rule";
    Both "tags-changed" Harmless "how the pages are ordered";
    Both "unreached-component-changed" Harmless "no operation of both revisions reaches it";
    Both "unjudged-changed" Dangerous "no rule knows what this does; judge it by hand and consider a rule";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_rule_has_its_mirror_and_stands_once() {
        let ids: BTreeSet<_> = all().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), all().count(), "a rule stands twice");
        for rule in all() {
            let mirror = find(rule.mirror).unwrap_or_else(|| panic!("{} has no mirror", rule.id));
            assert_eq!((mirror.mirror, mirror.direction), (rule.id, rule.direction), "{}", rule.id);
            let both_break = rule.impact == Impact::Breaking && mirror.impact == Impact::Breaking;
            assert!(rule.id == rule.mirror || !both_break, "{} breaks both ways: it hides a choice", rule.id);
        }
    }

    /// What is wider in one direction is narrower in the other, so no schema rule is harmless in both directions.
    #[test]
    fn what_is_harmless_to_send_is_not_harmless_to_receive() {
        for request in REQUEST {
            let response = find(&request.id.replace("request-", "response-")).unwrap();
            if request.impact == Impact::Harmless && !request.id.ends_with("-field-added") {
                assert!(response.impact > Impact::Harmless, "{}", response.id);
            }
        }
    }
}
