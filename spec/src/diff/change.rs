//! One change between two revisions, with the rule that judged it.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt;

use super::rules::Rule;

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, under the name given to the revision.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

/// One change between two revisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The rule that judged the change.
    pub rule: &'static Rule,
    /// The JSON pointer of what changed: in the new revision, or in the base if it was removed.
    pub pointer: String,
    /// The place of the pointer.
    pub place: Place,
    /// The nearest line of the new revision, where a review tool can show the change even if something was removed.
    pub nearest: Place,
    /// The value before and after.
    pub detail: String,
    /// The operations that the change reaches, each with its direction: `buyBulk (request)`.
    pub reaches: BTreeSet<String>,
    /// The requirements that the change touches: those cited nearest above the pointer, on both sides.
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

/// Formats the change on several lines, for a terminal.
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
