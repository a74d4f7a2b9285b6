//! Compares answers with the contract's schemas.

use std::collections::BTreeMap;

use jsonschema::{Draft, Validator};
use serde_json::Value;
use spec::{Consequence, Contract, OperationId};

/// The compiled schemas of every documented response, for failures and for warnings.
#[derive(Debug)]
pub(crate) struct Shapes(BTreeMap<(OperationId, u16), Compiled>);

/// The compiled schemas of one response: what a page promises, and what the document expects beyond that.
#[derive(Debug)]
struct Compiled {
    promised: Validator,
    expected: Validator,
}

/// The error for a schema of the contract that the validator rejects.
#[derive(Debug, thiserror::Error)]
#[error("schema of {operation:?} {status} in {file} can't be used: {source}")]
pub struct ShapeError {
    /// The operation of the response.
    pub(crate) operation: OperationId,
    /// The status of the response.
    pub(crate) status: u16,
    /// The file of the contract.
    pub(crate) file: String,
    /// The validator's error.
    #[source]
    pub(crate) source: Box<jsonschema::ValidationError<'static>>,
}

/// One difference from a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// A JSON pointer to the place in the answer.
    pub(crate) pointer: String,
    /// What is wrong there.
    pub(crate) message: String,
}

impl Shapes {
    /// Compiles the schemas of a contract.
    ///
    /// # Errors
    /// Returns an error if a schema is invalid.
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

    /// Returns where a body differs from what the pages promise for a documented response; each difference violates a
    /// sentence of a page. Returns `None` if there is no schema for the response.
    #[must_use]
    pub(crate) fn differences(
        &self,
        operation: OperationId,
        status: u16,
        body: &[u8],
    ) -> Option<Vec<Difference>> {
        self.0.get(&(operation, status)).map(|it| differences(&it.promised, body))
    }

    /// Returns where a body differs from what the document expects beyond the promises of the pages.
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
        // The value itself can be long and is shown with the answer; the place and the rule are what matters.
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
