//! Records the changes of one pair of parts, each with its rule, the operations it reaches and the requirements it
//! touches.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::change::Change;
use super::revision::{object, strings};
use super::rules::{self, Direction};
use super::show::{from_to, show};
use super::walk::{Reach, Walk, both_keys, place};
use crate::load::essence;
use crate::place::escape;

impl<'a> Walk<'a> {
    pub(super) fn pen<'w>(&'w mut self, base: &'w str, new: &'w str, reach: &'w Reach) -> Pen<'w, 'a> {
        Pen { walk: self, base, new, reach, side: Side::Either }
    }

    /// Creates a pen for a list member that exists on one side only: the same pointer on the other side is another
    /// member.
    pub(super) fn pen_one_sided<'w>(&'w mut self, at: &'w str, added: bool, reach: &'w Reach) -> Pen<'w, 'a> {
        Pen { walk: self, base: at, new: at, reach, side: if added { Side::New } else { Side::Base } }
    }
}

/// Records the changes of one pair of parts.
pub(super) struct Pen<'w, 'a> {
    pub(super) walk: &'w mut Walk<'a>,
    base: &'w str,
    new: &'w str,
    reach: &'w Reach,
    side: Side,
}

/// The side on which the changed part exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Base,
    New,
    /// The new side if the pointer exists there, otherwise the base.
    Either,
}

impl Pen<'_, '_> {
    /// Records a change at `below`. The rule is the one with this name for both directions, or else one for each
    /// direction in which the part is reached.
    pub(super) fn put(&mut self, fact: &str, below: &str, detail: &str) {
        self.put_citing(fact, below, detail, BTreeSet::new());
    }

    /// Does the same as [`put`](Self::put) and adds further requirements that the change touches.
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
        // A member that was removed from a list is shown at the list.
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

    /// Compares the keys for descriptions, marks and unknown extensions: all keys that are not in `known`.
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

    /// Records the values that were added to or removed from a list, each with its rule.
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

    pub(super) fn parameter(&mut self, b: &Value, n: &Value) {
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
        let below = |media: &str| format!("/content/{}", escape(media));
        for pair in media_pairs(&b["content"], &n["content"]) {
            match pair {
                (None, Some(media)) => self.put("media-type-added", &below(media), media),
                (Some(media), None) => self.put("media-type-removed", &below(media), media),
                (Some(was), Some(is)) => {
                    let (base, new) =
                        (format!("{}{}", self.base, below(was)), format!("{}{}", self.new, below(is)));
                    let (b, n) = (&b["content"][was], &n["content"][is]);
                    self.walk.pen(&base, &new, self.reach).rest(b, n, &["schema"]);
                    if was != is {
                        let detail = format!("{was} -> {is}");
                        self.put("media-type-parameters-changed", &below(is), &detail);
                    }
                }
                (None, None) => {}
            }
        }
    }

    pub(super) fn body(&mut self, b: &Value, n: &Value) {
        let required = |it: &Value| it["required"].as_bool().unwrap_or(false);
        match (required(b), required(n)) {
            (false, true) => self.put("body-became-required", "/required", "optional -> required"),
            (true, false) => self.put("body-became-optional", "/required", "required -> optional"),
            _ => {}
        }
        self.media(b, n);
        self.rest(b, n, &["required", "content"]);
    }

    pub(super) fn response(&mut self, b: &Value, n: &Value) {
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

/// Pairs the media types of two bodies, equal ones or those that differ in parameters (`charset=utf-8`) only, then
/// lists the rest.
pub(super) fn media_pairs<'v>(base: &'v Value, new: &'v Value) -> Vec<(Option<&'v str>, Option<&'v str>)> {
    let names = |it: &'v Value| object(it).keys().map(String::as_str).collect::<Vec<_>>();
    let (was, mut left) = (names(base), names(new));
    let mut pairs = Vec::new();
    for media in was {
        let same = left.iter().position(|it| *it == media);
        let alike = || {
            let is_free = |it: &str| base.get(it).is_none() && essence(it) == essence(media);
            left.iter().position(|it| new.get(media).is_none() && is_free(it))
        };
        pairs.push((Some(media), same.or_else(alike).map(|at| left.remove(at))));
    }
    pairs.extend(left.into_iter().map(|it| (None, Some(it))));
    pairs
}
