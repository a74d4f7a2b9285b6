//! Checks that every dependency is used in the code of its crate, and is declared in the right section.

use std::collections::BTreeSet;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::imports::Crate;
use super::imports::names::{Extent, Names};
use super::workspace::{Parsed, Workspace};

/// Justified dependencies that no code names: crate, dependency, reason.
const FEATURES_ONLY: &[(&str, &str, &str)] =
    &[("conformance", "idna_adapter", "its version chooses the tables by which `url` reads names of hosts")];

/// One entry in a table of dependencies of a manifest.
struct Dependency {
    /// The name in the code, with `_` for `-`.
    name: String,
    /// The name in the manifest.
    key: String,
    section: &'static str,
    line: usize,
}

/// Every dependency must be used.
pub(super) fn unused(workspace: &mut Workspace<'_>) {
    let mut asked_for = BTreeSet::new();
    for manifest in workspace.files {
        let Some(member) = manifest.path().strip_suffix("/Cargo.toml") else { continue };
        let Ok(table) = DeTable::parse(&manifest.file.text) else {
            workspace.put(manifest, 1, "not TOML: cargo can't read it either");
            continue;
        };
        let dependencies = dependencies(table.get_ref(), &manifest.file.text);
        asked_for.extend(dependencies.iter().map(|it| it.key.clone()));
        let Some(used) = Used::by(workspace, member) else { continue };
        for it in dependencies.iter().filter(|it| it.name != member) {
            let excused = FEATURES_ONLY.iter().find(|(of, key, _)| *of == member && *key == it.key);
            match (used.complaint(it), excused) {
                (Some(complaint), None) => workspace.put(manifest, it.line, complaint),
                (None, Some((_, key, _))) => {
                    let message = format!(
                        "`{key}` is used; take it out of `FEATURES_ONLY` in xtask/src/tidy/dependencies.rs"
                    );
                    workspace.put(manifest, it.line, message);
                }
                (Some(_), Some(_)) | (None, None) => {}
            }
        }
    }
    shared(workspace, &asked_for);
}

/// Every version that the workspace sets must be used by a member.
fn shared(workspace: &mut Workspace<'_>, asked_for: &BTreeSet<String>) {
    let Some(manifest) = workspace.file("Cargo.toml") else { return };
    let Ok(table) = DeTable::parse(&manifest.file.text) else { return };
    let shared = table.get_ref().get("workspace").and_then(|it| section(it.get_ref(), "dependencies"));
    for (key, _) in shared.into_iter().flatten() {
        if !asked_for.contains(key.get_ref().as_ref()) {
            let line = line_of(&manifest.file.text, key);
            workspace.put(manifest, line, format!("no crate asks for `{}`; take it out", key.get_ref()));
        }
    }
}

/// First names of the paths in a crate's code, by where the code is built.
struct Used {
    shipped: BTreeSet<String>,
    anywhere: BTreeSet<String>,
    build: BTreeSet<String>,
}

impl Used {
    /// Returns `None` for a crate without sources.
    fn by(workspace: &Workspace<'_>, member: &str) -> Option<Self> {
        let shipped = Crate::read(workspace.files, member)?.shipped();
        let shipped = |it: &&Parsed<'_>| shipped.contains(it.path());
        let build = format!("{member}/build.rs");
        let own = || workspace.of_crate(member);
        let shipped = own().filter(shipped).flat_map(|it| begun(it, Extent::Shipped));
        let anywhere = own().flat_map(|it| begun(it, Extent::Everything));
        let build = workspace.file(&build).map(|it| begun(it, Extent::Everything)).unwrap_or_default();
        Some(Self { shipped: shipped.collect(), anywhere: anywhere.collect(), build })
    }

    /// Returns what is wrong with a dependency, if anything.
    fn complaint(&self, it: &Dependency) -> Option<String> {
        let Dependency { name, key, section, .. } = it;
        let used = match *section {
            "dependencies" => &self.shipped,
            "build-dependencies" => &self.build,
            _ => &self.anywhere,
        };
        if used.contains(name) {
            None
        } else if self.anywhere.contains(name) {
            Some(format!("`{key}` is named in tests alone; move it to `[dev-dependencies]`"))
        } else {
            Some(format!(
                "no code names `{key}`; take it out, or say in `FEATURES_ONLY` of xtask/src/tidy/dependencies.rs what \
                 it is needed for"
            ))
        }
    }
}

/// Returns the first names of the paths in a file: `serde` for `serde::Serialize` and for `use serde as s`, but not a
/// variable `bytes`.
fn begun(parsed: &Parsed<'_>, extent: Extent) -> BTreeSet<String> {
    let Some(syntax) = &parsed.syntax else { return BTreeSet::new() };
    let names = Names::of(&syntax.items, extent);
    let mentions = names.mentions.into_iter().map(|it| it.path).filter(|path| path.len() > 1);
    let imports = names.imports.into_iter().map(|it| it.path);
    mentions.chain(imports).filter_map(|path| path.into_iter().next()).collect()
}

fn dependencies(manifest: &DeTable<'_>, text: &str) -> Vec<Dependency> {
    // Platform-specific dependencies are below `target`.
    let targets = manifest.get("target").and_then(|it| it.get_ref().as_table());
    let targets = targets.into_iter().flat_map(|it| it.values()).filter_map(|it| it.get_ref().as_table());
    let mut found = Vec::new();
    for table in [manifest].into_iter().chain(targets) {
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let entries = table.get(section).and_then(|it| it.get_ref().as_table());
            found.extend(entries.into_iter().flatten().map(|(key, _)| Dependency {
                name: key.get_ref().replace('-', "_"),
                key: key.get_ref().to_string(),
                section,
                line: line_of(text, key),
            }));
        }
    }
    found
}

fn section<'t, 'i>(value: &'t DeValue<'i>, name: &str) -> Option<&'t DeTable<'i>> {
    value.as_table()?.get(name)?.get_ref().as_table()
}

fn line_of<T>(text: &str, at: &Spanned<T>) -> usize {
    text.get(..at.span().start).map_or(1, |before| before.matches('\n').count() + 1)
}
