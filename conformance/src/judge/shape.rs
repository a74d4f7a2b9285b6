//! Shapes: answers against the contract's schemas.

use std::collections::BTreeMap;

use jsonschema::{Draft, Validator};
use serde_json::Value;
use spec::{Consequence, Contract, OperationId};

/// Compiled schemas of every documented response: what fails a run, and what is worth a warning.
#[derive(Debug)]
pub(crate) struct Shapes(BTreeMap<(OperationId, u16), Compiled>);

/// One response.
#[derive(Debug)]
struct Compiled {
    promised: Validator,
    expected: Validator,
}

/// A schema of the contract that the validator does not take.
#[derive(Debug, thiserror::Error)]
#[error("schema of {operation:?} {status} in {file} can't be used: {source}")]
pub struct ShapeError {
    /// Operation.
    pub(crate) operation: OperationId,
    /// Status.
    pub(crate) status: u16,
    /// File of the contract.
    pub(crate) file: String,
    /// What the validator says.
    #[source]
    pub(crate) source: Box<jsonschema::ValidationError<'static>>,
}

/// One difference from a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// JSON pointer into the answer.
    pub(crate) pointer: String,
    /// What is wrong there.
    pub(crate) message: String,
}

impl Shapes {
    /// Compiles the schemas of a contract.
    ///
    /// # Errors
    /// A schema is not one.
    pub(crate) fn of(contract: &Contract) -> Result<Self, ShapeError> {
        let mut all = BTreeMap::new();
        for operation in OperationId::ALL {
            for response in &contract.operation(operation).responses {
                let schema = |least| contract.promised_schema(operation, response.status, least);
                let schemas = schema(Consequence::Failure).zip(schema(Consequence::Warning));
                let Some((promised, expected)) = schemas else { continue };
                let compile = |schema: &Value| {
                    jsonschema::options().with_draft(Draft::Draft4).build(schema).map_err(|error| {
                        ShapeError {
                            operation,
                            status: response.status,
                            file: contract.file().to_owned(),
                            source: Box::new(error.to_owned()),
                        }
                    })
                };
                let compiled = Compiled { promised: compile(&promised)?, expected: compile(&expected)? };
                all.insert((operation, response.status), compiled);
            }
        }
        Ok(Self(all))
    }

    /// What a body misses of what the pages promise of a documented response; `None` where there is no schema to hold it
    /// to. A sentence of the pages stands behind each.
    #[must_use]
    pub(crate) fn differences(
        &self,
        operation: OperationId,
        status: u16,
        body: &[u8],
    ) -> Option<Vec<Difference>> {
        self.0.get(&(operation, status)).map(|it| differences(&it.promised, body))
    }

    /// What a body misses of what the document expects, and no page promises so plainly that its lack is a failure.
    #[must_use]
    pub(crate) fn warnings(&self, operation: OperationId, status: u16, body: &[u8]) -> Vec<Difference> {
        let Some(compiled) = self.0.get(&(operation, status)) else { return Vec::new() };
        let failures = differences(&compiled.promised, body);
        let mut all = differences(&compiled.expected, body);
        all.retain(|difference| !failures.iter().any(|it| it.pointer == difference.pointer));
        all
    }
}

fn differences(validator: &Validator, body: &[u8]) -> Vec<Difference> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return vec![Difference { pointer: String::new(), message: "not JSON".into() }];
    };
    if validator.is_valid(&value) {
        return Vec::new();
    }
    let difference = |error: jsonschema::ValidationError<'_>| Difference {
        pointer: error.instance_path().to_string(),
        // The value itself can be long and is shown with the answer; the place and the rule are what tells.
        message: shorten(&error.to_string()),
    };
    validator.iter_errors(&value).map(difference).collect()
}

fn shorten(message: &str) -> String {
    if message.chars().count() <= 160 {
        return message.to_owned();
    }
    let tail: Vec<char> = message.chars().rev().take(100).collect();
    format!("{}…{}", message.chars().take(50).collect::<String>(), tail.into_iter().rev().collect::<String>())
}
