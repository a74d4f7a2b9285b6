//! Walks over both documents: pairs the parts to compare, and records which operations reach each part.
//!
//! First, every pair of parameters, bodies, responses and schemas that an operation uses is collected once, with all
//! its origins; then each pair is compared at its own place. So a change in a component is one change, however many
//! operations use the component.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::change::{Change, Place};
use super::meaning::{meaning, whole};
use super::pen::media_pairs;
use super::revision::{Document, Revision, object, strings};
use super::rules::Direction;
use super::schema;
use super::show::from_to;
use crate::place::escape;

/// The kind of a part of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Parameter,
    Body,
    Response,
    Header,
    Schema(Part),
}

/// The part of a schema that is compared: one schema of a pair may be `allOf: [$ref]` with descriptions around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// Everything.
    Whole,
    /// Descriptions, examples, extensions.
    Words,
    /// The restrictions of a value.
    Bounds,
    /// The restrictions of a value, with the parts under `allOf` merged.
    Together,
}

/// The operations that reach a part and the ids cited on the way, by the direction of the data.
#[derive(Debug, Clone, Default)]
pub(super) struct Reach(pub(super) BTreeMap<Direction, (BTreeSet<String>, BTreeSet<String>)>);

/// The operation and direction from which a walk reached a part.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    pub(super) operation: String,
    pub(super) direction: Direction,
    /// The ids cited nearest above the part.
    pub(super) cites: BTreeSet<String>,
}

impl Reach {
    /// Creates a reach of these operations in one direction, with the ids cited there.
    pub(super) fn of(direction: Direction, operations: BTreeSet<String>, cites: BTreeSet<String>) -> Self {
        Self(BTreeMap::from([(direction, (operations, cites))]))
    }
}

impl Origin {
    pub(super) fn reach(&self) -> Reach {
        Reach::of(self.direction, BTreeSet::from([self.operation.clone()]), self.cites.clone())
    }

    pub(super) fn towards(&self, direction: Direction) -> Self {
        Self { direction, ..self.clone() }
    }
}

