//! Collects the names that a piece of Rust mentions: its `use` declarations, and the paths in its types, expressions,
//! macros and attributes.
//!
//! It reads the syntax alone; [`super::tree`] resolves what a name refers to.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree, Visibility};

/// How much of the syntax is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tidy) enum Extent {
    /// One module: no nested modules, and nothing that is built for tests only.
    Module,
    /// Everything that ships, including nested modules.
    Shipped,
    /// Everything, including tests.
    Everything,
}

/// What a `use` brings into scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tidy) enum Binding {
    /// One name.
    Name(String),
    /// Everything in a module or an enum.
    Glob,
    /// The methods of a trait: `use Trait as _`.
    Unnamed,
}

/// One leaf of a `use` declaration.
#[derive(Debug, Clone)]
pub(in crate::tidy) struct Import {
    /// The imported path.
    pub(in crate::tidy) path: Vec<String>,
    pub(in crate::tidy) binding: Binding,
    /// Whether others may import it from here: `pub use`, also `pub(crate) use`.
    pub(in crate::tidy) reexport: bool,
    pub(in crate::tidy) line: usize,
}

/// One path in the code.
#[derive(Debug, Clone)]
pub(in crate::tidy) struct Mention {
    pub(in crate::tidy) path: Vec<String>,
    pub(in crate::tidy) line: usize,
}

/// A `mod` declaration.
#[derive(Clone, Copy)]
pub(in crate::tidy) struct Declaration<'s> {
    pub(in crate::tidy) item: &'s syn::ItemMod,
    /// Whether the module is built for tests only.
    pub(in crate::tidy) test: bool,
}

/// The names that were collected.
pub(in crate::tidy) struct Names<'s> {
    pub(in crate::tidy) imports: Vec<Import>,
    pub(in crate::tidy) mentions: Vec<Mention>,
    /// Modules that the code declares.
    pub(in crate::tidy) modules: Vec<Declaration<'s>>,
    /// Names of the items that the code defines.
    pub(in crate::tidy) items: BTreeSet<String>,
    /// Names that patterns bind: a path of one such name is a variable.
    pub(in crate::tidy) variables: BTreeSet<String>,
    extent: Extent,
}

impl<'s> Names<'s> {
    /// Collects the names in these items.
    pub(in crate::tidy) fn of(items: &'s [Item], extent: Extent) -> Self {
        let mut names = Self {
            imports: Vec::new(),
            mentions: Vec::new(),
            modules: Vec::new(),
            items: BTreeSet::new(),
            variables: BTreeSet::new(),
            extent,
        };
        for item in items {
            names.items.extend(defined(item).map(ToString::to_string));
            names.visit_item(item);
        }
        names
    }

    fn leaf(&mut self, prefix: &[String], tree: &UseTree, reexport: bool) {
        let with = |name: String| prefix.iter().cloned().chain([name]).collect::<Vec<_>>();
        let (path, binding) = match tree {
            UseTree::Path(path) => return self.leaf(&with(path.ident.to_string()), &path.tree, reexport),
            UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.leaf(prefix, tree, reexport));
            }
            UseTree::Glob(_) => (prefix.to_vec(), Binding::Glob),
            UseTree::Name(it) if it.ident == "self" => {
                (prefix.to_vec(), Binding::Name(prefix.last().cloned().unwrap_or_default()))
            }
            UseTree::Name(it) => (with(it.ident.to_string()), Binding::Name(it.ident.to_string())),
            UseTree::Rename(it) => {
                let path = if it.ident == "self" { prefix.to_vec() } else { with(it.ident.to_string()) };
                let unnamed = it.rename == "_";
                (path, if unnamed { Binding::Unnamed } else { Binding::Name(it.rename.to_string()) })
            }
        };
        self.imports.push(Import { path, binding, reexport, line: tree.span().start().line });
    }

    /// Collects paths from the tokens of a macro or an attribute, which have no known grammar.
    fn scan(&mut self, stream: TokenStream) {
        let mut trees = stream.into_iter().peekable();
        // The token before a name shows whether the name can begin a path: a field follows `.`, a lifetime `'`.
        let mut before = ' ';
        while let Some(tree) = trees.next() {
            match tree {
                TokenTree::Ident(first) => {
                    let line = first.span().start().line;
                    let mut path = vec![first.to_string()];
                    while let Some(next) = path_step(&mut trees) {
                        path.push(next);
                    }
                    let is_name = path.len() > 1 || !matches!(before, '.' | '\'' | '$');
                    if is_name {
                        self.mentions.push(Mention { path, line });
                    }
                    before = ' ';
                }
                TokenTree::Group(group) => {
                    self.scan(group.stream());
                    before = if group.delimiter() == Delimiter::None { before } else { ' ' };
                }
                TokenTree::Punct(punct) => before = punct.as_char(),
                TokenTree::Literal(_) => before = ' ',
            }
        }
    }

    /// Collects paths that an attribute gives as a text: `#[serde(with = "crate::wire")]`.
    fn scan_texts(&mut self, stream: TokenStream) {
        for tree in stream {
            let line = tree.span().start().line;
            match tree {
                TokenTree::Group(group) => self.scan_texts(group.stream()),
                TokenTree::Literal(literal) => {
                    let syn::Lit::Str(text) = syn::Lit::new(literal) else { continue };
                    if let Ok(path) = text.parse::<syn::Path>() {
                        self.mentions.push(Mention { path: segments(&path), line });
                    }
                }
                _ => {}
            }
        }
    }
}

