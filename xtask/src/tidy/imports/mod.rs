//! Finds which file of a crate needs which other, as arrows given by imports and paths.
//!
//! An arrow leads to the file that defines what is named, through re-exports and glob imports, so a thin `mod.rs` that
//! re-exports what its children define has no arrows to or from it. Neither declaring a module nor re-exporting what a
//! module's own children define makes an arrow. Code that is built for tests only is left out.

pub(super) mod names;
mod tree;

use std::collections::{BTreeMap, BTreeSet};

use self::names::{Binding, Import, Mention};
use self::tree::{Target, Tree};
use super::workspace::Parsed;

/// One file needs another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Arrow<'a> {
    pub(super) from: &'a str,
    pub(super) to: &'a str,
    /// Lines of `from` that name something in `to`, in order; never empty.
    pub(super) lines: Vec<usize>,
    /// The path in the first of these lines, as written.
    pub(super) path: String,
}

impl Arrow<'_> {
    /// Returns the first of the lines.
    pub(super) fn line(&self) -> usize {
        self.lines.first().copied().unwrap_or(1)
    }
}

/// The files of one crate and what they need of each other.
pub(super) struct Crate<'a> {
    tree: Tree<'a>,
}

impl<'a> Crate<'a> {
    /// Reads the sources in `NAME/src/`, where the name is that of a folder; returns `None` if they have no root.
    pub(super) fn read(files: &'a [Parsed<'a>], name: &'a str) -> Option<Self> {
        let tree = Tree::read(files, name);
        (!tree.modules.is_empty()).then_some(Self { tree })
    }

    /// Returns the files that are part of the crate.
    pub(super) fn reached(&self) -> BTreeSet<&'a str> {
        self.tree.reached()
    }

    /// Returns the files that ship: those reached by a module that is not built for tests only.
    pub(super) fn shipped(&self) -> BTreeSet<&'a str> {
        let modules = self.tree.modules.iter().filter(|module| !module.test);
        modules.map(|module| module.file.path()).collect()
    }

    /// Returns all arrows between two files, each pair once, sorted.
    pub(super) fn arrows(&self) -> Vec<Arrow<'a>> {
        let mut arrows: BTreeMap<(&str, &str), BTreeMap<usize, String>> = BTreeMap::new();
        for index in 0..self.tree.modules.len() {
            let module = &self.tree.modules[index];
            let needs = if module.test { Vec::new() } else { self.needs(index) };
            for Need { module: needed, line, path } in needs {
                let (from, to) = (module.file.path(), self.tree.modules[needed].file.path());
                if from != to {
                    arrows.entry((from, to)).or_default().entry(line).or_insert_with(|| path.join("::"));
                }
            }
        }
        let arrows = arrows.into_iter().map(|((from, to), places)| {
            let path = places.values().next().cloned().unwrap_or_default();
            Arrow { from, to, lines: places.into_keys().collect(), path }
        });
        arrows.collect()
    }

    /// Returns the modules that a module needs.
    fn needs(&self, index: usize) -> Vec<Need<'_>> {
        let names = &self.tree.modules[index].names;
        let used_globs: BTreeSet<usize> = names
            .mentions
            .iter()
            .filter_map(|mention| self.tree.glob_of(index, mention.path.first()?))
            .collect();
        let by_import = names.imports.iter().enumerate().filter_map(|(at, import)| {
            let module = self.imported(index, import, used_globs.contains(&at))?;
            Some(Need { module, line: import.line, path: &import.path })
        });
        let by_mention = names.mentions.iter().filter_map(|mention| {
            let module = self.mentioned(index, mention)?;
            Some(Need { module, line: mention.line, path: &mention.path })
        });
        by_import.chain(by_mention).collect()
    }

    /// Returns the module that an import needs, unless the need arises elsewhere.
    fn imported(&self, index: usize, import: &Import, used: bool) -> Option<usize> {
        let target = self.tree.resolve(index, &import.path)?;
        let (Target::Module(module) | Target::Item(module)) = target else { return None };
        if import.reexport && self.tree.is_within(module, index) {
            return None;
        }
        // If a whole module is imported, the paths that go through it make the arrows.
        let leads_on = match &import.binding {
            Binding::Name(name) => self.tree.modules[index]
                .names
                .mentions
                .iter()
                .any(|it| it.path.len() > 1 && it.path.first() == Some(name)),
            Binding::Glob => used,
            Binding::Unnamed => false,
        };
        let whole = matches!(target, Target::Module(_));
        (!whole || import.reexport || !leads_on).then_some(module)
    }

    /// Returns the module that a path in the code needs, unless an import already accounts for it.
    fn mentioned(&self, index: usize, mention: &Mention) -> Option<usize> {
        let names = &self.tree.modules[index].names;
        let (first, rest) = mention.path.split_first()?;
        if rest.is_empty() && names.variables.contains(first) {
            return None;
        }
        let target = self.tree.resolve(index, &mention.path)?;
        let module = match target {
            Target::Item(module) => module,
            Target::Module(module) if !rest.is_empty() => module,
            Target::Module(_) | Target::Outside => return None,
        };
        let said = names.imports.iter().any(|import| {
            !import.reexport
                && import.binding == Binding::Name(first.clone())
                && self.tree.resolve(index, &import.path) == Some(Target::Item(module))
        });
        (!said).then_some(module)
    }
}

/// A line of a module that needs another module.
struct Need<'n> {
    module: usize,
    line: usize,
    path: &'n [String],
}
