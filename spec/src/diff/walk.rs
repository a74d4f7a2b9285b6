//! The walk over both documents: which parts are compared with which, and what each part is reached from.
//!
//! First every pair of parameters, bodies, responses and schemas that an operation leads to is found, once, with all that
//! leads there; then each pair is compared where it stands. So a change in a component is one change, however many
//! operations use it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::change::{Change, Place};
use super::revision::{Document, Revision, object, strings};
use super::rules::{self, Direction};
use super::{decimal, schema};
use crate::place::escape;

/// What a part of the document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Parameter,
    Body,
    Response,
    Header,
    Schema(Part),
}

/// Which half of a schema is compared: one side of a pair may be `allOf: [$ref]` with words of its own around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// Descriptions, examples, extensions.
    Words,
    /// What restricts a value.
    Bounds,
}

/// What leads to a part, by the direction of the data.
#[derive(Debug, Clone, Default)]
pub(super) struct Reach(BTreeMap<Direction, (BTreeSet<String>, BTreeSet<String>)>);

/// Where a walk came from.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    pub(super) operation: String,
    pub(super) direction: Direction,
    /// Ids cited nearest above.
    pub(super) cites: BTreeSet<String>,
}

impl Reach {
    /// Operations in one direction, and the ids cited there.
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

    /// Both sides of a part.
    pub(super) fn pair(&self, base: &str, new: &str) -> (&'a Value, &'a Value) {
        (self.base.openapi.at(base), self.new.openapi.at(new))
    }

    /// Ids that either side of a part cites itself.
    pub(super) fn cites(&self, base: &str, new: &str) -> BTreeSet<String> {
        [(&self.base.openapi, base), (&self.new.openapi, new)]
            .into_iter()
            .flat_map(|(document, pointer)| {
                strings(&document.at(&document.resolve(pointer))["x-requirements"]).map(str::to_owned)
            })
            .collect()
    }

    /// Notes that an origin leads to a pair, and follows it to the pairs below.
    pub(super) fn visit(&mut self, kind: Kind, base: &str, new: &str, from: &Origin) {
        let (base, new) = (self.base.openapi.resolve(base), self.new.openapi.resolve(new));
        let own = self.cites(&base, &new);
        let from = &if own.is_empty() { from.clone() } else { Origin { cites: own, ..from.clone() } };
        let mut core = (base.clone(), new.clone());
        if let Kind::Schema(Part::Whole) = kind {
            core = schema::cores(&self.base.openapi, &base, &self.new.openapi, &new);
        }
        let mut kind = kind;
        if core != (base.clone(), new.clone()) {
            self.note(Kind::Schema(Part::Words), &base, &new, from);
            // Words of a component that both sides refer to belong to the component.
            let both = core.0 != base && core.1 != new;
            kind = Kind::Schema(if both { Part::Whole } else { Part::Bounds });
        }
        if self.note(kind, &core.0, &core.1, from) {
            self.descend(kind, &core.0, &core.1, from);
        }
    }

