//! Races: batches of simultaneous orders that together cost more than the wallet holds, in several shapes.

use spec::Pesewas;

use super::case::{Actor, Case, Outgoing, Step};
use super::order_draft::OrderDraft;
use super::planner::Planner;
use super::render::Rendered;
use super::why_not::{Wanted, WhyNot};
use crate::history::Tier;

/// The maximum number of simultaneous orders in a batch. The search for a linearization stays fast up to this number.
const CLIENTS: usize = 12;

/// The places in a batch at which the wallet is read.
const READ_AFTER: [usize; 3] = [2, 5, 8];

/// The shapes of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Every order has the same bytes.
    Same,
    /// Orders of different sizes.
    Sizes,
    /// One order that takes nearly the whole balance, among small ones.
    OneLarge,
    /// A few orders of the maximum size, and a wallet that pays for one.
    Large,
    /// Orders with two keys of one account.
    TwoKeys,
    /// Orders mixed with readings of the wallet.
    Reads,
    /// Orders of several products, which share nothing but the wallet.
    Products,
}

impl Shape {
    /// Every shape, the simplest first. A smoke test sends only the first two.
    const ALL: [Self; 7] =
        [Self::Same, Self::Sizes, Self::OneLarge, Self::Large, Self::TwoKeys, Self::Reads, Self::Products];
}

/// The ids that races serve.
#[derive(Debug)]
pub(crate) struct Serves {
    /// Those of every race that a wallet can't pay for as a whole.
    pub(crate) race: &'static [&'static str],
    /// Those of a race that takes all of a fixed account's wallet.
    pub(crate) emptying: &'static [&'static str],
    /// Those of simultaneous orders that a wallet pays for, all of them.
    pub(crate) all_paid: &'static [&'static str],
}

/// Plans the batches, each for the ids of its kind, or records why they can't be planned.
pub(crate) fn plan(p: &mut Planner<'_>, what: &Serves) {
    let serves = what.race;
    let rounds = match p.tier {
        Tier::Probe => return p.cannot(serves, &WhyNot::ProbeBuysNothing),
        Tier::Smoke => 1,
        Tier::Standard => 3,
        Tier::Full => 16,
    };
    let planned = if p.has_states() { batches(p, serves, rounds) } else { on_fixed_account(p, what) };
    if let Err(why) = planned {
        p.cannot(serves, &why);
    }
}

fn batches(p: &mut Planner<'_>, serves: &[&'static str], rounds: usize) -> Result<(), WhyNot> {
    let buyers = p.buyers();
    if buyers.is_empty() {
        return Err(WhyNot::NoBuyer);
    }
    let two_keys = p.environment.extra_states.iter().any(|it| it == "key");
    let shapes = if p.tier == Tier::Smoke { &Shape::ALL[..2] } else { &Shape::ALL[..] };
    let mut planned = Ok(());
    for round in 0..rounds {
        for (at, shape) in shapes.iter().enumerate() {
            // The roles that may buy take turns, so that each has races of every shape.
            let role = &buyers[(round + at) % buyers.len()];
            let fits = match shape {
                Shape::TwoKeys => two_keys,
                Shape::Products => of_two_products(p, role).is_some(),
                _ => true,
            };
            if fits {
                planned = planned.and(batch(p, serves, role, *shape, round));
            }
        }
    }
    planned
}

