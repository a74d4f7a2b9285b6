//! Rules about errors: they must have types, since a program can't act on a text.

use std::collections::BTreeSet;

use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Expr, GenericArgument, PathArguments, Type};

use super::imports::names::{attributes, is_test};
use super::workspace::Checker;

/// Functions must not return a text as their error.
pub(super) fn string_error(checker: &mut Checker<'_>) {
    let parsed = checker.parsed;
    let Some(syntax) = parsed.syntax.as_ref().filter(|_| parsed.ships() && !parsed.is_generated()) else {
        return;
    };
    let mut found = StringErrors { lines: BTreeSet::new() };
    found.visit_file(syntax);
    for line in found.lines {
        checker.put(
            line,
            "an error that is a text; give it a type with `thiserror`, one variant for each cause",
        );
    }
}

/// Collects the lines with `Result<_, String>` and `type Err = String`.
struct StringErrors {
    lines: BTreeSet<usize>,
}

impl Visit<'_> for StringErrors {
    fn visit_item(&mut self, item: &syn::Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_path_segment(&mut self, segment: &syn::PathSegment) {
        if segment.ident == "Result"
            && let PathArguments::AngleBracketed(arguments) = &segment.arguments
            && let Some(GenericArgument::Type(error)) = arguments.args.iter().nth(1)
            && is_text(error)
        {
            self.lines.insert(segment.span().start().line);
        }
        visit::visit_path_segment(self, segment);
    }

    fn visit_impl_item_type(&mut self, item: &syn::ImplItemType) {
        if (item.ident == "Err" || item.ident == "Error") && is_text(&item.ty) {
            self.lines.insert(item.span().start().line);
        }
        visit::visit_impl_item_type(self, item);
    }
}

/// Returns true if a type is a text: `String`, `&str`, `Box<str>`, `Cow<'_, str>`.
fn is_text(ty: &Type) -> bool {
    match ty {
        Type::Reference(it) => is_text(&it.elem),
        Type::Paren(it) => is_text(&it.elem),
        Type::Path(it) => it.path.segments.last().is_some_and(|last| match &last.arguments {
            PathArguments::AngleBracketed(arguments)
                if ["Arc", "Box", "Cow", "Rc"].iter().any(|it| last.ident == it) =>
            {
                arguments.args.iter().any(|it| matches!(it, GenericArgument::Type(it) if is_text(it)))
            }
            _ => last.ident == "String" || last.ident == "str",
        }),
        _ => false,
    }
}

/// Code must not depend on the wording of an error: another version of its crate may word it differently.
pub(super) fn error_text(checker: &mut Checker<'_>) {
    let parsed = checker.parsed;
    let Some(syntax) = parsed.syntax.as_ref().filter(|_| parsed.ships() && !parsed.is_generated()) else {
        return;
    };
    let mut found = ErrorTexts { texts: BTreeSet::new(), lines: BTreeSet::new() };
    found.visit_file(syntax);
    for line in found.lines {
        checker.put(
            line,
            "an error is recognised by its wording; ask for its kind, or find out before it can happen",
        );
    }
}

/// Methods that examine a text.
const LOOKS: [&str; 8] =
    ["contains", "ends_with", "eq", "find", "matches", "starts_with", "strip_prefix", "strip_suffix"];

/// Methods that keep the content of a text.
const KEEPS: [&str; 9] = [
    "as_bytes",
    "as_str",
    "borrow",
    "clone",
    "lines",
    "to_ascii_lowercase",
    "to_lowercase",
    "to_owned",
    "trim",
];

/// Collects the lines that examine the text of an error.
struct ErrorTexts {
    /// Variables of the current function that hold the text of an error.
    texts: BTreeSet<String>,
    lines: BTreeSet<usize>,
}

impl ErrorTexts {
    /// Returns true if an expression is the text of an error.
    fn says(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Reference(it) => self.says(&it.expr),
            Expr::Paren(it) => self.says(&it.expr),
            Expr::MethodCall(it) if it.method == "to_string" => is_error(&it.receiver),
            Expr::MethodCall(it) => KEEPS.iter().any(|keeps| it.method == keeps) && self.says(&it.receiver),
            Expr::Path(it) => it.path.get_ident().is_some_and(|name| self.texts.contains(&name.to_string())),
            _ => false,
        }
    }

    /// Visits a function or another item, which has variables of its own.
    fn function(&mut self, work: impl FnOnce(&mut Self)) {
        let outer = std::mem::take(&mut self.texts);
        work(self);
        self.texts = outer;
    }
}

impl Visit<'_> for ErrorTexts {
    fn visit_item(&mut self, item: &syn::Item) {
        if !is_test(attributes(item)) {
            self.function(|it| visit::visit_item(it, item));
        }
    }

    fn visit_impl_item_fn(&mut self, item: &syn::ImplItemFn) {
        self.function(|it| visit::visit_impl_item_fn(it, item));
    }

    fn visit_local(&mut self, local: &syn::Local) {
        visit::visit_local(self, local);
        if let (syn::Pat::Ident(name), Some(init)) = (&local.pat, &local.init) {
            let name = name.ident.to_string();
            // A later variable of the same name may hold something else.
            if self.says(&init.expr) {
                self.texts.insert(name)
            } else {
                self.texts.remove(&name)
            };
        }
    }

    fn visit_expr_method_call(&mut self, call: &syn::ExprMethodCall) {
        if LOOKS.iter().any(|looks| call.method == looks) && self.says(&call.receiver) {
            self.lines.insert(call.method.span().start().line);
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_binary(&mut self, expr: &syn::ExprBinary) {
        let compares = matches!(expr.op, syn::BinOp::Eq(_) | syn::BinOp::Ne(_));
        if compares && (self.says(&expr.left) || self.says(&expr.right)) {
            self.lines.insert(expr.op.span().start().line);
        }
        visit::visit_expr_binary(self, expr);
    }

    fn visit_expr_match(&mut self, expr: &syn::ExprMatch) {
        if self.says(&expr.expr) {
            self.lines.insert(expr.span().start().line);
        }
        visit::visit_expr_match(self, expr);
    }
}

/// Returns true if an expression is an error, judged by usual names of errors, since no types are known here.
fn is_error(expr: &Expr) -> bool {
    let name = |name: &syn::Ident| {
        let name = name.to_string();
        ["cause", "e", "err", "error", "failure", "source"].contains(&name.as_str())
            || name.ends_with("_error")
            || name.ends_with("_err")
    };
    match expr {
        Expr::Reference(it) => is_error(&it.expr),
        Expr::Paren(it) => is_error(&it.expr),
        Expr::Unary(it) => is_error(&it.expr),
        Expr::Path(it) => it.path.get_ident().is_some_and(name),
        Expr::Field(it) => matches!(&it.member, syn::Member::Named(member) if name(member)),
        Expr::MethodCall(it) => it.method == "unwrap_err" || it.method == "expect_err",
        _ => false,
    }
}
