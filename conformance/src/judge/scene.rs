//! A case in the form in which checks judge it: each exchange with what it was, what was allowed, and what the wallet
//! may hold.

use std::collections::BTreeMap;

use spec::{Contract, Meaning, OperationId, Pesewas};

use crate::history::{Answer, CaseRecord, Environment, Exchange, KeyUse, Response};
use crate::order::door::{self, Made};
use crate::order::facts::{Auth, Body, Facts, OrderFacts};
use crate::order::lenient::Liberty;
use crate::order::path::names;
use crate::order::reading::{self, Balances, Order, Summary};
use crate::order::rule::{Allowed, Rule};
use crate::order::wallet::Wallet;

/// An order that the server says it created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Created {
    /// The position of the exchange that created it.
    pub(crate) exchange: usize,
    /// The position of the account that ordered.
    pub(crate) actor: usize,
    /// The summary in the answer.
    pub(crate) summary: Summary,
    /// What was ordered, if the request could be read.
    pub(crate) order: Option<OrderFacts>,
    /// Its cost by the known prices.
    pub(crate) cost: Option<Pesewas>,
}

/// One exchange, interpreted.
#[derive(Debug)]
pub(crate) struct Seen<'c> {
    /// The position of the exchange in the case.
    pub(crate) at: usize,
    /// The exchange as it was recorded.
    pub(crate) exchange: &'c Exchange,
    /// What the order request is; `None` for reads.
    pub(crate) facts: Option<Facts>,
    /// The answers that are allowed for the order request; `None` for reads.
    pub(crate) allowed: Option<Allowed>,
    /// What the caller's wallet may have held when the request was sent.
    pub(crate) before: Wallet,
    /// The liberty that the server took to accept an order that a strict reader refuses.
    pub(crate) liberty: Option<Liberty>,
    /// Whether the key is one that must be granted access.
    lets_in: bool,
}

impl Seen<'_> {
    /// Returns the response, if one was received.
    #[must_use]
    pub(crate) fn response(&self) -> Option<&Response> {
        self.exchange.answer.response()
    }

    /// Returns true if the exchange is an order request.
    #[must_use]
    pub(crate) fn is_order(&self) -> bool {
        self.exchange.operation == OperationId::BuyBulk
    }

    /// Returns true if the key is one that must be granted access.
    #[must_use]
    pub(crate) fn authorised(&self, case: &CaseRecord) -> bool {
        matches!(self.exchange.request.key, KeyUse::Own | KeyUse::OwnHeaderCase(_))
            && self.exchange.actor.is_some_and(|actor| case.accounts.get(actor).is_some_and(|it| !it.revoked))
    }
}

/// A whole case, interpreted.
#[derive(Debug)]
pub struct Scene<'c> {
    /// The contract.
    pub(crate) contract: &'c Contract,
    /// What was known about the server.
    pub(crate) environment: &'c Environment,
    /// The case as it was recorded.
    pub case: &'c CaseRecord,
    /// The exchanges of the case.
    pub(crate) seen: Vec<Seen<'c>>,
    /// The orders created in the case.
    pub(crate) created: Vec<Created>,
    /// By actor, the prices of recipients that were shown to have failed and may have been refunded.
    pub(crate) refundable: BTreeMap<usize, Vec<Pesewas>>,
    /// The same prices by actor and order.
    pub(super) failed: BTreeMap<(usize, String), Vec<Pesewas>>,
    /// By actor and order, the most that may have been returned for failed recipients whose price is unknown.
    pub(super) unpriced: BTreeMap<(usize, String), Pesewas>,
}

