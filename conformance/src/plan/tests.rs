//! Laws that hold for every draft: what is planned is what is sent, and the rules find in the bytes of an order the
//! faults that the draft put there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use proptest::prelude::*;
use spec::{Contract, Pesewas};

use super::case::{Actor, Case, Cost, Outgoing, Step};
use super::defect::{BodyFault, Encoding, ItemFault, NumberForm, ParentFault, Part, Right, Spelling, Value};
use super::fuzz::Space;
use super::hostile::{HEADERS, Hostile, Keys};
use super::key::{Key, KeyChange};
use super::order_draft::{Balance, Media, Mix, OrderDraft};
use super::planner::Planner;
use crate::history::{
    AccountFacts, Capability, Catalog, Environment, OperatorFacts, PackageFacts, ProductFacts, Tier,
    Transport,
};
use crate::order::rule::Allowed;

static CONTRACT: LazyLock<Contract> = LazyLock::new(|| spec::embedded().unwrap());

impl Outgoing {
    /// Returns an order of the first actor with this body, which is expected to cost nothing.
    pub(crate) fn of_body(body: &str) -> Self {
        Self {
            actor: 0,
            key: Key::Own,
            door: None,
            headers: Vec::new(),
            body: body.into(),
            transport: Transport::Plain,
            cost: Cost::default(),
            refused_for: Vec::new(),
            defects: Vec::new(),
        }
    }
}

pub(super) fn environment(capability: Capability) -> Environment {
    let package = |id: &str, active, price: i64| PackageFacts {
        id: id.into(),
        active,
        price: BTreeMap::from([
            ("Agent".into(), Pesewas::new(price)),
            ("SuperAgent".into(), Pesewas::new(price - 3)),
        ]),
    };
    let product =
        |id: &str, packages: Vec<PackageFacts>| ProductFacts { id: id.into(), available: true, packages };
    let operator = |id: &str, products| OperatorFacts {
        id: id.into(),
        recipient_prefix: Some("23320".into()),
        failing_recipient: None,
        products,
    };
    let first = vec![
        product("pr1", vec![package("pa", true, 110), package("pb", true, 235), package("px", false, 400)]),
        product("pr2", vec![package("pc", true, 70)]),
    ];
    let catalog = Catalog {
        unnamed: std::collections::BTreeSet::new(),
        operators: vec![
            operator("op1", first),
            operator("op2", vec![product("pr3", vec![package("pd", true, 30)])]),
        ],
    };
    let account = |role: &str| AccountFacts {
        name: role.into(),
        role: Some(role.into()),
        balance: Some(Pesewas::new(1_000_000)),
        profile: None,
        revoked: false,
        fresh: false,
        wallet: None,
        earlier: None,
    };
    let accounts = match capability {
        Capability::Accounts => ["Agent", "SuperAgent", "Customer"].map(account).to_vec(),
        _ => Vec::new(),
    };
    Environment {
        capability,
        accounts,
        catalog: Some(catalog),
        endpoints: BTreeMap::new(),
        extra_states: Vec::new(),
        refused: Vec::new(),
    }
}

/// Returns the case of a draft, with what the rules allow for its order.
fn planned(environment: &Environment, tier: Tier, draft: &OrderDraft) -> Option<(Case, Allowed)> {
    let mut planner = Planner::new(&CONTRACT, environment, crate::checks::rules(), tier, 1);
    planner.case("draft").order(draft).try_add().ok()?;
    planner.schedule();
    let case = planner.cases.pop()?;
    let order = case.steps.iter().flat_map(Step::orders).next()?;
    let allowed =
        super::allowed::allowed(&crate::checks::rules(), &CONTRACT, environment, &[], &case.actors[0], order);
    Some((case, allowed))
}

