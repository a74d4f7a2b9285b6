//! Contracts as people write them: the same content in another dress is the same contract, and what can't be read is refused
//! with its place and what to do.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use spec::diff::{Impact, Revision, compare};
use spec::{Contract, Problems};

const OPENAPI: &str = include_str!("../openapi.yaml");
const REQUIREMENTS: &str = include_str!("../requirements.yaml");

fn load(openapi: &str) -> Result<Contract, Problems> {
    spec::from_texts(("openapi.yaml", openapi), ("requirements.yaml", REQUIREMENTS))
}

fn value(text: &str) -> serde_json::Value {
    serde_yaml::from_str(text).unwrap()
}

/// Everything that programs read, without where it stands.
fn read(contract: &Contract) -> String {
    let operations = spec::OperationId::ALL
        .into_iter()
        .map(|it| contract.operation(it))
        .map(|it| format!("{it:?}\n"))
        .collect::<String>();
    let (limits, roles, servers) = (&contract.limits, &contract.roles, &contract.servers);
    format!("{limits:?} {roles:?} {servers:?} {:?} {:?}\n{operations}", contract.states, contract.page_limits)
}

/// One hunk of the document, replaced.
fn with(old: &str, new: &str) -> String {
    assert_eq!(OPENAPI.matches(old).count(), 1, "{old}");
    OPENAPI.replace(old, new)
}

#[test]
fn the_same_content_in_another_dress_is_the_same() {
    let plain = load(OPENAPI).unwrap();
    let document = value(OPENAPI);
    let json = serde_json::to_string(&document).unwrap();
    let pretty = serde_json::to_string_pretty(&document).unwrap();
    let tabs: String = pretty
        .lines()
        .map(|line| {
            let words = line.trim_start_matches(' ');
            "\t".repeat((line.len() - words.len()) / 2) + words + "\n"
        })
        .collect();
    for (name, text) in [
        ("json", json),
        ("json in lines", pretty.clone()),
        ("json with tabs", tabs),
        ("json with the line ends of Windows", pretty.replace('\n', "\r\n")),
        ("the line ends of Windows", OPENAPI.replace('\n', "\r\n")),
        ("a byte order mark", format!("\u{feff}{OPENAPI}")),
        ("a mark of the document", format!("---\n{OPENAPI}")),
    ] {
        let other = load(&text).unwrap_or_else(|problems| panic!("{name}: {problems}"));
        assert_eq!(read(&other), read(&plain), "{name}");
        let (base, new) = (revision(OPENAPI), revision(&text));
        assert_eq!(compare(&base, &new).len(), 0, "{name}");
    }
}

fn revision(openapi: &str) -> Revision {
    Revision::from_texts(("openapi.yaml", openapi), ("requirements.yaml", REQUIREMENTS)).unwrap()
}

/// A checkout with other line ends has the same digest, so that its histories can be judged; other content has another.
#[test]
fn a_digest_is_of_the_content() {
    let digest = |openapi: &str, requirements: &str| {
        spec::from_texts(("openapi.yaml", openapi), ("requirements.yaml", requirements)).unwrap().digest
    };
    let windows = |text: &str| text.replace('\n', "\r\n");
    let own = digest(OPENAPI, REQUIREMENTS);
    assert_eq!(own, spec::embedded().unwrap().digest);
    assert_eq!(digest(&windows(OPENAPI), &windows(REQUIREMENTS)), own);
    assert_eq!(digest(&format!("\u{feff}{}", windows(OPENAPI)), REQUIREMENTS), own);
    assert_ne!(digest(&OPENAPI.replace("maxItems: 20", "maxItems: 25"), REQUIREMENTS), own);
}

/// Characters beyond the first plane, as programs of others write them into JSON.
#[test]
fn pairs_of_surrogates_are_read() {
    let text =
        with("description: The order.\n        content", "description: The order. 😀\n        content");
    let mut json = serde_json::to_string_pretty(&value(&text)).unwrap();
    json = json.replace('😀', "\\ud83d\\ude00");
    assert!(json.contains("\\ud83d\\ude00"));
    load(&json).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(compare(&revision(&text), &revision(&json)).is_empty());
    // Half a pair is none, and the place is told.
    let half = json.replace("\\ud83d\\ude00", "\\ud83d");
    let line = half.lines().position(|it| it.contains("\\ud83d")).unwrap() + 1;
    let problems = load(&half).unwrap_err();
    assert_eq!(problems.0[0].line, line, "{problems}");
}