impl<'c> Scene<'c> {
    /// Interprets a case by the refusal rules of the checks.
    #[must_use]
    pub(crate) fn of(
        contract: &'c Contract,
        environment: &'c Environment,
        case: &'c CaseRecord,
        rules: &[&'static Rule],
    ) -> Self {
        let mut scene = Self {
            contract,
            environment,
            case,
            seen: Vec::with_capacity(case.exchanges.len()),
            created: Vec::new(),
            refundable: BTreeMap::new(),
            failed: BTreeMap::new(),
            unpriced: BTreeMap::new(),
        };
        let wallets = wallets_of(case);
        let mut state: BTreeMap<usize, Wallet> =
            case.accounts.iter().enumerate().map(|(actor, it)| (actor, Wallet::new(it.balance))).collect();
        for (at, exchange) in case.exchanges.iter().enumerate() {
            let wallet_of = exchange.actor.map(|actor| wallets[actor]);
            let before =
                wallet_of.and_then(|wallet| state.get(&wallet)).cloned().unwrap_or(Wallet::new(None));
            let mut seen =
                Seen { at, exchange, facts: None, allowed: None, before, liberty: None, lets_in: true };
            seen.lets_in = seen.authorised(case);
            if seen.is_order() {
                let contended = scene.contended(at, &wallets);
                let actor = exchange.actor.and_then(|actor| case.accounts.get(actor));
                // The balance of an account that others may use, or that has orders in flight, may be lower by now.
                let mut facts = Facts::of(
                    contract,
                    environment.catalog.as_ref(),
                    actor,
                    seen.before.clone(),
                    contended,
                    &exchange.request,
                );
                facts.repeated = scene.repeats(at, &wallets);
                let mut allowed = Allowed::for_order(&facts, contract, rules);
                seen.liberty = processed(contract, exchange, &mut allowed, rules, &mut facts);
                let said = scene.note_created(at, exchange, &facts);
                if let Some(wallet) = wallet_of.and_then(|wallet| state.get_mut(&wallet)) {
                    settle(contract, exchange, said, &facts, &allowed, wallet);
                }
                seen.allowed = Some(allowed);
                seen.facts = Some(facts);
            } else if let (Some(actor), Some(wallet)) = (exchange.actor, wallet_of) {
                if let Some(read) = seen.wallet(contract).and_then(|it| it.available.pesewas())
                    && exchange.batch.is_none()
                    && let Some(wallet) = state.get_mut(&wallet)
                {
                    wallet.read(read);
                }
                scene.note_failed(actor, exchange);
                if exchange.operation == OperationId::Retry
                    && let Some(wallet) = state.get_mut(&wallet)
                {
                    // A retry may reverse a refund (AMB-HELD), so the balance is unknown until the wallet is read
                    // again.
                    wallet.forget();
                }
            }
            scene.seen.push(seen);
        }
        scene
    }

    /// Returns true if other exchanges of the same wallet overlap this one.
    fn contended(&self, at: usize, wallets: &[usize]) -> bool {
        let one = &self.case.exchanges[at];
        let wallet = one.actor.map(|actor| wallets[actor]);
        one.batch.is_some()
            && self.case.exchanges.iter().enumerate().any(|(other, it)| {
                other != at && it.batch == one.batch && it.actor.map(|actor| wallets[actor]) == wallet
            })
    }

    /// Returns true if an order was refused as invalid or with an undocumented status (4xx), and the same wallet paid for
    /// an identical order before it or at the same time.
    fn repeats(&self, at: usize, wallets: &[usize]) -> bool {
        let one = &self.case.exchanges[at];
        let status = one.answer.response().map(|it| it.status).unwrap_or_default();
        let wallet = |it: &Exchange| it.actor.map(|actor| wallets[actor]);
        let same = |(other, it): (usize, &Exchange)| {
            it.operation == OperationId::BuyBulk
                && (other < at || other > at && it.batch.is_some() && it.batch == one.batch)
                && wallet(it) == wallet(one)
                && it.request.body == one.request.body
                && it.answer.response().is_some_and(|it| reading::is_success(it.status))
        };
        let buy = self.contract.buy();
        let as_invalid = buy.status(Meaning::Invalid) == Some(status);
        let undocumented = status / 100 == 4 && buy.response(status).is_none();
        (as_invalid || undocumented) && self.case.exchanges.iter().enumerate().any(same)
    }

    /// Records an order that was accepted, and returns the total in its answer.
    fn note_created(&mut self, at: usize, exchange: &Exchange, facts: &Facts) -> Option<Pesewas> {
        let created = |it: &&Response| door::is_created(self.contract, &exchange.request, it);
        let response = exchange.answer.response().filter(created)?;
        let actor = exchange.actor?;
        let summary = reading::summary(self.contract, response).unwrap_or_default();
        let total = summary.pesewas();
        self.created.push(Created {
            exchange: at,
            actor,
            summary,
            order: facts.order().cloned(),
            cost: facts.exact_cost(),
        });
        total
    }

    /// Returns the order that a read asked for, by the id in its path.
    #[must_use]
    pub(crate) fn asked_for(&self, exchange: &Exchange) -> Option<&Created> {
        let named = |id: &str| names(&exchange.request.path, id);
        self.created.iter().find(|it| it.summary.order_id.as_deref().is_some_and(named))
    }

    /// Returns true if an exchange asked for this order, by the id in its path.
    #[must_use]
    pub(crate) fn asks_for(&self, exchange: &Exchange, created: &Created) -> bool {
        self.asked_for(exchange).is_some_and(|it| it.exchange == created.exchange)
    }

    /// Returns for each actor the position of the wallet that it pays from.
    #[must_use]
    pub(crate) fn wallets(&self) -> Vec<usize> {
        wallets_of(self.case)
    }
}

impl Seen<'_> {
    /// Returns true if a read was answered with the status that its page documents for success.
    #[must_use]
    pub(crate) fn is_ok(&self, contract: &Contract) -> bool {
        let ok = contract.operation(self.exchange.operation).status(Meaning::Ok);
        self.response().is_some_and(|it| Some(it.status) == ok)
    }

    /// Returns the balances that were read, if the exchange read a wallet.
    #[must_use]
    pub(crate) fn wallet(&self, contract: &Contract) -> Option<Balances> {
        // What is shown to a key that must be refused belongs to none of the accounts.
        if self.exchange.operation != OperationId::Wallet || !self.lets_in {
            return None;
        }
        self.response().filter(|_| self.is_ok(contract)).and_then(|it| reading::wallet(contract, it))
    }