/// Returns drafts of a single fault, each with ids of which one must surely apply.
fn faults() -> Vec<(OrderDraft, &'static [&'static str])> {
    let good = || OrderDraft::good("Agent", 13);
    let item = |fault: ItemFault| good().item(11, fault);
    let mut all: Vec<(OrderDraft, &'static [&'static str])> = vec![
        (OrderDraft::good("Customer", 13), &["ROLE-OTHER"]),
        (OrderDraft::good("Agent", 0), &["COUNT-LOW"]),
        (OrderDraft::good("Agent", 1), &["COUNT-LOW"]),
        (OrderDraft::good("Agent", 21), &["COUNT-HIGH"]),
        (OrderDraft::good("SuperAgent", 1_000), &["COUNT-HIGH"]),
        (good().balance(Balance::Short).mix(Mix::Awkward), &["BALANCE-SHORT"]),
        (good().balance(Balance::Zero).mix(Mix::Distinct), &["BALANCE-SHORT"]),
        (good().key(Key::Absent), &["AUTH-MISSING"]),
        (good().parent(ParentFault::UnknownOperator), &["PRE-OPERATOR"]),
        (good().parent(ParentFault::UnknownProduct), &["PRE-PRODUCT"]),
        (good().parent(ParentFault::OtherOperatorsProduct), &["PRE-PRODUCT"]),
        (item(ItemFault::UnknownPackage), &["PRE-PACKAGE"]),
        (item(ItemFault::OtherProductsPackage), &["PRE-PACKAGE"]),
        (item(ItemFault::InactivePackage), &["PRE-PACKAGE"]),
        (item(ItemFault::PackageHostile(Hostile::HugeInteger)), &["ITEM-PACKAGE"]),
        (item(ItemFault::PackageHostile(Hostile::Text(5))), &["PRE-PACKAGE"]),
        (item(ItemFault::MsisdnHostile(Hostile::Deep(5))), &["ITEM-MSISDN"]),
        (item(ItemFault::MsisdnHostile(Hostile::Text(6))), &["PRE-MSISDN"]),
        (good().body(BodyFault::Field(Part::Operator, Value::Empty)), &["PRE-OPERATOR"]),
        (good().body(BodyFault::FieldHostile(Part::Product, Hostile::Number(3))), &["BODY-PRODUCT"]),
        (good().body(BodyFault::FieldHostile(Part::Items, Hostile::Wide(9))), &["BODY-ITEMS"]),
        (good().body(BodyFault::ItemsUnder(Keys::Gaps)), &["BODY-ITEMS"]),
        (good().body(BodyFault::FieldHostile(Part::Operator, Hostile::LoneSurrogate)), &["PRE-OPERATOR"]),
        (item(ItemFault::MsisdnHostile(Hostile::LoneSurrogate)), &["PRE-MSISDN"]),
    ];
    for value in Value::ALL {
        if value != Value::Empty {
            all.push((item(ItemFault::Package(value)), &["ITEM-PACKAGE"]));
            all.push((item(ItemFault::Msisdn(value)), &["ITEM-MSISDN"]));
            all.push((good().body(BodyFault::Field(Part::Operator, value)), &["BODY-OPERATOR"]));
            all.push((good().body(BodyFault::Field(Part::Product, value)), &["BODY-PRODUCT"]));
        }
        if value != Value::Object {
            all.push((good().body(BodyFault::Bare(value)), &["BODY-OBJECT"]));
        }
        all.push((item(ItemFault::Entry(value)), &["ITEM-PACKAGE"]));
    }
    all.extend(NumberForm::IMPOSSIBLE.map(|form| (item(ItemFault::Number(form)), &["PRE-MSISDN"][..])));
    all.extend(KeyChange::ALL.map(|change| (good().key(Key::Changed(change)), &["AUTH-UNKNOWN"][..])));
    all.extend((0..9).map(|at| (good().key(Key::Unknown(at)), &["AUTH-UNKNOWN"][..])));
    let not_json = [
        BodyFault::Empty,
        BodyFault::Truncated(0),
        BodyFault::Truncated(50),
        BodyFault::Truncated(100),
        BodyFault::Trailing,
        BodyFault::Garbage,
        BodyFault::InvalidUtf8,
        BodyFault::InvalidUtf8InExtra,
        BodyFault::SingleQuotes,
    ];
    all.extend(not_json.map(|fault| (good().body(fault), &["BODY-JSON"][..])));
    all.extend(
        [BodyFault::InArray, BodyFault::InString, BodyFault::ValuesInPlace]
            .map(|it| (good().body(it), &["BODY-OBJECT"][..])),
    );
    all
}

