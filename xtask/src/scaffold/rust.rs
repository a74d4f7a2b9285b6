//! Edits Rust files: a place is found in the syntax tree, the surrounding text is kept, and rustfmt formats the result.

use std::io::Write as _;
use std::ops::Range;
use std::path::Path;
use std::process::{Command, Stdio};

use syn::spanned::Spanned as _;
use syn::{Expr, Item};

use crate::Error;

/// A list in the source.
#[derive(Debug)]
struct List {
    /// Offset of its closing bracket.
    end: usize,
    /// Whether a comma is needed before another element.
    comma: bool,
}

fn parse(path: &str, text: &str) -> Result<syn::File, Error> {
    syn::parse_file(text).map_err(|error| {
        let start = error.span().start();
        Error::Usage(format!("{path}:{}: not Rust: {error}", start.line))
    })
}

fn missing(path: &str, what: &str) -> Error {
    Error::Usage(format!(
        "{path}: {what} is not where it was; put it back, or teach xtask/src/scaffold its new place"
    ))
}

/// Returns the value of a constant or a static.
fn value<'a>(file: &'a syn::File, name: &str) -> Option<&'a Expr> {
    file.items.iter().find_map(|item| match item {
        Item::Const(it) if it.ident == name => Some(&*it.expr),
        Item::Static(it) if it.ident == name => Some(&*it.expr),
        _ => None,
    })
}

fn list(expr: &Expr) -> Option<List> {
    match expr {
        Expr::Reference(it) => list(&it.expr),
        Expr::Array(it) => Some(List {
            end: it.bracket_token.span.close().byte_range().start,
            comma: !it.elems.is_empty() && !it.elems.trailing_punct(),
        }),
        _ => None,
    }
}

fn insert(text: &str, list: &List, element: &str) -> String {
    let (before, after) = text.split_at(list.end);
    let comma = if list.comma { ", " } else { "" };
    let end = if element.trim_end().ends_with(',') { "" } else { "," };
    format!("{before}{comma}{element}{end}{after}")
}

/// Appends an element to a constant list.
pub(super) fn push(path: &str, text: &str, name: &str, element: &str) -> Result<String, Error> {
    let file = parse(path, text)?;
    let list =
        value(&file, name).and_then(list).ok_or_else(|| missing(path, &format!("the list `{name}`")))?;
    Ok(insert(text, &list, element))
}

/// Appends an element to a list that is a field of a constant.
pub(super) fn push_field(
    path: &str,
    text: &str,
    name: &str,
    field: &str,
    element: &str,
) -> Result<String, Error> {
    let file = parse(path, text)?;
    let of = |expr: &Expr| match expr {
        Expr::Struct(it) => it
            .fields
            .iter()
            .find(|it| matches!(&it.member, syn::Member::Named(name) if name == field))
            .and_then(|it| list(&it.expr)),
        _ => None,
    };
    let list = value(&file, name).and_then(of);
    let list = list.ok_or_else(|| missing(path, &format!("the list `{field}` of `{name}`")))?;
    Ok(insert(text, &list, element))
}

/// Returns true if the source defines a constant or a static with this name.
pub(super) fn has(path: &str, text: &str, name: &str) -> Result<bool, Error> {
    Ok(value(&parse(path, text)?, name).is_some())
}

/// Declares a module before the first declared one; rustfmt sorts the declarations.
pub(super) fn declare(path: &str, text: &str, declaration: &str) -> Result<String, Error> {
    let file = parse(path, text)?;
    let first = file.items.iter().find(|item| matches!(item, Item::Mod(it) if it.content.is_none()));
    let at = first.map(|it| it.span().byte_range().start);
    let at = at.ok_or_else(|| missing(path, "the first `mod`"))?;
    let (before, after) = text.split_at(at);
    Ok(format!("{before}{declaration}\n{after}"))
}

/// Returns the names of the variants of an enum.
pub(super) fn variants(path: &str, text: &str, name: &str) -> Result<Vec<String>, Error> {
    let file = parse(path, text)?;
    let found = file.items.iter().find_map(|item| match item {
        Item::Enum(it) if it.ident == name => {
            Some(it.variants.iter().map(|it| it.ident.to_string()).collect())
        }
        _ => None,
    });
    found.ok_or_else(|| missing(path, &format!("the enum `{name}`")))
}

