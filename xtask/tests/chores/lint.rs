//! The lint of the spec: silent on the committed one, and exactly one finding for each planted mistake.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use xtask::lint::{Finding, lint, rules};
use xtask::repo;

const OPENAPI: &str = include_str!("../../../spec/blessed/1.1.0/openapi.yaml");
const REQUIREMENTS: &str = include_str!("../../../spec/blessed/1.1.0/requirements.yaml");

fn findings(openapi: &str, requirements: &str) -> Vec<Finding> {
    lint(("openapi.yaml", openapi), ("requirements.yaml", requirements))
}

/// A mistake: its name, what to find (in exactly one place), and what to write there.
type Mistake = (&'static str, &'static str, &'static str);

const IN_OPENAPI: &[Mistake] = &[
    ("version 3.1", "openapi: 3.0.3", "openapi: 3.1.0"),
    ("a key twice", "          minItems: 2\n", "          minItems: 2\n          minItems: 3\n"),
    ("a status twice", "        '422':\n", "        '403':\n"),
    (
        "default status",
        "        '402':\n          description: The wallet",
        "        default:\n          description: The wallet",
    ),
    ("unknown requirement", "[RESP-MESSAGE]", "[RESP-MESSAGE, RESP-MASSAGE]"),
    (
        "misspelt keyword",
        "          nullable: true\n          description: Where the next page starts.",
        "          nulable: true\n          description: Where the next page starts.",
    ),
    (
        "keyword of another object",
        "      operationId: getProfile\n",
        "      operationId: getProfile\n      properties: {}\n",
    ),
    (
        "misspelt extension",
        "x-stability: provisional\n          x-field: recipients",
        "x-stabilty: provisional\n          x-field: recipients",
    ),
    (
        "extension out of place",
        "      name: X-API-KEY\n",
        "      name: X-API-KEY\n      x-rotation: yearly\n",
    ),
    (
        "unknown part of x-msisdn",
        "            trunk-prefix: '0'\n",
        "            trunk-prefix: '0'\n            separator: ' '\n",
    ),
    (
        "words beside a reference",
        "        data:\n          $ref: '#/components/schemas/Package'\n",
        "        data:\n          $ref: '#/components/schemas/Package'\n          description: The package.\n",
    ),
    (
        "dangling reference",
        "          x-field: cursor\n          schema:\n            type: string\n      responses",
        "          x-field: cursor\n          schema:\n            $ref: '#/components/schemas/Cursor'\n      responses",
    ),
    (
        "reference to another document",
        "          x-field: cursor\n          schema:\n            type: string\n      responses",
        "          x-field: cursor\n          schema:\n            $ref: 'paging.yaml#/Cursor'\n      responses",
    ),
    ("no summary", "      summary: Read the wallet\n", ""),
    (
        "no description of an operation",
        "      description: What is spendable, what is held, and their sum.\n",
        "",
    ),
    (
        "no tags",
        "      tags: [Account]\n      summary: Read the wallet\n",
        "      summary: Read the wallet\n",
    ),
    (
        "unknown tag",
        "      tags: [Account]\n      summary: Read the wallet\n",
        "      tags: [Wallet]\n      summary: Read the wallet\n",
    ),
    ("undescribed property", "          description: How long it lasts.\n", ""),
    ("undescribed component", "      description: What every error looks like.\n", ""),
    ("undescribed parameter", "          description: Where the page before ended.\n", ""),
    ("empty description", "description: No such package.", "description: ' '"),
    ("uncited requirement", "          x-requirements: [RESP-COUNT]\n", ""),
    (
        "no example",
        "              example:\n                success: true\n                data:\n                  orders:\n                    - orderId: kr7examplebulkorder\n                      state: processing\n                      shortReference: '514220'\n                      amount: 37.5\n                      currency: GHS\n                      isBulkOrder: true\n                  isDone: true\n                  continueCursor: ''\n",
        "",
    ),
    (
        "example of a response",
        "                  currency: GHS\n                  lastUpdated",
        "                  currency: USD\n                  lastUpdated",
    ),
    ("example without a required field", "                  recipientCount: 3\n", ""),
    (
        "example of a request",
        "                - packageId: q34examplepackage\n                  beneficiaryMsisdn: '233209876543'\n",
        "",
    ),
    (
        "example of a property",
        "          example: '233201234567'\n          x-field: msisdn",
        "          example: 233201234567\n          x-field: msisdn",
    ),
    (
        "example of a component",
        "      example: 37.5\n    BuyBulkRequest",
        "      example: '37.50'\n    BuyBulkRequest",
    ),
    ("default out of bounds", "            default: 20\n", "            default: 200\n"),
    (
        "code that the response has not",
        "                  code: PACKAGE_NOT_FOUND\n",
        "                  code: NOT_FOUND\n",
    ),
    (
        "properties that differ by letter case",
        "        validity:\n",
        "        dataamount:\n          type: string\n          description: How much data.\n        validity:\n",
    ),
    (
        "_id and id",
        "        label:\n",
        "        id:\n          type: string\n          description: Id again.\n        label:\n",
    ),
    (
        "enum values that differ by letter case",
        "enum: [Active, Inactive]",
        "enum: [Active, Inactive, active]",
    ),
    (
        "operations of one name",
        "  /api/v1/wallet-balance:\n",
        "    head:\n      operationId: get_profile\n      tags: [Account]\n      summary: Try the key\n      description: As reading the profile.\n      responses:\n        '401':\n          $ref: '#/components/responses/Unauthorized'\n  /api/v1/wallet-balance:\n",
    ),
    (
        "paths that differ by letter case",
        "  /api/v1/wallet-balance:\n",
        "  /api/v1/Profile: {}\n  /api/v1/wallet-balance:\n",
    ),
    ("parameter that the path has not", "  /api/v1/packages/{packageId}:", "  /api/v1/packages/all:"),
    ("parameter that is not described", "  /api/v1/profile:", "  /api/v1/profile/{profileId}:"),
    (
        "optional path parameter",
        "      required: true\n      description: Id of a package.",
        "      required: false\n      description: Id of a package.",
    ),
    (
        "required and absent",
        "      description: An operator's products, enveloped.\n      required: [success, data]\n      properties:\n        success:\n          type: boolean\n          enum: [true]\n          description: Always true.\n",
        "      description: An operator's products, enveloped.\n      required: [success, data]\n      properties:\n",
    ),
    ("required twice", "required: [_id, price, status]", "required: [_id, price, price, status]"),
    (
        "unknown security scheme",
        "      operationId: getPackage\n",
        "      operationId: getPackage\n      security:\n        - Bearer: []\n",
    ),
    (
        "unused component",
        "  schemas:\n    MoneyGhs:",
        "  schemas:\n    Coupon:\n      type: object\n      description: A discount.\n    MoneyGhs:",
    ),
    (
        "cookie parameter",
        "        - name: cursor\n          in: query",
        "        - name: cursor\n          in: cookie",
    ),
    (
        "deepObject",
        "          x-field: cursor\n          schema:",
        "          x-field: cursor\n          style: deepObject\n          schema:",
    ),
    (
        "two media types of a request",
        "        description: The order.\n        content:\n",
        "        description: The order.\n        content:\n          application/cbor:\n            schema:\n              $ref: '#/components/schemas/BuyBulkRequest'\n            example: {operatorId: a, productId: b, items: [{packageId: c, beneficiaryMsisdn: d}, {packageId: c, beneficiaryMsisdn: e}]}\n",
    ),
    (
        "not",
        "          description: How long it lasts.\n",
        "          description: How long it lasts.\n          not:\n            enum: ['']\n",
    ),
    (
        "pattern with a flag",
        "          description: How long it lasts.\n",
        "          description: How long it lasts.\n          pattern: '(?i)days'\n",
    ),
    (
        "errors of two shapes",
        "          description: No such package.\n          x-meaning: not-found\n          x-error-codes: [PACKAGE_NOT_FOUND]\n          content:\n            application/json:\n              schema:\n                $ref: '#/components/schemas/ErrorResponse'\n              example:\n                success: false\n                error:\n                  message: Package not found\n                  code: PACKAGE_NOT_FOUND\n",
        "          description: No such package.\n          x-meaning: not-found\n          content:\n            application/json:\n              schema:\n                $ref: '#/components/schemas/ErrorDetail'\n              example:\n                message: Package not found\n                code: PACKAGE_NOT_FOUND\n",
    ),
    (
        "successes of two shapes",
        "        '400':\n          description: Invalid request or validation failed.\n",
        "        '202':\n          description: The order will be created.\n          x-meaning: ok\n          content:\n            application/json:\n              schema:\n                $ref: '#/components/schemas/BulkOrderSummary'\n              example: {success: true, message: a, orderId: b, shortReference: c, totalAmount: 1, recipientCount: 2}\n        '400':\n          description: Invalid request or validation failed.\n",
    ),
    (
        "pattern on an id",
        "          description: Parent order database id.\n",
        "          description: Parent order database id.\n          pattern: '^kr7'\n",
    ),
    (
        "format of an id in a path",
        "      description: Id of a package.\n      x-field: packageId\n      schema:\n        type: string\n",
        "      description: Id of a package.\n      x-field: packageId\n      schema:\n        type: string\n        format: uuid\n",
    ),
    (
        "closed response",
        "      description: Summary of a bulk order.\n",
        "      description: Summary of a bulk order.\n      additionalProperties: false\n",
    ),
];

const IN_REQUIREMENTS: &[Mistake] = &[
    (
        "requirement that nothing cites",
        "  - id: ROLE-AGENT\n",
        "  - id: ROLE-STAFF\n    group: role\n    statement: A member of the staff may not.\n    source: companion\n    level: companion\n    needs: [key]\n  - id: ROLE-AGENT\n",
    ),
    ("server error as an outcome", "accepts: [200, 400, 409]", "accepts: [200, 400, 500]"),
    ("outcomes out of order", "accepts: [400, 413, 422]", "accepts: [413, 400, 422]"),
    ("outcome twice", "accepts: [400, 413, 422]", "accepts: [400, 413, 413]"),
    (
        "severity of one requirement alone",
        "  - id: ROUTE-POST\n",
        "  - id: ROUTE-POST\n    severity: answer\n",
    ),
    (
        "quote that no page has",
        "  - id: ROUTE-POST\n",
        "  - id: ROUTE-POST\n    quotes:\n      - page: 'POST /api/v2'\n      - page: 'POST /api/v1/data-bundles/buy-bulk'\n",
    ),
    (
        "quote of two sources",
        "  - id: ROUTE-POST\n",
        "  - id: ROUTE-POST\n    quotes:\n      - {page: a, http: b}\n",
    ),
    (
        "unknown level",
        "    level: provisional\n    needs: [buyer, catalog, order]",
        "    level: optional\n    needs: [buyer, catalog, order]",
    ),
];

#[test]
fn the_committed_spec_is_clean() {
    for folder in ["spec", "spec/blessed/1.0.0", "spec/blessed/1.1.0"] {
        let read = |name| repo::read(&repo::root().join(folder).join(name)).unwrap();
        let found = findings(&read("openapi.yaml"), &read("requirements.yaml"));
        assert!(found.is_empty(), "{folder}: {found:#?}");
    }
}

#[test]
fn each_mistake_is_found_once() {
    let mut table = String::new();
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for (text, mistakes) in [(OPENAPI, IN_OPENAPI), (REQUIREMENTS, IN_REQUIREMENTS)] {
        for (name, old, new) in mistakes {
            assert_eq!(text.matches(old).count(), 1, "{name}: not in exactly one place");
            let edited = text.replace(old, new);
            let found =
                if text == OPENAPI { findings(&edited, REQUIREMENTS) } else { findings(OPENAPI, &edited) };
            if found.len() != 1 {
                wrong.push(format!("{name}: {found:#?}"));
            }
            let _ = writeln!(table, "{name}");
            for finding in found {
                let _ = writeln!(table, "  {finding}");
                seen.insert(finding.rule);
            }
        }
    }
    insta::assert_snapshot!(table);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let idle: Vec<_> = rules().filter(|rule| !seen.contains(rule)).collect();
    assert!(idle.is_empty(), "rules that no mistake exercises: {idle:?}");
}

#[test]
fn all_findings_at_once() {
    let openapi = OPENAPI
        .replace("      summary: Read the wallet\n", "")
        .replace("x-meaning: count", "x-meaning: number")
        .replace("[RESP-COUNT]", "[]");
    let found = findings(&openapi, REQUIREMENTS);
    assert!(found.len() >= 3, "{found:#?}");
}

#[test]
fn texts_that_are_no_contract_are_findings_too() {
    for text in ["a: [", "hello", "", "paths: 5\ncomponents: []\n"] {
        assert!(!findings(text, REQUIREMENTS).is_empty(), "{text}");
        assert!(!findings(OPENAPI, text).is_empty(), "{text}");
    }
}