    /// Returns the order that was read, if the exchange read one.
    #[must_use]
    pub(crate) fn order(&self, contract: &Contract) -> Option<Order> {
        let operation = self.exchange.operation;
        if !matches!(operation, OperationId::Order | OperationId::OrderStatus | OperationId::Retry) {
            return None;
        }
        self.response().filter(|_| self.is_ok(contract)).and_then(|it| reading::order(contract, it))
    }
}

/// Returns for each actor the first actor with the same profile: keys of one account share one wallet.
fn wallets_of(case: &CaseRecord) -> Vec<usize> {
    (0..case.accounts.len()).map(|actor| case.wallet_of(actor)).collect()
}

/// If an order was accepted that only a lenient reader can read, replaces the request's facts by the reading that the
/// answer's count and total fit best. Returns the liberty that the server took. Returns `None` if they fit only a
/// reading that must be refused; `allowed` is then that of this reading.
fn processed(
    contract: &Contract,
    exchange: &Exchange,
    allowed: &mut Allowed,
    rules: &[&'static Rule],
    facts: &mut Facts,
) -> Option<Liberty> {
    let created = |it: &&Response| door::is_created(contract, &exchange.request, it);
    let response = exchange.answer.response().filter(created)?;
    let unclear = matches!(facts.body, Body::Unclear(_));
    if allowed.strict.is_empty() && !unclear {
        return None;
    }
    let summary = reading::summary(contract, response).unwrap_or_default();
    let total = summary.pesewas();
    let count = summary.count.as_ref().and_then(|(count, _)| usize::try_from((*count)?).ok());
    let fit = |read: &Facts| {
        let fits = |said: bool, known: bool| u8::from(said && known);
        fits(read.exact_cost() == total, total.is_some()) + fits(read.count() == count, count.is_some())
    };
    let strict = (!unclear).then(|| (facts.body.clone(), None));
    let lenient = facts.others.iter().map(|other| (other.body.clone(), Some(other.liberty.clone())));
    let readings = lenient.chain(strict).map(|(body, liberty)| {
        let read = Facts { body, others: Vec::new(), ..facts.clone() };
        (fit(&read), Allowed::for_order(&read, contract, rules), read.body, liberty)
    });
    let (acceptable, refusable): (Vec<_>, Vec<_>) = readings.partition(|it| it.1.sure.is_empty());
    // Of equal fits the first is taken, which is the most usual reading.
    let best = |readings: Vec<_>| {
        let better =
            |best: (u8, Allowed, Body, _), it: (u8, Allowed, Body, _)| if it.0 > best.0 { it } else { best };
        readings.into_iter().reduce(better)
    };
    let accepted = best(acceptable)?;
    match best(refusable).filter(|it| it.0 > accepted.0) {
        Some((_, of_reading, body, _)) => {
            *allowed = of_reading;
            facts.body = body;
            None
        }
        None => {
            facts.body = accepted.2;
            accepted.3
        }
    }
}

/// Updates the wallet with the effect of an order's answer and with what the answer reveals about the balance.
fn settle(
    contract: &Contract,
    exchange: &Exchange,
    said: Option<Pesewas>,
    facts: &Facts,
    allowed: &Allowed,
    wallet: &mut Wallet,
) {
    // For simultaneous orders the balance at which each was decided is unknown.
    let cost = facts.exact_cost();
    let known = cost.filter(|_| !facts.contended);
    let made = exchange.answer.response().map(|it| door::made(contract, &exchange.request, it));
    match &exchange.answer {
        Answer::Response(_) if made == Some(Made::Yes) => {
            if let Some(cost) = known {
                wallet.learn(|balance| balance >= cost);
            }
            match said.or(cost) {
                // Where the answer's total is wrong, either may have been charged.
                Some(total) if allowed.sure.is_empty() && cost.is_some_and(|cost| cost != total) => {
                    wallet.debit_either(total, cost.unwrap_or(total));
                }
                // The cost and the payer of an order that must not have been accepted are unknown.
                Some(total) if allowed.sure.is_empty() || facts.auth == Auth::Good => wallet.debit(total),
                _ => wallet.forget(),
            }
        }
        Answer::Response(_) if made == Some(Made::Unclear) => wallet.forget(),
        Answer::Response(response) if response.status == contract.status(Meaning::Insufficient) => {
            if let Some(cost) = known {
                wallet.learn(|balance| balance < cost);
            }
        }
        // An order that must be refused must not cost anything, even if its answer was lost.
        Answer::Lost(_) if allowed.sure.is_empty() => match cost {
            Some(cost) => wallet.maybe_debit(cost),
            None => wallet.forget(),
        },
        Answer::Response(_) | Answer::Unsent(_) | Answer::Lost(_) => {}
    }
}
