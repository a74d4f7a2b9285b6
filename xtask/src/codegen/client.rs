//! Runs progenitor and turns its panics and errors into one message that names the operation or schema at fault.

use std::cell::Cell;
use std::panic;
use std::sync::{Mutex, Once};

use openapiv3::OpenAPI;
use proc_macro2::TokenStream;
use progenitor_impl::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TypeImpl};
use quote::quote;
use schemars::schema::{InstanceType, NumberValidation, SchemaObject};
use serde_json::{Map, Value};
use spec::Contract;

use super::{document, reading};
use crate::Error;

/// The constructs that are known to stop the generator, to help find them in the spec.
const KNOWN_CAUSES: &str = "\
known causes: two error schemas in one operation, `default` beside other statuses, a response without content, 200 beside \
201 or 204 with another body, a cookie parameter, deepObject, two request media types, `not`, an external $ref, a `(?i)` \
pattern, enum values that differ by case only, names that become one in Rust";

/// Generates the source of the client.
pub(super) fn generate(contract: &Contract) -> Result<String, Error> {
    let answers = document::answers(contract.document());
    let source = fenced(contract, |generator, document| {
        Ok(reading::tolerant(generator.generate_tokens(document)?, &answers))
    })?;
    // Lets a test build an answer without stating that it has no further fields.
    Ok(source.replace("Err(\"no value supplied for extra\".to_string())", "Ok(Default::default())"))
}

/// Generates the source of the command line: one `clap` command per operation.
pub(super) fn commands(contract: &Contract) -> Result<String, Error> {
    let source = fenced(contract, |generator, document| generator.cli(document, "crate::client"))?;
    // The bound would require a derive and a crate for every type, for a schema that no command prints.
    Ok(source.replace("schemars::JsonSchema + ", ""))
}

/// Generates the source of the typed helpers for `httpmock`.
pub(super) fn mock(contract: &Contract) -> Result<String, Error> {
    fenced(contract, |generator, document| generator.httpmock(document, "crate::client"))
}

fn settings() -> GenerationSettings {
    // This type is for the position in a path. Counts in answers are numbers, since `3.0` is a valid count.
    let count = SchemaObject {
        instance_type: Some(InstanceType::Integer.into()),
        format: Some("int32".to_owned()),
        number: Some(Box::new(NumberValidation { minimum: Some(0.0), ..NumberValidation::default() })),
        ..SchemaObject::default()
    };
    let number = [TypeImpl::Display, TypeImpl::FromStr];
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Builder)
        // `MoneyGhs` is a `number`, which would become an f64. Amounts must be integers of pesewas.
        .with_replacement("MoneyGhs", "crate::Money", number.into_iter())
        // A count may be written `3` or `3.0` on the wire; serde's integers refuse the second.
        .with_replacement("Count", "crate::Count", number.into_iter())
        .with_conversion(count, "crate::Count", number.into_iter())
        // The client carries the key, and the hook that sends it must exist for the client to compile.
        .with_inner_type(quote! { crate::Caller })
        .with_hooks(HooksMode::Expected);
    settings
}

/// Formats tokens with prettyplease rather than rustfmt: its version is in the lock file, and the bytes are committed.
fn format(tokens: TokenStream) -> Outcome {
    Ok(progenitor_impl::space_out_items(prettyplease::unparse(&syn::parse2(tokens)?))?)
}