fn batch(
    p: &mut Planner<'_>,
    serves: &[&'static str],
    role: &str,
    shape: Shape,
    round: usize,
) -> Result<(), WhyNot> {
    let clients = match (p.tier, shape) {
        (_, Shape::Large) => 4,
        (Tier::Smoke, _) => 6,
        _ => CLIENTS,
    };
    let mut orders = orders(p, role, shape, clients)?;
    // The wallet pays for about a third of the orders: the others must be refused, whichever are processed first.
    let k = if shape == Shape::Large { 1 } else { (clients / 3).max(1) + round % 3 };
    let balance = balance(&orders, shape, k);
    for (at, (order, _)) in orders.iter_mut().enumerate() {
        // The wallet bounds the sum that a conforming server charges; the server chooses which orders it accepts.
        order.cost.purchases = u64::from(at < k);
        order.cost.expected = if at == 0 { balance } else { Pesewas::ZERO };
    }
    let mut steps: Vec<Step> = orders.into_iter().map(|(order, _)| Step::Order(order)).collect();
    if shape == Shape::Reads && p.offers(&Step::Wallet(0)) {
        READ_AFTER.into_iter().for_each(|at| steps.insert(at.min(steps.len()), Step::Wallet(0)));
    }
    let read = (0..k.min(3)).map(|nth| Step::Read { actor: 0, nth, status: true });
    let steps = p.offered([Step::Batch(steps), Step::Wallet(0)].into_iter().chain(read));
    let mut case = p
        .case(format!("{shape:?}/{round}").to_lowercase())
        .title(format!("{clients} orders at once, wallet for {k} ({shape:?})").to_lowercase())
        .serves(serves)
        .actor(Actor::fresh(role, balance))
        .steps(steps);
    if shape == Shape::TwoKeys {
        case = case.actor(Actor::SecondKey { of: 0 });
    }
    case.add();
    Ok(())
}

/// Returns the orders of a batch, each with its total.
fn orders(
    p: &mut Planner<'_>,
    role: &str,
    shape: Shape,
    clients: usize,
) -> Result<Vec<(Outgoing, Pesewas)>, WhyNot> {
    let limits = p.contract.limits;
    let first = p.render(&OrderDraft::good(role, limits.min_items), 0);
    let products = if shape == Shape::Products { of_two_products(p, role) } else { None };
    (0..clients)
        .map(|client| {
            let count = match shape {
                // Sizes are multiples of the smallest order, and there are enough of those: in any sequence the wallet
                // ends up empty.
                Shape::Sizes if client % 2 == 1 => {
                    (limits.min_items * (2 + client % 3)).min(limits.max_items)
                }
                Shape::OneLarge if client == 0 => limits.max_items,
                Shape::Large => limits.max_items,
                _ => limits.min_items,
            };
            let actor = if shape == Shape::TwoKeys { client % 2 } else { 0 };
            let rendered = match (shape, &products) {
                (Shape::Same, _) => first.clone(),
                (_, Some((plain, _, _))) if client % 2 == 0 => p.render(plain, actor),
                (_, Some((_, other, packages))) => p.render_basket(other, packages, actor),
                _ => p.render(&OrderDraft::good(role, count), actor),
            };
            let rendered = rendered.ok_or(WhyNot::NothingToBuy)?;
            Ok((rendered.outgoing, rendered.total.ok_or(WhyNot::NoPrices)?))
        })
        .collect()
}

/// Returns two orders of different products that cost the same, so that any sequence of them spends as much: the first by
/// its draft, the second with its packages, by position.
fn of_two_products(p: &Planner<'_>, role: &str) -> Option<(OrderDraft, OrderDraft, Vec<usize>)> {
    let limits = p.contract.limits;
    (limits.min_items..=limits.max_items).find_map(|count| {
        let plain = OrderDraft::good(role, count);
        let (other, packages) = of_another_product(p, role, p.price(&plain)?)?;
        Some((plain, other, packages))
    })
}

/// Returns an order of another product than the first that costs this much, and its packages, by position.
fn of_another_product(p: &Planner<'_>, role: &str, total: Pesewas) -> Option<(OrderDraft, Vec<usize>)> {
    (1..p.catalog.lines.len()).find_map(|line| {
        let packages = p.meeting(&OrderDraft::good(role, 0).line(line), total)?;
        Some((OrderDraft::good(role, packages.len()).line(line), packages))
    })
}

/// Returns a balance that pays for the `k` smallest orders, or exactly for the large one if one order takes nearly all.
fn balance(orders: &[(Outgoing, Pesewas)], shape: Shape, k: usize) -> Pesewas {
    let mut totals: Vec<Pesewas> = orders.iter().map(|(_, total)| *total).collect();
    totals.sort_unstable();
    if shape == Shape::OneLarge {
        return totals.last().copied().unwrap_or_default();
    }
    totals.into_iter().take(k).sum()
}

/// A race on a fixed account.
struct Race {
    at: usize,
    /// Each of its orders.
    order: OrderDraft,
    /// The packages of each order, by position on its line, unless they are those of the draft.
    packages: Option<Vec<usize>>,
    /// How many of the orders the wallet pays for.
    pays: usize,
    /// Whether these take all that the wallet holds.
    empties: bool,
}

/// Plans a race on a fixed account. This needs a wallet that pays for only some of the orders; without one, at least
/// orders that are all paid for are sent at once.
fn on_fixed_account(p: &mut Planner<'_>, what: &Serves) -> Result<(), WhyNot> {
    match on_smallest(p) {
        Ok(Batch { actor, title, steps, .. }) => {
            p.case("fixed").title(title).serves(what.race).actor(actor).steps(steps).add_race(what.emptying);
            Ok(())
        }
        Err(why @ WhyNot::NoSmallWallet(_)) => {
            all_paid(p, what.all_paid)?;
            Err(why)
        }
        Err(why) => Err(why),
    }
}

/// The number of simultaneous orders that a wallet pays for. Of two, a server that loses updates may lose none by chance.
const PAID: usize = 4;

/// Plans simultaneous orders that a wallet pays for, all of them. None of the debits may be lost, although no wallet is
/// small enough to be overspent.
fn all_paid(p: &mut Planner<'_>, serves: &[&'static str]) -> Result<(), WhyNot> {
    let role = p.buyers().into_iter().next().ok_or(WhyNot::NoBuyer)?;
    let draft = OrderDraft::good(&role, p.contract.limits.min_items);
    let rendered: Option<Vec<Rendered>> = (0..PAID).map(|_| p.render(&draft, 0)).collect();
    let rendered = rendered.ok_or(WhyNot::NothingToBuy)?;
    let due: Pesewas = rendered.iter().map(Rendered::price).sum();
    let actor = p.actor_with(&role, due).ok_or_else(|| WhyNot::Spent(role.clone(), Some(due)))?;
    let batch = Step::Batch(rendered.into_iter().map(|it| Step::Order(it.outgoing)).collect());
    let steps = p.offered([Step::Wallet(0), batch, Step::Wallet(0)]);
    let title = format!("{PAID} orders at once, all of them paid");
    p.case("fixed").title(title).serves(serves).actor(actor).steps(steps).add();
    Ok(())
}

