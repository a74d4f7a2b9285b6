//! The content of an export, independent of its format: cases of requests, with variables in place of keys and ids.

use std::collections::BTreeSet;

/// A file of an export: its name and its content.
pub(crate) type File = (String, String);

/// A piece of text, or a variable that is replaced by its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// Literal text.
    Literal(String),
    /// The value of a variable.
    Variable(String),
}

/// Text that may contain variables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Text(pub(crate) Vec<Part>);

impl Text {
    /// Creates literal text.
    pub(crate) fn literal(text: impl Into<String>) -> Self {
        Self(vec![Part::Literal(text.into())])
    }

    /// Creates the value of a variable.
    pub(crate) fn variable(name: impl Into<String>) -> Self {
        Self(vec![Part::Variable(name.into())])
    }

    /// Appends another text.
    pub(crate) fn then(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Renders the text, with each part written as the format requires.
    pub(crate) fn render(
        &self,
        literal: impl Fn(&str) -> String,
        variable: impl Fn(&str) -> String,
    ) -> String {
        let part = |part: &Part| match part {
            Part::Literal(text) => literal(text),
            Part::Variable(name) => variable(name),
        };
        self.0.iter().map(part).collect()
    }
}

/// A condition on an answer, besides its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Holds {
    /// The member at this path is `true`.
    True(Vec<String>),
    /// The member at this path is this number; numbers are compared as decimals.
    Number(Vec<String>, String),
    /// The body contains this text.
    Contains(Text),
}

/// A value that is taken from an answer for later requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Capture {
    /// The variable.
    pub(crate) variable: String,
    /// The path of the string in the answer.
    pub(crate) path: Vec<String>,
}

/// A request and the conditions on its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    /// What the request does, in a few words.
    pub(crate) what: String,
    /// The method.
    pub(crate) method: String,
    /// The complete URL.
    pub(crate) url: Text,
    /// The headers.
    pub(crate) headers: Vec<(String, Text)>,
    /// The body; `None` if none is sent.
    pub(crate) body: Option<Text>,
    /// The allowed statuses.
    pub(crate) statuses: BTreeSet<u16>,
    /// Further conditions on the answer.
    pub(crate) holds: Vec<Holds>,
    /// The values that are taken from the answer.
    pub(crate) captures: Vec<Capture>,
}

impl Request {
    /// Returns the allowed statuses in words: `200 or 400`.
    pub(crate) fn allowed(&self) -> String {
        self.joined(" or ")
    }

    /// Returns the allowed statuses, separated by `between`.
    pub(crate) fn joined(&self, between: &str) -> String {
        self.statuses.iter().map(u16::to_string).collect::<Vec<_>>().join(between)
    }

    /// Returns true if the request has a `Content-Type` header.
    pub(crate) fn is_typed(&self) -> bool {
        self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
    }
}

/// A case: requests that are sent one after another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Case {
    /// The id of the case in the plan.
    pub(crate) id: String,
    /// The title of the case.
    pub(crate) title: String,
    /// The ids that the case serves.
    pub(crate) serves: Vec<String>,
    /// The requests.
    pub(crate) requests: Vec<Request>,
}

/// A variable that the user sets when running the export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variable {
    /// The name.
    pub(crate) name: String,
    /// What the variable stands for.
    pub(crate) what: String,
    /// The default value; `None` for a secret, which must be set.
    pub(crate) value: Option<String>,
}

/// The content of an export.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Script {
    /// What it was made from: contract, tier and seed.
    pub(crate) made_from: String,
    /// The variables.
    pub(crate) variables: Vec<Variable>,
    /// The cases, in the order of the plan.
    pub(crate) cases: Vec<Case>,
    /// The cases that are left out, by reason.
    pub(crate) left_out: Vec<(String, Vec<String>)>,
}
