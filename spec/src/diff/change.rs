//! One change, judged.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt;

use super::rules::Rule;

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// As the revision named it.
    pub file: String,
    /// From 1.
    pub line: usize,
}

/// One change between two revisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The rule that judged it.
    pub rule: &'static Rule,
    /// JSON pointer of what changed: in the new revision, or in the base where it is gone.
    pub pointer: String,
    /// Where that stands.
    pub place: Place,
    /// The nearest line of the new revision, also for what is gone: where a reviewer's tool can show it.
    pub nearest: Place,
    /// From what to what.
    pub detail: String,
    /// Operations that it reaches, each with its direction: `buyBulk (request)`.
    pub reaches: BTreeSet<String>,
    /// Requirements that it touches: those cited nearest above the pointer, on both sides.
    pub requirements: BTreeSet<String>,
}

impl Change {
    fn key(&self) -> impl Ord + '_ {
        (Reverse(self.rule.impact), &self.place, &self.pointer, self.rule.id, &self.detail, &self.reaches)
    }
}

impl Ord for Change {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Change {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// Several lines, for a terminal.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, pointer, place, detail, .. } = self;
        writeln!(f, "{} {}", rule.impact, rule.id)?;
        writeln!(f, "  {}:{} {pointer}", place.file, place.line)?;
        write!(f, "  {detail}\n  {}", rule.why)?;
        for (what, list) in [("reaches", &self.reaches), ("touches", &self.requirements)] {
            if !list.is_empty() {
                write!(f, "\n  {what} {}", list.iter().map(String::as_str).collect::<Vec<_>>().join(", "))?;
            }
        }
        Ok(())
    }
}
