//! Plans what shows how a server reads bodies that only a lenient reader takes for a valid order: other encodings,
//! values of another type that spell the right one, bodies without their length.
//!
//! However a server reads a body, it is judged by the order that it processed. The same order is sent in plain form in
//! other cases of each plan, so that a refusal of this form alone can be attributed to the form.

use crate::history::Transport;
use crate::plan::defect::{BodyFault, Encoding, ItemFault, Part, Right, Spelling, Value};
use crate::plan::order_draft::OrderDraft;
use crate::plan::planner::Planner;

/// Plans each kind of reading; `buyers` are the roles that may buy, the first of which sends what is sent only once.
pub(super) fn plan(p: &mut Planner<'_>, buyers: &[String]) {
    if let Some(role) = buyers.first() {
        encodings(p, role);
        coercions(p, role);
        chunks(p, buyers);
    }
}

/// Whether a question is the simplest of its kind, which every plan asks.
type Plainest = bool;

/// Plans encodings, invalid bytes, and repeated members, of which a reader takes the first or the last.
fn encodings(p: &mut Planner<'_>, role: &str) {
    let repeated = BodyFault::Repeated;
    let rows: [(BodyFault, &str, Plainest); 11] = [
        (BodyFault::Encoded(Encoding::Utf8Marked), "a byte order mark before the body", true),
        (BodyFault::Encoded(Encoding::Utf16LowMarked), "a body in UTF-16 with a byte order mark", true),
        (BodyFault::Encoded(Encoding::Utf16HighMarked), "a body in UTF-16, the high byte first", false),
        (BodyFault::Encoded(Encoding::Utf16Low), "a body in UTF-16 without a byte order mark", false),
        (BodyFault::Encoded(Encoding::Utf32LowMarked), "a body in UTF-32", false),
        (BodyFault::InvalidUtf8InExtra, "a byte that is not UTF-8 where nobody looks", true),
        (BodyFault::InvalidUtf8, "bytes that are not UTF-8 in a recipient's number", false),
        (repeated(Part::Operator, Right::Last), "two operators, the last of them right", true),
        (repeated(Part::Operator, Right::First), "two operators, the first of them right", false),
        (repeated(Part::Items, Right::Last), "two lists of items, the last of them right", false),
        (repeated(Part::Items, Right::First), "two lists of items, the first of them right", false),
    ];
    for (fault, title, plainest) in rows {
        let (name, draft) = (fault.name(), p.smallest(role).body(fault));
        p.case(format!("encoding/{name}"))
            .title(title)
            .serves(&["AMB-ENCODING"])
            .order(&draft)
            .asked_elsewhere(!plainest)
            .add();
    }
}

/// The part of an order that deviates: its body as a whole, or its first item.
enum Place {
    Body(BodyFault),
    Item(ItemFault),
}

/// Plans values of another type, with blanks around them, or under names in other letter case, that spell the right
/// ones.
fn coercions(p: &mut Planner<'_>, role: &str) {
    let listed = |part| Place::Body(BodyFault::Field(part, Value::Array));
    let blanks = |part| Place::Body(BodyFault::FieldSpelled(part, Spelling::Blanks));
    let items = Place::Body(BodyFault::Field(Part::Items, Value::Object));
    let mut rows: Vec<(Place, &'static str, &str, Plainest)> = vec![
        (
            Place::Item(ItemFault::MsisdnSpelled(Spelling::Unquoted)),
            "ITEM-MSISDN",
            "a number without quotes",
            true,
        ),
        (listed(Part::Operator), "BODY-OPERATOR", "the operator in a list", true),
        (items, "BODY-ITEMS", "the items as an object with the keys 0, 1, …", true),
        (blanks(Part::Operator), "PRE-OPERATOR", "the operator with blanks around it", true),
        (listed(Part::Product), "BODY-PRODUCT", "the product in a list", false),
        (Place::Item(ItemFault::Package(Value::Array)), "ITEM-PACKAGE", "a package in a list", false),
        (Place::Item(ItemFault::Msisdn(Value::Array)), "ITEM-MSISDN", "a number in a list", false),
        (blanks(Part::Product), "PRE-PRODUCT", "the product with blanks around it", false),
        (
            Place::Item(ItemFault::PackageSpelled(Spelling::Blanks)),
            "PRE-PACKAGE",
            "a package with blanks around it",
            false,
        ),
        (
            Place::Item(ItemFault::MsisdnSpelled(Spelling::Blanks)),
            "AMB-MSISDN-FORM",
            "a number with blanks around it",
            false,
        ),
        (Place::Body(BodyFault::NamesInCapitals), "BODY-ITEMS", "every name in capitals", false),
    ];
    rows.extend(unquoted_ids(p));
    for (place, id, title, plainest) in rows {
        let smallest = p.smallest(role);
        let (name, draft) = match place {
            Place::Body(fault) => (fault.name(), smallest.body(fault)),
            Place::Item(fault) => (fault.name(), smallest.item(0, fault)),
        };
        p.case(format!("coercion/{name}"))
            .title(title)
            .serves(&[id, "AMB-COERCION"])
            .order(&draft)
            .asked_elsewhere(!plainest)
            .add();
    }
}

/// Returns the rows for ids that consist of digits, such as those of a database sequence, without their quotes.
fn unquoted_ids(p: &Planner<'_>) -> Vec<(Place, &'static str, &'static str, Plainest)> {
    let Some(line) = p.catalog.lines.first() else { return Vec::new() };
    let field = |part| Place::Body(BodyFault::FieldSpelled(part, Spelling::Unquoted));
    let package = Place::Item(ItemFault::PackageSpelled(Spelling::Unquoted));
    let rows = [
        (&line.operator, field(Part::Operator), "BODY-OPERATOR", "the operator without quotes"),
        (&line.product, field(Part::Product), "BODY-PRODUCT", "the product without quotes"),
        (&line.active[0].id, package, "ITEM-PACKAGE", "a package without quotes"),
    ];
    let spelled = rows.into_iter().filter(|(text, ..)| Spelling::Unquoted.of(text).is_some());
    spelled.map(|(_, place, id, title)| (place, id, title, false)).collect()
}

/// Plans orders without their length for each role that may buy, and one that must be refused for its count in every
/// reading, unless the server takes its body for an empty one.
fn chunks(p: &mut Planner<'_>, buyers: &[String]) {
    for role in buyers {
        let draft = p.smallest(role).transport(Transport::Chunked);
        p.case(format!("chunked/{role}"))
            .title(format!("{role} sends a body in chunks, without its length"))
            .serves(&["AMB-CHUNKED-LENGTH", "ROUTE-POST"])
            .order(&draft)
            .add();
    }
    let few = p.contract.limits.min_items.saturating_sub(1);
    for role in buyers.iter().take(1) {
        p.case("chunked/refused")
            .title(format!("{role} orders {few} in chunks, without a length"))
            .serves(&["AMB-CHUNKED-LENGTH", "COUNT-LOW"])
            .order(&OrderDraft::good(role, few).transport(Transport::Chunked))
            .add();
    }
}
