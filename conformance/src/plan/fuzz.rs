//! Fuzz cases: orders drawn at random, most of them near a boundary, with several oddities at once.
//!
//! A draft is a function of the seed and the case number: each case has its own runner and ChaCha generator, so that it
//! can be drawn again, on its own, for shrinking. No strategy here is a regular expression, because those are slow.

use std::collections::BTreeMap;

use proptest::bool::weighted as chance;
use proptest::collection::vec;
use proptest::option::weighted as perhaps;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use spec::contract::Limits;

use super::defect::{BodyFault, Encoding, ItemFault, NumberForm, ParentFault, Part, Right, Spelling, Value};
use super::hostile::{Edit, HEADERS, HOSTILE_NUMBERS, HOSTILE_TEXTS, Hostile};
use super::key::{Key, KeyChange, UNKNOWN_KEYS};
use super::order_draft::{Balance, Media, Mix, OrderDraft};
use super::planner::Planner;
use crate::history::{Tier, Transport};

/// A proptest value tree: a draft with all its simplifications.
pub(crate) type Tree = Box<dyn ValueTree<Value = OrderDraft>>;

/// What is ordered: role (by its index among the available roles), count, balance, packages, line, faults by position,
/// duplicate number, and fault of the parents.
type What = (usize, usize, Balance, Mix, usize, Vec<(usize, ItemFault)>, bool, Option<ParentFault>);

/// How it is sent: body, content type, key, transport, and one more header.
type How = (Option<BodyFault>, Option<Media>, Key, Transport, Option<usize>);

/// The choices that a server offers to the strategies.
#[derive(Debug, Clone)]
pub(crate) struct Space {
    /// The available roles, those that may buy first.
    roles: Vec<String>,
    /// The number of roles that may buy.
    buyers: usize,
    limits: Limits,
    lines: usize,
    /// Whether accounts of any balance can be created.
    any_balance: bool,
}

impl Space {
    /// Returns the choices that a planner's environment offers; `None` if no role is available or nothing is for sale.
    #[must_use]
    pub(crate) fn of(p: &Planner<'_>) -> Option<Self> {
        let buyers = p.buyers();
        let space = Self {
            buyers: buyers.len(),
            roles: buyers.into_iter().chain(p.others()).collect(),
            limits: p.contract.limits,
            lines: p.catalog.lines.len(),
            any_balance: p.has_states(),
        };
        (!space.roles.is_empty() && space.lines > 0).then_some(space)
    }

    /// Returns a strategy for drafts, weighted towards the boundaries. Drafts shrink towards plain ones.
    pub(crate) fn drafts(&self) -> BoxedStrategy<OrderDraft> {
        let roles = self.roles.clone();
        let draft = move |((role, count, balance, mix, line, items, duplicate, parent), how): (What, How)| {
            let (body, media, key, transport, header) = how;
            // Each position has at most one fault: the first one drawn.
            let mut places = BTreeMap::new();
            for (place, fault) in items.into_iter().filter(|_| count > 0) {
                places.entry(place % count).or_insert(fault);
            }
            OrderDraft {
                role: roles[role.min(roles.len() - 1)].clone(),
                count,
                balance,
                mix,
                line,
                items: places.into_iter().collect(),
                duplicate,
                parent,
                body,
                media: media.unwrap_or(Media::Json),
                key,
                transport,
                header,
            }
        };
        (self.what(), how()).prop_map(draft).boxed()
    }

