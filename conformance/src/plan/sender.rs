//! Finds the sender of an order: an account created for it, the fixed account that fits, or no account if it carries
//! none of our keys.

use spec::Pesewas;

use super::case::Actor;
use super::catalog::ProductLine;
use super::key::Key;
use super::meet::meet;
use super::order_draft::{Balance, OrderDraft};
use super::planner::{FUND_UNPRICED, Planner};
use super::render::{Numbers, Rendered, choose, render, render_items};
use super::why_not::WhyNot;
use crate::history::{Capability, PackageFacts};

/// The most, in pesewas, by which an order may exceed a fixed balance where the prices allow no order that is closer.
const JUST_ABOVE: Pesewas = Pesewas::new(500);

/// Finds a sender for an order, and renders the order for it.
///
/// # Errors
/// Returns the reason if there is no account or no catalog that fits.
pub(super) fn find(
    p: &Planner<'_>,
    draft: &OrderDraft,
    numbers: &mut Numbers,
) -> Result<(Actor, Rendered), WhyNot> {
    if p.has_states() {
        return made(p, draft, numbers);
    }
    let nothing_known = p.environment.capability == Capability::None || p.catalog.lines.is_empty();
    if matches!(draft.key, Key::Absent | Key::Unknown(_)) && nothing_known {
        return nobody(p, draft, numbers);
    }
    if p.fixed_accounts(&draft.role).next().is_none() {
        return Err(WhyNot::NoSender(draft.role.clone()));
    }
    let own = p.catalog.line(draft).ok_or(WhyNot::NoCatalog)?;
    let (at, line, packages) = match draft.balance {
        Balance::Plenty => rich(p, draft, own)?,
        _ => fitting(p, draft, own)?,
    };
    let rendered = render_items(p.context(), draft, line, &packages, 0, numbers);
    Ok((Actor::Fixed(at), rendered.ok_or(WhyNot::NothingToBuy)?))
}

/// The fixed account that sends an order, the line that it buys from, and its packages.
type Fit<'p> = (usize, &'p ProductLine, Vec<&'p PackageFacts>);

/// Returns an account to be created for the order, with the balance that the draft asks for.
fn made(p: &Planner<'_>, draft: &OrderDraft, numbers: &mut Numbers) -> Result<(Actor, Rendered), WhyNot> {
    let rendered = render(p.context(), draft, 0, numbers).ok_or(WhyNot::NothingToBuy)?;
    let balance = match (draft.balance, rendered.total) {
        (Balance::Zero, _) => Pesewas::ZERO,
        (Balance::Holds(held), _) => held,
        (Balance::Plenty, Some(total)) => total * 4 + Pesewas::new(1_000),
        (Balance::Plenty, None) => FUND_UNPRICED,
        (_, None) => return Err(WhyNot::NoPrices),
        (Balance::Exact, Some(total)) => total,
        (Balance::Over, Some(total)) => total + Pesewas::ONE,
        (Balance::Short, Some(total)) if total == Pesewas::ZERO => return Err(WhyNot::NeverShort),
        (Balance::Short, Some(total)) => total - Pesewas::ONE,
    };
    Ok((Actor::fresh(&draft.role, balance), rendered))
}

/// Returns an order without any of our keys, for a server whose catalog or keys are unknown. Its ids need not exist,
/// since the server refuses it before it looks them up, and there is no wallet that could be charged.
fn nobody(p: &Planner<'_>, draft: &OrderDraft, numbers: &mut Numbers) -> Result<(Actor, Rendered), WhyNot> {
    let rendered = if p.catalog.lines.is_empty() {
        let line = ProductLine::example(&p.contract.msisdn);
        render_items(p.context(), draft, &line, &choose(&line, draft), 0, numbers)
    } else {
        render(p.context(), draft, 0, numbers)
    };
    Ok((Actor::Nobody, rendered.ok_or(WhyNot::NoCatalog)?))
}

/// Finds a fixed account that has more than enough, and the packages of the order.
fn rich<'p>(p: &Planner<'_>, draft: &OrderDraft, line: &'p ProductLine) -> Result<Fit<'p>, WhyNot> {
    let packages = choose(line, draft);
    let needed = line.cost(&packages, &draft.role);
    let pays = |left: Option<Pesewas>| match (left, needed) {
        (Some(left), Some(needed)) => left >= needed,
        _ => true,
    };
    let at = p
        .payer(&draft.role, |_, left| pays(left))
        .ok_or_else(|| WhyNot::Spent(draft.role.clone(), needed))?;
    Ok((at, line, packages))
}

/// Returns the smallest balance that is in the wanted relation to the total of an order; `None` if no price is known.
fn least_balance(p: &Planner<'_>, draft: &OrderDraft) -> Option<Pesewas> {
    let smallest = || p.catalog.cheapest_orders(&draft.role, p.contract.limits).map(|(smallest, _)| smallest);
    match draft.balance {
        Balance::Zero => Some(Pesewas::ZERO),
        Balance::Over => Some(smallest()? + Pesewas::ONE),
        Balance::Short => Some(smallest()? - Pesewas::ONE),
        Balance::Exact | Balance::Plenty | Balance::Holds(_) => smallest(),
    }
}

/// Finds a fixed account, and packages whose total is in the wanted relation to its balance. They come from the line
/// with the closest total; on a tie from the order's own line.
fn fitting<'p>(p: &'p Planner<'_>, draft: &OrderDraft, own: &'p ProductLine) -> Result<Fit<'p>, WhyNot> {
    let role = &draft.role;
    let others = p.catalog.lines.iter().filter(|it| it.product != own.product || it.operator != own.operator);
    let lines: Vec<&ProductLine> = std::iter::once(own).chain(others).collect();
    let mut why = WhyNot::Unmet(role.clone(), least_balance(p, draft));
    // The smallest suitable wallet is taken, since a boundary case costs what the wallet holds.
    let mut accounts: Vec<(usize, Option<Pesewas>)> = p.fixed_accounts(role).collect();
    accounts.sort_by_key(|(at, left)| (left.is_none(), *left, *at));
    for (at, left) in accounts {
        let Some(left) = left else {
            why = WhyNot::NoBalance(role.clone());
            continue;
        };
        let (target, reach) = match draft.balance {
            Balance::Exact => (left, Pesewas::ZERO),
            Balance::Over => (left - Pesewas::ONE, Pesewas::ZERO),
            Balance::Short => (left + Pesewas::ONE, JUST_ABOVE),
            Balance::Zero if left == Pesewas::ZERO => return Ok((at, own, choose(own, draft))),
            Balance::Zero | Balance::Plenty | Balance::Holds(_) => continue,
        };
        let met = |line: &&'p ProductLine| {
            let packages = meet(&line.priced(role), target, reach, p.contract.limits)?;
            let sum = line.cost(&packages, role)?;
            Some((sum, *line, packages))
        };
        // On a tie the first line is kept.
        let closest = lines.iter().filter_map(met).reduce(|best, it| if it.0 < best.0 { it } else { best });
        if let Some((_, line, packages)) = closest {
            return Ok((at, line, packages));
        }
    }
    Err(why)
}
