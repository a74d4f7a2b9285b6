//! Combinations: every pair (or triple) of levels of these factors: role, item count, balance, item fault and its
//! position, packages, duplicate number, parent fault, body, content type and key.

use super::defect::{BodyFault, ItemFault, NumberForm, ParentFault, Part, Value};
use super::hostile::Hostile;
use super::key::Key;
use super::order_draft::{Balance, Media, Mix, OrderDraft};
use super::planner::Planner;
use super::tway;
use crate::history::Tier;

/// The maximum number of reasons to refuse in one row. With more, the first one that a server looks at hides the
/// others.
const MOST_FAULTS: usize = 3;

/// The factors whose levels depend on the contract and on the roles that are available, the plainest level first.
struct Factors {
    roles: Vec<String>,
    counts: [usize; 6],
    balances: &'static [Balance],
    /// By factor and level, whether a conforming server refuses an order for it.
    refused: Vec<Vec<bool>>,
}

/// The number of positions for the faulty item of a row: first, middle, last, and past the tenth.
const PLACES: usize = 4;

// The factors, by their index in a row.
const ROLE: usize = 0;
const COUNT: usize = 1;
const BALANCE: usize = 2;
const ITEM: usize = 3;
const PLACE: usize = 4;
const MIX: usize = 5;
const TWICE: usize = 6;
const PARENT: usize = 7;
const BODY: usize = 8;
const CONTENT: usize = 9;
const KEY: usize = 10;

/// Item faults, the plainest first. The first is a form of the number that a server may accept.
const ITEMS: [Option<ItemFault>; 15] = [
    None,
    Some(ItemFault::Number(NumberForm::Local)),
    Some(ItemFault::Package(Value::Absent)),
    Some(ItemFault::Package(Value::Number)),
    Some(ItemFault::Package(Value::Array)),
    Some(ItemFault::UnknownPackage),
    Some(ItemFault::OtherProductsPackage),
    Some(ItemFault::InactivePackage),
    Some(ItemFault::Msisdn(Value::Null)),
    Some(ItemFault::Msisdn(Value::Number)),
    Some(ItemFault::Msisdn(Value::Empty)),
    Some(ItemFault::Number(NumberForm::Letters)),
    Some(ItemFault::Number(NumberForm::TooShort)),
    Some(ItemFault::Number(NumberForm::TooLong)),
    Some(ItemFault::Entry(Value::Null)),
];

const PARENTS: [Option<ParentFault>; 4] = [
    None,
    Some(ParentFault::UnknownOperator),
    Some(ParentFault::UnknownProduct),
    Some(ParentFault::OtherOperatorsProduct),
];

const BODIES: [Option<BodyFault>; 8] = [
    None,
    Some(BodyFault::Reversed),
    Some(BodyFault::Extra(Hostile::Word)),
    Some(BodyFault::Truncated(60)),
    Some(BodyFault::InArray),
    Some(BodyFault::Field(Part::Operator, Value::Null)),
    Some(BodyFault::Field(Part::Product, Value::Absent)),
    Some(BodyFault::Field(Part::Items, Value::Empty)),
];

const MEDIA: [Media; 3] = [Media::Json, Media::Absent, Media::Text];

const KEYS: [Key; 4] = [Key::Own, Key::HeaderCase(false), Key::Absent, Key::Unknown(1)];

/// Returns for each level of a factor whether a conforming server refuses an order for it: the first `fine` levels are
/// no reason.
fn after(fine: usize, levels: usize) -> Vec<bool> {
    (0..levels).map(|level| level >= fine).collect()
}

impl Factors {
    fn of(p: &Planner<'_>) -> Option<Self> {
        let (buyers, others) = (p.buyers(), p.others());
        let limits = p.contract.limits;
        let middle = usize::midpoint(limits.min_items, limits.max_items);
        let low = limits.min_items.saturating_sub(1);
        let counts = [limits.min_items, middle, limits.max_items, low, 0, limits.max_items + 1];
        // The balance of a fixed account can't be chosen; boundaries of it are planned where they can be met.
        let balances = if p.has_states() { &Balance::ALL[..] } else { &Balance::ALL[..1] };
        let refused = vec![
            after(buyers.len(), buyers.len() + others.len()),
            after(3, counts.len()),
            balances.iter().map(|it| !it.pays()).collect(),
            after(2, ITEMS.len()),
            after(PLACES, PLACES),
            after(Mix::ALL.len(), Mix::ALL.len()),
            after(2, 2),
            after(1, PARENTS.len()),
            after(3, BODIES.len()),
            after(MEDIA.len(), MEDIA.len()),
            after(2, KEYS.len()),
        ];
        let roles: Vec<String> = buyers.into_iter().chain(others).collect();
        (!roles.is_empty()).then_some(Self { roles, counts, balances, refused })
    }

    /// Returns true if a row, as far as its levels are chosen, makes sense and has at most [`MOST_FAULTS`] faults.
    fn allowed(&self, row: &[Option<usize>]) -> bool {
        let faults = row.iter().zip(&self.refused).filter(|(level, of)| level.is_some_and(|level| of[level]));
        let no_item = row[ITEM] == Some(0) && row[PLACE].is_some_and(|place| place > 0);
        let count = row[COUNT].map(|level| self.counts[level]);
        let short = row[BALANCE].is_some_and(|level| !self.balances[level].pays());
        let nothing = count == Some(0) && (row[ITEM].is_some_and(|item| item > 0) || short);
        let alone = count.is_some_and(|count| count < 2) && row[TWICE] == Some(1);
        faults.count() <= MOST_FAULTS && !no_item && !nothing && !alone
    }

    fn draft(&self, row: &[usize]) -> OrderDraft {
        let count = self.counts[row[COUNT]];
        let last = count.saturating_sub(1);
        let mut draft = OrderDraft::good(&self.roles[row[ROLE]], count)
            .balance(self.balances[row[BALANCE]])
            .mix(Mix::ALL[row[MIX]])
            .key(KEYS[row[KEY]].clone());
        if let Some(fault) = &ITEMS[row[ITEM]] {
            draft = draft.item([0, count / 2, last, last.min(11)][row[PLACE]], fault.clone());
        }
        draft.duplicate = row[TWICE] == 1;
        draft.parent = PARENTS[row[PARENT]];
        draft.body = BODIES[row[BODY]].clone();
        draft.media = MEDIA[row[CONTENT]];
        draft
    }
}

/// Plans the combinations, each for these ids. With fixed accounts, plans only those that a conforming server refuses.
pub(crate) fn plan(p: &mut Planner<'_>, serves: &[&'static str]) {
    let strength = match p.tier {
        Tier::Smoke => return,
        Tier::Probe | Tier::Standard => 2,
        Tier::Full => 3,
    };
    let Some(factors) = Factors::of(p) else { return };
    let levels: Vec<usize> = factors.refused.iter().map(Vec::len).collect();
    let rows = tway::covering(&levels, strength, p.seed, &|row| factors.allowed(row));
    let free = !p.has_states();
    for (number, row) in rows.into_iter().enumerate() {
        let draft = factors.draft(&row);
        // A row that can't be planned on this server says nothing about any requirement, so the reason is dropped.
        _ = p.case(number.to_string()).serves(serves).order(&draft).only_refused(free).try_add();
    }
}
