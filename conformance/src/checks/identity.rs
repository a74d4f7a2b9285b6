//! Ids and references over a whole run: an order id never repeats, and a short reference should not.

use std::collections::{BTreeMap, BTreeSet};

use super::Check;
use crate::judge::part::Place;
use crate::judge::verdict::Marks;
use crate::judge::whole::{Whole, finding, observation, pass};

/// The check.
pub const CHECK: Check = Check {
    name: "identity",
    cites: &["RESP-ORDER-ID", "RESP-REFERENCE", "AMB-REFERENCE-UNIQUE"],
    judge_run: Some(judge_run),
    ..Check::NOTHING
};

fn judge_run(run: &Whole<'_>, marks: &mut Marks) {
    let mut ids: BTreeMap<&str, &Place> = BTreeMap::new();
    let mut references: BTreeSet<&str> = BTreeSet::new();
    let mut repeated_reference = None;
    for created in run.parts.iter().flat_map(|part| &part.created) {
        let at = &created.at;
        if let Some(id) = created.id.as_deref()
            && let Some(earlier) = ids.insert(id, at)
            && earlier.0 != at.0
        {
            let detail = format!("{id:?} was given out in {} before", earlier.0);
            let said = "two orders have the same id";
            let found = finding(&["RESP-ORDER-ID"], "repeated", said, "an id of its own", at, detail);
            marks.findings.push(found);
        }
        if let Some(reference) = created.reference.as_deref()
            && !references.insert(reference)
        {
            repeated_reference.get_or_insert((reference, at));
        }
    }
    repeated(marks, references.len(), repeated_reference);
    if ids.len() > 1 {
        marks.marks.push(pass("RESP-ORDER-ID"));
    }
}

/// A reference may repeat; partners should know that it does.
fn repeated(marks: &mut Marks, distinct: usize, repeated: Option<(&str, &Place)>) {
    let choice = if repeated.is_some() { "a reference repeats" } else { "every reference was new" };
    if distinct > 1 || repeated.is_some() {
        let case = repeated.map(|(_, at)| at.0.clone()).unwrap_or_default();
        marks.observations.push(observation("AMB-REFERENCE-UNIQUE", choice, case));
    }
    if let Some((reference, at)) = repeated {
        let detail = format!("{reference:?} was given out before");
        let said = "a short reference stands for two orders";
        let mut warning = finding(
            &["AMB-REFERENCE-UNIQUE", "RESP-REFERENCE"],
            "repeated",
            said,
            "a reference of its own",
            at,
            detail,
        );
        warning.warning = true;
        marks.findings.push(warning);
    }
}
