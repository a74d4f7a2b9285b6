//! Splits Rust code into tokens, without comments and tests; an attribute is one token.

use std::str::FromStr as _;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The kind of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    Number,
    /// A string without its quotes.
    Text,
    /// An attribute, as one token.
    Attribute,
    Other,
}

/// One token of code that ships.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) text: String,
    /// Line, counted from 1.
    pub(super) line: usize,
}

/// Returns the tokens of a file, or the line of a syntax error.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, usize> {
    let stream = TokenStream::from_str(text).map_err(|error| error.span().start().line)?;
    let mut found = Vec::new();
    flatten(stream, &mut found);
    Ok(found)
}

fn flatten(stream: TokenStream, found: &mut Vec<Token>) {
    let mut trees = stream.into_iter().peekable();
    // An item under `#[cfg(test)]` ends with its braces or its semicolon.
    let mut in_test = false;
    while let Some(tree) = trees.next() {
        let line = tree.span().start().line;
        let mut push = |kind, text: String| found.push(Token { kind, text, line });
        match tree {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                let inner = trees.next_if(|next| matches!(next, TokenTree::Punct(it) if it.as_char() == '!'));
                let attribute = trees.next_if(
                    |next| matches!(next, TokenTree::Group(it) if it.delimiter() == Delimiter::Bracket),
                );
                if let Some(TokenTree::Group(attribute)) = attribute {
                    let text = attribute.stream().to_string().replace(' ', "");
                    in_test |= inner.is_none() && (text == "test" || text.starts_with("cfg(test"));
                    if !text.starts_with("doc") && !in_test {
                        push(Kind::Attribute, text);
                    }
                }
            }
            TokenTree::Group(group) => {
                let ends = group.delimiter() == Delimiter::Brace;
                if !in_test {
                    flatten(group.stream(), found);
                }
                in_test &= !ends;
            }
            TokenTree::Punct(punct) if punct.as_char() == ';' => in_test = false,
            _ if in_test => {}
            TokenTree::Ident(word) => push(Kind::Word, word.to_string()),
            TokenTree::Literal(literal) => match syn::Lit::new(literal) {
                syn::Lit::Str(text) => push(Kind::Text, text.value()),
                syn::Lit::Int(number) => push(Kind::Number, number.base10_digits().to_owned()),
                other => push(Kind::Other, quote_free(&other)),
            },
            TokenTree::Punct(punct) => push(Kind::Other, punct.as_char().to_string()),
        }
    }
}

/// Returns the text of a literal that no rule examines.
fn quote_free(literal: &syn::Lit) -> String {
    match literal {
        syn::Lit::Float(number) => number.base10_digits().to_owned(),
        syn::Lit::Bool(value) => value.value.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_comments_and_attributes_do_not_ship() {
        let text = "//! 402\n/// 403\n#[cfg(test)]\nmod tests { const A: u16 = 402; }\n#[test]\nfn a() { 402; }\n\
                    #[derive(Debug)]\nstruct B(u16);\nconst C: &str = \"x\";\n";
        let found: Vec<_> = tokens(text).unwrap().into_iter().map(|token| (token.text, token.line)).collect();
        assert!(found.iter().all(|(text, _)| !text.contains("40")), "{found:?}");
        assert!(found.contains(&("derive(Debug)".to_owned(), 7)), "{found:?}");
        assert!(found.contains(&("x".to_owned(), 9)), "{found:?}");
        assert_eq!(tokens("fn a() {\n  (\n}\n").unwrap_err(), 3);
    }
}
