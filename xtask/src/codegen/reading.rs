//! Gives the generated types their own readers: promised fields are required, and everything else is read where
//! possible.
//!
//! A client that refuses a whole answer because of a field that nobody promised reports an error after the money is
//! gone. serde's derive does that: a date as text where milliseconds were expected fails the whole answer. So each type
//! of an answer gets its own reader instead, built on `crate::answer::Object`.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::quote;
use syn::punctuated::Punctuated;
use syn::{Attribute, Field, Item, ItemStruct, Token, Type};

/// Replaces the derived readers of the types with these names. Source in an unexpected form is left as it is; the tests
/// of `generated` show what it then fails to read.
pub(super) fn tolerant(tokens: TokenStream, answers: &BTreeSet<String>) -> TokenStream {
    let Ok(mut file) = syn::parse2::<syn::File>(tokens.clone()) else { return tokens };
    for item in &mut file.items {
        if let Item::Mod(module) = item
            && module.ident == "types"
            && let Some((_, items)) = &mut module.content
        {
            let mut readers = Vec::new();
            for item in items.iter_mut() {
                if let Item::Struct(it) = item
                    && answers.contains(&it.ident.to_string())
                    && take_derive(&mut it.attrs)
                {
                    readers.push(Item::Verbatim(reader(it)));
                }
            }
            items.extend(readers);
        }
    }
    quote! { #file }
}

/// Removes `Deserialize` from a derive; returns true if it was there.
fn take_derive(attributes: &mut [Attribute]) -> bool {
    for attribute in attributes.iter_mut().filter(|it| it.path().is_ident("derive")) {
        let Ok(list) = attribute.parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated) else {
            continue;
        };
        let named = |path: &syn::Path| path.segments.last().is_some_and(|last| last.ident == "Deserialize");
        let kept: Vec<&syn::Path> = list.iter().filter(|path| !named(path)).collect();
        if kept.len() < list.len() {
            *attribute = syn::parse_quote! { #[derive(#(#kept),*)] };
            return true;
        }
    }
    false
}

/// Generates the `impl Deserialize` of a struct.
fn reader(it: &ItemStruct) -> TokenStream {
    let name = &it.ident;
    let (rest, fields): (Vec<&Field>, Vec<&Field>) =
        it.fields.iter().partition(|field| has(field, "flatten"));
    let reads = fields.iter().map(|field| {
        let ident = &field.ident;
        let wire = renamed(field);
        if optional(&field.ty) || has(field, "default") {
            quote! { #ident: answer.optional(#wire) }
        } else {
            quote! { #ident: answer.required(#wire)? }
        }
    });
    // The flattened field comes last, since it takes everything that the other fields left.
    let rest = rest.iter().map(|field| {
        let ident = &field.ident;
        quote! { #ident: answer.rest() }
    });
    quote! {
        impl<'de> ::serde::Deserialize<'de> for #name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                let mut answer = crate::answer::Object::read(deserializer)?;
                Ok(Self { #(#reads,)* #(#rest,)* })
            }
        }
    }
}

fn optional(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Option"))
}

/// Calls `see` with each item of the `#[serde(...)]` attributes of a field.
fn serde_says(field: &Field, mut see: impl FnMut(&syn::meta::ParseNestedMeta<'_>, Option<String>)) {
    for attribute in field.attrs.iter().filter(|it| it.path().is_ident("serde")) {
        // The attributes come from progenitor; a form that this parser does not know is ignored.
        _ = attribute.parse_nested_meta(|meta| {
            let value = match meta.value() {
                Ok(value) => Some(value.parse::<syn::LitStr>()?.value()),
                Err(_) => None,
            };
            see(&meta, value);
            Ok(())
        });
    }
}

fn has(field: &Field, word: &str) -> bool {
    let mut found = false;
    serde_says(field, |meta, _| found |= meta.path.is_ident(word));
    found
}

/// Returns the name of a field on the wire.
fn renamed(field: &Field) -> String {
    let mut name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
    serde_says(field, |meta, value| {
        if meta.path.is_ident("rename")
            && let Some(value) = value
        {
            name = value;
        }
    });
    name.trim_start_matches("r#").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_of_an_answer_gets_a_reader_and_another_keeps_its_own() {
        let source = quote! {
            pub mod types {
                #[derive(::serde::Deserialize, ::serde::Serialize, Clone)]
                pub struct Told {
                    #[serde(rename = "orderId")]
                    pub order_id: String,
                    #[serde(rename = "createdAt", skip_serializing_if = "Option::is_none")]
                    pub created_at: ::std::option::Option<String>,
                    #[serde(default, skip_serializing_if = "Vec::is_empty")]
                    pub parts: Vec<u8>,
                    #[serde(flatten)]
                    pub extra: Map,
                }
                #[derive(::serde::Deserialize)]
                pub struct Asked { pub id: String }
            }
        };
        let text = tolerant(source, &BTreeSet::from(["Told".to_owned()])).to_string();
        for part in [
            "derive (:: serde :: Serialize , Clone)",
            "order_id : answer . required (\"orderId\") ?",
            "created_at : answer . optional (\"createdAt\")",
            "parts : answer . optional (\"parts\")",
            "extra : answer . rest ()",
            "# [derive (:: serde :: Deserialize)] pub struct Asked",
        ] {
            assert!(text.contains(part), "no `{part}` in {text}");
        }
        assert!(!text.contains("Deserialize < 'de > for Asked"), "{text}");
    }
}