pub(super) struct Walk<'a> {
    pub(super) base: &'a Revision,
    pub(super) new: &'a Revision,
    pub(super) changes: Vec<Change>,
    nodes: BTreeMap<(Kind, String, String), Reach>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(base: &'a Revision, new: &'a Revision) -> Self {
        Self { base, new, changes: Vec::new(), nodes: BTreeMap::new() }
    }

    /// Returns the values of a part on both sides.
    pub(super) fn pair(&self, base: &str, new: &str) -> (&'a Value, &'a Value) {
        (self.base.openapi.at(base), self.new.openapi.at(new))
    }

    /// Returns the ids that a part itself cites, on either side.
    pub(super) fn cites(&self, base: &str, new: &str) -> BTreeSet<String> {
        [(&self.base.openapi, base), (&self.new.openapi, new)]
            .into_iter()
            .flat_map(|(document, pointer)| {
                strings(&document.at(&document.resolve(pointer))["x-requirements"]).map(str::to_owned)
            })
            .collect()
    }

    /// Records that an origin reaches a pair, and follows the pair to the pairs below it.
    pub(super) fn visit(&mut self, kind: Kind, base: &str, new: &str, from: &Origin) {
        let (base, new) = (self.base.openapi.resolve(base), self.new.openapi.resolve(new));
        let own = self.cites(&base, &new);
        let from = &if own.is_empty() { from.clone() } else { Origin { cites: own, ..from.clone() } };
        if let Kind::Schema(Part::Whole) = kind
            && self.mean_the_same(&base, &new)
        {
            self.note(Kind::Schema(Part::Words), &base, &new, from);
            return;
        }
        let mut core = (base.clone(), new.clone());
        if let Kind::Schema(Part::Whole) = kind {
            core = schema::cores(&self.base.openapi, &base, &self.new.openapi, &new);
        }
        if let Kind::Schema(Part::Whole) = kind
            && core == (base.clone(), new.clone())
            && self.is_composed(&base, &new)
            && let (Some(b), Some(n)) = (whole(&self.base.openapi, &base), whole(&self.new.openapi, &new))
        {
            self.note(Kind::Schema(Part::Words), &base, &new, from);
            if self.note(Kind::Schema(Part::Together), &base, &new, from) {
                for (name, at_base) in &b.fields {
                    if let Some(at_new) = n.fields.get(name) {
                        self.visit(Kind::Schema(Part::Whole), at_base, at_new, from);
                    }
                }
            }
            return;
        }
        let mut kind = kind;
        if core != (base.clone(), new.clone()) {
            self.note(Kind::Schema(Part::Words), &base, &new, from);
            // The descriptions of a component that both sides refer to are compared with the component.
            let both = core.0 != base && core.1 != new;
            kind = Kind::Schema(if both { Part::Whole } else { Part::Bounds });
        }
        if self.note(kind, &core.0, &core.1, from) {
            self.descend(kind, &core.0, &core.1, from);
        }
    }

    /// Returns true if the two schemas differ in how they are composed with `allOf`.
    fn is_composed(&self, base: &str, new: &str) -> bool {
        let (b, n) = self.pair(base, new);
        b.get("allOf") != n.get("allOf")
    }

    /// Returns true if two schemas that differ in their `allOf` accept the same values.
    fn mean_the_same(&self, base: &str, new: &str) -> bool {
        if !self.is_composed(base, new) {
            return false;
        }
        let is = meaning(&self.new.openapi, new);
        is.is_some() && meaning(&self.base.openapi, base) == is
    }

    /// Records the origin of a pair; returns true if it adds anything.
    fn note(&mut self, kind: Kind, base: &str, new: &str, from: &Origin) -> bool {
        let reach = self.nodes.entry((kind, base.to_owned(), new.to_owned())).or_default();
        let (operations, cites) = reach.0.entry(from.direction).or_default();
        let before = (operations.len(), cites.len());
        let first = operations.insert(from.operation.clone());
        cites.extend(from.cites.iter().cloned());
        first || before != (operations.len(), cites.len())
    }

    fn descend(&mut self, kind: Kind, base: &str, new: &str, from: &Origin) {
        let (b, n) = self.pair(base, new);
        match kind {
            Kind::Schema(_) => {
                for (below_base, below_new) in schema::children(b, n) {
                    let (base, new) = (format!("{base}{below_base}"), format!("{new}{below_new}"));
                    self.visit(Kind::Schema(Part::Whole), &base, &new, from);
                }
            }
            Kind::Parameter | Kind::Header => {
                let (base, new) = (format!("{base}/schema"), format!("{new}/schema"));
                self.visit(Kind::Schema(Part::Whole), &base, &new, from);
            }
            Kind::Body | Kind::Response => {
                for pair in media_pairs(&b["content"], &n["content"]) {
                    let (Some(was), Some(is)) = pair else { continue };
                    let below = |media: &str| format!("/content/{}/schema", escape(media));
                    let (base, new) = (format!("{base}{}", below(was)), format!("{new}{}", below(is)));
                    self.visit(Kind::Schema(Part::Whole), &base, &new, from);
                }
                for header in object(&b["headers"]).keys().filter(|it| n["headers"].get(*it).is_some()) {
                    let below = format!("/headers/{}", escape(header));
                    self.visit(Kind::Header, &format!("{base}{below}"), &format!("{new}{below}"), from);
                }
            }
        }
    }

    /// Compares every collected pair.
    pub(super) fn nodes(&mut self) {
        for ((kind, base, new), reach) in self.nodes.clone() {
            let (b, n) = self.pair(&base, &new);
            if b == n {
                continue;
            }
            let (before, after) = (&self.base.openapi, &self.new.openapi);
            let mut pen = self.pen(&base, &new, &reach);
            match kind {
                Kind::Schema(part) => {
                    if matches!(part, Part::Whole | Part::Words) {
                        schema::words(&mut pen, b, n);
                    }
                    if part == Part::Together {
                        let together = |document, at| whole(document, at).map(|it| Value::Object(it.value));
                        let both = (together(before, &base), together(after, &new));
                        if let (Some(b), Some(n)) = both {
                            schema::bounds(&mut pen, &b, &n);
                        }
                    } else if part != Part::Words {
                        schema::bounds(&mut pen, b, n);
                    }
                }
                Kind::Parameter => pen.parameter(b, n),
                Kind::Header => pen.rest(b, n, &["schema"]),
                Kind::Body => pen.body(b, n),
                Kind::Response => pen.response(b, n),
            }
        }
    }

    /// Records differing components that no pair covers; one that came or went together with its users is judged there.
    pub(super) fn unreached(&mut self) {
        let seen: BTreeSet<&String> = self.nodes.keys().flat_map(|(_, base, new)| [base, new]).collect();
        let mut differing = Vec::new();
        for (section, name) in both_keys_deep(&self.base.openapi, &self.new.openapi) {
            let pointer = format!("/components/{section}/{}", escape(&name));
            let (b, n) = self.pair(&pointer, &pointer);
            let one_sided = b.is_null() != n.is_null();
            let document = if b.is_null() { &self.new.openapi } else { &self.base.openapi };
            if section == "securitySchemes" || b == n || seen.contains(&pointer) {
                continue;
            }
            if !(one_sided && refers(&document.value, &format!("#{pointer}"))) {
                differing.push(pointer);
            }
        }
        for pointer in differing {
            let (b, n) = self.pair(&pointer, &pointer);
            self.pen(&pointer, &pointer, &Reach::default()).put(
                "unreached-component-changed",
                "",
                &from_to(b, n),
            );
        }
    }
}

/// Returns the line of a pointer, or of its nearest ancestor that exists.
pub(super) fn place(document: &Document, pointer: &str) -> Place {
    Place { file: document.file.clone(), line: document.places.line(pointer).max(1) }
}

/// Returns the keys of both objects, sorted by name.
pub(super) fn both_keys(base: &Value, new: &Value) -> BTreeSet<String> {
    object(base).keys().chain(object(new).keys()).cloned().collect()
}

fn both_keys_deep(base: &Document, new: &Document) -> Vec<(String, String)> {
    let (base, new) = (base.at("/components"), new.at("/components"));
    let names = |section: String| {
        both_keys(&base[&section], &new[&section]).into_iter().map(move |name| (section.clone(), name))
    };
    both_keys(base, new).into_iter().flat_map(names).collect()
}

fn refers(node: &Value, reference: &str) -> bool {
    match node {
        Value::Object(object) => {
            object.get("$ref").and_then(Value::as_str) == Some(reference)
                || object.values().any(|child| refers(child, reference))
        }
        Value::Array(list) => list.iter().any(|child| refers(child, reference)),
        _ => false,
    }
}
