//! Sends orders that a conforming server refuses side by side, between two readings of one wallet. If the wallet does
//! not change, none of them was charged. If it does, the group is halved until each order that changed it is sent by
//! itself.

use std::collections::BTreeSet;
use std::mem::take;

use spec::{Contract, OperationId, Pesewas};
use tokio::sync::mpsc;

use super::case::CaseRunner;
use super::runner::Runner;
use super::slots::Slot;
use crate::exec::budget::Lease;
use crate::history::{Answer, CaseRecord, Environment, Exchange};
use crate::order::door::{self, Made};
use crate::order::reading;
use crate::plan::case::{Case, Step};

/// A case of a group, with what was reserved for it.
#[derive(Debug)]
pub(super) struct Member {
    /// The position in the plan.
    pub(super) at: usize,
    /// What the case may still cost.
    pub(super) lease: Lease,
    /// The number of this attempt, from 1.
    pub(super) attempt: usize,
}

/// Returns the id of a case for this attempt.
pub(super) fn attempt_id(case: &Case, attempt: usize) -> String {
    if attempt > 1 { format!("{}#{attempt}", case.id) } else { case.id.clone() }
}

/// What readings of a wallet and of the list show at one moment.
#[derive(Debug)]
struct Standing {
    available: Option<Pesewas>,
    held: Option<Pesewas>,
    listed: BTreeSet<String>,
}

impl Standing {
    fn of(contract: &Contract, wallet: Option<&Exchange>, list: Option<&Exchange>) -> Self {
        let wallet = wallet.and_then(|it| reading::wallet(contract, it.answer.response()?));
        let page = list.and_then(|it| reading::page(contract, it.answer.response()?));
        Self {
            available: wallet.as_ref().and_then(|it| it.available.pesewas()),
            held: wallet.and_then(|it| it.held?.pesewas()),
            listed: page.into_iter().flat_map(|it| it.orders).filter_map(|it| it.id).collect(),
        }
    }

    /// Returns what the first and the last readings of a record show.
    fn around(contract: &Contract, record: &CaseRecord) -> (Self, Self) {
        let of = |operation| record.exchanges.iter().filter(move |it| it.operation == operation);
        let (mut wallets, mut lists) = (of(OperationId::Wallet), of(OperationId::Orders));
        let before = Self::of(contract, wallets.next(), lists.next());
        (before, Self::of(contract, wallets.next_back(), lists.next_back()))
    }

    /// Returns what the wallet lost until a later moment.
    fn lost(&self, later: &Self) -> Pesewas {
        let both = self.available.zip(later.available);
        both.map_or(Pesewas::ZERO, |(before, after)| before - after)
    }

    /// Returns true if the wallet changed until a later moment, or the list shows an order that it did not show before.
    /// What is held of earlier orders may be settled meanwhile, and then less is held.
    fn moved(&self, later: &Self) -> bool {
        let more_held = self.held.zip(later.held).is_some_and(|(before, after)| after > before);
        self.lost(later) != Pesewas::ZERO || more_held || !later.listed.is_subset(&self.listed)
    }
}

/// The outcome of a group.
struct Tried<'r> {
    /// Each case, with its position in the plan and the number of the attempt.
    members: Vec<(usize, usize, CaseRunner<'r>)>,
    before: Standing,
    after: Standing,
}

/// A case of a group after which the wallet had changed, although all of its orders were refused, with its position in
/// the plan. It waits until the others have shown whose order changed it.
type Doubtful<'r> = (usize, CaseRunner<'r>);

impl Tried<'_> {
    /// Returns what the wallet lost.
    fn lost(&self) -> Pesewas {
        self.before.lost(&self.after)
    }

    /// Returns true if the wallet did not change.
    fn stands(&self) -> bool {
        let read = self.before.available.is_some() == self.after.available.is_some();
        read && !self.before.moved(&self.after)
    }

    /// Returns the number of orders that were accepted, or may have been.
    fn taken(&self, contract: &Contract) -> usize {
        self.members.iter().filter(|(.., it)| taken(contract, &it.record)).count()
    }

    /// Returns true if an order got no answer.
    fn any_lost(&self) -> bool {
        let orders = self.members.iter().flat_map(|(.., it)| &it.record.exchanges);
        orders
            .into_iter()
            .any(|it| it.operation == OperationId::BuyBulk && matches!(it.answer, Answer::Lost(_)))
    }

    /// Returns what all orders cost, according to their answers.
    fn said(&self, contract: &Contract) -> Pesewas {
        let exchanges = self.members.iter().flat_map(|(.., it)| &it.record.exchanges);
        let orders = exchanges.filter(|it| it.operation == OperationId::BuyBulk);
        let accepted =
            orders.filter_map(|it| it.answer.response()).filter(|it| reading::is_success(it.status));
        accepted.filter_map(|it| reading::total(contract, it)).sum()
    }
}