#[test]
fn the_rule_of_a_single_fault_surely_applies() {
    let environment = environment(Capability::States);
    for (draft, ids) in faults() {
        let (case, allowed) =
            planned(&environment, Tier::Standard, &draft).unwrap_or_else(|| panic!("{draft:?}"));
        assert!(ids.iter().any(|id| allowed.reasons().contains(id)), "{}: {allowed:?}", draft.title());
        assert_eq!((case.cost.purchases, case.cost.expected), (0, Pesewas::ZERO), "{}", draft.title());
        // An order that a lenient reader may accept may be charged.
        assert_eq!(case.cost.open == Pesewas::ZERO, allowed.strict.is_empty(), "{}", draft.title());
    }
}

/// Returns drafts that only a lenient reader takes for a valid order, each with its ambiguity.
fn readings() -> Vec<(OrderDraft, &'static str)> {
    let good = || OrderDraft::good("Agent", 2);
    let body = |fault| good().body(fault);
    let item = |fault| good().item(0, fault);
    let mut all: Vec<(OrderDraft, &str)> = vec![
        (body(BodyFault::Trailing), "AMB-ENCODING"),
        (body(BodyFault::InvalidUtf8), "AMB-ENCODING"),
        (body(BodyFault::InvalidUtf8InExtra), "AMB-ENCODING"),
        (body(BodyFault::NamesInCapitals), "AMB-COERCION"),
        (body(BodyFault::Field(Part::Items, Value::Object)), "AMB-COERCION"),
        (item(ItemFault::Package(Value::Array)), "AMB-COERCION"),
        (item(ItemFault::Msisdn(Value::Array)), "AMB-COERCION"),
        (item(ItemFault::MsisdnSpelled(Spelling::Unquoted)), "AMB-COERCION"),
        (item(ItemFault::MsisdnSpelled(Spelling::Blanks)), "AMB-COERCION"),
        (item(ItemFault::PackageSpelled(Spelling::Blanks)), "AMB-COERCION"),
    ];
    all.extend(Encoding::ALL.map(|encoding| (body(BodyFault::Encoded(encoding)), "AMB-ENCODING")));
    for part in [Part::Operator, Part::Product] {
        all.push((body(BodyFault::Field(part, Value::Array)), "AMB-COERCION"));
        all.push((body(BodyFault::FieldSpelled(part, Spelling::Blanks)), "AMB-COERCION"));
    }
    for part in Part::ALL {
        let repeated = [Right::First, Right::Last].map(|right| BodyFault::Repeated(part, right));
        all.extend(repeated.map(|fault| (body(fault), "AMB-ENCODING")));
    }
    all.extend(NumberForm::OPEN.map(|form| (item(ItemFault::Number(form)), "AMB-MSISDN-FORM")));
    all.extend(NumberForm::FOREIGN.map(|form| (item(ItemFault::Number(form)), "AMB-MSISDN-FOREIGN")));
    all
}