/// Why no client can be generated from a document.
#[derive(Debug, thiserror::Error)]
enum Unfit {
    /// The document is not OpenAPI as the generator reads it.
    #[error(transparent)]
    Document(#[from] serde_json::Error),
    /// The generator reports something that it does not support.
    #[error(transparent)]
    Refused(#[from] progenitor_impl::Error),
    /// The output of the generator is not Rust.
    #[error(transparent)]
    NotRust(#[from] syn::Error),
    /// The generator panicked: the message, and where.
    #[error("it panicked: {0}")]
    Panicked(String),
}

type Outcome = Result<String, Unfit>;

/// Runs a generator over the document. If it fails, runs it over parts of the document to find the one it fails on.
fn fenced(
    contract: &Contract,
    generate: impl Fn(&mut Generator, &OpenAPI) -> progenitor_impl::Result<TokenStream>,
) -> Result<String, Error> {
    let attempt = |document: &Value| -> Outcome {
        let typed = serde_json::from_value::<OpenAPI>(document.clone())?;
        format(caught(|| generate(&mut Generator::new(&settings()), &typed))??)
    };
    let document = &document::prepared(contract.document());
    attempt(document).map_err(|whole| {
        let (place, message) = culprit(document, attempt).unwrap_or_else(|| (String::new(), whole));
        let at = if place.is_empty() {
            contract.file().to_owned()
        } else {
            format!("{}:{} ({place})", contract.file(), contract.line(&place))
        };
        Error::Usage(format!("{at}: progenitor can't generate a client: {message}\n{KNOWN_CAUSES}"))
    })
}

/// Returns the first part that fails by itself: a schema with what it refers to, or an operation with all schemas.
fn culprit(document: &Value, attempt: impl Fn(&Value) -> Outcome) -> Option<(String, Unfit)> {
    let object = |pointer: &str| document.pointer(pointer).and_then(Value::as_object);
    let only = |pointer: &str, part: Map<String, Value>| {
        let mut copy = document.clone();
        if let Some(node) = copy.pointer_mut(pointer) {
            *node = Value::Object(part);
        }
        copy
    };
    let bare = only("/paths", Map::new());
    let schemas = object("/components/schemas").into_iter().flatten();
    let mut parts: Vec<_> = schemas.map(|(name, _)| (name, document::closure(document, &[name]))).collect();
    // The smallest part that fails is the cause; the larger ones only refer to it.
    parts.sort_by_key(|(_, part)| part.len());
    for (name, part) in parts {
        let mut copy = bare.clone();
        if let Some(node) = copy.pointer_mut("/components/schemas") {
            *node = Value::Object(part);
        }
        if let Err(message) = attempt(&copy) {
            return Some((format!("/components/schemas/{}", spec::place::escape(name)), message));
        }
    }
    for (path, item) in object("/paths").into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let item = Map::from_iter([(method.clone(), operation.clone())]);
            let copy = only("/paths", Map::from_iter([(path.clone(), Value::Object(item))]));
            if let Err(message) = attempt(&copy) {
                return Some((format!("/paths/{}/{method}", spec::place::escape(path)), message));
            }
        }
    }
    None
}

thread_local! {
    /// Whether a panic of this thread is expected, so that it belongs in the error message and not on the terminal.
    static FENCED: Cell<bool> = const { Cell::new(false) };
}

/// Message and location of the last caught panic; the payload alone does not have the location.
static PANIC: Mutex<String> = Mutex::new(String::new());

/// Runs `work`, and turns a panic into an error.
fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Unfit> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if FENCED.get() {
                let text = info.payload_as_str().unwrap_or("no message").to_owned();
                let at = info.location().map(|at| format!(" (line {} of {})", at.line(), short(at.file())));
                *PANIC.lock().unwrap_or_else(std::sync::PoisonError::into_inner) =
                    text + &at.unwrap_or_default();
            } else {
                usual(info);
            }
        }));
    });
    FENCED.set(true);
    let result = panic::catch_unwind(panic::AssertUnwindSafe(work));
    FENCED.set(false);
    result
        .map_err(|_| Unfit::Panicked(PANIC.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()))
}

/// Shortens a long path in the registry to `progenitor-impl-0.15.1/src/method.rs`.
fn short(path: &str) -> String {
    let parts: Vec<&str> = path.split(['/', '\\']).collect();
    parts[parts.len().saturating_sub(3)..].join("/")
}
