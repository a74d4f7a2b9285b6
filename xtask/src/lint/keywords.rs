//! Rules about keywords and references: which keywords exist, and where they are allowed.

use serde_json::Value;
use spec::place::escape;

use super::Notes;
use super::parts::Kind;

/// Returns the keywords that an object of this kind may have: those of OpenAPI 3.0.3, and this project's extensions.
fn known(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Root => ("openapi info servers paths components security tags externalDocs", ""),
        Kind::Info => ("title description termsOfService contact license version", ""),
        Kind::Contact => ("name url email", ""),
        Kind::License => ("name url", ""),
        Kind::Server => ("url description variables", "x-environment"),
        Kind::Tag => ("name description externalDocs", ""),
        Kind::PathItem => {
            ("summary description get put post delete options head patch trace servers parameters", "")
        }
        Kind::Operation => (
            "tags summary description externalDocs operationId parameters requestBody responses callbacks deprecated \
             security servers",
            "x-stability x-purchase x-allowed-roles x-requirements",
        ),
        Kind::Parameter => (
            "name in description required deprecated allowEmptyValue style explode allowReserved schema example \
             examples content",
            "x-field x-stability x-requirements",
        ),
        Kind::Header => (
            "description required deprecated allowEmptyValue style explode allowReserved schema example examples \
             content",
            "x-field x-stability x-requirements",
        ),
        Kind::RequestBody => ("description content required", "x-requirements"),
        Kind::Response => {
            ("description headers content links", "x-meaning x-error-codes x-stability x-requirements")
        }
        Kind::MediaType => ("schema example examples encoding", ""),
        Kind::Schema => (
            "title multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern maxItems \
             minItems uniqueItems maxProperties minProperties required enum type allOf oneOf anyOf not items \
             properties additionalProperties description format default nullable discriminator readOnly writeOnly xml \
             externalDocs example deprecated",
            "x-field x-stability x-requirements x-expected x-next x-msisdn",
        ),
        Kind::Components => (
            "schemas responses parameters examples requestBodies headers securitySchemes links callbacks",
            "",
        ),
        Kind::SecurityScheme => (
            "type description name in scheme bearerFormat flows openIdConnectUrl",
            "x-test-prefix x-live-prefix",
        ),
        Kind::Msisdn => {
            ("country-code national-digits trunk-prefix sample-prefix shortest-possible longest-possible", "")
        }
    }
}

/// Forbids unknown keywords: tools ignore them without a warning, so they would restrict nothing.
pub(super) fn unknown(notes: &mut Notes<'_>) {
    for part in notes.parts {
        let (standard, ours) = known(part.kind);
        let known: Vec<&str> = standard.split_whitespace().chain(ours.split_whitespace()).collect();
        let Some(node) = part.node(notes.document).as_object() else { continue };
        if node.contains_key("$ref") {
            continue;
        }
        for key in node.keys().filter(|key| !known.contains(&key.as_str())) {
            let nearest = known.iter().min_by_key(|it| strsim::osa_distance(it, key));
            let near = nearest.filter(|it| strsim::osa_distance(it, key) <= 3);
            let remedy = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => "remove it, or teach it to xtask/src/lint/keywords.rs".to_owned(),
            };
            let pointer = format!("{}/{}", part.pointer, escape(key));
            notes.put(&pointer, format!("`{key}` means nothing in this {:?} object; {remedy}", part.kind));
        }
    }
}

/// Forbids keywords beside a reference, which are ignored.
pub(super) fn beside_reference(notes: &mut Notes<'_>) {
    for part in notes.parts {
        let Some(node) = part.node(notes.document).as_object() else { continue };
        if node.contains_key("$ref") {
            for key in node.keys().filter(|key| *key != "$ref") {
                let pointer = format!("{}/{}", part.pointer, escape(key));
                notes.put(
                    &pointer,
                    format!(
                        "`{key}` beside a reference is ignored; write `allOf: [$ref]` and put it beside that"
                    ),
                );
            }
        }
    }
}

/// Requires references to point at something inside the document.
pub(super) fn dangling(notes: &mut Notes<'_>) {
    for part in notes.parts {
        let reference = part.node(notes.document).get("$ref");
        match reference.and_then(Value::as_str) {
            Some(target) => match target.strip_prefix('#') {
                Some(pointer) if notes.document.has(pointer) => {}
                Some(_) => notes.put(&part.pointer, format!("`{target}` is not in the document")),
                None => notes.put(
                    &part.pointer,
                    format!("`{target}` is another document, which the generator does not read"),
                ),
            },
            None if reference.is_some() => notes.put(&part.pointer, "a reference that is no string"),
            None => {}
        }
    }
}
