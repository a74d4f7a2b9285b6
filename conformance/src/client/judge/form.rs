//! Judges the form of requests: they are for operations of the API, and orders are as the contract requires and the
//! task says.

use std::collections::BTreeSet;

use serde_json::Value;
use spec::OperationId;

use super::finding::{Finding, finding};
use super::scene::{Purchase, Scene, header};
use crate::client::task::TaskKind;

/// The media type of orders.
const JSON: &str = "application/json";

pub(super) fn judge(scene: &Scene<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = [route(scene), host(scene)].into_iter().flatten().collect();
    for purchase in scene.purchases() {
        // Only the first mistake is reported, since it may cause those that are checked later.
        let first = media_type(&purchase)
            .or_else(|| object(&purchase))
            .or_else(|| ids(scene, &purchase))
            .or_else(|| items(scene, &purchase))
            .or_else(|| number_of_items(scene, &purchase))
            .or_else(|| wanted(scene, &purchase));
        if let Some(finding) = first {
            findings.push(finding.at(purchase.index));
            break;
        }
    }
    findings
}

fn route(scene: &Scene<'_>) -> Option<Finding> {
    let (at, it) = scene.exchanges().find(|(at, _)| scene.operation(*at).is_none())?;
    let received = if it.method.is_empty() {
        "no request of HTTP/1.1".to_owned()
    } else {
        format!("{} {}", it.method, it.target)
    };
    let what = "a request is for nothing that the API has";
    let found = finding("SEND-ROUTE", what, "a method and a path of the API", received).at(at);
    // A client that also sends the request of the task may try other paths, which no page forbids.
    let buys = scene.task().is_none_or(|it| it.kind.buys());
    let wanted: &[OperationId] =
        if buys { &[OperationId::BuyBulk] } else { &[OperationId::Wallet, OperationId::Profile] };
    Some(if scene.of(wanted).is_empty() { found } else { found.only_warns() })
}

fn host(scene: &Scene<'_>) -> Option<Finding> {
    let without = |headers: &[(String, String)]| header(headers, "host").is_none();
    let (at, it) = scene
        .exchanges()
        .find(|(at, it)| scene.operation(*at).is_some() && it.minor_version == 1 && without(&it.headers))?;
    let received = format!("{} {} without Host", it.method, it.target);
    Some(finding("SEND-HOST", "a request does not name its host", "a Host header", received).at(at))
}

fn media_type(purchase: &Purchase<'_>) -> Option<Finding> {
    let value = header(&purchase.exchange.headers, "content-type");
    let kind = value.and_then(|it| it.split(';').next()).map(str::trim);
    if kind.is_some_and(|it| it.eq_ignore_ascii_case(JSON)) {
        return None;
    }
    let received = value.unwrap_or("no Content-Type").to_owned();
    Some(finding("SEND-TYPE", "an order is not sent as JSON", JSON, received))
}

fn object(purchase: &Purchase<'_>) -> Option<Finding> {
    let exchange = purchase.exchange;
    let received = if !exchange.utf8 {
        "bytes that are no UTF-8".to_owned()
    } else if exchange.body.starts_with('\u{feff}') {
        "a byte order mark".to_owned()
    } else {
        match &purchase.body {
            Some(Value::Object(_)) => return None,
            Some(_) => "JSON that is no object".to_owned(),
            None => format!("no JSON: {}", excerpt(&exchange.body)),
        }
    };
    Some(finding("SEND-JSON", "the body of an order is no JSON object", "a JSON object in UTF-8", received))
}

fn ids(scene: &Scene<'_>, purchase: &Purchase<'_>) -> Option<Finding> {
    let names = &scene.contract.fields.order;
    let task = scene.task();
    let wanted = [
        (&names.operator, task.map(|it| it.operator.as_str())),
        (&names.product, task.map(|it| it.product.as_str())),
    ];
    for (name, wanted) in wanted {
        let value = purchase.body.as_ref().and_then(|it| it.get(name));
        let right = value.and_then(Value::as_str).is_some_and(|it| wanted.is_none_or(|wanted| wanted == it));
        if !right {
            let received = value.map_or_else(|| format!("no {name}"), |it| format!("{name}: {it}"));
            let expected = wanted.map_or_else(|| "a string".to_owned(), |it| format!("{name}: \"{it}\""));
            return Some(finding("SEND-FIELDS", format!("{name} of an order is wrong"), &expected, received));
        }
    }
    None
}

fn items(scene: &Scene<'_>, purchase: &Purchase<'_>) -> Option<Finding> {
    let names = &scene.contract.fields;
    let list = purchase.body.as_ref().and_then(|it| it.get(&names.order.items));
    let expected = format!(
        "{}: a list of objects with {} and {}, both strings",
        names.order.items, names.item.package, names.item.msisdn
    );
    let wrong = |received: String| {
        Some(finding("SEND-ITEMS", "the items of an order are wrong", &expected, received))
    };
    let Some(Value::Array(items)) = list else {
        return wrong(
            list.map_or_else(|| format!("no {}", names.order.items), |it| excerpt(&it.to_string())),
        );
    };
    for (at, item) in items.iter().enumerate() {
        for name in [&names.item.package, &names.item.msisdn] {
            let text = item.get(name).and_then(Value::as_str);
            if text.is_none_or(|it| it.trim().is_empty()) {
                let value = item.get(name).map_or_else(|| "nothing".to_owned(), Value::to_string);
                return wrong(format!("item {at} has as {name} {value}"));
            }
        }
    }
    None
}

fn number_of_items(scene: &Scene<'_>, purchase: &Purchase<'_>) -> Option<Finding> {
    let limits = scene.contract.limits;
    let within = |count: usize| (limits.min_items..=limits.max_items).contains(&count);
    let count = purchase.recipients.len();
    let asked = scene.task().filter(|it| it.kind.buys()).map(|it| it.recipients.len());
    let right = match asked {
        // An order with more recipients than are allowed may be sent, to be refused, or split.
        Some(asked) if !within(asked) => return None,
        Some(asked) => count == asked,
        None => within(count),
    };
    if right {
        return None;
    }
    let expected = match asked {
        Some(asked) => format!("one order with all {asked} recipients"),
        None => format!("{} to {} items", limits.min_items, limits.max_items),
    };
    Some(finding(
        "SEND-COUNT",
        "an order has another number of items than it must",
        &expected,
        format!("{count} items"),
    ))
}

fn wanted(scene: &Scene<'_>, purchase: &Purchase<'_>) -> Option<Finding> {
    let task = scene.task()?;
    if task.kind == TaskKind::Balance {
        let what = "something is bought, where only the balance was to be read";
        return Some(finding("SEND-TASK", what, "no order", "an order"));
    }
    let asked = scene.asked_for();
    let mut seen = BTreeSet::new();
    for (number, package) in &purchase.recipients {
        let right = asked.iter().any(|it| it.0 == *number && it.1 == *package);
        if !right || !seen.insert(number) {
            let how = if right { "twice" } else { "which was not asked for" };
            let received = format!("{package} for {number}, {how}");
            let what = "what is bought is not what was asked for";
            return Some(finding(
                "SEND-TASK",
                what,
                "each recipient of the task once, with its package",
                received,
            ));
        }
    }
    None
}

/// Returns the beginning of a text.
fn excerpt(text: &str) -> String {
    const MOST: usize = 80;
    match text.char_indices().nth(MOST) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}
