//! Combinations: every pair (or triple) of role, count, balance, item fault and its position, packages, a number twice,
//! parents, body, content type and key.

use super::draft::{
    Balance, BodyFault, Draft, ItemFault, Key, Media, Mix, NumberForm, Odd, ParentFault, Part, Value,
};
use super::planner::{Planner, Watch};
use super::tway;
use crate::history::Tier;

/// Reasons to refuse in one row, at most: with all of them at once the first that a server looks at hides the others.
const MOST_FAULTS: usize = 3;

/// The levels of each factor, the plainest first.
struct Factors {
    roles: Vec<String>,
    counts: [usize; 6],
    balances: &'static [Balance],
    items: Vec<Option<ItemFault>>,
    mixes: [Mix; 3],
    parents: [Option<ParentFault>; 4],
    bodies: [Option<BodyFault>; 8],
    media: [Media; 3],
    keys: [Key; 4],
    /// By factor and level, whether a conforming server refuses for it.
    refused: Vec<Vec<bool>>,
}

/// Positions of the faulty item in a row: first, middle, last, past the tenth.
const PLACES: usize = 4;

// Factors by their place in a row.
const ROLE: usize = 0;
const COUNT: usize = 1;
const BALANCE: usize = 2;
const ITEM: usize = 3;
const PLACE: usize = 4;
const MIX: usize = 5;
const TWICE: usize = 6;
const PARENT: usize = 7;
const BODY: usize = 8;
const MEDIA: usize = 9;
const KEY: usize = 10;

impl Factors {
    fn of(p: &Planner<'_>) -> Option<Self> {
        let (buyers, others) = (p.buyers(), p.others());
        let limits = p.contract.limits;
        let middle = usize::midpoint(limits.min_items, limits.max_items);
        let low = limits.min_items.saturating_sub(1);
        let counts = [limits.min_items, middle, limits.max_items, low, 0, limits.max_items + 1];
        // With fixed accounts a balance is what it is; boundaries of it are planned where they can be met.
        let balances = if p.has_states() { &Balance::ALL[..] } else { &Balance::ALL[..1] };
        let items = [
            ItemFault::Number(NumberForm::Local),
            ItemFault::Package(Value::Absent),
            ItemFault::Package(Value::Number),
            ItemFault::Package(Value::Array),
            ItemFault::UnknownPackage,
            ItemFault::OtherProductsPackage,
            ItemFault::InactivePackage,
            ItemFault::Msisdn(Value::Null),
            ItemFault::Msisdn(Value::Number),
            ItemFault::Msisdn(Value::Empty),
            ItemFault::Number(NumberForm::Letters),
            ItemFault::Number(NumberForm::TooShort),
            ItemFault::Number(NumberForm::TooLong),
            ItemFault::Entry(Value::Null),
        ];
        let items: Vec<Option<ItemFault>> = std::iter::once(None).chain(items.map(Some)).collect();
        let parents = [
            None,
            Some(ParentFault::UnknownOperator),
            Some(ParentFault::UnknownProduct),
            Some(ParentFault::OtherOperatorsProduct),
        ];
        let bodies = [
            None,
            Some(BodyFault::Reversed),
            Some(BodyFault::Extra(Odd::Word)),
            Some(BodyFault::Truncated(60)),
            Some(BodyFault::InArray),
            Some(BodyFault::Field(Part::Operator, Value::Null)),
            Some(BodyFault::Field(Part::Product, Value::Absent)),
            Some(BodyFault::Field(Part::Items, Value::Empty)),
        ];
        let keys = [Key::Own, Key::HeaderCase(false), Key::Absent, Key::Unknown(1)];
        // The first `fine` of so many levels are no reason to refuse.
        let after = |fine: usize, levels: usize| (0..levels).map(|level| level >= fine).collect::<Vec<_>>();
        let refused = vec![
            after(buyers.len(), buyers.len() + others.len()),
            after(3, counts.len()),
            balances.iter().map(|it| !it.pays()).collect(),
            after(2, items.len()),
            after(PLACES, PLACES),
            after(3, 3),
            after(2, 2),
            after(1, parents.len()),
            after(3, bodies.len()),
            after(3, 3),
            after(2, keys.len()),
        ];
        let factors = Self {
            roles: buyers.into_iter().chain(others).collect(),
            counts,
            balances,
            items,
            mixes: [Mix::Cheapest, Mix::Distinct, Mix::Awkward],
            parents,
            bodies,
            media: [Media::Json, Media::Absent, Media::Text],
            keys,
            refused,
        };
        (!factors.roles.is_empty()).then_some(factors)
    }

    /// Whether a row, as far as it is chosen, has a meaning and is not crowded with faults.
    fn allowed(&self, row: &[Option<usize>]) -> bool {
        let faults = row.iter().zip(&self.refused).filter(|(level, of)| level.is_some_and(|level| of[level]));
        let no_item = row[ITEM] == Some(0) && row[PLACE].is_some_and(|place| place > 0);
        let count = row[COUNT].map(|level| self.counts[level]);
        let short = row[BALANCE].is_some_and(|level| !self.balances[level].pays());
        let nothing = count == Some(0) && (row[ITEM].is_some_and(|item| item > 0) || short);
        let alone = count.is_some_and(|count| count < 2) && row[TWICE] == Some(1);
        faults.count() <= MOST_FAULTS && !no_item && !nothing && !alone
    }

    fn draft(&self, row: &[usize]) -> Draft {
        let count = self.counts[row[COUNT]];
        let last = count.saturating_sub(1);
        let mut draft = Draft::good(&self.roles[row[ROLE]], count)
            .balance(self.balances[row[BALANCE]])
            .mix(self.mixes[row[MIX]])
            .key(self.keys[row[KEY]].clone());
        if let Some(fault) = &self.items[row[ITEM]] {
            draft = draft.item([0, count / 2, last, last.min(11)][row[PLACE]], fault.clone());
        }
        draft.duplicate = row[TWICE] == 1;
        draft.parent = self.parents[row[PARENT]];
        draft.body = self.bodies[row[BODY]].clone();
        draft.media = self.media[row[MEDIA]];
        draft
    }
}

/// Plans the combinations. With fixed accounts only those that a conforming server refuses.
pub fn plan(p: &mut Planner<'_>) {
    let strength = match p.tier {
        Tier::Smoke => return,
        Tier::Probe | Tier::Standard => 2,
        Tier::Full => 3,
    };
    let Some(factors) = Factors::of(p) else { return };
    let levels: Vec<usize> = factors.refused.iter().map(Vec::len).collect();
    let rows = tway::covering(&levels, strength, p.seed, &|row| factors.allowed(row));
    p.only_refused = !p.has_states();
    for (number, row) in rows.into_iter().enumerate() {
        let draft = factors.draft(&row);
        // A row that can't be had on this server says nothing of any requirement.
        _ = p.try_order(&number.to_string(), &draft.title(), &["AMB-PRECEDENCE"], &draft, Watch::Wallet);
    }
    p.only_refused = false;
}
