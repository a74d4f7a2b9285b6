//! An order before it is sent: collected, and checked against the limits of the contract.

use std::fmt;
use std::str::FromStr;

use crate::contract;
use crate::error::InputError;
use crate::types;

/// A recipient's phone number in the form that the contract documents: country code and national digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Msisdn(String);

impl Msisdn {
    /// Returns the digits as they are sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Msisdn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Error for a text that is not a phone number of the contract's country.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {} and {} digits", contract::COUNTRY_CODE, contract::NATIONAL_DIGITS)]
pub struct MsisdnError {
    /// The start of the text.
    pub text: String,
}

/// Reads `233201234567`, `+233 20 123 4567`, `00233201234567` and `020-123-4567` as the same number. The contract
/// leaves open whether a server accepts any form but the first, so only that one is sent.
impl FromStr for Msisdn {
    type Err = MsisdnError;

    fn from_str(text: &str) -> Result<Self, MsisdnError> {
        let (code, trunk) = (contract::COUNTRY_CODE, contract::TRUNK_PREFIX);
        let compact: String = text.chars().filter(|it| !matches!(it, ' ' | '-' | '.' | '(' | ')')).collect();
        let national = match compact.strip_prefix(trunk) {
            // The length decides, since a local number may start like an international one.
            Some(local) if local.len() == contract::NATIONAL_DIGITS => Some(local),
            _ => {
                let dialled = compact.strip_prefix('+').or_else(|| compact.strip_prefix("00"));
                dialled.unwrap_or(&compact).strip_prefix(code)
            }
        };
        match national {
            Some(digits)
                if digits.len() == contract::NATIONAL_DIGITS
                    && digits.bytes().all(|it| it.is_ascii_digit()) =>
            {
                Ok(Self(format!("{code}{digits}")))
            }
            _ => Err(MsisdnError { text: text.chars().take(24).collect() }),
        }
    }
}

/// A bulk order to be sent.
///
/// ```
/// let order = generated::BulkOrder::new("operator", "product").to("0201234567", "package");
/// let mistakes = order.check().unwrap_err();
/// assert_eq!(mistakes[0].field, "items");
/// println!("{}", mistakes[0]); // items: 1 recipient, an order takes 2 to 20
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkOrder {
    operator: String,
    product: String,
    items: Vec<(String, String)>,
}

impl BulkOrder {
    /// Creates an order for one product of one operator, without recipients.
    #[must_use]
    pub fn new(operator: impl Into<String>, product: impl Into<String>) -> Self {
        Self { operator: operator.into(), product: product.into(), items: Vec::new() }
    }

    /// Adds a recipient: phone number, then package.
    #[must_use]
    pub fn to(mut self, msisdn: impl Into<String>, package: impl Into<String>) -> Self {
        self.items.push((msisdn.into(), package.into()));
        self
    }

    /// Returns the request to send, or every reason why it must not be sent.
    ///
    /// # Errors
    /// An id is empty, the number of recipients is outside the limits, or a phone number is not valid.
    pub fn check(&self) -> Result<types::BuyBulkRequest, Vec<InputError>> {
        let mut mistakes = Vec::new();
        let mut complain = |field: String, message: String| mistakes.push(InputError { field, message });
        for (field, id) in [(contract::OPERATOR, &self.operator), (contract::PRODUCT, &self.product)] {
            if id.trim().is_empty() {
                complain(field.to_owned(), "empty".to_owned());
            }
        }
        let (count, min, max) = (self.items.len(), contract::MIN_ITEMS, contract::MAX_ITEMS);
        if !(min..=max).contains(&count) {
            let recipients = if count == 1 { "recipient" } else { "recipients" };
            complain(
                contract::ITEMS.to_owned(),
                format!("{count} {recipients}, an order takes {min} to {max}"),
            );
        }
        let mut items = Vec::with_capacity(count);
        for (index, (msisdn, package)) in self.items.iter().enumerate() {
            let field = |name| format!("{}[{index}].{name}", contract::ITEMS);
            if package.trim().is_empty() {
                complain(field(contract::PACKAGE), "empty".to_owned());
            }
            match msisdn.parse::<Msisdn>() {
                Ok(msisdn) => items.push(types::BulkItem {
                    beneficiary_msisdn: msisdn.0,
                    package_id: package.trim().to_owned(),
                }),
                Err(error) => complain(field(contract::MSISDN), error.to_string()),
            }
        }
        if mistakes.is_empty() {
            let (operator_id, product_id) = (self.operator.trim().to_owned(), self.product.trim().to_owned());
            Ok(types::BuyBulkRequest { items, operator_id, product_id })
        } else {
            Err(mistakes)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_a_number_however_written() {
        for text in [
            "233201234567",
            "+233201234567",
            "00233201234567",
            "+233 (20) 123-4567",
            "0201234567",
            "020.123.4567",
        ] {
            assert_eq!(text.parse::<Msisdn>().unwrap().as_str(), "233201234567", "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_number_of_the_country() {
        for text in
            ["", "0", "201234567", "23320123456", "2332012345678", "+44201234567", "23320123456x", "٢٣٣"]
        {
            assert!(text.parse::<Msisdn>().is_err(), "{text}");
        }
    }

    #[test]
    fn names_every_field_at_fault() {
        let order = BulkOrder::new("", " ").to("12", "p").to("0201234567", "");
        let fields: Vec<_> = order.check().unwrap_err().into_iter().map(|mistake| mistake.field).collect();
        assert_eq!(fields, ["operatorId", "productId", "items[0].beneficiaryMsisdn", "items[1].packageId"]);
    }

    proptest! {
        #[test]
        fn counts_are_refused_exactly_outside_the_limits(count in 0_usize..40) {
            let order = (0..count).fold(BulkOrder::new("o", "p"), |order, _| order.to("233201234567", "q"));
            let fits = (contract::MIN_ITEMS..=contract::MAX_ITEMS).contains(&count);
            prop_assert_eq!(order.check().is_ok(), fits);
        }

        #[test]
        fn reading_what_was_read_changes_nothing(digits in "[0-9]{9}", prefix in "(233|0|\\+233 |00233)") {
            let read: Msisdn = format!("{prefix}{digits}").parse().unwrap();
            prop_assert_eq!(read.as_str().parse::<Msisdn>().unwrap(), read);
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = text.parse::<Msisdn>();
        }
    }
}
