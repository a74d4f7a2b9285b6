//! What an export says, whatever it is written as: cases of requests, with variables in the place of keys and ids.

use std::collections::BTreeSet;

/// A file of an export: its name, and what it holds.
pub(crate) type File = (String, String);

/// A piece of text, or a variable whose value is put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// Text as it is.
    Literal(String),
    /// The value of a variable.
    Variable(String),
}

/// Text with variables in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Text(pub(crate) Vec<Part>);

impl Text {
    /// Text as it is.
    pub(crate) fn literal(text: impl Into<String>) -> Self {
        Self(vec![Part::Literal(text.into())])
    }

    /// The value of a variable.
    pub(crate) fn variable(name: impl Into<String>) -> Self {
        Self(vec![Part::Variable(name.into())])
    }

    /// With this behind it.
    pub(crate) fn then(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// One text, each part written as the format writes it.
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

/// What must hold of an answer beside its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Holds {
    /// The member at this path is `true`.
    True(Vec<String>),
    /// The member at this path is this number, as decimals are compared.
    Number(Vec<String>, String),
    /// This stands somewhere in the body.
    Contains(Text),
}

/// What is taken from an answer for later requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Capture {
    /// The variable.
    pub(crate) variable: String,
    /// Where the string is.
    pub(crate) path: Vec<String>,
}

/// One request and what must come of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    /// What it does, in a few words.
    pub(crate) what: String,
    /// Method.
    pub(crate) method: String,
    /// The whole URL.
    pub(crate) url: Text,
    /// Headers.
    pub(crate) headers: Vec<(String, Text)>,
    /// Body; none where none is sent.
    pub(crate) body: Option<Text>,
    /// The statuses that are allowed.
    pub(crate) statuses: BTreeSet<u16>,
    /// What else must hold.
    pub(crate) holds: Vec<Holds>,
    /// What is kept of the answer.
    pub(crate) captures: Vec<Capture>,
}

impl Request {
    /// The allowed statuses in words: `200 or 400`.
    pub(crate) fn allowed(&self) -> String {
        self.joined(" or ")
    }

    /// The allowed statuses with this between them.
    pub(crate) fn joined(&self, between: &str) -> String {
        self.statuses.iter().map(u16::to_string).collect::<Vec<_>>().join(between)
    }

    /// Whether it says of what kind its body is.
    pub(crate) fn is_typed(&self) -> bool {
        self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
    }
}

/// A case: requests that go one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Case {
    /// Its address in the plan.
    pub(crate) id: String,
    /// What it is about.
    pub(crate) title: String,
    /// Requirements that it serves.
    pub(crate) serves: Vec<String>,
    /// Its requests.
    pub(crate) requests: Vec<Request>,
}

/// A variable that whoever runs the export gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variable {
    /// Name.
    pub(crate) name: String,
    /// What it stands for.
    pub(crate) what: String,
    /// Its value, where that is no secret.
    pub(crate) value: Option<String>,
}

/// Everything that an export says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Script {
    /// What it was made from: contract, tier and seed.
    pub(crate) made_from: String,
    /// What has to be given.
    pub(crate) variables: Vec<Variable>,
    /// The cases, in the order of the plan.
    pub(crate) cases: Vec<Case>,
    /// Cases that are left out: why, and which.
    pub(crate) left_out: Vec<(String, Vec<String>)>,
}
