//! Waves of orders: more at once than the wallet can pay, in different shapes.

use spec::{OperationId, Pesewas};

use super::case::{Actor, Outgoing, Step};
use super::draft::Draft;
use super::planner::Planner;
use crate::history::{Power, Tier};

/// Orders at once in one wave; the search over them stays quick up to here.
const CLIENTS: usize = 12;

/// Shapes of a wave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// The same bytes in every order.
    Same,
    /// Orders of different sizes.
    Sizes,
    /// One that takes nearly everything, among small ones.
    OneLarge,
    /// A few of the largest, and a wallet for one.
    Large,
    /// Two keys of one account.
    TwoKeys,
    /// Orders mixed with readings of the wallet.
    Reads,
}

impl Shape {
    const ALL: [Self; 6] = [Self::Same, Self::Sizes, Self::OneLarge, Self::Large, Self::TwoKeys, Self::Reads];
}

/// Plans the waves.
pub fn plan(p: &mut Planner<'_>) {
    let ids = ["MONEY-RACE"];
    if p.tier == Tier::Probe {
        return p.cannot(&ids, "the probe tier creates no order");
    }
    if p.world.power != Power::States {
        return fixed(p);
    }
    let rounds = match p.tier {
        Tier::Probe | Tier::Smoke => 1,
        Tier::Standard => 4,
        Tier::Full => 16,
    };
    let Some(role) = p.buyers().first().cloned() else {
        return p.cannot(&ids, "no key of a role that may buy");
    };
    for round in 0..rounds {
        for shape in Shape::ALL {
            if p.tier == Tier::Smoke && !matches!(shape, Shape::Same | Shape::Sizes) {
                continue;
            }
            if shape == Shape::TwoKeys && !p.world.extra_states.iter().any(|it| it == "key") {
                continue;
            }
            wave(p, &role, shape, round);
        }
    }
}

fn wave(p: &mut Planner<'_>, role: &str, shape: Shape, round: usize) {
    let limits = p.contract.limits;
    let clients = match (p.tier, shape) {
        (_, Shape::Large) => 4,
        (Tier::Smoke, _) => 6,
        _ => CLIENTS,
    };
    let mut orders: Vec<(Outgoing, Pesewas)> = Vec::new();
    let first = p.render(&Draft::good(role, limits.min_items), 0);
    for client in 0..clients {
        let draft = match shape {
            // Multiples of the smallest, and enough of those: whoever comes first, the wallet ends up empty.
            Shape::Sizes if client % 2 == 1 => {
                Draft::good(role, (limits.min_items * (2 + client % 3)).min(limits.max_items))
            }
            Shape::OneLarge if client == 0 => Draft::good(role, limits.max_items),
            Shape::Large => Draft::good(role, limits.max_items),
            _ => Draft::good(role, limits.min_items),
        };
        let actor = if shape == Shape::TwoKeys { client % 2 } else { 0 };
        let rendered = match shape {
            Shape::Same => first.clone(),
            _ => p.render(&draft, actor),
        };
        let Some(rendered) = rendered else { return };
        let Some(total) = rendered.total else {
            return p.cannot(&["MONEY-RACE"], "the packages' prices are not known");
        };
        orders.push((rendered.outgoing, total));
    }
    // Enough for a third of them: all the others must be refused, whoever comes first.
    let k = if shape == Shape::Large { 1 } else { (clients / 3).max(1) + round % 3 };
    let mut sizes: Vec<Pesewas> = orders.iter().map(|(_, total)| *total).collect();
    sizes.sort_unstable();
    let balance: Pesewas = match shape {
        Shape::OneLarge => sizes.last().copied().unwrap_or_default(),
        _ => sizes.iter().take(k).copied().sum(),
    };
    let expected_each = balance;
    for (at, (order, _)) in orders.iter_mut().enumerate() {
        // The wallet bounds what a conforming server charges; which of the orders it charges is the server's.
        order.cost.purchases = u64::from(at < k);
        order.cost.expected = if at == 0 { expected_each } else { Pesewas::ZERO };
    }
    let mut steps: Vec<Step> = orders.into_iter().map(|(order, _)| Step::Order(order)).collect();
    if shape == Shape::Reads && !p.world.lacks(OperationId::Wallet) {
        for at in [2, 5, 8] {
            steps.insert(at.min(steps.len()), Step::Wallet(0));
        }
    }
    let mut all = vec![Step::Wave(steps)];
    if !p.world.lacks(OperationId::Wallet) {
        all.push(Step::Wallet(0));
    }
    if !p.world.lacks(OperationId::OrderStatus) {
        all.extend((0..k.min(3)).map(|nth| Step::Read { actor: 0, nth, status: true }));
    }
    let mut actors = vec![Actor::Fresh { role: role.to_owned(), balance, revoked: false }];
    if shape == Shape::TwoKeys {
        actors.push(Actor::SecondKey { of: 0 });
    }
    let address = format!("{shape:?}/{round}").to_lowercase();
    let title = format!("{clients} orders at once, wallet for {k} ({shape:?})").to_lowercase();
    p.push(&address, &title, &["MONEY-RACE"], None, actors, all, None);
}

