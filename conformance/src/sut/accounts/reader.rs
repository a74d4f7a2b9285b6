//! Reads TOML with positions: typed access to tables that records mistakes and continues.

use std::cell::RefCell;
use std::ops::Range;

use spec::Pesewas;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::mistake::Mistake;
use crate::hint::hint;

/// A text and the mistakes that were found in it.
pub(crate) struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    /// The mistakes, each with the offset by which they are sorted.
    mistakes: RefCell<Vec<(usize, Mistake)>>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text, mistakes: RefCell::default() }
    }

    /// Returns the document as far as it can be parsed, and whether parts of it can't be.
    pub(crate) fn document(&self) -> (DeTable<'a>, bool) {
        let (document, errors) = DeTable::parse_recoverable(self.text);
        for error in &errors {
            let at = error.span().map_or(0, |span| span.start);
            self.put(at, format!("not TOML: {}", error.message()));
        }
        (document.into_inner(), !errors.is_empty())
    }

    /// Returns the outermost table. If the document is `broken`, no key is reported as missing.
    pub(crate) fn root<'d>(&'d self, document: &'d DeTable<'d>, broken: bool) -> Table<'d> {
        Table { reader: self, table: document, at: 0, what: "the file".to_owned(), broken }
    }

    /// Returns all mistakes, in the order of the file.
    pub(crate) fn into_mistakes(self) -> Vec<Mistake> {
        let mut mistakes = self.mistakes.into_inner();
        mistakes.sort_by_key(|(at, _)| *at);
        mistakes.dedup();
        mistakes.into_iter().map(|(_, mistake)| mistake).collect()
    }

    fn put(&self, at: usize, message: String) {
        let mistake = Mistake { file: self.file.to_owned(), place: Some(self.place(at)), message };
        self.mistakes.borrow_mut().push((at, mistake));
    }

    /// Returns the line and the column of an offset, both from 1. Columns are counted in characters.
    fn place(&self, at: usize) -> (usize, usize) {
        let at = (0..=at.min(self.text.len())).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(0);
        let before = &self.text[..at];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

/// A table of the document.
pub(crate) struct Table<'a> {
    reader: &'a Reader<'a>,
    table: &'a DeTable<'a>,
    /// The offset of the table.
    at: usize,
    /// The table's description in messages.
    what: String,
    broken: bool,
}

