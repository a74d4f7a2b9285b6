//! The catalog: a package's price is the one that is charged, and unknown packages and operators are not found.

use std::collections::BTreeSet;

use spec::Meaning;

use super::shaped::shaped;
use crate::history::Catalog;
use crate::judge::findings::{Findings, ghs};
use crate::judge::scene::{Scene, Seen};
use crate::order::reading::{self, Amount, is_error};
use crate::sut::NOBODYS_ID;

fn last_step(seen: &Seen<'_>, back: usize) -> String {
    let path = seen.exchange.request.path.split('?').next().unwrap_or_default();
    path.rsplit('/').nth(back).unwrap_or_default().to_owned()
}

pub(super) fn package(scene: &Scene<'_>, seen: &Seen<'_>, found: bool, findings: &mut Findings<'_>) {
    let wanted = last_step(seen, 0);
    if wanted == NOBODYS_ID {
        return unknown(scene, seen, findings);
    }
    let mut known = scene.environment.catalog.iter().flat_map(Catalog::packages);
    let facts = known.find(|it| crate::order::path::encode(&it.id) == wanted);
    // What is known of a catalog may be only a part of it.
    if facts.is_none() && scene.environment.catalog.is_some() {
        return;
    }
    if !found {
        let finding = findings
            .fail(&["CATALOG-PRICE"], "not found", "a package of the catalog is not found")
            .at(seen)
            .wanted("the package", "CATALOG-PRICE");
        // The page lists the status Inactive, but does not say that a package with it is shown.
        let inactive = facts.is_some_and(|it| !it.active);
        return if inactive { finding.warning().put() } else { finding.put() };
    }
    if !shaped(seen, "CATALOG-PRICE", findings) {
        return;
    }
    let Some(package) = seen.response().and_then(|it| reading::package(scene.contract, it)) else { return };
    let Some(facts) = facts else { return };
    let role = seen.exchange.actor.and_then(|actor| scene.case.accounts[actor].role.as_ref());
    let price = package.price.as_ref().and_then(Amount::pesewas);
    let status =
        if facts.active { &scene.contract.package_status.0 } else { &scene.contract.package_status.1 };
    let mut fine = true;
    if package.id.as_deref() != Some(facts.id.as_str()) || package.status.as_ref() != Some(status) {
        fine = false;
        let said = format!(
            "asked for {}, which is {status}, it shows {}, {}",
            facts.id,
            package.id.as_deref().unwrap_or("no id"),
            package.status.as_deref().unwrap_or("no status")
        );
        findings
            .fail(&["CATALOG-SCOPE"], "another package", said)
            .at(seen)
            .wanted("the package as it is", "CATALOG-SCOPE")
            .put();
    }
    if let Some(charged) = role.and_then(|role| facts.price.get(role)) {
        if price == Some(*charged) {
            findings.pass("CATALOG-PRICE");
        } else {
            fine = false;
            let said = package.price.map_or("no amount".to_owned(), |it| it.text);
            findings
                .fail(&["CATALOG-PRICE"], "another price", format!("the price shown is {said}"))
                .at(seen)
                .wanted(ghs(*charged), "CATALOG-PRICE")
                .put();
        }
    }
    if fine {
        findings.pass("CATALOG-SCOPE");
    }
}

fn unknown(scene: &Scene<'_>, seen: &Seen<'_>, findings: &mut Findings<'_>) {
    let Some(response) = seen.response() else { return };
    let operation = scene.contract.operation(seen.exchange.operation);
    if operation.status(Meaning::NotFound) == Some(response.status) {
        return findings.pass("CATALOG-SCOPE");
    }
    // Another refusal conforms as well, since the id may have an invalid form and no page says how that is refused.
    if is_error(response.status) && response.status != scene.contract.status(Meaning::Unauthorized) {
        return;
    }
    findings
        .fail(
            &["CATALOG-SCOPE"],
            "unknown id found",
            format!("an id that nobody has is answered with {}", response.status),
        )
        .at(seen)
        .wanted("not found", "CATALOG-SCOPE")
        .put();
}

pub(super) fn products(scene: &Scene<'_>, seen: &Seen<'_>, found: bool, findings: &mut Findings<'_>) {
    let operator = last_step(seen, 1);
    if operator == NOBODYS_ID {
        return unknown(scene, seen, findings);
    }
    let operators = scene.environment.catalog.iter().flat_map(|it| &it.operators);
    let Some(facts) = operators.into_iter().find(|it| crate::order::path::encode(&it.id) == operator) else {
        return;
    };
    if !found {
        return findings
            .fail(&["CATALOG-SCOPE"], "operator not found", "an operator of the catalog is not found")
            .at(seen)
            .wanted("its products", "CATALOG-SCOPE")
            .put();
    }
    if !shaped(seen, "CATALOG-SCOPE", findings) {
        return;
    }
    let Some(list) = seen.response().and_then(|it| reading::products(scene.contract, it)) else { return };
    // A product is another operator's by what it says, or by what is known of the catalog.
    let own = |id: &str| facts.products.iter().any(|it| it.id == id);
    let others = scene.environment.catalog.iter().flat_map(|it| &it.operators).flat_map(|it| &it.products);
    let elsewhere: BTreeSet<&str> = others.map(|it| it.id.as_str()).filter(|id| !own(id)).collect();
    let foreign = list.iter().any(|it| {
        it.operator.as_deref() != Some(facts.id.as_str())
            || it.id.as_deref().is_some_and(|id| elsewhere.contains(id))
    });
    let missing = facts
        .products
        .iter()
        .filter(|it| it.available)
        .any(|it| !list.iter().any(|listed| listed.id.as_deref() == Some(it.id.as_str())));
    if foreign || missing {
        let said = if foreign {
            "another operator's products are listed"
        } else {
            "a product of the operator is missing"
        };
        return findings
            .fail(&["CATALOG-SCOPE"], said, said)
            .at(seen)
            .wanted("exactly its own products", "CATALOG-SCOPE")
            .put();
    }
    findings.pass("CATALOG-SCOPE");
}
