//! Reads and writes the accepted shapes: files with one JSON document per scenario.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use spec::Contract;

use super::scenario::Scenario;
use super::tree::Shape;
use crate::report::file::{WriteError, whole};
use crate::report::text::{safe_json, visible};

/// The extension of the files.
const ENDING: &str = "json";

/// The content of a file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Accepted {
    /// A description for readers: which request was answered, and how.
    description: String,
    /// The shape of the body.
    body: Shape,
}

/// The error for accepted shapes that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ShapeFileError {
    /// The directory or a file can't be read.
    #[error("{} can't be read: {source}", path.display())]
    Read {
        /// The path.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A file is not a shape, or a shape can't be serialized.
    #[error("{} is not a shape: {source}; --update-shapes writes it anew once it is gone", path.display())]
    Form {
        /// The path.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A file can't be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Reads the accepted shapes of a directory, by scenario; none if the directory does not exist.
///
/// # Errors
/// Returns an error if the directory or a file can't be read, or if a file is not a shape.
pub fn read(dir: &Path) -> Result<BTreeMap<String, Shape>, ShapeFileError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| ShapeFileError::Read { path, source }
    };
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        entries => entries.map_err(failed(dir))?,
    };
    let mut shapes = BTreeMap::new();
    for entry in entries {
        let path = entry.map_err(failed(dir))?.path();
        if path.extension().is_none_or(|extension| extension != ENDING) {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(failed(&path))?;
        let accepted: Accepted = serde_json::from_str(&text)
            .map_err(|source| ShapeFileError::Form { path: path.clone(), source })?;
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        shapes.insert(name, accepted.body);
    }
    Ok(shapes)
}

/// Writes the shapes of a run over the accepted ones (`--update-shapes`); those of other scenarios are kept.
///
/// A field that is still present keeps the types with which it was accepted, since timing may decide which of them a
/// run sees: an order may or may not have been submitted by the time it is read.
///
/// # Errors
/// Returns an error if an accepted shape can't be read, or if a file can't be written.
pub(crate) fn write(
    contract: &Contract,
    dir: &Path,
    shapes: &BTreeMap<Scenario, Shape>,
) -> Result<(), ShapeFileError> {
    let accepted = read(dir)?;
    for (scenario, shape) in shapes {
        let name = scenario.to_string();
        let path = dir.join(format!("{name}.{ENDING}"));
        let mut body = shape.clone();
        if let Some(known) = accepted.get(&name) {
            body.keep_types(known);
        }
        let file = Accepted { description: description(contract, scenario), body };
        let text = serde_json::to_string_pretty(&file)
            .map_err(|source| ShapeFileError::Form { path: path.clone(), source })?;
        whole(&path, (safe_json(&text) + "\n").as_bytes())?;
    }
    Ok(())
}

fn description(contract: &Contract, scenario: &Scenario) -> String {
    let operation = contract.operation(scenario.operation);
    let (status, kind) = (scenario.status, visible(&scenario.kind));
    format!("{} {} answered {status} {kind}", operation.method, operation.path)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use spec::OperationId;

    use super::*;
    use crate::report::shape::drift;

    fn observed(value: &Value) -> BTreeMap<Scenario, Shape> {
        let scenario = Scenario { operation: OperationId::BuyBulk, status: 400, kind: "none".to_owned() };
        BTreeMap::from([(scenario, Shape::of(value))])
    }

    #[test]
    fn what_is_written_is_read_and_has_no_drift() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("shapes");
        assert_eq!(read(&path).unwrap(), BTreeMap::new());
        let contract = spec::embedded().unwrap();
        let first = observed(&json!({ "a\n---\n": [1, null] }));
        write(&contract, &path, &first).unwrap();
        assert_eq!(drift(&read(&path).unwrap(), &first), []);
        let later = observed(&json!({ "a\n---\n": ["x"], "b": 1 }));
        write(&contract, &path, &later).unwrap();
        assert_eq!(drift(&read(&path).unwrap(), &later), []);
        let again: Vec<_> = drift(&read(&path).unwrap(), &first).iter().map(ToString::to_string).collect();
        assert_eq!(again, ["buyBulk-400-none: $.b was not seen"], "types stay, fields go");
        insta::assert_snapshot!(fs::read_to_string(path.join("buyBulk-400-none.json")).unwrap());
    }

    #[test]
    fn a_file_that_is_no_shape_is_named() {
        let dir = tempfile::tempdir().unwrap();
        for text in ["nothing", r#"{"description": "", "body": "integer"}"#, r#"{"body": "null"}"#] {
            fs::write(dir.path().join("bad.json"), text).unwrap();
            let message = read(dir.path()).unwrap_err().to_string();
            assert!(message.contains("bad.json is not a shape: "), "{message}");
        }
    }
}