impl<'a> Table<'a> {
    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Returns the text under a key. If the value is not a text, returns `None` and reports no mistake.
    pub(crate) fn peek(&self, key: &str) -> Option<&'a str> {
        self.table.get(key)?.get_ref().as_str()
    }

    /// Reads a text.
    pub(crate) fn text(&self, key: &str) -> Option<&'a str> {
        self.typed(key, "a text in quotes", DeValue::as_str)
    }

    /// Reads `true` or `false`.
    pub(crate) fn flag(&self, key: &str) -> Option<bool> {
        self.typed(key, "true or false, without quotes", DeValue::as_bool)
    }

    /// Reads an amount in GHS, which stands in quotes, so that it is never read as a float.
    pub(crate) fn money(&self, key: &str) -> Option<Pesewas> {
        let text = match self.table.get(key)?.get_ref() {
            DeValue::String(text) => text,
            DeValue::Integer(number) => {
                self.wrong(key, format!("an amount stands in quotes: \"{number}\""));
                return None;
            }
            DeValue::Float(number) => {
                self.wrong(key, format!("an amount stands in quotes: \"{number}\""));
                return None;
            }
            _ => return self.typed(key, "an amount in quotes, such as \"4.25\"", |_| None),
        };
        match text.parse::<Pesewas>() {
            Ok(amount) if amount < Pesewas::ZERO => self.wrong(key, format!("`{text}` is below zero")),
            Ok(amount) => return Some(amount),
            Err(error) => self.wrong(key, error.to_string()),
        }
        None
    }

    /// Returns all keys with their values, in the order of the file.
    pub(crate) fn entries(&self) -> Vec<(&'a str, &'a DeValue<'a>)> {
        let mut entries: Vec<_> = self.table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        entries.into_iter().map(|(key, value)| (key.get_ref().as_ref(), value.get_ref())).collect()
    }

    /// Reads a table under a key.
    pub(crate) fn table(&self, key: &str, expected: &str) -> Option<Table<'a>> {
        let table = self.typed(key, expected, DeValue::as_table)?;
        let at = self.table.get(key).map_or(self.at, |value| value.span().start);
        Some(Table { reader: self.reader, table, at, what: format!("`{key}`"), broken: self.broken })
    }

    /// Reads an array of tables, each under a `header` of its own.
    pub(crate) fn tables(&self, key: &str, header: &str) -> Vec<Table<'a>> {
        let expected = format!("a list of tables, each under {header}");
        let Some(list) = self.typed(key, &expected, DeValue::as_array) else { return Vec::new() };
        let tables = list.iter().filter_map(|value| {
            let Some(table) = value.get_ref().as_table() else {
                let message = format!("{} where a table is expected, under {header}", named(value.get_ref()));
                self.reader.put(value.span().start, message);
                return None;
            };
            let (reader, at) = (self.reader, value.span().start);
            Some(Table { reader, table, at, what: header.to_owned(), broken: self.broken })
        });
        tables.collect()
    }

    /// Reports every key that is not one of these.
    pub(crate) fn only(&self, keys: &[&str]) {
        for key in self.table.keys() {
            let name = key.get_ref().as_ref();
            if !keys.contains(&name) {
                let message = format!("unknown key `{name}` in {}{}", self.what, hint(name, keys));
                self.reader.put(key.span().start, message);
            }
        }
    }

    /// Returns true if a text is one of those allowed; reports a mistake otherwise.
    pub(crate) fn one_of(&self, key: &str, text: &str, allowed: &[String]) -> bool {
        let allowed: Vec<&str> = allowed.iter().map(String::as_str).collect();
        let known = allowed.contains(&text);
        if !known {
            self.wrong(key, format!("unknown {key} `{text}`{}", hint(text, &allowed)));
        }
        known
    }

    /// Reports a mistake in the value of a key.
    pub(crate) fn wrong(&self, key: &str, message: String) {
        self.reader.put(self.offset(key), message);
    }

    /// Reports a mistake in a key itself.
    pub(crate) fn wrong_key(&self, key: &str, message: String) {
        let found = self.table.keys().find(|it| it.get_ref().as_ref() == key);
        self.reader.put(found.map_or(self.at, |it| it.span().start), message);
    }

    /// Reports a missing key, unless the document is broken.
    pub(crate) fn missing(&self, key: &str, remedy: &str) {
        if !self.broken {
            self.reader.put(self.at, format!("no `{key}` in {}: {remedy}", self.what));
        }
    }

    /// Returns the line and the column of the value of a key.
    pub(crate) fn place(&self, key: &str) -> (usize, usize) {
        self.reader.place(self.offset(key))
    }

    fn offset(&self, key: &str) -> usize {
        self.table.get(key).map_or(self.at, |value| value.span().start)
    }

    fn typed<T>(&self, key: &str, expected: &str, read: fn(&'a DeValue<'a>) -> Option<T>) -> Option<T> {
        let value: &Spanned<DeValue<'a>> = self.table.get(key)?;
        let span: Range<usize> = value.span();
        let found = read(value.get_ref());
        if found.is_none() {
            let message = format!("`{key}` is {}, and should be {expected}", named(value.get_ref()));
            self.reader.put(span.start, message);
        }
        found
    }
}

/// Returns the name of a value's type with its article.
fn named(value: &DeValue<'_>) -> String {
    let name = value.type_str();
    let article = if name.starts_with(['a', 'i']) { "an" } else { "a" };
    format!("{article} {name}")
}