    /// Returns a strategy for what is ordered.
    fn what(&self) -> impl Strategy<Value = What> + use<> {
        let Limits { min_items, max_items } = self.limits;
        let all = self.roles.len();
        let role = prop_oneof![9 => 0..self.buyers.max(1), 1 => 0..all];
        let ends = [max_items, max_items + 1, min_items.saturating_sub(1), 0, max_items - 1, max_items + 2];
        let count = prop_oneof![
            8 => Just(min_items),
            8 => min_items..=max_items,
            4 => select(ends.to_vec()),
            1 => max_items + 1..max_items * 13,
        ];
        let balances = if self.any_balance { &Balance::ALL[..] } else { &Balance::ALL[..1] };
        let balance = prop_oneof![3 => Just(Balance::Plenty), 1 => select(balances.to_vec())];
        let mix = select(&Mix::ALL[..]);
        let line = prop_oneof![3 => Just(0), 1 => 0..self.lines];
        let faulty = |most| vec((0..max_items + 1, item_fault()), 1..=most);
        let items = prop_oneof![6 => Just(Vec::new()), 4 => faulty(1), 1 => faulty(4)];
        let parent = perhaps(0.08, select(&ParentFault::ALL[..]));
        (role, count, balance, mix, line, items, chance(0.06), parent)
    }

    /// Draws the draft of a case as a value tree, for shrinking; `None` if the strategy rejects it.
    #[must_use]
    pub(crate) fn tree(&self, seed: u64, case: u64) -> Option<Tree> {
        let drawn: Result<Tree, _> = self.drafts().new_tree(&mut runner(seed, case));
        drawn.ok()
    }
}