/// Imports a second name from the module below `super` that the first name is imported from.
pub(super) fn import_beside(path: &str, text: &str, first: &str, name: &str) -> Result<String, Error> {
    let file = parse(path, text)?;
    let trees = file.items.iter().filter_map(|item| match item {
        Item::Use(it) => match &it.tree {
            syn::UseTree::Path(path) if path.ident == "super" => Some(leaves(&path.tree)),
            _ => None,
        },
        _ => None,
    });
    let mut place: Option<(Range<usize>, bool)> = None;
    for tree in trees {
        match tree {
            syn::UseTree::Name(it) if it.ident == first => place = Some((it.span().byte_range(), true)),
            syn::UseTree::Group(group) => {
                let found = |wanted: &str| {
                    let names = group.items.iter();
                    names.filter(|it| matches!(it, syn::UseTree::Name(it) if it.ident == wanted)).last()
                };
                if found(name).is_some() {
                    return Ok(text.to_owned());
                }
                place = found(first).map(|it| (it.span().byte_range(), false)).or(place);
            }
            _ => {}
        }
    }
    let (range, alone) = place.ok_or_else(|| missing(path, &format!("the import of `{first}`")))?;
    let both = if alone { format!("{{{first}, {name}}}") } else { format!("{first}, {name}") };
    Ok(format!("{}{both}{}", &text[..range.start], &text[range.end..]))
}

/// Returns the last part of a `use` path: a name or a group.
fn leaves(mut tree: &syn::UseTree) -> &syn::UseTree {
    while let syn::UseTree::Path(path) = tree {
        tree = &path.tree;
    }
    tree
}

/// Formats the source with rustfmt and the settings of the repository.
pub(super) fn format(root: &Path, path: &str, text: &str) -> Result<String, Error> {
    let failed = |why: String| Error::Usage(format!("rustfmt, for {path}: {why}"));
    let program = std::env::var_os("RUSTFMT").unwrap_or_else(|| "rustfmt".into());
    let mut child = Command::new(program)
        .args(["--edition", "2024", "--quiet", "--config-path"])
        .arg(root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(format!("{error}; `rustup component add rustfmt` brings it")))?;
    // rustfmt reads everything before it writes, so writing all input first can't block.
    if let Some(mut input) = child.stdin.take() {
        input.write_all(text.as_bytes()).map_err(|error| failed(error.to_string()))?;
    }
    let output = child.wait_with_output().map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    String::from_utf8(output.stdout).map_err(|error| failed(error.to_string()))
}

/// Wraps a text into comment lines of at most the repository's width.
pub(super) fn comment(mark: &str, text: &str) -> String {
    const WIDTH: usize = 120;
    let mut lines = vec![mark.to_owned()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= WIDTH => *line += &format!(" {word}"),
            _ => lines.push(format!("{mark} {word}")),
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_comes_last_and_the_rest_stays() {
        let text = "// é\nconst A: &[&str] = &[\"x\"]; // why\nstatic B: &[u8] = &[\n    1, // one\n];\n";
        let pushed = push("a.rs", text, "A", "\"y\"").unwrap();
        assert!(pushed.contains("&[\"x\", \"y\",]; // why"), "{pushed}");
        let pushed = push("a.rs", text, "B", "2").unwrap();
        assert!(pushed.contains("    1, // one\n2,];"), "{pushed}");
        assert!(push("a.rs", text, "C", "2").unwrap_err().to_string().contains("the list `C`"));
        let text = "const C: Check = Check { cites: &[\"A\"], plan };\n";
        let pushed = push_field("a.rs", text, "C", "cites", "\"B\"").unwrap();
        assert!(pushed.contains("&[\"A\", \"B\",], plan"), "{pushed}");
    }

    #[test]
    fn a_name_is_imported_once() {
        let both = |text: &str| import_beside("a.rs", text, "Fault", "Need").unwrap();
        assert_eq!(both("use super::fault::Fault;\n"), "use super::fault::{Fault, Need};\n");
        assert_eq!(both("use super::{Fault, ids};\n"), "use super::{Fault, Need, ids};\n");
        assert_eq!(both("use super::{Fault, Need};\n"), "use super::{Fault, Need};\n");
        assert!(import_beside("a.rs", "use super::tools::sum;\n", "Fault", "Need").is_err());
    }

    #[test]
    fn comments_break_between_words() {
        assert_eq!(comment("//!", "One line."), "//! One line.");
        let long = comment("//!", &"word ".repeat(40));
        assert!(
            long.lines().count() == 2 && long.lines().all(|it| it.starts_with("//! word") && it.len() <= 120)
        );
    }
}