/// Returns true if an order of a record was accepted, or may have been.
fn taken(contract: &Contract, record: &CaseRecord) -> bool {
    record.exchanges.iter().filter(|it| it.operation == OperationId::BuyBulk).any(|it| match &it.answer {
        Answer::Response(response) => {
            door::made(contract, &it.request, response) != Made::No || response.status >= 500
        }
        Answer::Lost(_) => true,
        Answer::Unsent(_) => false,
    })
}

impl Runner {
    /// Carries out a group, and smaller ones if its wallet changed. If none of those shows the change again, one case keeps
    /// the readings of the group: a server may charge for a refusal now and then.
    pub(super) async fn group(
        &self,
        cases: &[Case],
        members: Vec<Member>,
        slot: &mut Slot,
        done: &mpsc::Sender<CaseRecord>,
    ) {
        let mut groups = vec![members];
        let (mut doubtful, mut found) = (Vec::new(), false);
        while let Some(group) = groups.pop() {
            if group.len() > 1 {
                groups.extend(self.all_at_once(cases, group, slot, done, &mut doubtful).await);
                continue;
            }
            for Member { at, lease, attempt } in group {
                let case = &cases[at];
                let record = CaseRunner::run(self, case, attempt_id(case, attempt), lease, None).await;
                let (before, after) = Standing::around(&self.contract, &record);
                found |= before.moved(&after) || taken(&self.contract, &record);
                self.ended(case, attempt, record, done).await;
            }
        }
        for (at, mut member) in doubtful {
            if found {
                member.keep_orders();
            }
            // Later readings have shown what the wallet holds now.
            member.remembered = true;
            let record = member.finish(&cases[at]).await;
            self.send(record, done).await;
        }
    }

