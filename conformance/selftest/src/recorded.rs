//! Records the cases that the tests of judging judge again without a server. They are taken from runs against the
//! faultless sandbox, under each of its freedoms, and with each planted fault; only cases with new results are kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use conformance::history::{CaseRecord, Environment};
use conformance::judge::verdict::{MarkKind, Marks};
use sandbox::{Behaviour, Fault, Freedom};
use serde::Serialize;
use spec::Contract;

use crate::error::SelftestError;
use crate::run::{options, run};

/// How often the same result is recorded.
const TIMES: u32 = 2;

/// The largest size of a recorded line, in bytes. Longer ones are left out; their results occur in other cases too.
const LONGEST: usize = 8_000;

/// One line of the recording, as `conformance/tests/histories/recorded.rs` reads it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Line<'a> {
    /// The facts about the server in the following cases.
    #[serde(rename = "world")]
    Environment(&'a Environment),
    /// A case.
    Case {
        /// The behaviour of the server: freedoms or a fault; empty if it behaved correctly.
        server: &'a [String],
        /// The recorded case.
        record: &'a CaseRecord,
    },
}

/// Runs against every behaviour, and returns the cases with new results, one JSON document per line.
///
/// # Errors
/// Returns an error if a case can't be serialized, and the errors of [`run`].
pub(crate) async fn record(
    contract: &Arc<Contract>,
    seed: u64,
    mut tell: impl FnMut(&str, usize),
) -> Result<String, SelftestError> {
    let alone = Freedom::ALL.iter().map(|it| BTreeSet::from([*it]));
    let free = std::iter::once(BTreeSet::new()).chain(alone);
    let free = free.map(|freedoms| Behaviour { freedoms, fault: None });
    let wrong = sandbox::faults::all()
        .map(|it: &'static Fault| Behaviour { freedoms: BTreeSet::new(), fault: Some(it) });
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let mut environment: Option<Environment> = None;
    let mut out = String::new();
    for behaviour in free.chain(wrong) {
        let mut server: Vec<String> = behaviour.freedoms.iter().map(ToString::to_string).collect();
        server.extend(behaviour.fault.map(|it| it.id.to_owned()));
        let finished = run(contract, behaviour, &options(seed)).await?;
        let mut kept = 0;
        for (record, judged) in finished.history.cases.iter().zip(&finished.judged) {
            let Ok(marks) = &judged.marks else { continue };
            let said = said(marks);
            if said.iter().all(|it| seen.get(it).is_some_and(|times| *times >= TIMES)) {
                continue;
            }
            let line = serde_json::to_string(&Line::Case { server: &server, record: &record })?;
            if line.len() > LONGEST {
                continue;
            }
            said.into_iter().for_each(|it| *seen.entry(it).or_default() += 1);
            let met = &finished.history.header.environment;
            if environment.as_ref() != Some(met) {
                out += &serde_json::to_string(&Line::Environment(met))?;
                out.push('\n');
                environment = Some(met.clone());
            }
            out += &line;
            out.push('\n');
            kept += 1;
        }
        tell(&server.join(", "), kept);
    }
    Ok(out)
}

/// Returns the results of a case, without details that differ between cases.
fn said(marks: &Marks) -> BTreeSet<String> {
    let mark = marks.marks.iter().map(|it| match it.kind {
        MarkKind::Pass => format!("pass {}", it.requirement),
        MarkKind::Inconclusive(_) => format!("inconclusive {}", it.requirement),
    });
    let found = marks.findings.iter().map(|it| format!("{:?} {:?} {}", it.candidates, it.suspects, it.cause));
    let observed = marks.observations.iter().map(|it| format!("{} {}", it.ambiguity, it.choice));
    let before = marks.precedence.iter().map(|it| format!("{it:?}"));
    mark.chain(found).chain(observed).chain(before).collect()
}
