//! Shapes: answers against the contract's schemas.

use std::collections::BTreeMap;

use jsonschema::{Draft, Validator};
use spec::{Contract, OperationId};

/// Compiled schemas of every documented response.
#[derive(Debug)]
pub struct Shapes(BTreeMap<(OperationId, u16), Validator>);

/// A schema of the contract that the validator does not take.
#[derive(Debug, thiserror::Error)]
#[error("schema of {operation:?} {status} in {file} can't be used: {message}")]
pub struct ShapeError {
    /// Operation.
    pub operation: OperationId,
    /// Status.
    pub status: u16,
    /// File of the contract.
    pub file: String,
    /// What the validator says.
    pub message: String,
}

/// One difference from a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// JSON pointer into the answer.
    pub pointer: String,
    /// What is wrong there.
    pub message: String,
}

impl Shapes {
    /// Compiles the schemas of a contract.
    ///
    /// # Errors
    /// A schema is not one.
    pub fn of(contract: &Contract) -> Result<Self, ShapeError> {
        let mut compiled = BTreeMap::new();
        for operation in OperationId::ALL {
            for response in &contract.operation(operation).responses {
                let Some(schema) = contract.response_schema(operation, response.status) else { continue };
                let validator =
                    jsonschema::options().with_draft(Draft::Draft4).build(&schema).map_err(|error| {
                        ShapeError {
                            operation,
                            status: response.status,
                            file: contract.file().to_owned(),
                            message: error.to_string(),
                        }
                    })?;
                compiled.insert((operation, response.status), validator);
            }
        }
        Ok(Self(compiled))
    }

    /// Differences of a body from the schema of a documented response; `None` where there is no schema to hold it to.
    #[must_use]
    pub fn differences(&self, operation: OperationId, status: u16, body: &[u8]) -> Option<Vec<Difference>> {
        let validator = self.0.get(&(operation, status))?;
        let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
        let Ok(value) = serde_json::from_slice::<serde_json::Value>(body) else {
            return Some(vec![Difference { pointer: String::new(), message: "not JSON".into() }]);
        };
        if validator.is_valid(&value) {
            return Some(Vec::new());
        }
        let difference = |error: jsonschema::ValidationError<'_>| Difference {
            pointer: error.instance_path().to_string(),
            // The value itself can be long and is shown with the answer; the place and the rule are what tells.
            message: shorten(&error.to_string()),
        };
        Some(validator.iter_errors(&value).map(difference).collect())
    }
}

fn shorten(message: &str) -> String {
    if message.chars().count() <= 160 {
        return message.to_owned();
    }
    let tail: Vec<char> = message.chars().rev().take(100).collect();
    format!("{}…{}", message.chars().take(50).collect::<String>(), tail.into_iter().rev().collect::<String>())
}