#[test]
fn what_a_lenient_reader_takes_is_an_open_question() {
    let environment = environment(Capability::States);
    let (plain, _) = planned(&environment, Tier::Standard, &OrderDraft::good("Agent", 2)).unwrap();
    for (draft, id) in readings() {
        let (case, allowed) =
            planned(&environment, Tier::Standard, &draft).unwrap_or_else(|| panic!("{draft:?}"));
        let title = draft.title();
        assert!(allowed.maybe.contains(&id) && !allowed.is_valid(), "{title}: {allowed:?}");
        assert!(allowed.statuses.contains_key(&200) && allowed.statuses.contains_key(&400), "{title}");
        assert_eq!((case.cost.purchases, case.cost.open), (0, plain.cost.expected), "{title}");
        assert!(planned(&environment, Tier::Smoke, &draft).is_none(), "{title} in a smoke test");
    }
}

/// In a database that numbers its rows an id is a string of digits, which can be sent without its quotes.
#[test]
fn ids_of_digits_are_asked_without_their_quotes() {
    let asked = |environment: &Environment| {
        let mut planner = Planner::new(&CONTRACT, environment, crate::checks::rules(), Tier::Standard, 1);
        crate::checks::plan(&mut planner, 0, &[]);
        let cases = planner.cases.into_iter().map(|case| case.id);
        cases
            .filter(|id| id.starts_with("request/coercion/") && id.ends_with("-unquoted"))
            .collect::<Vec<_>>()
    };
    let mut environment = environment(Capability::States);
    assert_eq!(asked(&environment), ["request/coercion/msisdn-unquoted"]);
    let operators = &mut environment.catalog.as_mut().unwrap().operators;
    for (at, operator) in operators.iter_mut().enumerate() {
        operator.id = format!("{}", at + 1);
        operator.products[0].packages[0].id = format!("{}", at + 40);
    }
    let ids = ["msisdn", "operator", "package"].map(|it| format!("request/coercion/{it}-unquoted"));
    assert_eq!(asked(&environment), ids);
}

/// A case of a check that varies how an order is sent, what it holds or who sends it has a counterpart in the same
/// plan: a plain valid order of the same role and count. If only the varied case fails, the difference between them is
/// the cause.
#[test]
fn what_is_asked_has_a_plain_counterpart() {
    for (capability, tier) in [
        (Capability::States, Tier::Standard),
        (Capability::Accounts, Tier::Standard),
        (Capability::States, Tier::Smoke),
        (Capability::Accounts, Tier::Smoke),
    ] {
        let environment = environment(capability);
        let mut planner = Planner::new(&CONTRACT, &environment, crate::checks::rules(), tier, 1);
        crate::checks::plan(&mut planner, 0, &[]);
        let of_checks = planner.cases.iter().filter(|case| case.origin != "combine");
        let drafts: Vec<(&Case, &OrderDraft)> =
            of_checks.filter_map(|case| Some((case, case.draft.as_ref()?))).collect();
        let plain =
            |it: &OrderDraft| *it == OrderDraft::good(&it.role, it.count).mix(it.mix).balance(it.balance);
        let bought = drafts.iter().filter(|(case, it)| plain(it) && case.cost.purchases > 0);
        let counterparts: BTreeSet<(&str, usize)> =
            bought.map(|(_, it)| (it.role.as_str(), it.count)).collect();
        let limits = CONTRACT.limits;
        for (case, draft) in drafts.iter().filter(|(_, it)| !plain(it)) {
            let could_be_bought = CONTRACT.roles.may_buy(&draft.role)
                && (limits.min_items..=limits.max_items).contains(&draft.count);
            // In a smoke test, refused orders need no accepted counterpart.
            let asked = could_be_bought && (tier > Tier::Smoke || case.cost.purchases > 0);
            let found = counterparts.contains(&(draft.role.as_str(), draft.count));
            assert!(!asked || found, "{capability:?} {tier:?} {}", case.id);
        }
    }
}

