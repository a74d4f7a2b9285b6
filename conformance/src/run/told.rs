//! What the sink has been told of: each cause once, while the run goes on.

use std::collections::{BTreeMap, BTreeSet};

use spec::{Contract, Pesewas};

use crate::bounds;
use crate::history::CaseRecord;
use crate::judge::judged::Judged;
use crate::judge::lookups::{self, Lookups};
use crate::judge::verdict::Finding;
use crate::report::event::{Event, Sink};

/// What has been reported to the sink so far.
#[derive(Default)]
pub(super) struct Told {
    causes: BTreeSet<(String, String)>,
    /// The number of causes that were reported, by requirement.
    of: BTreeMap<String, usize>,
    /// The number of causes that have failed so far.
    pub(super) failures: u32,
    charged: Pesewas,
    /// Whether a valid order was accepted.
    has_accepted: bool,
    /// The findings that are reported once it is known whether the numbers of the recipients explain them.
    doubted: Vec<Finding>,
}

impl Told {
    /// Reports a finished case, by which so much has been charged in the run.
    pub(super) fn case(
        &mut self,
        contract: &Contract,
        (record, said): (&CaseRecord, &Judged),
        charged: Pesewas,
        sink: &mut (dyn Sink + Send),
    ) {
        self.has_accepted = self.has_accepted || lookups::taken(said).next().is_some();
        let findings = said.marks.as_ref().map_or(&[][..], |it| &it.findings);
        for finding in findings {
            if self.has_accepted && lookups::is_doubtful(contract, finding, said) {
                self.doubted.push(finding.clone());
            } else {
                self.finding(finding, sink);
            }
        }
        sink.event(&Event::CaseDone {
            index: record.index,
            again: record.is_another_try(),
            requests: record.requests(),
            findings: findings.len() as u64,
            charged: charged - self.charged,
        });
        self.charged = charged;
    }

    /// Reports a finding if it is the first of its cause.
    fn finding(&mut self, finding: &Finding, sink: &mut (dyn Sink + Send)) {
        let requirement = finding.candidates.first().cloned().unwrap_or_default();
        if self.causes.insert((requirement.clone(), finding.cause.to_string())) {
            self.failures += u32::from(!finding.warning);
            let of_it = self.of.entry(requirement.clone()).or_insert(0);
            *of_it += 1;
            // Of more causes than these, the judgement at the end reports all the others as one.
            if *of_it <= bounds::CAUSES {
                let (summary, case) = (finding.summary.clone(), finding.case.clone());
                sink.event(&Event::Finding { requirement, summary, case });
            }
        }
    }

    /// Reports the findings that were held back and that the numbers of the recipients do not explain.
    pub(super) fn doubted(&mut self, contract: &Contract, judged: &[Judged], sink: &mut (dyn Sink + Send)) {
        let orders = lookups::orders(judged);
        let lookups = Lookups::of(contract, &orders);
        for finding in std::mem::take(&mut self.doubted) {
            if lookups.explanation(&finding, &orders).is_none() {
                self.finding(&finding, sink);
            }
        }
    }
}
