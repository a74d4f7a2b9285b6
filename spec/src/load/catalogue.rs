//! Loads the requirements, the open questions and the table of promised fields, and checks that the ids cited by the
//! document exist.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Builder, Reader};
use crate::contract::Roles;
use crate::place::escape;
use crate::promise::Promises;
use crate::requirement::Catalogue;

impl Builder<'_> {
    pub(super) fn catalogue(
        &mut self,
        reader: &Reader,
        limits: Option<(usize, usize)>,
        roles: Option<&Roles>,
    ) -> Option<Catalogue> {
        let mut catalogue: Catalogue = match serde_json::from_value(reader.value.clone()) {
            Ok(catalogue) => catalogue,
            Err(_) => {
                // The entries are parsed one by one, so that each mistake is reported at its place.
                for list in ["requirements", "ambiguities"] {
                    let entries = reader.value.get(list).and_then(Value::as_array);
                    if entries.is_none() {
                        self.problems.push(reader.problem("", format!("`{list}` is not a list")));
                    }
                    for (index, entry) in entries.into_iter().flatten().enumerate() {
                        let error = if list == "requirements" {
                            serde_json::from_value::<crate::Requirement>(entry.clone()).err()
                        } else {
                            serde_json::from_value::<crate::Ambiguity>(entry.clone()).err()
                        };
                        if let Some(error) = error {
                            self.problems
                                .push(reader.problem(&format!("/{list}/{index}"), error.to_string()));
                        }
                    }
                }
                return None;
            }
        };
        let mut seen = BTreeSet::new();
        for (index, requirement) in catalogue.requirements.iter_mut().enumerate() {
            let pointer = format!("/requirements/{index}");
            if !seen.insert(requirement.id.clone()) {
                self.problems.push(reader.problem(&pointer, format!("`{}` stands twice", requirement.id)));
            }
            if let Some((min, max)) = limits {
                requirement.statement = requirement
                    .statement
                    .replace("{minItems}", &min.to_string())
                    .replace("{maxItems}", &max.to_string());
            }
            if let (Some(role), Some(roles)) = (&requirement.role, roles)
                && !roles.all.contains(role)
            {
                self.problems.push(
                    reader.problem(&pointer, format!("`{role}` is not a role of the OpenAPI document")),
                );
            }
        }
        for (index, ambiguity) in catalogue.ambiguities.iter().enumerate() {
            if !seen.insert(ambiguity.id.clone()) {
                let pointer = format!("/ambiguities/{index}");
                self.problems.push(reader.problem(&pointer, format!("`{}` stands twice", ambiguity.id)));
            }
        }
        Some(catalogue)
    }

    /// Reports every id that the document cites but the catalogue does not define.
    pub(super) fn citations(&mut self, catalogue: Option<&Catalogue>) {
        let Some(catalogue) = catalogue else { return };
        let mut unknown = Vec::new();
        visit(&self.document.value, "", &mut |pointer, node| {
            for (index, id) in
                node.get("x-requirements").and_then(Value::as_array).into_iter().flatten().enumerate()
            {
                if id.as_str().is_none_or(|id| !catalogue.knows(id)) {
                    unknown.push((format!("{pointer}/x-requirements/{index}"), id.clone()));
                }
            }
        });
        for (pointer, id) in unknown {
            self.complain(
                &pointer,
                format!("{id} is not in requirements.yaml; add it there or correct it here"),
            );
        }
    }

    /// Reads the table of promised fields; returns `None` after reporting its mistakes.
    pub(super) fn promises(&mut self, reader: &Reader) -> Option<Promises> {
        match Promises::of(&reader.value) {
            Ok(promises) => Some(promises),
            Err(mistakes) => {
                let problems = mistakes.into_iter().map(|(at, message)| reader.problem(&at, message));
                self.problems.extend(problems);
                None
            }
        }
    }
}

fn visit(node: &Value, pointer: &str, see: &mut impl FnMut(&str, &Value)) {
    see(pointer, node);
    match node {
        Value::Object(object) => {
            for (key, child) in object {
                visit(child, &format!("{pointer}/{}", escape(key)), see);
            }
        }
        Value::Array(list) => {
            for (index, child) in list.iter().enumerate() {
                visit(child, &format!("{pointer}/{index}"), see);
            }
        }
        _ => {}
    }
}