    /// Whether the origin is news to the pair.
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
                for media in object(&b["content"]).keys().filter(|it| n["content"].get(*it).is_some()) {
                    let below = format!("/content/{}/schema", escape(media));
                    let (base, new) = (format!("{base}{below}"), format!("{new}{below}"));
                    self.visit(Kind::Schema(Part::Whole), &base, &new, from);
                }
                for header in object(&b["headers"]).keys().filter(|it| n["headers"].get(*it).is_some()) {
                    let below = format!("/headers/{}", escape(header));
                    self.visit(Kind::Header, &format!("{base}{below}"), &format!("{new}{below}"), from);
                }
            }
        }
    }

    /// Compares every pair that was found.
    pub(super) fn nodes(&mut self) {
        for ((kind, base, new), reach) in self.nodes.clone() {
            let (b, n) = self.pair(&base, &new);
            if b == n {
                continue;
            }
            let mut pen = self.pen(&base, &new, &reach);
            match kind {
                Kind::Schema(part) => {
                    if part != Part::Bounds {
                        schema::words(&mut pen, b, n);
                    }
                    if part != Part::Words {
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

    /// Components that differ and that no pair was made of; those that came or went with what uses them are judged there.
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

    pub(super) fn pen<'w>(&'w mut self, base: &'w str, new: &'w str, reach: &'w Reach) -> Pen<'w, 'a> {
        Pen { walk: self, base, new, reach, side: Side::Either }
    }

    /// For a member of a list that stands on one side only: the same pointer on the other side is another member.
    pub(super) fn pen_one_sided<'w>(&'w mut self, at: &'w str, added: bool, reach: &'w Reach) -> Pen<'w, 'a> {
        Pen { walk: self, base: at, new: at, reach, side: if added { Side::New } else { Side::Base } }
    }
}

/// Writes changes of one pair.
pub(super) struct Pen<'w, 'a> {
    pub(super) walk: &'w mut Walk<'a>,
    base: &'w str,
    new: &'w str,
    reach: &'w Reach,
    side: Side,
}

/// On which side what changed stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Base,
    New,
    /// On the new one if its pointer leads somewhere there.
    Either,
}

impl Pen<'_, '_> {
    /// A change at `below`, judged by the rule of this name: the one for both directions, or else the one of each
    /// direction that leads here.
    pub(super) fn put(&mut self, fact: &str, below: &str, detail: &str) {
        self.put_citing(fact, below, detail, BTreeSet::new());
    }

    /// As [`put`](Self::put), touching further requirements.
    pub(super) fn put_citing(&mut self, fact: &str, below: &str, detail: &str, also: BTreeSet<String>) {
        if let Some(rule) = rules::find(fact) {
            return self.write(rule, below, detail, self.reach.0.clone(), also);
        }
        for (direction, found) in self.reach.0.clone() {
            let rule =
                rules::find(&format!("{direction}-{fact}")).or_else(|| rules::find("unjudged-changed"));
            if let Some(rule) = rule {
                self.write(rule, below, detail, BTreeMap::from([(direction, found)]), also.clone());
            }
        }
    }

    fn write(
        &mut self,
        rule: &'static rules::Rule,
        below: &str,
        detail: &str,
        reach: BTreeMap<Direction, (BTreeSet<String>, BTreeSet<String>)>,
        also: BTreeSet<String>,
    ) {
        let (base, new) = (format!("{}{below}", self.base), format!("{}{below}", self.new));
        let documents = (&self.walk.base.openapi, &self.walk.new.openapi);
        let gone = match self.side {
            Side::Either => documents.0.has(&base) && !documents.1.has(&new),
            side => side == Side::Base,
        };
        let (here, there) = if gone { (&base, &new) } else { (&new, &base) };
        // What is gone from a list is missed at the list.
        let kept =
            if self.side == Side::Base { new.rsplit_once('/').map_or("", |(list, _)| list) } else { &new };
        let nearest = place(documents.1, kept);
        let place = if gone { place(documents.0, &base) } else { nearest.clone() };
        let mut requirements = match self.side {
            Side::Either => self.walk.cites(&base, &new),
            Side::Base => self.walk.cites(&base, ""),
            Side::New => self.walk.cites("", &new),
        };
        if requirements.is_empty() {
            requirements.extend(reach.values().flat_map(|(_, cites)| cites.iter().cloned()));
        }
        requirements.extend(also);
        let reaches = reach
            .iter()
            .flat_map(|(direction, (operations, _))| {
                operations.iter().map(move |operation| match direction {
                    Direction::Both => operation.clone(),
                    _ => format!("{operation} ({direction})"),
                })
            })
            .collect();
        let moved = if here == there { String::new() } else { format!(" (compared with {there})") };
        let detail = format!("{detail}{moved}");
        let pointer = here.clone();
        self.walk.changes.push(Change { rule, pointer, place, nearest, detail, reaches, requirements });
    }

    /// The keys that words and unknown extensions stand under: whatever differs and is not in `known`.
    pub(super) fn rest(&mut self, base: &Value, new: &Value, known: &[&str]) {
        for key in both_keys(base, new).into_iter().filter(|key| !known.contains(&key.as_str())) {
            let (b, n) = (&base[&key], &new[&key]);
            if b == n {
                continue;
            }
            let below = format!("/{}", escape(&key));
            match key.as_str() {
                "x-requirements" => self.citations(b, n),
                "x-stability" => {
                    let firm = |it: &Value| {
                        let ladder = ["provisional", "revision", "companion", "documented"];
                        ladder.iter().position(|step| it.as_str() == Some(step)).unwrap_or(ladder.len())
                    };
                    let fact = if firm(n) < firm(b) { "stability-lowered" } else { "stability-raised" };
                    self.put(fact, &below, &from_to(b, n));
                }
                "deprecated" => {
                    let is = |it: &Value| it.as_bool().unwrap_or(false);
                    match (is(b), is(n)) {
                        (false, true) => self.put("deprecation-added", &below, &from_to(b, n)),
                        (true, false) => self.put("deprecation-withdrawn", &below, &from_to(b, n)),
                        _ => {}
                    }
                }
                "x-field" => self.put("field-mark-changed", &below, &from_to(b, n)),
                "x-expected" => self.put("expected-changed", &below, &from_to(b, n)),
                "tags" => self.put("tags-changed", &below, &from_to(b, n)),
                "example" | "examples" => self.put("example-changed", &below, &from_to(b, n)),
                "description" | "summary" | "title" | "externalDocs" => {
                    self.put("description-changed", &below, &from_to(b, n));
                }
                _ => self.put("unjudged-changed", &below, &from_to(b, n)),
            }
        }
    }

    fn citations(&mut self, base: &Value, new: &Value) {
        let (b, n): (BTreeSet<&str>, BTreeSet<&str>) = (strings(base).collect(), strings(new).collect());
        for (fact, id) in n
            .difference(&b)
            .map(|id| ("citation-added", id))
            .chain(b.difference(&n).map(|id| ("citation-removed", id)))
        {
            self.put_citing(fact, "/x-requirements", id, BTreeSet::from([(*id).to_owned()]));
        }
    }

    /// Values of a list that came and went, each with its rule.
    pub(super) fn list(&mut self, base: &Value, new: &Value, below: &str, added: &str, removed: &str) {
        let items = |it: &Value| it.as_array().cloned().unwrap_or_default();
        let (b, n) = (items(base), items(new));
        for value in n.iter().filter(|it| !b.contains(it)) {
            self.put(added, below, &format!("{} added", show(value)));
        }
        for value in b.iter().filter(|it| !n.contains(it)) {
            self.put(removed, below, &format!("{} removed", show(value)));
        }
    }

    fn parameter(&mut self, b: &Value, n: &Value) {
        let required = |it: &Value| it["required"].as_bool().unwrap_or(false);
        match (required(b), required(n)) {
            (false, true) => self.put("parameter-became-required", "/required", "optional -> required"),
            (true, false) => self.put("parameter-became-optional", "/required", "required -> optional"),
            _ => {}
        }
        let style = ["style", "explode", "allowReserved", "allowEmptyValue", "content"];
        for key in style.iter().filter(|key| b[**key] != n[**key]) {
            self.put("parameter-style-changed", &format!("/{key}"), &from_to(&b[*key], &n[*key]));
        }
        self.rest(b, n, &[&["schema", "required", "name", "in"], &style[..]].concat());
    }

    fn media(&mut self, b: &Value, n: &Value) {
        for media in both_keys(&b["content"], &n["content"]) {
            let below = format!("/content/{}", escape(&media));
            match (b["content"].get(&media), n["content"].get(&media)) {
                (None, Some(_)) => self.put("media-type-added", &below, &media),
                (Some(_), None) => self.put("media-type-removed", &below, &media),
                (Some(b), Some(n)) => {
                    let (base, new) = (format!("{}{below}", self.base), format!("{}{below}", self.new));
                    self.walk.pen(&base, &new, self.reach).rest(b, n, &["schema"]);
                }
                (None, None) => {}
            }
        }
    }

    fn body(&mut self, b: &Value, n: &Value) {
        let required = |it: &Value| it["required"].as_bool().unwrap_or(false);
        match (required(b), required(n)) {
            (false, true) => self.put("body-became-required", "/required", "optional -> required"),
            (true, false) => self.put("body-became-optional", "/required", "required -> optional"),
            _ => {}
        }
        self.media(b, n);
        self.rest(b, n, &["required", "content"]);
    }

    fn response(&mut self, b: &Value, n: &Value) {
        self.media(b, n);
        for header in both_keys(&b["headers"], &n["headers"]) {
            let below = format!("/headers/{}", escape(&header));
            match (b["headers"].get(&header), n["headers"].get(&header)) {
                (None, Some(_)) => self.put("header-added", &below, &header),
                (Some(_), None) => self.put("header-removed", &below, &header),
                _ => {}
            }
        }
        if b["x-meaning"] != n["x-meaning"] {
            self.put("meaning-changed", "/x-meaning", &from_to(&b["x-meaning"], &n["x-meaning"]));
        }
        self.list(
            &b["x-error-codes"],
            &n["x-error-codes"],
            "/x-error-codes",
            "error-code-added",
            "error-code-removed",
        );
        self.rest(b, n, &["content", "headers", "x-meaning", "x-error-codes"]);
    }
}

/// Where a pointer, or the nearest one above it, stands.
pub(super) fn place(document: &Document, pointer: &str) -> Place {
    Place { file: document.file.clone(), line: document.places.line(pointer).max(1) }
}

/// Keys of either object, in order of their names.
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

/// Letters of a value that a line shows, and those before a difference that say where it is.
const SHOWN: usize = 80;
const BEFORE: usize = 20;

/// A value on one line.
pub(super) fn whole(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) if !text.contains('\n') && !text.is_empty() => text.clone(),
        other => other.to_string(),
    }
}

