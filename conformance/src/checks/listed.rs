//! Judges the lists of orders over a whole run: no account is shown an order that another one placed, in whichever case,
//! and a list that was followed to its end has every order that its account placed before.

use std::collections::BTreeMap;

use super::check::Check;
use crate::judge::verdict::Marks;
use crate::judge::whole::{Whole, finding};

/// The check of lists over a whole run.
pub(super) const CHECK: Check = Check {
    name: "listed",
    cites: &["ORDER-PRIVATE", "ORDER-LIST"],
    judge_run: Some(judge_run),
    ..Check::NOTHING
};

fn judge_run(run: &Whole<'_>, marks: &mut Marks) {
    // An id that was given out twice belongs to several accounts.
    let mut owners: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut placed: BTreeMap<&str, Vec<(&str, u64, &str)>> = BTreeMap::new();
    for created in run.parts.iter().flat_map(|it| &it.created) {
        let Some(id) = created.id.as_deref() else { continue };
        // An order of an account that can't be told from others may be anybody's.
        let owner = created.owner.as_deref().unwrap_or_default();
        owners.entry(id).or_default().push(owner);
        placed.entry(owner).or_default().push((id, created.done_us, &created.at.0));
    }
    for list in run.parts.iter().flat_map(|it| &it.listed) {
        let Some(owner) = list.owner.as_deref() else { continue };
        let foreign = |id: &&String| {
            owners.get(id.as_str()).is_some_and(|all| all.iter().all(|it| !it.is_empty() && *it != owner))
        };
        let others = list.ids.iter().filter(foreign).count();
        if others > 0 {
            let mut found = finding(
                &["ORDER-PRIVATE"],
                "listed",
                "another account's order is in the list",
                "only one's own orders",
                &list.at,
                format!(
                    "{others} of {} listed orders were placed by other accounts of this run",
                    list.ids.len()
                ),
            );
            found.context.exposes = true;
            marks.findings.push(found);
        }
        if !list.whole {
            continue;
        }
        let own = placed.get(owner).into_iter().flatten();
        // Within its own case a list is judged there.
        let before = |(_, done, case): &&(&str, u64, &str)| *done < list.begun_us && *case != list.at.0;
        let missing: Vec<&str> =
            own.filter(before).map(|(id, ..)| *id).filter(|id| !list.ids.contains(*id)).collect();
        if let Some(first) = missing.first() {
            marks.findings.push(finding(
                &["ORDER-LIST"],
                "left out",
                "the pages end before an order that the account placed earlier",
                "every order exactly once",
                &list.at,
                match missing.len() {
                    1 => format!("an order is missing: {first}"),
                    several => format!("{several} orders are missing, among them {first}"),
                },
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::judge::listed::Listed;
    use crate::judge::part::{Created, Part};

    fn created(case: &str, owner: Option<&str>, id: &str, done_us: u64) -> Part {
        let created = Created {
            at: (case.into(), 0, 0),
            payer: 0,
            owner: owner.map(str::to_owned),
            done_us,
            id: Some(id.into()),
            reference: None,
            total: None,
            recipients: None,
            priced: None,
        };
        Part { created: vec![created], ..Part::default() }
    }

    fn list(case: &str, owner: Option<&str>, ids: &[&str], whole: bool) -> Part {
        let ids: BTreeSet<String> = ids.iter().map(|it| (*it).to_owned()).collect();
        let at = (case.into(), 1, 0);
        let listed = Listed { at, owner: owner.map(str::to_owned), begun_us: 50, ids, whole };
        Part { listed: vec![listed], ..Part::default() }
    }

    fn found(parts: &[Part]) -> Vec<(String, String)> {
        let contract = spec::embedded().unwrap();
        let mut marks = Marks::default();
        judge_run(&Whole::new(&contract, parts), &mut marks);
        marks.findings.into_iter().map(|it| (it.candidates[0].clone(), it.detail.join(" "))).collect()
    }

    #[test]
    fn an_order_of_another_case_is_shown_to_its_own_account_alone() {
        let mine = created("a", Some("profile 1"), "k1", 10);
        let others = found(&[mine, list("b", Some("profile 2"), &["k1", "k2"], false)]);
        assert_eq!(others.len(), 1);
        assert_eq!(others[0].0, "ORDER-PRIVATE");
        assert!(others[0].1.starts_with("1 of 2 listed orders"), "{}", others[0].1);
        for owner in [Some("profile 1"), None] {
            let mine = created("a", Some("profile 1"), "k1", 10);
            assert_eq!(found(&[mine, list("b", owner, &["k1"], false)]), []);
        }
        // Keys of unknown profiles may open the same account, and an id that was given out twice is anybody's.
        let unknown = created("a", None, "k1", 10);
        assert_eq!(found(&[unknown, list("b", Some("profile 2"), &["k1"], false)]), []);
        let (one, two) =
            (created("a", Some("profile 1"), "k1", 10), created("c", Some("profile 2"), "k1", 10));
        assert_eq!(found(&[one, two, list("b", Some("profile 2"), &["k1"], false)]), []);
    }

    #[test]
    fn a_whole_list_has_what_its_account_placed_before() {
        for (done_us, whole, missing) in [(10, true, 1), (10, false, 0), (60, true, 0)] {
            let before = created("a", Some("profile 1"), "k1", done_us);
            let found = found(&[before, list("b", Some("profile 1"), &["k2"], whole)]);
            assert_eq!(found.len(), missing, "{done_us} {whole}");
            assert!(found.iter().all(|it| it.0 == "ORDER-LIST"));
        }
    }
}