impl<'s> Visit<'s> for Names<'s> {
    fn visit_item(&mut self, item: &'s Item) {
        if self.extent == Extent::Everything || !is_test(attributes(item)) {
            visit::visit_item(self, item);
        } else if let Item::Mod(item) = item {
            self.modules.push(Declaration { item, test: true });
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'s syn::ImplItemFn) {
        if self.extent == Extent::Everything || !is_test(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'s syn::ItemMod) {
        self.modules.push(Declaration { item, test: false });
        if self.extent != Extent::Module {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'s syn::ItemUse) {
        let reexport = !matches!(item.vis, Visibility::Inherited);
        self.leaf(&[], &item.tree, reexport);
    }

    fn visit_path(&mut self, path: &'s syn::Path) {
        self.mentions.push(Mention { path: segments(path), line: path.span().start().line });
        visit::visit_path(self, path);
    }

    fn visit_pat_ident(&mut self, pattern: &'s syn::PatIdent) {
        self.variables.insert(pattern.ident.to_string());
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_macro(&mut self, call: &'s syn::Macro) {
        self.visit_path(&call.path);
        self.scan(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'s Attribute) {
        if attribute.path().is_ident("doc") {
            return;
        }
        self.mentions
            .push(Mention { path: segments(attribute.path()), line: attribute.path().span().start().line });
        if let syn::Meta::List(list) = &attribute.meta {
            self.scan(list.tokens.clone());
            self.scan_texts(list.tokens.clone());
        }
    }

    /// A visibility such as `pub(in crate::tidy)` needs nothing of the module that it names.
    fn visit_visibility(&mut self, _: &'s Visibility) {}
}

/// Returns the next name of a path, if `::` and a name follow.
fn path_step(trees: &mut std::iter::Peekable<proc_macro2::token_stream::IntoIter>) -> Option<String> {
    let is_colon = |tree: &TokenTree, spacing: Option<Spacing>| matches!(tree, TokenTree::Punct(it) if it.as_char() == ':' && spacing.is_none_or(|wanted| it.spacing() == wanted));
    trees.next_if(|tree| is_colon(tree, Some(Spacing::Joint)))?;
    trees.next_if(|tree| is_colon(tree, None))?;
    let TokenTree::Ident(name) = trees.next_if(|tree| matches!(tree, TokenTree::Ident(_)))? else {
        return None;
    };
    Some(name.to_string())
}

fn segments(path: &syn::Path) -> Vec<String> {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}

/// Returns the name that an item defines, if any.
fn defined(item: &Item) -> Option<&syn::Ident> {
    Some(match item {
        Item::Const(it) => &it.ident,
        Item::Enum(it) => &it.ident,
        Item::Fn(it) => &it.sig.ident,
        Item::Macro(it) => it.ident.as_ref()?,
        Item::Static(it) => &it.ident,
        Item::Struct(it) => &it.ident,
        Item::Trait(it) => &it.ident,
        Item::TraitAlias(it) => &it.ident,
        Item::Type(it) => &it.ident,
        Item::Union(it) => &it.ident,
        _ => return None,
    })
}

/// Returns the attributes of an item.
pub(in crate::tidy) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(it) => &it.attrs,
        Item::Enum(it) => &it.attrs,
        Item::ExternCrate(it) => &it.attrs,
        Item::Fn(it) => &it.attrs,
        Item::ForeignMod(it) => &it.attrs,
        Item::Impl(it) => &it.attrs,
        Item::Macro(it) => &it.attrs,
        Item::Mod(it) => &it.attrs,
        Item::Static(it) => &it.attrs,
        Item::Struct(it) => &it.attrs,
        Item::Trait(it) => &it.attrs,
        Item::TraitAlias(it) => &it.attrs,
        Item::Type(it) => &it.attrs,
        Item::Union(it) => &it.attrs,
        Item::Use(it) => &it.attrs,
        _ => &[],
    }
}

/// Returns true if an item with these attributes is built for tests only: `#[test]`, `#[tokio::test]`, `#[cfg(test)]`,
/// `#[cfg(all(test, …))]`.
pub(in crate::tidy) fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string().replace(' ', "");
            condition == "test" || condition.starts_with("all(test,") || condition == "all(test)"
        }
        meta => meta.path().segments.last().is_some_and(|last| last.ident == "test"),
    })
}