/// What may stand beside the operations of a path.
#[test]
fn a_path_may_have_a_summary_parameters_and_servers() {
    let plain = load(OPENAPI).unwrap();
    let path = "  /api/v1/data-bundles/buy-bulk:\n";
    let beside = "    summary: Bulk orders\n    description: Orders for several recipients.\n    x-team: bundles\n    \
                  parameters:\n      - name: X-Request-Id\n        in: header\n        schema:\n          type: string\n    \
                  servers:\n      - url: https://bulk.example.com\n        description: For bulk orders alone.\n";
    let contract =
        load(&with(path, &format!("{path}{beside}"))).unwrap_or_else(|problems| panic!("{problems}"));
    let operations = |it: &Contract| {
        spec::OperationId::ALL
            .into_iter()
            .map(|id| it.operation(id))
            .map(|it| format!("{it:?}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(operations(&contract), operations(&plain));
    let added = contract.servers.iter().find(|it| it.url == "https://bulk.example.com").unwrap();
    assert!(added.production, "a server without a mark is taken for production");
    // Query parameters of the path, and behind a reference.
    let start = OPENAPI.find("  /api/v1/orders:\n").unwrap();
    let list = &OPENAPI[start..];
    let at = list.find("      parameters:\n").unwrap();
    let end = at + list[at..].find("      responses:\n").unwrap();
    let parameters = &list[at..end];
    let raised = parameters.lines().map(|line| format!("{}\n", line.strip_prefix("  ").unwrap_or(line)));
    let moved = format!(
        "{}  /api/v1/orders:\n{}{}{}",
        &OPENAPI[..start],
        raised.collect::<String>(),
        &list["  /api/v1/orders:\n".len()..at],
        &list[end..]
    );
    let contract = load(&moved).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(
        contract.operation(spec::OperationId::Orders).query,
        plain.operation(spec::OperationId::Orders).query
    );
    assert_eq!(contract.page_limits, plain.page_limits);
}

/// Parts that several places share, by YAML's own means.
#[test]
fn merge_keys_are_read() {
    let message = "        message:\n          type: string\n          description: For a person.\n";
    let at = OPENAPI.find("    ErrorDetail:\n").unwrap();
    let within = &OPENAPI[at..];
    assert!(within.contains(message));
    let text = format!(
        "{}{}",
        &OPENAPI[..at].replacen(
            "components:\n",
            "x-text: &text\n  type: string\n  description: Another.\ncomponents:\n",
            1
        ),
        within.replacen(
            message,
            "        message:\n          <<: *text\n          description: For a person.\n",
            1
        )
    );
    let contract = load(&text).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(
        contract.document().pointer("/components/schemas/ErrorDetail/properties/message/type").unwrap(),
        "string"
    );
    let impacts = compare(&revision(OPENAPI), &revision(&text));
    assert!(impacts.iter().all(|it| it.rule.impact < Impact::Breaking), "{impacts:?}");
    // What is merged is a mapping.
    let wrong = text.replace("<<: *text", "<<: 7");
    assert!(load(&wrong).is_err());
}

/// What is written elsewhere, or under another type, with its place and what to do.
#[test]
fn what_is_not_read_is_refused_with_its_place() {
    let path = "  /api/v1/data-bundles/buy-bulk:\n";
    let body = "            application/json:\n              schema:\n                $ref: '#/components/schemas/BuyBulkResponse'\n";
    let mut told = String::new();
    for text in [
        with(path, &format!("{path}    $ref: 'bulk.yaml'\n")),
        with(
            body,
            "            text/plain:\n              schema:\n                $ref: '#/components/schemas/BuyBulkResponse'\n",
        ),
        with(body, "            application/json:\n              schema:\n                type: object\n"),
    ] {
        told += &format!("{}\n", load(&text).unwrap_err());
    }
    let documents =
        ["", "null\n", "[]\n", "a: 1\n", "swagger: '2.0'\ninfo: {title: a, version: '1'}\npaths: {}\n"];
    for text in documents {
        told += &format!("{}\n", load(text).unwrap_err());
    }
    told += &format!("{}\n", load(&OPENAPI.replace("openapi: 3.0.3", "openapi: 3.1.0")).unwrap_err());
    insta::assert_snapshot!(told);
    // Bytes of another encoding, by the line in which the first of them stands.
    let folder = std::env::temp_dir().join(format!("spec-written-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("openapi.yaml");
    let start = OPENAPI.find("description: The order.").unwrap();
    let bytes =
        [&OPENAPI.as_bytes()[..start], b"description: \xe9", &OPENAPI.as_bytes()[start + 13..]].concat();
    std::fs::write(&path, bytes).unwrap();
    let line = OPENAPI[..start].matches('\n').count() + 1;
    for problems in [spec::from_paths(&path, None).unwrap_err(), Revision::from_path(&path).unwrap_err()] {
        assert_eq!(problems.0[0].line, line, "{problems}");
        assert!(problems.to_string().contains("save the file as UTF-8"), "{problems}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
    // Operations of others need no names.
    let health = "paths:\n  /health:\n    get:\n      responses:\n        '200':\n          description: It is well.\n";
    load(&with("paths:\n", health)).unwrap_or_else(|problems| panic!("{problems}"));
    // A parameter of the type says nothing of the schema.
    let charset = body.replace("application/json:", "application/json; charset=utf-8:");
    let contract = load(&with(body, &charset)).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(read(&contract), read(&load(OPENAPI).unwrap()));
}
