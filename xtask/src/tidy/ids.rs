//! Requirement ids may only be cited; no code may decide by an id elsewhere. What is true of an id is data in
//! `spec/requirements.yaml`.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use spec::Contract;
use syn::visit::{self, Visit};

use super::imports::names::{attributes, is_test};
use super::workspace::Checker;

/// Sources in which no ids are allowed. `conformance/selftest/` is none of them: the tester is tested id by id.
const WITHOUT: [&str; 2] = ["conformance/src/", "sandbox/src/"];

/// Folders below them in which ids are allowed, and why.
const CITE: [(&str, &str); 2] = [
    ("conformance/src/checks/", "a check cites what it plans and judges"),
    ("sandbox/src/faults/", "a fault declares what it breaks"),
];

/// The folder in which ids are allowed only in rules, the records that say when an order is refused.
const RULES: &str = "conformance/src/order/";

/// Code must not contain requirement ids, except where a check, a rule or a fault cites them.
pub(super) fn requirement_id(checker: &mut Checker<'_>) {
    let parsed = checker.parsed;
    let cites = || CITE.iter().any(|(folder, _)| parsed.path().starts_with(folder));
    let Some(syntax) = parsed.syntax.as_ref().filter(|_| parsed.ships_in(&WITHOUT) && !cites()) else {
        return;
    };
    let in_rules = parsed.path().starts_with(RULES);
    let mut found = Texts { texts: Vec::new(), in_rules, depth: 0 };
    found.visit_file(syntax);
    let ids = Ids::of(checker.contract);
    let place = if in_rules { "outside a `Rule`" } else { "outside checks, rules and faults" };
    for (text, line) in found.texts.into_iter().filter(|(text, _)| ids.has(text)) {
        let message = format!(
            "`{text}` names a requirement {place}; ask the catalogue for what is true of it, or let the caller pass \
             it"
        );
        checker.put(line, message);
    }
}

/// The ids of the catalogue, and their prefixes.
struct Ids<'a> {
    whole: BTreeSet<&'a str>,
    prefixes: BTreeSet<&'a str>,
}

impl<'a> Ids<'a> {
    fn of(contract: &'a Contract) -> Self {
        let catalogue = &contract.catalogue;
        let requirements = catalogue.requirements.iter().map(|it| it.id.as_str());
        let whole: BTreeSet<&str> =
            requirements.chain(catalogue.ambiguities.iter().map(|it| it.id.as_str())).collect();
        let prefixes = whole.iter().flat_map(|id| id.match_indices('-').map(|(at, _)| &id[..at])).collect();
        Self { whole, prefixes }
    }

    /// Returns true if a text is an id or a prefix of ids. An id within a sentence is allowed, since a person reads it.
    fn has(&self, text: &str) -> bool {
        self.whole.contains(text) || self.prefixes.contains(text.strip_suffix('-').unwrap_or(text))
    }
}

/// Collects the texts in shipped code with their lines; texts in rules are left out where rules may cite ids.
struct Texts {
    texts: Vec<(String, usize)>,
    in_rules: bool,
    /// Nesting depth of rules at this point.
    depth: usize,
}

impl Texts {
    fn put(&mut self, text: &syn::LitStr) {
        if !self.in_rules || self.depth == 0 {
            self.texts.push((text.value(), text.span().start().line));
        }
    }

    fn scan(&mut self, stream: TokenStream) {
        for tree in stream {
            match tree {
                TokenTree::Group(group) => self.scan(group.stream()),
                TokenTree::Literal(literal) => {
                    if let syn::Lit::Str(text) = syn::Lit::new(literal) {
                        self.put(&text);
                    }
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
    }

    fn rule(&mut self, is_rule: bool, work: impl FnOnce(&mut Self)) {
        self.depth += usize::from(is_rule);
        work(self);
        self.depth -= usize::from(is_rule);
    }
}

/// Returns true if a path names a rule or constructs one: `Rule`, `Rule::surely`, `Refusal::Open`.
fn names_rule(path: &syn::Path) -> bool {
    path.segments.iter().any(|segment| segment.ident == "Rule" || segment.ident == "Refusal")
}

impl Visit<'_> for Texts {
    fn visit_item(&mut self, item: &syn::Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_expr_struct(&mut self, expr: &syn::ExprStruct) {
        self.rule(names_rule(&expr.path), |it| visit::visit_expr_struct(it, expr));
    }

    fn visit_expr_call(&mut self, call: &syn::ExprCall) {
        let is_rule = matches!(&*call.func, syn::Expr::Path(function) if names_rule(&function.path));
        self.rule(is_rule, |it| visit::visit_expr_call(it, call));
    }

    /// A list of rules is recognised by its type: `const RULES: &[Rule] = &[surely("COUNT-LOW", …)]`.
    fn visit_item_const(&mut self, item: &syn::ItemConst) {
        let mut of_rules = TypeOfRules(false);
        of_rules.visit_type(&item.ty);
        self.rule(of_rules.0, |it| visit::visit_item_const(it, item));
    }

    fn visit_item_static(&mut self, item: &syn::ItemStatic) {
        let mut of_rules = TypeOfRules(false);
        of_rules.visit_type(&item.ty);
        self.rule(of_rules.0, |it| visit::visit_item_static(it, item));
    }

    /// The code in a closure of a rule is checked like any other code.
    fn visit_expr_closure(&mut self, closure: &syn::ExprClosure) {
        let depth = std::mem::take(&mut self.depth);
        visit::visit_expr_closure(self, closure);
        self.depth = depth;
    }

    fn visit_lit_str(&mut self, text: &syn::LitStr) {
        self.put(text);
    }

    fn visit_macro(&mut self, call: &syn::Macro) {
        self.scan(call.tokens.clone());
    }

    /// Comments and attributes may contain any id.
    fn visit_attribute(&mut self, _: &syn::Attribute) {}
}

/// Whether a type contains rules.
struct TypeOfRules(bool);

impl Visit<'_> for TypeOfRules {
    fn visit_path(&mut self, path: &syn::Path) {
        self.0 |= names_rule(path);
        visit::visit_path(self, path);
    }
}
