//! An amount of money in an answer: as it was written, and in pesewas.

use spec::Pesewas;
use spec::money::MoneyError;

use super::json::Json;

/// An amount as received: its text, and its value in pesewas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Amount {
    /// The text of the number.
    pub(crate) text: String,
    /// The amount in pesewas, or why it is not a whole number of pesewas.
    pub(crate) value: Result<Pesewas, MoneyError>,
}

impl Amount {
    /// Reads an amount that the document shows as a number but no page requires to be one: a string with a plain
    /// decimal will do too.
    pub(super) fn in_any_form(json: Option<&Json>) -> Option<Self> {
        let plain = |text: &&str| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            digits
                && text.starts_with(|c: char| c.is_ascii_digit())
                && text.ends_with(|c: char| c.is_ascii_digit())
        };
        let text = json.and_then(Json::as_str).filter(plain).map(str::to_owned);
        let spelled = text.map(|text| Self { value: Pesewas::from_decimal(&text), text });
        Self::of(json).or(spelled)
    }

    pub(super) fn of(json: Option<&Json>) -> Option<Self> {
        let text = json?.as_number()?.to_owned();
        let value = Pesewas::from_decimal(&text);
        Some(Self { text, value })
    }

    /// Returns the amount in pesewas; `None` if it is not a whole number of pesewas.
    #[must_use]
    pub(crate) fn pesewas(&self) -> Option<Pesewas> {
        self.value.as_ref().ok().copied()
    }
}