/// So many letters of a text, with dots where some are left out.
fn cut(text: &str, from: usize) -> String {
    let shown: String = text.chars().skip(from).take(SHOWN).collect();
    let before = if from > 0 { "..." } else { "" };
    let after = if text.chars().nth(from + SHOWN).is_some() { "..." } else { "" };
    format!("{before}{shown}{after}")
}

/// A value on one short line.
pub(super) fn show(value: &Value) -> String {
    cut(&whole(value), 0)
}

/// `20 -> 10`. Of long values that begin alike, what is shown begins shortly before they differ.
pub(super) fn from_to(base: &Value, new: &Value) -> String {
    let (base, new) = (whole(base), whole(new));
    let alike = base.chars().zip(new.chars()).take_while(|(b, n)| b == n).count();
    let from = if alike > SHOWN - BEFORE { alike - BEFORE } else { 0 };
    format!("{} -> {}", cut(&base, from), cut(&new, from))
}

/// How two limits compare; a missing one is the end of the scale that `missing` names.
pub(super) fn order(base: &Value, new: &Value, missing: std::cmp::Ordering) -> std::cmp::Ordering {
    use std::cmp::Ordering::Equal;
    match (decimal::Decimal::of(base), decimal::Decimal::of(new)) {
        (Some(base), Some(new)) => base.order(new),
        (Some(_), None) => missing.reverse(),
        (None, Some(_)) => missing,
        (None, None) => Equal,
    }
}