/// A race on a fixed account, with its steps.
struct Batch {
    actor: Actor,
    title: String,
    steps: Vec<Step>,
    /// Whether it takes all that the wallet holds.
    empties: bool,
}

/// Returns the cheapest race that the wallets allow at this point of the plan, or the reason why there is none.
fn smallest(p: &Planner<'_>) -> Result<Race, WhyNot> {
    let accounts = p.environment.accounts.iter().enumerate().filter(|(_, it)| !it.revoked);
    let mut wallets: Vec<(Pesewas, usize, &String)> = accounts
        .filter_map(|(at, it)| Some((p.left(at)?, at, it.role.as_ref()?)))
        .filter(|(_, _, role)| p.contract.roles.may_buy(role))
        .collect();
    wallets.sort_unstable();
    let fits = wallets.into_iter().find_map(|(left, at, role)| sized(p, at, role, left));
    fits.ok_or_else(|| WhyNot::NoSmallWallet(wanted(p)))
}

/// Returns what a wallet must hold to pay for at least one of the smallest orders but never for a whole race.
fn wanted(p: &Planner<'_>) -> Wanted {
    let totals =
        p.buyers().into_iter().filter_map(|role| p.catalog.cheapest_orders(&role, p.contract.limits));
    let (smallest, _) = totals.min()?;
    Some((smallest, smallest * (CLIENTS as i64 - 1)))
}

