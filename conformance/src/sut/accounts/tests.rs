//! Tests that valid files are read, that invalid ones give every mistake, and that example, schema and parser agree.

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const EXAMPLE: &str = include_str!("../../../accounts.example.toml");
const SCHEMA: &str = include_str!("../../../accounts.schema.json");

static CONTRACT: LazyLock<Contract> = LazyLock::new(|| spec::embedded().unwrap());

fn read(text: &str) -> Result<AccountsFile, AccountsError> {
    let variable = |name: &str| match name {
        "EMPTY_KEY" => Some(String::new()),
        "SPACED_KEY" => Some("netconnect_test_a b".to_owned()),
        name => name.starts_with("STAGING_").then(|| format!("netconnect_live_{name}")),
    };
    let file = |name: &str| match name {
        "keys/customer" => Ok("netconnect_test_customer\n".to_owned()),
        _ => Err(io::Error::other("no such file")),
    };
    parse("accounts.toml", text, &CONTRACT, &Outside { variable: &variable, file: &file })
}

fn mistakes(text: &str) -> String {
    match read(text) {
        Ok(file) => panic!("{file:?} has mistakes"),
        Err(error) => error.to_string(),
    }
}

fn schema() -> jsonschema::Validator {
    jsonschema::validator_for(&serde_json::from_str(SCHEMA).unwrap()).unwrap()
}

#[test]
fn the_example_is_right() {
    let file = read(EXAMPLE).unwrap();
    insta::assert_debug_snapshot!(file);
    assert_eq!(file.accounts[0].key.expose(), "netconnect_live_STAGING_AGENT_KEY");
    assert_eq!(file.accounts[3].key.expose(), "netconnect_test_customer");
    let document: Value = toml::from_str(EXAMPLE).unwrap();
    let errors: Vec<String> = schema().iter_errors(&document).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
}

#[test]
fn the_schema_says_what_the_parser_takes() {
    let keys = Keys::new(&CONTRACT);
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let known = |pointer: &str| {
        let object = schema.pointer(pointer).and_then(Value::as_object).unwrap();
        object.keys().cloned().collect::<std::collections::BTreeSet<String>>()
    };
    let set = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
    assert_eq!(known("/properties"), set(&keys.root));
    assert_eq!(known("/definitions/account/properties"), set(&keys.account));
    assert_eq!(known("/definitions/operator/properties"), set(&keys.operator));
    assert_eq!(known("/definitions/product/properties"), set(&keys.product));
    assert_eq!(known("/definitions/package/properties"), set(&keys.package));
    let at = |pointer: &str| schema.pointer(pointer).cloned().unwrap_or_default();
    assert_eq!(at("/definitions/account/properties/role/enum"), json!(CONTRACT.roles.all));
    assert_eq!(at("/definitions/package/properties/price/propertyNames/enum"), json!(CONTRACT.roles.all));
    assert_eq!(at("/definitions/product/properties/status/enum"), json!(CONTRACT.product_status));
    assert_eq!(at("/definitions/package/properties/status/enum"), json!(CONTRACT.package_status));
    let live = at("/definitions/account/properties/key/pattern");
    assert!(live.as_str().is_some_and(|pattern| pattern.contains(&CONTRACT.key.live_prefix)));
    let prefix = at("/definitions/operator/properties/recipient_prefix/pattern");
    let most = CONTRACT.msisdn.national_digits - 1;
    assert_eq!(prefix, json!(format!("^{}[0-9]{{0,{most}}}$", CONTRACT.msisdn.country_code)));
}

/// Files with one mistake each that a schema can express: both the parser and the schema refuse them.
#[test]
fn the_schema_refuses_what_the_parser_refuses() {
    const ACCOUNT: &str = "[[account]]\nname = \"a\"\nkey = \"k\"\n";
    const OPERATOR: &str = "[[operators]]\noperatorId = \"o\"\n";
    let right = format!("{ACCOUNT}{OPERATOR}[[operators.products]]\nproductId = \"p\"\n");
    assert!(read(&right).is_ok() && schema().is_valid(&toml::from_str(&right).unwrap()));
    for text in [
        String::new(),
        "[[account]]\nkey = \"k\"\n".to_owned(),
        "[[account]]\nname = \"a\"\n".to_owned(),
        "[[account]]\nname = \" \"\nkey = \"k\"\n".to_owned(),
        "[[account]]\nname = \"a\"\nkey = \"netconnect_live_1\"\n".to_owned(),
        "[account]\nname = \"a\"\nkey = \"k\"\n".to_owned(),
        format!("{ACCOUNT}key_env = \"STAGING_KEY\"\n"),
        format!("{ACCOUNT}role = \"Agents\"\n"),
        format!("{ACCOUNT}role = 7\n"),
        format!("{ACCOUNT}balance = 4.25\n"),
        format!("{ACCOUNT}balance = 4\n"),
        format!("{ACCOUNT}balance = \"-1\"\n"),
        format!("{ACCOUNT}balance = \"4.255\"\n"),
        format!("{ACCOUNT}revoked = \"yes\"\n"),
        format!("{ACCOUNT}colour = \"red\"\n"),
        format!("{ACCOUNT}[[operators]]\n"),
        format!("{ACCOUNT}{OPERATOR}recipient_prefix = \"0201\"\n"),
        format!("{ACCOUNT}{OPERATOR}recipient_prefix = \"233201234567\"\n"),
        format!("{ACCOUNT}{OPERATOR}[[operators.products]]\n"),
        format!("{right}status = \"Active\"\n"),
        format!("{right}[[operators.products.packages]]\n"),
        format!("{right}[[operators.products.packages]]\npackageId = \"q\"\nprice = \"4.25\"\n"),
        format!("{right}[[operators.products.packages]]\npackageId = \"q\"\nprice.agent = \"4.25\"\n"),
    ] {
        assert!(read(&text).is_err_and(|error| error.0.len() == 1), "{text}\n{:?}", read(&text));
        assert!(!schema().is_valid(&toml::from_str(&text).unwrap()), "{text}");
    }
}

