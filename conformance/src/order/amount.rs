//! An amount of money in an answer: as it was written, and in pesewas.

use spec::Pesewas;
use spec::money::MoneyError;

use super::json::Json;

/// An amount on the wire: as written, and as pesewas where it is an amount of whole pesewas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Amount {
    /// The number's text.
    pub(crate) text: String,
    /// What it amounts to.
    pub(crate) value: Result<Pesewas, MoneyError>,
}

impl Amount {
    /// An amount that the document wants as a number, and no page says so: a text that spells a plain decimal is as good.
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

    /// Whole pesewas, if it is that.
    #[must_use]
    pub(crate) fn pesewas(&self) -> Option<Pesewas> {
        self.value.as_ref().ok().copied()
    }
}
