//! A case as the oracle sees it: each exchange with what it was, what was allowed, and what the wallet may hold around it.

use std::collections::BTreeMap;

use spec::{Contract, Meaning, OperationId, Pesewas};

use crate::history::{Answer, CaseRecord, Exchange, KeyUse, Response, World};
use crate::order::door::{self, Made};
use crate::order::facts::{Auth, Body, Facts, OrderFacts};
use crate::order::lenient::Liberty;
use crate::order::path::names;
use crate::order::reading::{self, Amount, Balances, Order, Summary};
use crate::order::rule::{Allowed, Rule};
use crate::order::wallet::Wallet;

/// An order that the server says it created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Created {
    /// Exchange that created it.
    pub(crate) exchange: usize,
    /// Who ordered.
    pub(crate) actor: usize,
    /// What the answer says.
    pub(crate) summary: Summary,
    /// What was ordered.
    pub(crate) order: Option<OrderFacts>,
    /// What it cost by the known prices.
    pub(crate) cost: Option<Pesewas>,
}

/// One exchange with what the oracle makes of it.
#[derive(Debug)]
pub(crate) struct Seen<'c> {
    /// Position in the case.
    pub(crate) at: usize,
    /// As it was recorded.
    pub(crate) exchange: &'c Exchange,
    /// What an order request is; `None` for reads.
    pub(crate) facts: Option<Facts>,
    /// What is allowed for an order request.
    pub(crate) allowed: Option<Allowed>,
    /// What the caller's wallet may have held when it was sent.
    pub(crate) before: Wallet,
    /// The liberty that the server took to accept an order that a strict reader refuses.
    pub(crate) liberty: Option<Liberty>,
    /// Whether its key is one that must be let in.
    lets_in: bool,
}

impl Seen<'_> {
    /// The response, if one came.
    #[must_use]
    pub(crate) fn response(&self) -> Option<&Response> {
        self.exchange.answer.response()
    }

    /// Whether it is an order request.
    #[must_use]
    pub(crate) fn is_order(&self) -> bool {
        self.exchange.operation == OperationId::BuyBulk
    }

    /// Whether the key is one that must be let in.
    #[must_use]
    pub(crate) fn authorised(&self, case: &CaseRecord) -> bool {
        matches!(self.exchange.request.key, KeyUse::Own | KeyUse::OwnHeaderCase(_))
            && self.exchange.actor.is_some_and(|actor| case.accounts.get(actor).is_some_and(|it| !it.revoked))
    }
}

/// A whole case.
#[derive(Debug)]
pub struct Scene<'c> {
    /// The contract.
    pub(crate) contract: &'c Contract,
    /// What was known of the server.
    pub(crate) world: &'c World,
    /// As it was recorded.
    pub case: &'c CaseRecord,
    /// Its exchanges.
    pub(crate) seen: Vec<Seen<'c>>,
    /// Orders created in it.
    pub(crate) created: Vec<Created>,
    /// Prices of recipients that an order was seen to have failed, by actor: they may have been refunded.
    pub(crate) refundable: BTreeMap<usize, Vec<Pesewas>>,
    /// The same by order.
    pub(super) failed: BTreeMap<(usize, String), Vec<Pesewas>>,
    /// By actor and order, the most that came back for recipients that failed and of which nobody knows the price.
    pub(super) unpriced: BTreeMap<(usize, String), Pesewas>,
}