/// Sizes a race to a wallet, given what the wallets hold at that point of the plan.
///
/// # Errors
/// Returns the reason if no wallet pays for only some of the orders, or nothing is for sale.
pub(super) fn bind(
    p: &mut Planner<'_>,
    case: &mut Case,
    emptying: &'static [&'static str],
) -> Result<(), WhyNot> {
    let Batch { actor, title, steps, empties } = on_smallest(p)?;
    (case.actors, case.title, case.steps) = (vec![actor], title, steps);
    if empties {
        case.serves.extend(emptying);
    }
    Ok(())
}

fn on_smallest(p: &mut Planner<'_>) -> Result<Batch, WhyNot> {
    let Race { at, order, packages, pays, empties } = smallest(p)?;
    let count = packages.as_ref().map_or(order.count, Vec::len);
    let clients = (pays + 3).min(CLIENTS);
    // A server may serialize only the orders of one product, so those of two take turns if they can cost the same.
    let other = match &packages {
        Some(_) => None,
        None => p.price(&order).and_then(|total| of_another_product(p, &order.role, total)),
    };
    let mut orders = Vec::new();
    for client in 0..clients {
        let rendered = match (&other, &packages) {
            (Some((other, packages)), _) if client % 2 == 1 => p.render_basket(other, packages, 0),
            (_, Some(packages)) => p.render_basket(&order, packages, 0),
            (_, None) => p.render(&order, 0),
        };
        let mut outgoing = rendered.ok_or(WhyNot::NothingToBuy)?.outgoing;
        if client >= pays {
            outgoing.cost.refused();
        }
        orders.push(Step::Order(outgoing));
    }
    if p.offers(&Step::Wallet(0)) {
        // What is debited first and put back later shows only meanwhile.
        READ_AFTER.into_iter().for_each(|at| orders.insert(at.min(orders.len()), Step::Wallet(0)));
    }
    let steps = p.offered([Step::Wallet(0), Step::Batch(orders), Step::Wallet(0)]);
    let title = format!("{clients} orders of {count} at once, wallet for {pays}");
    Ok(Batch { actor: Actor::Fixed(at), title, steps, empties })
}

/// Sizes a race to the wallet of a fixed account: its orders, and how many of them the wallet pays for. The first size is
/// preferred whose remainder in the wallet another order costs exactly, then the first that leaves nothing, and then
/// one order that costs all that is there. Otherwise it is the smallest size.
fn sized(p: &Planner<'_>, at: usize, role: &str, left: Pesewas) -> Option<Race> {
    let limits = p.contract.limits;
    let sizes: Vec<(usize, Pesewas, usize)> = (limits.min_items..=limits.max_items)
        .filter_map(|count| {
            let total = p.price(&OrderDraft::good(role, count)).filter(|total| *total > Pesewas::ZERO)?;
            let pays = usize::try_from(left.get() / total.get()).ok()?;
            (1..CLIENTS).contains(&pays).then_some((count, left - total * (pays as i64), pays))
        })
        .collect();
    let cheapest = sizes.first()?;
    let of_size = |(count, remains, pays): &(usize, Pesewas, usize)| {
        let order = OrderDraft::good(role, *count);
        Race { at, order, packages: None, pays: *pays, empties: *remains == Pesewas::ZERO }
    };
    let met = sizes.iter().find(|(_, remains, _)| p.meets(role, *remains));
    let emptying = || sizes.iter().find(|(_, remains, _)| *remains == Pesewas::ZERO);
    let at_a_time = || {
        let of_line = |line| {
            let order = OrderDraft::good(role, limits.min_items).line(line);
            let packages = Some(p.meeting(&order, left)?);
            Some(Race { at, order, packages, pays: 1, empties: true })
        };
        (0..p.catalog.lines.len()).find_map(of_line)
    };
    met.or_else(emptying).map(of_size).or_else(at_a_time).or_else(|| Some(of_size(cheapest)))
}