    /// Carries out a group, and returns the cases that have to be repeated, in smaller groups.
    async fn all_at_once<'r>(
        &'r self,
        cases: &[Case],
        group: Vec<Member>,
        slot: &mut Slot,
        done: &mpsc::Sender<CaseRecord>,
        doubtful: &mut Vec<Doubtful<'r>>,
    ) -> Vec<Vec<Member>> {
        let tried = self.side_by_side(cases, group, slot).await;
        let number_taken = tried.taken(&self.contract);
        let (any_taken, alone) = (number_taken > 0, number_taken == 1);
        let stands = tried.stands() && !any_taken;
        let any_lost = tried.any_lost();
        if !(stands || alone || any_lost) {
            // If one order was accepted, its own record shows what it cost; if an answer was lost, the cost is
            // unknown.
            self.budget.observe(tried.said(&self.contract), tried.lost());
        }
        let mut again = Vec::new();
        // The first one made the readings, and the others have copies, which say that several orders went between them.
        let last = tried.members.len() - 1;
        let (mut concluded, mut leases) = (Vec::new(), Vec::new());
        for (nth, (at, attempt, mut member)) in tried.members.into_iter().enumerate() {
            if nth == last && !(stands || any_taken || any_lost) {
                // Its repetition takes over what was reserved for it.
                again.push((at, attempt + 1, take(&mut member.lease)));
                doubtful.push((at, member));
                continue;
            }
            let taken = taken(&self.contract, &member.record);
            if !(stands || taken && alone) {
                // The wallet's loss belongs to several orders, or to an unknown one, so it shows nothing about this
                // order.
                member.keep_orders();
            }
            let (record, lease) = member.conclude(&cases[at]).await;
            let ended = stands || taken;
            concluded.push((at, attempt, record, ended));
            if ended {
                leases.push(lease);
            } else {
                again.push((at, attempt + 1, lease));
            }
        }
        self.budget.close_all(leases);
        let (again, left_out) = self.renewed(cases, again);
        for (at, attempt, record, ended) in concluded {
            if ended {
                self.ended(&cases[at], attempt, record, done).await;
            } else {
                self.send(record, done).await;
            }
        }
        for at in left_out {
            self.send(self.left_out(&cases[at]), done).await;
        }
        let smaller = if any_taken { vec![again] } else { halves(again) };
        smaller.into_iter().filter(|it| !it.is_empty()).collect()
    }

    async fn send(&self, record: CaseRecord, done: &mpsc::Sender<CaseRecord>) {
        // The receiver is closed only if the run has ended.
        _ = done.send(record).await;
    }

    /// Reserves again what the repeated cases may cost. Returns them, and the positions of those that no longer fit under
    /// the cap.
    fn renewed(&self, cases: &[Case], again: Vec<(usize, usize, Lease)>) -> (Vec<Member>, Vec<usize>) {
        let (mut members, mut left_out) = (Vec::new(), Vec::new());
        for (at, attempt, lease) in again {
            match self.budget.renew(lease, cases[at].cost) {
                Some(lease) => members.push(Member { at, lease, attempt }),
                None => left_out.push(at),
            }
        }
        (members, left_out)
    }

    /// Reads the wallet and the list, if a case asks for them, sends the order of each case, and reads both again.
    async fn side_by_side(&self, cases: &[Case], group: Vec<Member>, slot: &mut Slot) -> Tried<'_> {
        let mut members = Vec::new();
        for Member { at, lease, attempt } in group {
            let id = attempt_id(&cases[at], attempt);
            members.push((at, attempt, CaseRunner::ready(self, &cases[at], id, lease).await));
        }
        let wanted =
            |step: fn(&Step) -> bool| members.iter().any(|(at, ..)| cases[*at].steps.iter().any(step));
        let (wallet, list) =
            (wanted(|it| matches!(it, Step::Wallet(_))), wanted(|it| matches!(it, Step::List { .. })));
        let page = Step::List { actor: 0, limit: None, follow: false };
        let readings = [wallet.then_some(&Step::Wallet(0)), list.then_some(&page)];
        hand_over_list(&mut members);
        let before = shared(&mut members, readings).await;
        slot.give_back();
        let orders = members.iter_mut().map(|(at, _, member)| async {
            let _slot = self.slots.one().await;
            for step in cases[*at].steps.iter().filter(|it| it.is_order()) {
                member.step_beside(step).await;
            }
        });
        futures::future::join_all(orders).await;
        self.slots.hold(slot).await;
        let after = shared(&mut members, readings).await;
        let standing = |[wallet, list]: [Option<Exchange>; 2]| {
            Standing::of(&self.contract, wallet.as_ref(), list.as_ref())
        };
        let (before, after) = (standing(before), standing(after));
        Tried { members, before, after }
    }
}

/// Gives the reading of the list from right before the group to the case that reads the list for all.
fn hand_over_list(members: &mut [(usize, usize, CaseRunner<'_>)]) {
    let [(.., first), (.., second), ..] = members else { return };
    let (list, other) =
        take(&mut first.opening).into_iter().partition(|it| it.operation == OperationId::Orders);
    (second.opening, first.opening) = (list, other);
}

/// Carries out two readings at once, each by one case of a group, and gives each other case a copy. Returns the last
/// exchange of each. A group has two cases at least.
async fn shared(
    members: &mut [(usize, usize, CaseRunner<'_>)],
    steps: [Option<&Step>; 2],
) -> [Option<Exchange>; 2] {
    let from: Vec<usize> = members.iter().map(|(.., it)| it.record.exchanges.len()).collect();
    let readings = members.iter_mut().zip(steps).map(|((.., reader), step)| async move {
        if let Some(step) = step {
            reader.step_beside(step).await;
        }
    });
    futures::future::join_all(readings).await;
    let read: Vec<Vec<Exchange>> = members
        .iter()
        .zip(&from)
        .take(steps.len())
        .map(|((.., it), from)| it.record.exchanges[*from..].to_vec())
        .collect();
    for (reader, read) in read.iter().enumerate() {
        let others = members.iter_mut().enumerate().filter(|(at, _)| *at != reader);
        for (_, (.., other)) in others {
            read.iter().for_each(|it| other.note_copy(Exchange { shared: true, ..it.clone() }));
        }
    }
    [0, 1].map(|reader| read.get(reader).and_then(|it| it.last().cloned()))
}

fn halves(mut members: Vec<Member>) -> Vec<Vec<Member>> {
    let second = members.split_off(members.len() / 2);
    vec![members, second]
}

/// Returns the wallet and the account of a case that may run in a group. Accounts of one wallet are kept apart, since
/// each reads with its own key.
pub(super) fn lane(case: &Case, environment: &Environment) -> Option<(usize, usize)> {
    case.beside_others().map(|account| (environment.wallet(account), account))
}
