//! Laws of the comparison, on the committed contract and its blessed revisions.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use spec::diff::{Impact, Revision, compare, touched_requirements};

const OPENAPI: &str = include_str!("../openapi.yaml");
const REQUIREMENTS: &str = include_str!("../requirements.yaml");

fn revision(openapi: &str, requirements: &str) -> Revision {
    Revision::from_texts(("openapi.yaml", openapi), ("requirements.yaml", requirements))
        .expect("two readable texts")
}

fn blessed(version: &str) -> Revision {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("blessed").join(version);
    Revision::from_path(&folder.join("openapi.yaml")).expect("a blessed revision")
}

fn worst(base: &Revision, new: &Revision) -> Option<Impact> {
    compare(base, new).iter().map(|change| change.rule.impact).max()
}

#[test]
fn nothing_changes_from_a_revision_to_itself() {
    let it = revision(OPENAPI, REQUIREMENTS);
    assert_eq!(compare(&it, &it), []);
}

/// Three fields came with the later revision of the page: no client notices. Taking them away, clients do.
#[test]
fn the_later_revision_is_harmless_and_its_reverse_is_breaking() {
    let (first, later) = (blessed("1.0.0"), blessed("1.1.0"));
    assert_eq!(worst(&first, &later), Some(Impact::Harmless));
    assert_eq!(worst(&later, &first), Some(Impact::Breaking));
    let touched = touched_requirements(&first, &later);
    assert!(touched.contains("REV-STATUS") && touched.contains("REV-BALANCE"), "{touched:?}");
}

/// What is cut short shows the difference, and what came or went is quoted in full.
#[test]
fn a_long_text_is_shown_where_it_differs() {
    let statement =
        "The balances before and after, where present, are numbers, true, and differ by the total.";
    let first = blessed("1.0.0");
    let details = |base: &Revision, requirements: &str| -> Vec<String> {
        compare(base, &revision(OPENAPI, requirements)).into_iter().map(|change| change.detail).collect()
    };
    assert!(details(&first, REQUIREMENTS).contains(&format!("REV-BALANCE: {statement}")));
    let reworded = REQUIREMENTS.replace(statement, &statement.replace("the total", "a pesewa"));
    let now = revision(OPENAPI, REQUIREMENTS);
    let expected = "REV-BALANCE: ...true, and differ by the total. -> ...true, and differ by a pesewa.";
    assert_eq!(details(&now, &reworded), [expected]);
}

#[test]
fn blessed_revisions_are_usable_contracts() {
    for version in ["1.0.0", "1.1.0"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("blessed").join(version);
        let contract = spec::from_paths(&folder.join("openapi.yaml"), None).unwrap();
        assert_eq!(contract.revision, version);
        for requirement in &contract.catalogue.requirements {
            assert!(!contract.cited_at(&requirement.id).is_empty(), "{version}: {}", requirement.id);
        }
    }
}

/// What a mutated leaf becomes: another value of the same kind.
fn other(value: &Value) -> Value {
    match value {
        Value::Bool(it) => json!(!it),
        Value::Number(it) => json!(it.as_i64().map_or(7, |it| it + 1)),
        Value::String(it) => json!(format!("{it}-other")),
        _ => json!("other"),
    }
}

fn leaves(node: &Value, pointer: &str, found: &mut Vec<String>) {
    match node {
        Value::Object(object) => {
            for (key, child) in object {
                leaves(child, &format!("{pointer}/{}", spec::place::escape(key)), found);
            }
        }
        Value::Array(list) => {
            for (index, child) in list.iter().enumerate() {
                leaves(child, &format!("{pointer}/{index}"), found);
            }
        }
        _ => found.push(pointer.to_owned()),
    }
}

/// A pointer without the names of what it leads through: leaves of one shape are compared by the same code.
fn shape(pointer: &str) -> String {
    let mut shape = String::new();
    let mut named = false;
    for step in pointer.split('/') {
        if ["example", "x-next"].contains(&step) {
            return shape + step;
        }
        let free = named || step.parse::<usize>().is_ok();
        shape.push_str(if free { "/*" } else { "/" });
        shape.push_str(if free { "" } else { step });
        named = !named && ["paths", "schemas", "properties", "responses", "parameters"].contains(&step);
    }
    shape
}

/// No scalar of either file can change without a word, and the same change undone has the mirrored rules. Two leaves of
/// each shape are tried.
#[test]
fn every_leaf_that_changes_is_reported() {
    let base = revision(OPENAPI, REQUIREMENTS);
    type Part = fn(&mut Revision) -> &mut Value;
    let parts: [Part; 2] = [|it| &mut it.openapi.value, |it| &mut it.catalogue.value];
    let mut silent = Vec::new();
    for part in parts {
        let (mut found, mut new) = (Vec::new(), base.clone());
        leaves(part(&mut new), "", &mut found);
        let mut tried = BTreeMap::new();
        for pointer in found {
            let times = tried.entry(shape(&pointer)).or_insert(0);
            *times += 1;
            if *times > 2 {
                continue;
            }
            let leaf = part(&mut new).pointer_mut(&pointer).unwrap();
            let changed = other(leaf);
            let before = std::mem::replace(leaf, changed);
            let (there, back) = (compare(&base, &new), compare(&new, &base));
            if there.is_empty() {
                silent.push(pointer.clone());
            }
            let mut forth: Vec<_> = there.iter().map(|it| it.rule.mirror).collect();
            let mut undone: Vec<_> = back.iter().map(|it| it.rule.id).collect();
            forth.sort_unstable();
            undone.sort_unstable();
            assert_eq!(forth, undone, "{pointer}");
            *part(&mut new).pointer_mut(&pointer).unwrap() = before;
        }
    }
    assert!(silent.is_empty(), "changed without a word: {silent:#?}");
}