/// With fixed accounts a race needs a wallet that pays for only some of the orders: the poorest with a known balance.
fn fixed(p: &mut Planner<'_>) {
    let candidates: Vec<(usize, String, Pesewas)> = p
        .world
        .accounts
        .iter()
        .enumerate()
        .filter(|(_, it)| !it.revoked)
        .filter_map(|(at, it)| {
            Some((at, it.role.clone().filter(|role| p.contract.roles.may_buy(role))?, p.left(at)?))
        })
        .collect();
    let Some((at, role, count, total, k)) =
        candidates.into_iter().find_map(|(at, role, balance)| size(p, at, role, balance))
    else {
        return p.cannot(&["MONEY-RACE"], "no buying account whose known balance pays for only a few orders");
    };
    let clients = (k + 3).min(CLIENTS);
    let mut steps = Vec::new();
    for client in 0..clients {
        let Some(mut rendered) = p.render(&Draft::good(&role, count), 0) else { return };
        rendered.outgoing.cost.purchases = u64::from(client < k);
        rendered.outgoing.cost.expected = if client < k { total } else { Pesewas::ZERO };
        steps.push(Step::Order(rendered.outgoing));
    }
    p.spend(at, total * k as i64);
    let mut all = Vec::new();
    if !p.world.lacks(OperationId::Wallet) {
        all.push(Step::Wallet(0));
    }
    all.push(Step::Wave(steps));
    if !p.world.lacks(OperationId::Wallet) {
        all.push(Step::Wallet(0));
    }
    let title = format!("{clients} orders of {count} at once, wallet for {k}");
    p.push("fixed", &title, &["MONEY-RACE"], None, vec![Actor::Fixed(at)], all, None);
}

/// How many items an order of a race on a fixed account has, what it costs and how many the wallet pays for: as many as
/// can be while there is something left that one more order meets exactly, or else as many as can be.
fn size(
    p: &mut Planner<'_>,
    at: usize,
    role: String,
    balance: Pesewas,
) -> Option<(usize, String, usize, Pesewas, usize)> {
    let limits = p.contract.limits;
    let sizes: Vec<(usize, Pesewas, usize)> = (limits.min_items..=limits.max_items)
        .filter_map(|count| {
            let total = p.price(&Draft::good(&role, count)).filter(|total| *total > Pesewas::ZERO)?;
            let k = usize::try_from(balance.get() / total.get()).ok()?;
            (1..CLIENTS).contains(&k).then_some((count, total, k))
        })
        .collect();
    let met = |(_, total, k): &&(usize, Pesewas, usize)| p.meets(&role, balance - *total * (*k as i64));
    let (count, total, k) = sizes.iter().find(met).or_else(|| sizes.first()).copied()?;
    Some((at, role, count, total, k))
}
