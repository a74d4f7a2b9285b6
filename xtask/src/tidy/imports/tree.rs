//! The modules of a crate, as `mod` declarations form them, and the resolution of paths within them.

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
    /// Whether the module is built for tests only.
    pub(super) test: bool,
}

/// What a path refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// A module of this crate.
    Module(usize),
    /// An item that this module of the crate defines.
    Item(usize),
    /// Something in another crate.
    Outside,
}

/// Whether a module is preferred over another item of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Module,
    Any,
}

/// All modules of a crate: those of its library and those of its programs.
pub(super) struct Tree<'a> {
    pub(super) modules: Vec<Module<'a>>,
    /// The name by which programs refer to the library.
    name: &'a str,
}

impl<'a> Tree<'a> {
    /// Reads the crate with sources in `CRATE/src/`; the tree is empty if there are none.
    pub(super) fn read(files: &'a [Parsed<'a>], name: &'a str) -> Self {
        let folder = format!("{name}/src/");
        let mut tree = Self { modules: Vec::new(), name: name.rsplit('/').next().unwrap_or(name) };
        // The library comes first, so that its root has index 0.
        let mut roots: Vec<_> = files.iter().filter(|it| is_root(it.path().strip_prefix(&folder))).collect();
        roots.sort_by_key(|it| !it.path().ends_with("/lib.rs"));
        for root in roots {
            let folder = root.path().rsplit_once('/').map_or("", |(folder, _)| folder);
            let items = root.syntax.as_ref().map_or(&[][..], |syntax| &syntax.items);
            tree.add(files, root, items, Place { folder: folder.to_owned(), parent: None, test: false });
        }
        tree
    }

    /// Adds a module and those that it declares; returns its index.
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

    /// Returns the files that some `mod` reaches.
    pub(super) fn reached(&self) -> BTreeSet<&'a str> {
        self.modules.iter().map(|module| module.file.path()).collect()
    }

    /// Returns true if a module is `outer` or is nested in it.
    pub(super) fn is_within(&self, module: usize, outer: usize) -> bool {
        let mut at = Some(module);
        std::iter::from_fn(|| {
            let module = at?;
            at = self.modules[module].parent;
            Some(module)
        })
        .any(|it| it == outer)
    }

    /// Resolves a path in a module; returns `None` if its first name is not a name of this crate.
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
                // A name that can't be found is made by a macro, and is attributed to the module.
                _ => self
                    .member(module, name, wanted_at(rest.len() - at - 1), asked)
                    .unwrap_or(Target::Item(module)),
            };
        }
        Some(target)
    }

    /// Resolves a name in a module: a child module, an item or an import.
    fn member(&self, module: usize, name: &str, wanted: Wanted, asked: &mut Vec<Question>) -> Option<Target> {
        let question = (module, name.to_owned(), wanted);
        // Imports may be cyclic: `use a::a`, or two globs that import each other.
        if asked.contains(&question) {
            return None;
        }
        asked.push(question);
        let it = &self.modules[module];
        let child = it.children.get(name).map(|child| Target::Module(*child));
        let item = it.names.items.contains(name).then_some(Target::Item(module));
        let imported = || self.imported(module, name, wanted, asked);
        // A module and a function may have the same name: the wanted kind comes first.
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

    /// Resolves a name by the glob imports of a module; also returns the index of the import.
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

    /// Returns the index of the glob import that a name comes from, unless another binding shadows it.
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

    /// Returns true if a module belongs to a program rather than to the library.
    fn is_program(&self, module: usize) -> bool {
        self.root(module) != 0
    }

    fn step(&self, module: usize, name: &str) -> Option<usize> {
        if name == "super" { self.modules[module].parent } else { Some(module) }
    }
}

/// Where a module is.
struct Place {
    /// Folder with the files of its child modules.
    folder: String,
    parent: Option<usize>,
    test: bool,
}

/// A question that is being resolved, so that it is not asked again on the way to its answer.
type Question = (usize, String, Wanted);

/// Returns true if a path below `src/` is the root of a crate: `lib.rs`, `main.rs`, `bin/NAME.rs`, `bin/NAME/main.rs`.
fn is_root(path: Option<&str>) -> bool {
    let Some(path) = path.and_then(|path| path.strip_suffix(".rs")) else { return false };
    match path.strip_prefix("bin/") {
        Some(program) => {
            !program.contains('/') || program.matches('/').count() == 1 && program.ends_with("/main")
        }
        None => path == "lib" || path == "main",
    }
}