/// Creates a runner whose every choice follows from a seed and a case number.
#[must_use]
pub(crate) fn runner(seed: u64, case: u64) -> TestRunner {
    let mut bytes = *b"buy-bulk fuzz case, drawn anew..";
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&case.to_le_bytes());
    let config = Config { failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

/// Returns a strategy for how an order is sent.
fn how() -> impl Strategy<Value = How> {
    let media = prop_oneof![1 => Just(Media::JsonUtf8), 2 => select(&Media::OPEN[..])];
    let transport = prop_oneof![15 => Just(Transport::Plain), 1 => Just(Transport::Chunked)];
    (perhaps(0.5, body_fault()), perhaps(0.12, media), key(), transport, perhaps(0.15, 0..HEADERS.len()))
}

fn key() -> impl Strategy<Value = Key> {
    prop_oneof![
        16 => Just(Key::Own),
        2 => any::<bool>().prop_map(Key::HeaderCase),
        1 => Just(Key::Absent),
        1 => (0..UNKNOWN_KEYS.len()).prop_map(Key::Unknown),
        1 => select(&KeyChange::ALL[..]).prop_map(Key::Changed),
    ]
}

fn hostile() -> impl Strategy<Value = Hostile> {
    let fixed = [
        Hostile::Word,
        Hostile::HugeInteger,
        Hostile::HugeExponent,
        Hostile::NegativeZero,
        Hostile::LoneSurrogate,
        Hostile::Nul,
        Hostile::Proto,
        Hostile::Twice,
    ];
    prop_oneof![
        8 => select(fixed.to_vec()),
        4 => (0..HOSTILE_NUMBERS.len()).prop_map(Hostile::Number),
        4 => (0..HOSTILE_TEXTS.len()).prop_map(Hostile::Text),
        2 => (1_usize..200).prop_map(Hostile::Deep),
        2 => (0_usize..3_000).prop_map(Hostile::Long),
        1 => (0_usize..400).prop_map(Hostile::Wide),
    ]
}

fn item_fault() -> impl Strategy<Value = ItemFault> {
    let forms = [&NumberForm::IMPOSSIBLE[..], &NumberForm::OPEN, &NumberForm::FOREIGN].concat();
    let packages = [ItemFault::UnknownPackage, ItemFault::OtherProductsPackage, ItemFault::InactivePackage];
    prop_oneof![
        4 => select(packages.to_vec()),
        4 => select(forms).prop_map(ItemFault::Number),
        2 => value().prop_map(ItemFault::Package),
        2 => value().prop_map(ItemFault::Msisdn),
        1 => spelling().prop_map(ItemFault::PackageSpelled),
        1 => spelling().prop_map(ItemFault::MsisdnSpelled),
        2 => hostile().prop_map(ItemFault::PackageHostile),
        2 => hostile().prop_map(ItemFault::MsisdnHostile),
        1 => value().prop_map(ItemFault::Entry),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    select(&Value::ALL[..])
}

fn spelling() -> impl Strategy<Value = Spelling> {
    select(&[Spelling::Unquoted, Spelling::Blanks][..])
}

fn part() -> impl Strategy<Value = Part> {
    select(&Part::ALL[..])
}

fn body_fault() -> impl Strategy<Value = BodyFault> {
    let plain = [
        BodyFault::Pretty,
        BodyFault::Escaped,
        BodyFault::Reversed,
        BodyFault::InvalidUtf8,
        BodyFault::Empty,
        BodyFault::Trailing,
        BodyFault::Garbage,
        BodyFault::NamesInCapitals,
        BodyFault::SingleQuotes,
        BodyFault::InArray,
        BodyFault::InString,
    ];
    // Large bodies are rare, because they take longer than all the rest together.
    let large = prop_oneof![
        3 => (60_000_usize..70_000).prop_map(Hostile::Long),
        1 => (1_usize..4).prop_map(|hundreds| Hostile::Long(hundreds * 400_000)),
        1 => (200_usize..20_000).prop_map(Hostile::Deep),
    ];
    prop_oneof![
        12 => select(plain.to_vec()),
        2 => (0_usize..400).prop_map(BodyFault::Padded),
        3 => (0_u8..=100).prop_map(BodyFault::Truncated),
        2 => value().prop_map(BodyFault::Bare),
        4 => (part(), value()).prop_map(|(part, value)| BodyFault::Field(part, value)),
        4 => (part(), hostile()).prop_map(|(part, hostile)| BodyFault::FieldHostile(part, hostile)),
        4 => hostile().prop_map(BodyFault::Extra),
        4 => hostile().prop_map(BodyFault::ExtraInItem),
        2 => select(&Encoding::ALL[..]).prop_map(BodyFault::Encoded),
        2 => (part(), select(&[Right::Last, Right::First][..])).prop_map(|(part, it)| BodyFault::Repeated(part, it)),
        1 => (part(), spelling()).prop_map(|(part, it)| BodyFault::FieldSpelled(part, it)),
        12 => vec(edit(), 1..=4).prop_map(BodyFault::Edited),
        1 => large.prop_map(BodyFault::Extra),
    ]
}

fn edit() -> impl Strategy<Value = Edit> {
    let bytes = b"{}[]\",:\\ \t\n0129e+-./anu\x00\x07\x7f\x80\xc3\xed\xff";
    let byte = prop_oneof![3 => select(&bytes[..]), 1 => any::<u8>()];
    (any::<u16>(), perhaps(0.75, byte), any::<bool>()).prop_map(|(at, byte, keep)| Edit { at, byte, keep })
}

/// Returns the number of fuzz cases of a tier where the user gives none.
#[must_use]
pub(crate) const fn default_cases(tier: Tier) -> u32 {
    match tier {
        Tier::Smoke => 0,
        Tier::Probe => 60,
        Tier::Standard => 128,
        Tier::Full => 2_000,
    }
}

/// Plans fuzz cases, each for these ids. Where a draft can't be planned or is not wanted, the next one replaces it.
pub(crate) fn plan(p: &mut Planner<'_>, cases: u32, serves: &[&'static str]) {
    let Some(space) = Space::of(p) else { return };
    let free = !p.has_states();
    let drafts = space.drafts();
    let (mut planned, mut number) = (0, 0);
    while planned < cases && number < u64::from(cases) * 10 {
        if let Ok(tree) = drafts.new_tree(&mut runner(p.seed, number)) {
            let draft = tree.current();
            let made = p.case(number.to_string()).serves(serves).order(&draft).only_refused(free).try_add();
            planned += u32::from(made.is_ok());
        }
        number += 1;
    }
}