/// With fixed accounts an accepted order costs real money: no valid order is bought twice to show the same, and an open
/// question costs at most the smallest order of the cheapest packages.
#[test]
fn money_is_spent_once() {
    let environment = environment(Capability::Accounts);
    let mut planner = Planner::new(&CONTRACT, &environment, crate::checks::rules(), Tier::Standard, 1);
    crate::checks::plan(&mut planner, 0, &[]);
    let smallest = planner.price(&planner.smallest("Agent")).unwrap();
    let mut bought = BTreeSet::new();
    // What varies one dimension is for money that is left.
    for case in planner.cases.iter().filter(|it| !it.varies) {
        let Some(draft) = &case.draft else { continue };
        assert!(case.cost.open <= smallest, "{}: {}", case.id, case.cost.open);
        // Two checks want a total of different prices; one of them needs it for its count.
        let shown_twice = draft.mix == Mix::Distinct && draft.count == 3 || draft.key != Key::Own;
        if case.cost.purchases > 0 && !shown_twice {
            assert!(bought.insert(draft.title()), "{} is bought twice", draft.title());
        }
    }
}

proptest! {
    #[test]
    fn every_draft_has_an_answer_and_its_cost(seed: u64, number in 0_u64..1_000, fixed: bool) {
        let environment = environment(if fixed { Capability::Accounts } else { Capability::States });
        let space = Space::of(&Planner::new(&CONTRACT, &environment, crate::checks::rules(), Tier::Full, seed)).unwrap();
        let draft = space.tree(seed, number).unwrap().current();
        prop_assert_eq!(&draft, &space.tree(seed, number).unwrap().current());
        let Some((case, allowed)) = planned(&environment, Tier::Full, &draft) else { return Ok(()) };
        prop_assert!(!allowed.statuses.is_empty());
        prop_assert_eq!(allowed.sure.is_empty(), allowed.statuses.contains_key(&200));
        // A surely accepted order is expected to be charged, one that may be accepted is open, and the others cost
        // nothing.
        prop_assert_eq!(case.cost.purchases == 1, allowed.is_valid(), "{:?}", allowed);
        let open = allowed.sure.is_empty() && !allowed.is_valid();
        prop_assert!(open || case.cost.open == Pesewas::ZERO);
        prop_assert!(case.cost.open <= case.cost.worst);
        prop_assert!(case.cost.expected <= case.cost.worst);
    }

    #[test]
    fn what_must_not_matter_does_not(
        count in 2_usize..=20,
        role in prop::sample::select(&["Agent", "SuperAgent"][..]),
        balance in prop::sample::select(&[Balance::Plenty, Balance::Exact, Balance::Over][..]),
        mix in prop::sample::select(&[Mix::Cheapest, Mix::Distinct, Mix::Awkward][..]),
        body in prop::sample::select(vec![None, Some(BodyFault::Pretty), Some(BodyFault::Escaped), Some(BodyFault::Reversed), Some(BodyFault::Padded(9))]),
        line in 0_usize..3,
        how in (0..HEADERS.len(), any::<bool>(), any::<bool>(), any::<bool>()),
    ) {
        let (header, upper, charset, chunked) = how;
        let mut draft = OrderDraft::good(role, count).balance(balance).mix(mix).key(Key::HeaderCase(upper));
        (draft.body, draft.line, draft.header) = (body, line, Some(header));
        draft.media = if charset { Media::JsonUtf8 } else { Media::Json };
        draft.transport = if chunked { Transport::Chunked } else { Transport::Plain };
        let (case, allowed) = planned(&environment(Capability::States), Tier::Probe, &OrderDraft::good(role, 1)).unwrap();
        prop_assert!(case.cost.purchases == 0 && !allowed.sure.is_empty());
        let (case, allowed) = planned(&environment(Capability::States), Tier::Smoke, &draft).unwrap();
        prop_assert!(allowed.is_valid(), "{:?}", allowed);
        prop_assert_eq!(case.cost.purchases, 1);
        prop_assert!(planned(&environment(Capability::States), Tier::Probe, &draft).is_none());
        let Actor::Fresh { balance: funds, .. } = &case.actors[0] else { panic!("a made account") };
        prop_assert!(*funds >= case.cost.expected && (balance != Balance::Exact || *funds == case.cost.expected));
    }
}
