//! Compares two catalogues of requirements and ambiguities, entry by entry, by id.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::change::Change;
use super::revision::Document;
use super::rules;
use super::show::{from_to, show, whole};
use super::walk::{Walk, both_keys, place};
use crate::place::escape;

impl Walk<'_> {
    /// Compares both lists, and the other keys of the file.
    pub(super) fn catalogue(&mut self) {
        self.entries("requirements", "requirement-added", "requirement-withdrawn", Self::requirement);
        self.entries("ambiguities", "ambiguity-added", "ambiguity-settled", Self::ambiguity);
        let (base, new) = (&self.base.catalogue, &self.new.catalogue);
        for key in both_keys(&base.value, &new.value) {
            let (b, n) = (&base.value[&key], &new.value[&key]);
            if b != n && !["requirements", "ambiguities"].contains(&key.as_str()) {
                let below = format!("/{}", escape(&key));
                self.note_entry("unjudged-changed", "", (&below, &below), &from_to(b, n));
            }
        }
    }

    fn entries(
        &mut self,
        list: &str,
        added: &str,
        removed: &str,
        both: impl Fn(&mut Self, &str, (&str, &Value), (&str, &Value)),
    ) {
        let (base, new) = (&self.base.catalogue, &self.new.catalogue);
        let (was, is) = (by_id(base, list), by_id(new, list));
        for id in was.keys().chain(is.keys()).collect::<BTreeSet<_>>() {
            // A statement is quoted in full, because a part of it would promise something else.
            let text = |entry: &Value| whole(entry.get("statement").unwrap_or(&entry["question"]));
            match (was.get(id), is.get(id)) {
                (Some(b), Some(n)) => both(self, id, (b, base.at(b)), (n, new.at(n))),
                (Some(b), None) => self.note_entry(removed, id, (b, &format!("/{list}")), &text(base.at(b))),
                (None, Some(n)) => self.note_entry(added, id, (&format!("/{list}"), n), &text(new.at(n))),
                (None, None) => {}
            }
        }
    }

    fn requirement(&mut self, id: &str, (base, b): (&str, &Value), (new, n): (&str, &Value)) {
        for key in both_keys(b, n).iter().filter(|key| b[*key] != n[*key]) {
            let (bk, nk) = (&b[key], &n[key]);
            let fact = match key.as_str() {
                "statement" | "warns" => "requirement-statement-changed",
                "role" => "requirement-role-changed",
                "group" | "kind" | "needs" | "quotes" | "severity" | "source" => {
                    "requirement-bookkeeping-changed"
                }
                "level" => {
                    let firm = |it: &Value| {
                        let ladder = ["provisional", "revision", "companion", "documented"];
                        ladder.iter().position(|step| it.as_str() == Some(step))
                    };
                    if firm(nk) < firm(bk) { "requirement-level-lowered" } else { "requirement-level-raised" }
                }
                _ => "unjudged-changed",
            };
            let below = escape(key);
            let pointers = (format!("{base}/{below}"), format!("{new}/{below}"));
            self.note_entry(fact, id, (&pointers.0, &pointers.1), &from_to(bk, nk));
        }
    }

    fn ambiguity(&mut self, id: &str, (base, b): (&str, &Value), (new, n): (&str, &Value)) {
        for key in both_keys(b, n).iter().filter(|key| b[*key] != n[*key]) {
            let below = escape(key);
            let pointers = (&*format!("{base}/{below}"), &*format!("{new}/{below}"));
            match key.as_str() {
                "accepts" => {
                    let items = |it: &Value| it.as_array().cloned().unwrap_or_default();
                    let (was, is) = (items(&b[key]), items(&n[key]));
                    for status in is.iter().filter(|it| !was.contains(it)) {
                        self.note_entry("ambiguity-outcome-added", id, pointers, &show(status));
                    }
                    for status in was.iter().filter(|it| !is.contains(it)) {
                        self.note_entry("ambiguity-outcome-removed", id, pointers, &show(status));
                    }
                }
                "question" | "kind" | "accepted" | "warns" | "fails" => {
                    self.note_entry("ambiguity-question-changed", id, pointers, &from_to(&b[key], &n[key]));
                }
                _ => self.note_entry("unjudged-changed", id, pointers, &from_to(&b[key], &n[key])),
            }
        }
    }

    /// Records a change at a pointer of the catalogue: in the new one, or in the base if the entry is gone.
    fn note_entry(&mut self, fact: &str, id: &str, (base, new): (&str, &str), detail: &str) {
        let Some(rule) = rules::find(fact).or_else(|| rules::find("unjudged-changed")) else { return };
        let gone = fact.ends_with("-withdrawn") || fact.ends_with("-settled");
        let nearest = place(&self.new.catalogue, new);
        let (pointer, at) =
            if gone { (base, place(&self.base.catalogue, base)) } else { (new, nearest.clone()) };
        self.changes.push(Change {
            rule,
            pointer: pointer.to_owned(),
            place: at,
            nearest,
            detail: if id.is_empty() { detail.to_owned() } else { format!("{id}: {detail}") },
            reaches: BTreeSet::new(),
            requirements: Some(id.to_owned()).filter(|id| !id.is_empty()).into_iter().collect(),
        });
    }
}

/// Returns the pointers of a list's entries by their ids.
fn by_id(document: &Document, list: &str) -> BTreeMap<String, String> {
    let entries = document.at(&format!("/{list}")).as_array().into_iter().flatten().enumerate();
    entries
        .filter_map(|(at, entry)| Some((entry["id"].as_str()?.to_owned(), format!("/{list}/{at}"))))
        .collect()
}
