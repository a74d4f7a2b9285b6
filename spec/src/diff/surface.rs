//! Compares everything around the data: paths, operations, parameters, statuses, security, servers and the document's
//! head.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::revision::{Document, cites_below, object, strings};
use super::rules::Direction;
use super::show::{from_to, show};
use super::walk::{Kind, Origin, Reach, Walk, both_keys};
use crate::load::METHODS;
use crate::place::escape;

impl Walk<'_> {
    /// Compares all of it, and collects every pair of parts that the operations use.
    pub(super) fn surface(&mut self) {
        self.paths();
        self.servers();
        self.schemes();
        let (b, n) = self.pair("", "");
        self.pen("", "", &Reach::default()).rest(
            b,
            n,
            &["paths", "components", "servers", "security", "info"],
        );
        let (b, n) = self.pair("/info", "/info");
        let reach = Reach::default();
        let mut pen = self.pen("/info", "/info", &reach);
        if b["version"] != n["version"] {
            pen.put("version-changed", "/version", &from_to(&b["version"], &n["version"]));
        }
        for key in both_keys(b, n).iter().filter(|key| *key != "version" && b[*key] != n[*key]) {
            pen.put("description-changed", &format!("/{}", escape(key)), &from_to(&b[key], &n[key]));
        }
        let (b, n) = self.pair("/components", "/components");
        for key in both_keys(b, n).iter().filter(|key| key.starts_with("x-") && b[*key] != n[*key]) {
            self.pen("/components", "/components", &reach).put(
                "unjudged-changed",
                &format!("/{}", escape(key)),
                &from_to(&b[key], &n[key]),
            );
        }
    }

    fn paths(&mut self) {
        let (base, new) = (templates(&self.base.openapi), templates(&self.new.openapi));
        let mut inherited = BTreeSet::new();
        for template in base.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
            match (base.get(template), new.get(template)) {
                (Some(b), Some(n)) => self.path(b, n, &mut inherited),
                (Some(gone), None) => self.whole(gone, "path-removed"),
                (None, Some(come)) => self.whole(come, "path-added"),
                (None, None) => {}
            }
        }
        if !inherited.is_empty() {
            let (b, n) = self.pair("/security", "/security");
            let reach = Reach::of(Direction::Both, inherited, BTreeSet::new());
            self.security("", "", b, n, &reach);
        }
    }

    /// Records a path or operation that exists on one side only.
    fn whole(&mut self, pointer: &str, fact: &str) {
        let (b, n) = self.pair(pointer, pointer);
        let node = if n.is_null() { b } else { n };
        let one = [node];
        let operations: Vec<&Value> = match node.get("responses") {
            Some(_) => one.to_vec(),
            None => METHODS.iter().filter_map(|method| node.get(*method)).collect(),
        };
        let names: BTreeSet<String> =
            operations.iter().filter_map(|it| it["operationId"].as_str()).map(str::to_owned).collect();
        let mut cites = BTreeSet::new();
        cites_below(node, &mut cites);
        let detail = names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        self.pen(pointer, pointer, &Reach::of(Direction::Both, names, cites.clone()))
            .put_citing(fact, "", &detail, cites);
    }

    fn path(&mut self, base: &str, new: &str, inherited: &mut BTreeSet<String>) {
        let (b, n) = self.pair(base, new);
        let reach = Reach::default();
        if base != new {
            let detail = format!("{base} -> {new}").replace("/paths/", "").replace("~1", "/");
            self.pen(base, new, &reach).put("path-parameter-renamed", "", &detail);
        }
        let known: Vec<&str> = METHODS.into_iter().chain(["parameters"]).collect();
        self.pen(base, new, &reach).rest(b, n, &known);
        for method in METHODS {
            let (at_base, at_new) = (format!("{base}/{method}"), format!("{new}/{method}"));
            match (b.get(method), n.get(method)) {
                (Some(_), Some(_)) => self.operation(&at_base, &at_new, inherited),
                (Some(_), None) => self.whole(&at_base, "operation-removed"),
                (None, Some(_)) => self.whole(&at_new, "operation-added"),
                (None, None) => {}
            }
        }
    }

    fn operation(&mut self, base: &str, new: &str, inherited: &mut BTreeSet<String>) {
        let (b, n) = self.pair(base, new);
        let name = n["operationId"].as_str().or(b["operationId"].as_str()).unwrap_or(new).to_owned();
        let from = Origin { operation: name, direction: Direction::Both, cites: self.cites(base, new) };
        let reach = from.reach();
        let mut pen = self.pen(base, new, &reach);
        if b["operationId"] != n["operationId"] {
            let detail = from_to(&b["operationId"], &n["operationId"]);
            pen.put("operation-id-renamed", "/operationId", &detail);
        }
        match (b["x-purchase"].as_bool().unwrap_or(false), n["x-purchase"].as_bool().unwrap_or(false)) {
            (false, true) => pen.put("purchase-mark-added", "/x-purchase", "free -> spends money"),
            (true, false) => pen.put("purchase-mark-removed", "/x-purchase", "spends money -> free"),
            _ => {}
        }
        let known = [
            "operationId",
            "x-purchase",
            "x-allowed-roles",
            "parameters",
            "requestBody",
            "responses",
            "security",
        ];
        pen.rest(b, n, &known);
        self.roles(base, new, &reach);
        if b.get("security").is_none() && n.get("security").is_none() {
            inherited.insert(from.operation.clone());
        } else {
            let effective = |document: &Document, own: &Value| {
                own.get("security").unwrap_or(document.at("/security")).clone()
            };
            let (b, n) = (effective(&self.base.openapi, b), effective(&self.new.openapi, n));
            self.security(base, new, &b, &n, &reach);
        }
        let request = from.towards(Direction::Request);
        self.parameters(base, new, &request);
        self.body(base, new, &request);
        self.responses(base, new, &from.towards(Direction::Response));
    }

    fn roles(&mut self, base: &str, new: &str, reach: &Reach) {
        let (b, n) = self.pair(base, new);
        let (b, n) = (b.get("x-allowed-roles"), n.get("x-allowed-roles"));
        let list =
            |it: Option<&Value>| it.into_iter().flat_map(strings).map(str::to_owned).collect::<BTreeSet<_>>();
        let (was, is) = (list(b), list(n));
        let changes = match (b, n) {
            (None, Some(n)) => vec![("role-refused", format!("any role -> {}", show(n)), is)],
            (Some(b), None) => vec![("role-allowed", format!("{} -> any role", show(b)), was)],
            _ => {
                let one = |fact, word: &'static str| {
                    move |role: &String| (fact, format!("{role} {word}"), BTreeSet::from([role.clone()]))
                };
                let mut changes: Vec<_> = was.difference(&is).map(one("role-refused", "removed")).collect();
                changes.extend(is.difference(&was).map(one("role-allowed", "added")));
                changes
            }
        };
        for (fact, detail, roles) in changes {
            let also = self.about_roles(base, new, &roles);
            self.pen(base, new, reach).put_citing(fact, "/x-allowed-roles", &detail, also);
        }
    }

    /// Returns the requirements about these roles, and those of the response that refuses a role.
    fn about_roles(&self, base: &str, new: &str, roles: &BTreeSet<String>) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for (revision, pointer) in [(self.base, base), (self.new, new)] {
            for entry in revision.catalogue.at("/requirements").as_array().into_iter().flatten() {
                let about = entry["role"].as_str().is_some_and(|role| roles.contains(role));
                found.extend(entry["id"].as_str().filter(|_| about).map(str::to_owned));
            }
            let document = &revision.openapi;
            for code in object(&document.at(pointer)["responses"]).keys() {
                let response = document.at(&document.resolve(&format!("{pointer}/responses/{code}")));
                if response["x-meaning"].as_str() == Some("forbidden") {
                    found.extend(strings(&response["x-requirements"]).map(str::to_owned));
                }
            }
        }
        found
    }

    fn parameters(&mut self, base: &str, new: &str, from: &Origin) {
        let (was, is) = (parameters_of(&self.base.openapi, base), parameters_of(&self.new.openapi, new));
        for key in was.keys().chain(is.keys()).collect::<BTreeSet<_>>() {
            let (pointer, document, word) = match (was.get(key), is.get(key)) {
                (Some(b), Some(n)) => {
                    self.visit(Kind::Parameter, b, n, from);
                    continue;
                }
                (Some(b), None) => (b, &self.base.openapi, "removed"),
                (None, Some(n)) => (n, &self.new.openapi, "added"),
                (None, None) => continue,
            };
            let parameter = document.at(&document.resolve(pointer));
            let kind = if parameter["required"].as_bool().unwrap_or(false) { "required" } else { "optional" };
            let detail = format!("{} in {}", show(&parameter["name"]), show(&parameter["in"]));
            let (fact, reach) = (format!("{kind}-parameter-{word}"), from.reach());
            self.pen_one_sided(pointer, word == "added", &reach).put(&fact, "", &detail);
        }
    }

    fn body(&mut self, base: &str, new: &str, from: &Origin) {
        let (b, n) = self.pair(base, new);
        let (at_base, at_new) = (format!("{base}/requestBody"), format!("{new}/requestBody"));
        let kind = |document: &Document, at: &str| {
            let required = document.at(&document.resolve(at))["required"].as_bool().unwrap_or(false);
            if required { "required" } else { "optional" }
        };
        let (fact, detail) = match (b.get("requestBody"), n.get("requestBody")) {
            (Some(_), Some(_)) => return self.visit(Kind::Body, &at_base, &at_new, from),
            (None, Some(_)) => {
                (format!("{}-body-added", kind(&self.new.openapi, &at_new)), "no body -> a body")
            }
            (Some(_), None) => {
                (format!("{}-body-removed", kind(&self.base.openapi, &at_base)), "a body -> no body")
            }
            (None, None) => return,
        };
        self.pen(base, new, &from.reach()).put(&fact, "/requestBody", detail);
    }

    fn responses(&mut self, base: &str, new: &str, from: &Origin) {
        let (b, n) = self.pair(base, new);
        for code in both_keys(&b["responses"], &n["responses"]) {
            let below = format!("/responses/{}", escape(&code));
            let word = match (b["responses"].get(&code), n["responses"].get(&code)) {
                (Some(_), Some(_)) => {
                    self.visit(Kind::Response, &format!("{base}{below}"), &format!("{new}{below}"), from);
                    continue;
                }
                (None, _) => "added",
                (_, None) => "removed",
            };
            let kind = if code.starts_with('2') { "success" } else { "error" };
            self.pen(base, new, &from.reach()).put(&format!("{kind}-status-{word}"), &below, &code);
        }
    }

    /// Compares the alternative security requirements; an empty alternative, or none at all, means open access.
    fn security(&mut self, base: &str, new: &str, b: &Value, n: &Value, reach: &Reach) {
        let alternatives = |it: &Value| -> BTreeSet<String> {
            let names = |it: &Value| object(it).keys().map(String::as_str).collect::<Vec<_>>().join(" and ");
            it.as_array().into_iter().flatten().map(names).collect()
        };
        let (was, is) = (alternatives(b), alternatives(n));
        let about = self.about_keys();
        let open = |it: &BTreeSet<String>| it.is_empty() || it.contains("");
        let mut pen = self.pen(base, new, reach);
        match (open(&was), open(&is)) {
            (true, false) => pen.put_citing("security-added", "/security", &from_to(b, n), about),
            (false, true) => pen.put_citing("security-removed", "/security", &from_to(b, n), about),
            _ => {
                for gone in was.difference(&is).filter(|it| !it.is_empty()) {
                    pen.put_citing("security-alternative-removed", "/security", gone, about.clone());
                }
                for come in is.difference(&was).filter(|it| !it.is_empty()) {
                    pen.put_citing("security-alternative-added", "/security", come, about.clone());
                }
            }
        }
    }

    /// Returns the requirements about keys: those of the responses that refuse a key.
    fn about_keys(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for document in [&self.base.openapi, &self.new.openapi] {
            unauthorized(&document.value, &mut found);
        }
        found
    }

    fn schemes(&mut self) {
        let section = "/components/securitySchemes";
        let (b, n) = self.pair(section, section);
        let reach = Reach::of(Direction::Both, BTreeSet::new(), self.about_keys());
        for name in both_keys(b, n) {
            let pointer = format!("{section}/{}", escape(&name));
            let mut pen = self.pen(&pointer, &pointer, &reach);
            let (Some(b), Some(n)) = (b.get(&name), n.get(&name)) else {
                let word = if b.get(&name).is_none() { "added" } else { "removed" };
                pen.put(&format!("security-scheme-{word}"), "", &name);
                continue;
            };
            for key in ["type", "in", "name", "scheme"].into_iter().filter(|key| b[*key] != n[*key]) {
                let lower = |it: &Value| it[key].as_str().map(str::to_ascii_lowercase);
                let recased = key == "name" && n["in"].as_str() == Some("header") && lower(b) == lower(n);
                let fact = if recased { "key-header-recased" } else { "key-header-changed" };
                pen.put(fact, &format!("/{key}"), &from_to(&b[key], &n[key]));
            }
            for key in ["x-test-prefix", "x-live-prefix"].into_iter().filter(|key| b[*key] != n[*key]) {
                pen.put("key-prefix-changed", &format!("/{key}"), &from_to(&b[key], &n[key]));
            }
            pen.rest(b, n, &["type", "in", "name", "scheme", "x-test-prefix", "x-live-prefix"]);
        }
    }

    fn servers(&mut self) {
        let (was, is) = (servers_of(&self.base.openapi), servers_of(&self.new.openapi));
        let reach = Reach::default();
        for url in was.keys().chain(is.keys()).collect::<BTreeSet<_>>() {
            match (was.get(url), is.get(url)) {
                (Some(base), Some(new)) => {
                    let (b, n) = self.pair(base, new);
                    let mut pen = self.pen(base, new, &reach);
                    let key = "x-environment";
                    if b[key] != n[key] {
                        pen.put("server-environment-changed", &format!("/{key}"), &from_to(&b[key], &n[key]));
                    }
                    pen.rest(b, n, &["url", key]);
                }
                (Some(at), None) => self.pen_one_sided(at, false, &reach).put("server-removed", "", url),
                (None, Some(at)) => self.pen_one_sided(at, true, &reach).put("server-added", "", url),
                (None, None) => {}
            }
        }
    }
}

