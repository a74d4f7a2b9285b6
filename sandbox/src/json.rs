//! JSON values for responses: a tree that keeps the order of fields and writes money from its decimal text.

use spec::Pesewas;

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Text(String),
    Int(i64),
    Money(Pesewas),
    /// Text that is written unchanged; only faults use it.
    Raw(String),
    List(Vec<Self>),
    Object(Object),
}

/// The spelling of numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// `37.5`, `38`, `3`.
    #[default]
    Shortest,
    /// `37.50`, `38.00`, `3.0`.
    Decimal,
    /// `37.5`, `38.0`, `3`: amounts are spelt like floats.
    Float,
}

/// The fields in the order of their insertion.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Object(pub(crate) Vec<(String, Json)>);

impl Object {
    pub(crate) fn new() -> Self {
        Self(Vec::with_capacity(8))
    }

    /// Adds a field that does not exist yet.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Json>) -> Self {
        self.0.push((name.to_owned(), value.into()));
        self
    }

    /// Replaces a field, or adds it at the end.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<Json>) {
        match self.get_mut(name) {
            Some(field) => *field = value.into(),
            None => self.0.push((name.to_owned(), value.into())),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Json> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value)
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Json> {
        self.0.iter_mut().find(|(field, _)| field == name).map(|(_, value)| value)
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.0.retain(|(field, _)| field != name);
    }
}

impl Json {
    pub(crate) fn object(&mut self) -> Option<&mut Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    pub(crate) fn list(&mut self) -> Option<&mut Vec<Self>> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }

    pub(crate) fn money(&self) -> Option<Pesewas> {
        match self {
            Self::Money(amount) => Some(*amount),
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Visits every object, inner ones first, so that objects added by a visit are not visited.
    pub(crate) fn each_object(&mut self, visit: &mut impl FnMut(&mut Object)) {
        match self {
            Self::Object(object) => {
                object.0.iter_mut().for_each(|(_, value)| value.each_object(visit));
                visit(object);
            }
            Self::List(list) => list.iter_mut().for_each(|value| value.each_object(visit)),
            _ => {}
        }
    }

    pub(crate) fn to_text(&self, spelling: Spelling) -> String {
        let mut out = String::with_capacity(256);
        self.write(&mut out, spelling);
        out
    }

    fn write(&self, out: &mut String, spelling: Spelling) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Text(text) => write_text(out, text),
            Self::Int(number) => {
                out.push_str(&number.to_string());
                if spelling == Spelling::Decimal {
                    out.push_str(".0");
                }
            }
            Self::Money(amount) => match spelling {
                Spelling::Shortest => out.push_str(&amount.to_json_number()),
                Spelling::Decimal => out.push_str(&amount.to_string()),
                Spelling::Float => {
                    let shortest = amount.to_json_number();
                    out.push_str(&shortest);
                    if !shortest.contains('.') {
                        out.push_str(".0");
                    }
                }
            },
            Self::Raw(text) => out.push_str(text),
            Self::List(list) => {
                out.push('[');
                for (index, value) in list.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    value.write(out, spelling);
                }
                out.push(']');
            }
            Self::Object(object) => {
                out.push('{');
                for (index, (name, value)) in object.0.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    write_text(out, name);
                    out.push(':');
                    value.write(out, spelling);
                }
                out.push('}');
            }
        }
    }
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            control if u32::from(control) < 0x20 => {
                out.push_str(&format!("\\u{:04x}", u32::from(control)));
            }
            plain => out.push(plain),
        }
    }
    out.push('"');
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Json {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<Pesewas> for Json {
    fn from(amount: Pesewas) -> Self {
        Self::Money(amount)
    }
}

impl From<Object> for Json {
    fn from(object: Object) -> Self {
        Self::Object(object)
    }
}

impl From<Vec<Self>> for Json {
    fn from(list: Vec<Self>) -> Self {
        Self::List(list)
    }
}

impl<T: Into<Self>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_serde_reads() {
        let json = Json::from(
            Object::new()
                .with("text", "a\"b\\c\n\u{1}é")
                .with("amount", Pesewas::new(3750))
                .with("count", 3)
                .with("none", None::<String>)
                .with("list", vec![Json::from(true), Json::from(Pesewas::new(3800))]),
        );
        for (spelling, amounts) in [
            (Spelling::Shortest, ("37.5", "3,", "38]")),
            (Spelling::Decimal, ("37.50", "3.0", "38.00]")),
            (Spelling::Float, ("37.5", "3,", "38.0]")),
        ] {
            let text = json.to_text(spelling);
            assert!(
                text.contains(amounts.0) && text.contains(amounts.1) && text.contains(amounts.2),
                "{text}"
            );
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(value["text"], "a\"b\\c\n\u{1}é");
            assert_eq!(value["amount"].as_f64(), Some(37.5));
            assert_eq!(value["count"].as_f64(), Some(3.0));
            assert!(value["none"].is_null());
        }
    }
}