#[test]
fn every_mistake_of_accounts_at_once() {
    insta::assert_snapshot!(mistakes(
        r#"acount = 1
[[account]]
name = "agent"
key_env = "UNSET"
rol = "Agent"
balance = 10.5

[[account]]
name = "agent"
key = "netconnect_test_1"
key_file = "keys/customer"
role = "Superagent"
balance = "10.005"
revoked = "yes"

[[account]]
name = ""
key = "netconnect_live_1"
role = "King"
balance = 100
same_wallet_as = "agnet"

[[account]]
key_file = "keys/none"
balance = "-1"

[[account]]
name = "nobody"
same_wallet_as = "nobody"

[[account]]
name = 7
key_env = "EMPTY_KEY"
balance = ["1"]

[[account]]
name = "first"
key = "netconnect_test_1"
balance = "1"

[[account]]
name = "second"
key = "netconnect_test_1"
balance = "1"
same_wallet_as = "first"

[[account]]
name = "third"
key_env = "SPACED_KEY"
same_wallet_as = "second"

[[account]]
name = "pasted"
key_env = "netconnect_live_s3cr3t"
"#
    ));
}

#[test]
fn every_mistake_of_the_catalog_at_once() {
    insta::assert_snapshot!(mistakes(
        r#"
[[account]]
name = "agent"
key = "netconnect_test_1"

[[operators]]
operator_id = "o1"
recipient_prefix = "020"

[[operators]]
operatorId = "o2"
recipient_prefix = 23320

[[operators.products]]
productId = "p1"
status = "available"

[[operators.products.packages]]
packageId = "q1"
status = "Available"
price = { Agent = "4.25", agent = "4.25", SuperAgent = 4.04, Customer = "many" }

[[operators.products.packages]]
packageId = "q1"
price = "4.25"

[[operators]]
operatorId = "o2"

[[operators.products.packages]]
packageId = "q2"

[[operators]]
operatorId = "o3"
products = ["p1", { productId = "p1" }]
"#
    ));
}

#[test]
fn broken_toml_is_told_with_what_can_still_be_read() {
    insta::assert_snapshot!(mistakes(
        r#"[[account]]
name = "agent
key_env = STAGING_AGENT_KEY
role = "Agent"
role = "Staff"

[[account]
name = "ünïcode", role = "Kween"
"#
    ));
}

#[test]
fn no_accounts_no_file() {
    insta::assert_snapshot!(mistakes("# nothing yet\n"), @r"
    the accounts file can't be used:
      accounts.toml:1:1: no `account` in the file: write [[account]] with a `name` and a `key_env` for each key that there is
    ");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("accounts.toml");
    let error = load(&path, &CONTRACT, &|_| None).unwrap_err();
    assert!(error.to_string().contains("accounts.toml: can't be read: "), "{error}");
    std::fs::write(folder.path().join("agent.key"), "netconnect_test_1\n").unwrap();
    std::fs::write(&path, "[[account]]\nname = \"agent\"\nkey_file = \"agent.key\"\n").unwrap();
    let file = load(&path, &CONTRACT, &|_| None).unwrap();
    assert_eq!(file.accounts[0].key.expose(), "netconnect_test_1");
    assert!(file.catalog.is_none());
}

/// Lines with a meaning, so that a mixture of them passes the first check.
fn line() -> impl Strategy<Value = String> {
    let words = [
        "account",
        "operators",
        "name",
        "key",
        "key_env",
        "role",
        "balance",
        "products",
        "packages",
        "price",
    ];
    let words = proptest::sample::select(words.to_vec());
    prop_oneof![
        words.clone().prop_map(|word| format!("[[{word}]]")),
        words.clone().prop_map(|word| format!("[[operators.{word}]]")),
        (words.clone(), "[a-zA-Z0-9.\"é\\[\\]{}=]{0,8}")
            .prop_map(|(word, value)| format!("{word} = {value}")),
        (words, "[a-zA-Z0-9.é-]{0,8}").prop_map(|(word, value)| format!("{word} = \"{value}\"")),
        ".{0,20}",
    ]
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_with_places(lines in proptest::collection::vec(line(), 0..12)) {
        let text = lines.join("\n");
        if let Err(AccountsError(mistakes)) = read(&text) {
            prop_assert!(!mistakes.is_empty());
            let last = text.matches('\n').count() + 1;
            prop_assert!(mistakes.iter().all(|it| it.place.is_some_and(|(line, column)| line <= last && column >= 1)));
        }
    }
}
