//! Splits an OpenAPI document into its objects, each with its kind. A keyword has a meaning only in an object of the
//! right kind.

use serde_json::Value;
use spec::diff::Document;
use spec::place::escape;

/// The kind of an object of the document, by the names of OpenAPI 3.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Root,
    Info,
    Contact,
    License,
    Server,
    Tag,
    PathItem,
    Operation,
    Parameter,
    Header,
    RequestBody,
    Response,
    MediaType,
    Schema,
    Components,
    SecurityScheme,
    /// The extension `x-msisdn`.
    Msisdn,
}

/// One object of the document.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) kind: Kind,
    pub(super) pointer: String,
}

impl Part {
    pub(super) fn node<'a>(&self, document: &'a Document) -> &'a Value {
        document.at(&self.pointer)
    }
}

/// Where the children of an object are.
enum Below {
    One(&'static str, Kind),
    List(&'static str, Kind),
    Map(&'static str, Kind),
}

use Below::{List, Map, One};

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

fn below(kind: Kind) -> Vec<Below> {
    match kind {
        Kind::Root => vec![
            One("info", Kind::Info),
            List("servers", Kind::Server),
            List("tags", Kind::Tag),
            Map("paths", Kind::PathItem),
            One("components", Kind::Components),
        ],
        Kind::Info => vec![One("contact", Kind::Contact), One("license", Kind::License)],
        Kind::PathItem => METHODS
            .into_iter()
            .map(|method| One(method, Kind::Operation))
            .chain([List("parameters", Kind::Parameter), List("servers", Kind::Server)])
            .collect(),
        Kind::Operation => vec![
            List("parameters", Kind::Parameter),
            One("requestBody", Kind::RequestBody),
            Map("responses", Kind::Response),
        ],
        Kind::Parameter | Kind::Header => vec![One("schema", Kind::Schema), Map("content", Kind::MediaType)],
        Kind::RequestBody => vec![Map("content", Kind::MediaType)],
        Kind::Response => vec![Map("content", Kind::MediaType), Map("headers", Kind::Header)],
        Kind::MediaType => vec![One("schema", Kind::Schema)],
        Kind::Schema => vec![
            Map("properties", Kind::Schema),
            One("items", Kind::Schema),
            One("additionalProperties", Kind::Schema),
            List("allOf", Kind::Schema),
            List("oneOf", Kind::Schema),
            List("anyOf", Kind::Schema),
            One("not", Kind::Schema),
            One("x-msisdn", Kind::Msisdn),
        ],
        Kind::Components => vec![
            Map("schemas", Kind::Schema),
            Map("responses", Kind::Response),
            Map("parameters", Kind::Parameter),
            Map("headers", Kind::Header),
            Map("requestBodies", Kind::RequestBody),
            Map("securitySchemes", Kind::SecurityScheme),
        ],
        Kind::Contact | Kind::License | Kind::Server | Kind::Tag | Kind::SecurityScheme | Kind::Msisdn => {
            vec![]
        }
    }
}

/// Returns every object of a document, from the top down, without following references.
pub(super) fn of(document: &Document) -> Vec<Part> {
    let mut found = Vec::new();
    let mut queue = vec![Part { kind: Kind::Root, pointer: String::new() }];
    while let Some(part) = queue.pop() {
        let node = part.node(document);
        // `additionalProperties: false` is not an object; neither is a value of a wrong type.
        if !node.is_object() {
            continue;
        }
        for below in below(part.kind) {
            match below {
                One(key, kind) if node.get(key).is_some() => {
                    queue.push(Part { kind, pointer: format!("{}/{key}", part.pointer) });
                }
                One(..) => {}
                List(key, kind) => {
                    let count = node[key].as_array().map_or(0, Vec::len);
                    queue.extend(
                        (0..count).map(|at| Part { kind, pointer: format!("{}/{key}/{at}", part.pointer) }),
                    );
                }
                Map(key, kind) => {
                    let names = node[key].as_object().into_iter().flat_map(|map| map.keys());
                    queue.extend(names.map(|name| Part {
                        kind,
                        pointer: format!("{}/{key}/{}", part.pointer, escape(name)),
                    }));
                }
            }
        }
        found.push(part);
    }
    found
}
