//! The modules of a crate, as `mod` declarations build them, and what a path in one of them stands for.

use std::collections::{BTreeMap, BTreeSet};

use syn::Item;

use super::names::{Binding, Extent, Import, Names};
use crate::tidy::workspace::Parsed;

/// One module: a file, or `mod name { … }` within a file.
pub(super) struct Module<'a> {
    pub(super) file: &'a Parsed<'a>,
    pub(super) names: Names<'a>,
    parent: Option<usize>,
    children: BTreeMap<String, usize>,
    /// Whether it is built for tests alone.
    pub(super) test: bool,
}

/// What a path stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// A module of this crate.
    Module(usize),
    /// Something that a module of this crate defines.
    Item(usize),
    /// Something of another crate.
    Outside,
}

/// Whether a module or anything else is wanted, where both have the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Module,
    Any,
}

/// All modules of a crate: those of its library and those of its programs.
pub(super) struct Tree<'a> {
    pub(super) modules: Vec<Module<'a>>,
    /// Name by which programs know the library.
    name: &'a str,
}

impl<'a> Tree<'a> {
    /// Reads the crate whose sources stand in `CRATE/src/`; none where there are no such sources.
    pub(super) fn read(files: &'a [Parsed<'a>], name: &'a str) -> Self {
        let folder = format!("{name}/src/");
        let mut tree = Self { modules: Vec::new(), name };
        // The library comes first, so that its root is module 0.
        let mut roots: Vec<_> = files.iter().filter(|it| is_root(it.path().strip_prefix(&folder))).collect();
        roots.sort_by_key(|it| !it.path().ends_with("/lib.rs"));
        for root in roots {
            let folder = root.path().rsplit_once('/').map_or("", |(folder, _)| folder);
            let items = root.syntax.as_ref().map_or(&[][..], |syntax| &syntax.items);
            tree.add(files, root, items, Place { folder: folder.to_owned(), parent: None, test: false });
        }
        tree
    }

    /// Adds a module and those that it declares; its index.
    fn add(
        &mut self,
        files: &'a [Parsed<'a>],
        file: &'a Parsed<'a>,
        items: &'a [Item],
        place: Place,
    ) -> usize {
        let index = self.modules.len();
        let names = Names::of(items, Extent::Module);
        let declared = names.modules.clone();
        let Place { folder, parent, test } = place;
        self.modules.push(Module { file, names, parent, children: BTreeMap::new(), test });
        for declaration in declared {
            let name = declaration.item.ident.to_string();
            let test = test || declaration.test;
            let place = Place { folder: format!("{folder}/{name}"), parent: Some(index), test };
            let child = match &declaration.item.content {
                Some((_, items)) => self.add(files, file, items, place),
                None => {
                    let paths = [format!("{folder}/{name}.rs"), format!("{folder}/{name}/mod.rs")];
                    let Some(file) = files.iter().find(|it| paths.iter().any(|path| path == it.path()))
                    else {
                        continue;
                    };
                    let items = file.syntax.as_ref().map_or(&[][..], |syntax| &syntax.items);
                    self.add(files, file, items, place)
                }
            };
            self.modules[index].children.insert(name, child);
        }
        index
    }

    /// Files that some `mod` reaches.
    pub(super) fn reached(&self) -> BTreeSet<&'a str> {
        self.modules.iter().map(|module| module.file.path()).collect()
    }

    /// Whether a module stands within another, or is that one.
    pub(super) fn is_within(&self, module: usize, outer: usize) -> bool {
        let mut at = Some(module);
        std::iter::from_fn(|| {
            let module = at?;
            at = self.modules[module].parent;
            Some(module)
        })
        .any(|it| it == outer)
    }

    /// What a path that stands in a module means; none if its first name is no name of this crate.
    pub(super) fn resolve(&self, from: usize, path: &[String]) -> Option<Target> {
        self.follow(from, path, Wanted::Any, &mut Vec::new())
    }

    fn follow(
        &self,
        from: usize,
        path: &[String],
        wanted: Wanted,
        asked: &mut Vec<Question>,
    ) -> Option<Target> {
        let (first, rest) = path.split_first()?;
        let wanted_at = |left: usize| if left == 0 { wanted } else { Wanted::Module };
        let mut target = match first.as_str() {
            "crate" => Target::Module(self.root(from)),
            name if name == self.name && self.is_program(from) => Target::Module(0),
            "self" | "super" => Target::Module(self.step(from, first)?),
            name => self.member(from, name, wanted_at(rest.len()), asked)?,
        };
        for (at, name) in rest.iter().enumerate() {
            let Target::Module(module) = target else { break };
            target = match name.as_str() {
                "self" | "super" => Target::Module(self.step(module, name)?),
                // What can't be found is made by a macro, and the module is where that stands.
                _ => self
                    .member(module, name, wanted_at(rest.len() - at - 1), asked)
                    .unwrap_or(Target::Item(module)),
            };
        }
        Some(target)
    }

    /// What a name means in a module: a module of it, an item, or an import.
    fn member(&self, module: usize, name: &str, wanted: Wanted, asked: &mut Vec<Question>) -> Option<Target> {
        let question = (module, name.to_owned(), wanted);
        // Imports may go round: `use a::a`, or two globs that import each other.
        if asked.contains(&question) {
            return None;
        }
        asked.push(question);
        let it = &self.modules[module];
        let child = it.children.get(name).map(|child| Target::Module(*child));
        let item = it.names.items.contains(name).then_some(Target::Item(module));
        let imported = || self.imported(module, name, wanted, asked);
        // A module and a function may have one name: the one that is wanted comes first.
        let found = if wanted == Wanted::Module {
            child.or(item).or_else(imported)
        } else {
            let other = item.or_else(imported);
            other.filter(|it| !matches!(it, Target::Module(_))).or(child).or(other)
        };
        asked.pop();
        found
    }

    fn imported(
        &self,
        module: usize,
        name: &str,
        wanted: Wanted,
        asked: &mut Vec<Question>,
    ) -> Option<Target> {
        let imports = &self.modules[module].names.imports;
        let by_name = imports.iter().filter(|it| it.binding == Binding::Name(name.to_owned()));
        let mut found = by_name
            .map(|import| self.follow(module, &import.path, wanted, asked).unwrap_or(Target::Outside))
            .collect::<Vec<_>>();
        // One `use` may import a module and a function of the same name from two places.
        found.sort_by_key(|target| (*target == Target::Outside, matches!(target, Target::Module(_))));
        if wanted == Wanted::Module {
            found.sort_by_key(|target| !matches!(target, Target::Module(_)));
        }
        let by_glob = || self.through_globs(module, name, wanted, asked).map(|(_, target)| target);
        found.first().copied().or_else(by_glob)
    }

    /// What a name means by a glob import, and which of the module's imports that is.
    fn through_globs(
        &self,
        module: usize,
        name: &str,
        wanted: Wanted,
        asked: &mut Vec<Question>,
    ) -> Option<(usize, Target)> {
        let globs = self.modules[module].names.imports.iter().enumerate();
        globs.filter(|(_, it)| it.binding == Binding::Glob).find_map(|(at, import)| {
            match self.follow(module, &import.path, Wanted::Module, asked)? {
                Target::Module(other) => Some((at, self.member(other, name, wanted, asked)?)),
                Target::Item(_) | Target::Outside => None,
            }
        })
    }

    /// Which glob import of a module a name comes by, if no other name is nearer.
    pub(super) fn glob_of(&self, module: usize, name: &str) -> Option<usize> {
        let it = &self.modules[module];
        let nearer = it.children.contains_key(name) || it.names.items.contains(name);
        let named = |import: &Import| import.binding == Binding::Name(name.to_owned());
        if nearer || it.names.imports.iter().any(named) {
            return None;
        }
        self.through_globs(module, name, Wanted::Any, &mut Vec::new()).map(|(at, _)| at)
    }

    fn root(&self, mut module: usize) -> usize {
        while let Some(parent) = self.modules[module].parent {
            module = parent;
        }
        module
    }

    /// Whether a module belongs to a program beside the library.
    fn is_program(&self, module: usize) -> bool {
        self.root(module) != 0
    }

    fn step(&self, module: usize, name: &str) -> Option<usize> {
        if name == "super" { self.modules[module].parent } else { Some(module) }
    }
}

/// Where a module stands.
struct Place {
    /// Folder of the files of its own modules.
    folder: String,
    parent: Option<usize>,
    test: bool,
}

/// What is being asked of a module, so that it is not asked again on the way to the answer.
type Question = (usize, String, Wanted);

/// Whether a path below `src/` is a crate's root: `lib.rs`, `main.rs`, `bin/NAME.rs`, `bin/NAME/main.rs`.
fn is_root(path: Option<&str>) -> bool {
    let Some(path) = path.and_then(|path| path.strip_suffix(".rs")) else { return false };
    match path.strip_prefix("bin/") {
        Some(program) => {
            !program.contains('/') || program.matches('/').count() == 1 && program.ends_with("/main")
        }
        None => path == "lib" || path == "main",
    }
}