impl<'c> Scene<'c> {
    /// Reads a case with the refusal rules of the checks.
    #[must_use]
    pub(crate) fn of(
        contract: &'c Contract,
        world: &'c World,
        case: &'c CaseRecord,
        rules: &[&'static Rule],
    ) -> Self {
        let mut scene = Self {
            contract,
            world,
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
                // An account that another party may use, or that has orders under way, may hold less by now.
                let mut facts = Facts::of(
                    contract,
                    world.catalog.as_ref(),
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
                    && exchange.wave.is_none()
                    && let Some(wallet) = state.get_mut(&wallet)
                {
                    wallet.read(read);
                }
                scene.note_failed(actor, exchange);
                if exchange.operation == OperationId::Retry
                    && let Some(wallet) = state.get_mut(&wallet)
                {
                    // A retry may take back a refund (AMB-HELD); the wallet is read anew after it.
                    wallet.forget();
                }
            }
            scene.seen.push(seen);
        }
        scene
    }

    /// Whether other exchanges of the same wallet overlap this one.
    fn contended(&self, at: usize, wallets: &[usize]) -> bool {
        let one = &self.case.exchanges[at];
        let wallet = one.actor.map(|actor| wallets[actor]);
        one.wave.is_some()
            && self.case.exchanges.iter().enumerate().any(|(other, it)| {
                other != at && it.wave == one.wave && it.actor.map(|actor| wallets[actor]) == wallet
            })
    }

    /// Whether an order was refused with a status of no documented meaning, and the same wallet paid the very same order
    /// before it or at the same time.
    fn repeats(&self, at: usize, wallets: &[usize]) -> bool {
        let one = &self.case.exchanges[at];
        let status = one.answer.response().map(|it| it.status).unwrap_or_default();
        let wallet = |it: &Exchange| it.actor.map(|actor| wallets[actor]);
        let same = |(other, it): (usize, &Exchange)| {
            it.operation == OperationId::BuyBulk
                && (other < at || other > at && it.wave.is_some() && it.wave == one.wave)
                && wallet(it) == wallet(one)
                && it.request.body == one.request.body
                && it.answer.response().is_some_and(|it| reading::is_success(it.status))
        };
        let undocumented = status / 100 == 4 && self.contract.buy().response(status).is_none();
        undocumented && self.case.exchanges.iter().enumerate().any(same)
    }

    /// Takes note of an order that was accepted, and gives the total that its answer names.
    fn note_created(&mut self, at: usize, exchange: &Exchange, facts: &Facts) -> Option<Pesewas> {
        let created = |it: &&Response| door::is_created(self.contract, &exchange.request, it);
        let response = exchange.answer.response().filter(created)?;
        let actor = exchange.actor?;
        let summary = reading::summary(self.contract, response).unwrap_or_default();
        let total = summary.total.as_ref().and_then(Amount::pesewas);
        self.created.push(Created {
            exchange: at,
            actor,
            summary,
            order: facts.order().cloned(),
            cost: facts.exact_cost(),
        });
        total
    }

    /// The order that a read asked for, by the id in its path.
    #[must_use]
    pub(crate) fn asked_for(&self, exchange: &Exchange) -> Option<&Created> {
        let named = |id: &str| names(&exchange.request.path, id);
        self.created.iter().find(|it| it.summary.order_id.as_deref().is_some_and(named))
    }

    /// Position of the wallet that an actor pays from.
    #[must_use]
    pub(crate) fn wallets(&self) -> Vec<usize> {
        wallets_of(self.case)
    }
}

impl Seen<'_> {
    /// Whether a reading was answered as its page shows.
    #[must_use]
    pub(crate) fn is_ok(&self, contract: &Contract) -> bool {
        let ok = contract.operation(self.exchange.operation).status(Meaning::Ok);
        self.response().is_some_and(|it| Some(it.status) == ok)
    }

    /// The wallet that was read, if it was.
    #[must_use]
    pub(crate) fn wallet(&self, contract: &Contract) -> Option<Balances> {
        // What is shown to a key that must be refused is nobody's wallet.
        if self.exchange.operation != OperationId::Wallet || !self.lets_in {
            return None;
        }
        self.response().filter(|_| self.is_ok(contract)).and_then(|it| reading::wallet(contract, it))
    }

    /// The order that was read, if it was.
    #[must_use]
    pub(crate) fn order(&self, contract: &Contract) -> Option<Order> {
        let operation = self.exchange.operation;
        if !matches!(operation, OperationId::Order | OperationId::OrderStatus | OperationId::Retry) {
            return None;
        }
        self.response().filter(|_| self.is_ok(contract)).and_then(|it| reading::order(contract, it))
    }
}

/// For each actor the first actor with the same profile: keys of one account share one wallet.
fn wallets_of(case: &CaseRecord) -> Vec<usize> {
    (0..case.accounts.len()).map(|actor| case.wallet_of(actor)).collect()
}

/// Where an order was accepted that only a lenient reader can read, the order that the server processed takes the place of
/// what was sent: the reading that the answer's count and total fit best. Gives the liberty that was taken; none, where
/// they fit only a reading that must be refused, and then that is what is allowed.
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
    let total = summary.total.as_ref().and_then(Amount::pesewas);
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
    // Of equals the first, which is the most usual.
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

/// What an order's answer does to the wallet, and says of it.
fn settle(
    contract: &Contract,
    exchange: &Exchange,
    said: Option<Pesewas>,
    facts: &Facts,
    allowed: &Allowed,
    wallet: &mut Wallet,
) {
    // Of orders at once nobody knows which one the wallet looked like that to.
    let known = facts.exact_cost().filter(|_| !facts.contended);
    let made = exchange.answer.response().map(|it| door::made(contract, &exchange.request, it));
    match &exchange.answer {
        Answer::Response(_) if made == Some(Made::Yes) => {
            if let Some(cost) = known {
                wallet.learn(|balance| balance >= cost);
            }
            match said.or_else(|| facts.exact_cost()) {
                // What an order cost that must not have been accepted, and whom, is anybody's guess.
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
        // What must be refused must not have cost anything, whatever the answer was.
        Answer::Lost(_) if allowed.sure.is_empty() => match facts.exact_cost() {
            Some(cost) => wallet.maybe_debit(cost),
            None => wallet.forget(),
        },
        Answer::Response(_) | Answer::Unsent(_) | Answer::Lost(_) => {}
    }
}
