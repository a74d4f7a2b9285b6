//! The times of an order: submitted after it was created, completed after it was submitted, and created when the case
//! created it.

use crate::judge::findings::Findings;
use crate::judge::scene::{Created, Scene, Seen};
use crate::order::moment::{APART, Moment};
use crate::order::reading;

/// Compares the times that an order shows with each other, and with the time of the answer.
pub(super) fn times(scene: &Scene<'_>, seen: &Seen<'_>, created: &Created, findings: &mut Findings<'_>) {
    let Some(response) = seen.response() else { return };
    let Some(json) = reading::json(response) else { return };
    let Some(data) = reading::data(scene.contract, &json) else { return };
    let names = &scene.contract.fields.order_read;
    let moment = |name: &str| data.get(name).and_then(Moment::of);
    let (made, submitted, completed) =
        (moment(&names.created), moment(&names.submitted), moment(&names.completed));
    let is_before = |one: Option<Moment>, other: Option<Moment>| {
        one.zip(other).is_some_and(|(one, other)| one.millis + one.grain.max(other.grain) <= other.millis)
    };
    let ids = ["ORDER-PROGRESS", "ORDER-STATUS"];
    for (wrong, cause, wanted) in [
        (is_before(submitted, made), "submitted before created", "submitted after it was created"),
        (is_before(completed, submitted), "completed before submitted", "completed after it was submitted"),
    ] {
        if wrong {
            findings
                .fail(&ids, cause, format!("the order was {cause}"))
                .at(seen)
                .wanted(wanted, ids[0])
                .put();
        }
    }
    // The order was created in this very case, shortly before.
    let (Some(made), Some(now)) = (made, Moment::of_response(response)) else { return };
    let off = made.millis - now.millis;
    if off.abs() > APART {
        let summary = format!("the order was created {} off the moment of the answer", minutes(off));
        findings
            .fail(&["ORDER-STATUS"], "created at another time", summary)
            .at(seen)
            .wanted("the moment when it was created", "ORDER-STATUS")
            .detail(format!("it was created by exchange {} of this case", created.exchange + 1))
            .put();
    }
}

fn minutes(millis: i64) -> String {
    format!("{} min", millis / 60_000)
}