/// Returns the pointers of the path items by their templates, with parameter names removed.
fn templates(document: &Document) -> BTreeMap<String, String> {
    let nameless = |path: &str| {
        let step = |step: &str| if step.starts_with('{') { "{}".to_owned() } else { step.to_owned() };
        path.split('/').map(step).collect::<Vec<_>>().join("/")
    };
    object(document.at("/paths"))
        .keys()
        .map(|path| (nameless(path), format!("/paths/{}", escape(path))))
        .collect()
}

/// Returns the pointers of the parameters of an operation and its path, by location and name (path parameters by
/// position).
fn parameters_of(document: &Document, operation: &str) -> BTreeMap<(String, String), String> {
    let item = operation.rsplit_once('/').map_or("", |(item, _)| item);
    let template = item.trim_start_matches("/paths/").replace("~1", "/");
    let mut found = BTreeMap::new();
    for list in [format!("{item}/parameters"), format!("{operation}/parameters")] {
        for at in 0..document.at(&list).as_array().map_or(0, Vec::len) {
            let pointer = format!("{list}/{at}");
            let parameter = document.at(&document.resolve(&pointer));
            let text = |key: &str| parameter[key].as_str().unwrap_or_default().to_owned();
            let name = match text("in").as_str() {
                "path" => {
                    let place = template.find(&format!("{{{}}}", text("name")));
                    place.map_or_else(
                        || text("name"),
                        |place| template[..place].matches('{').count().to_string(),
                    )
                }
                "header" => text("name").to_ascii_lowercase(),
                _ => text("name"),
            };
            found.insert((text("in"), name), pointer);
        }
    }
    found
}

fn servers_of(document: &Document) -> BTreeMap<String, String> {
    let servers = document.at("/servers").as_array().into_iter().flatten().enumerate();
    servers
        .filter_map(|(at, server)| Some((server["url"].as_str()?.to_owned(), format!("/servers/{at}"))))
        .collect()
}

fn unauthorized(node: &Value, found: &mut BTreeSet<String>) {
    if node["x-meaning"].as_str() == Some("unauthorized") {
        found.extend(strings(&node["x-requirements"]).map(str::to_owned));
    }
    match node {
        Value::Object(object) => object.values().for_each(|child| unauthorized(child, found)),
        Value::Array(list) => list.iter().for_each(|child| unauthorized(child, found)),
        _ => {}
    }
}
