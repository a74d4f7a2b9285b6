//! Templates of new files and records. Names in angle brackets are placeholders.

/// A new group of faults.
pub(super) const FAULTS: &str = r#"//! <about>

use super::fault::Fault;

const GROUP: &str = "<group>";

pub(super) static FAULTS: &[Fault] = &[];
"#;

/// A fault, complete except for what it plants.
pub(super) const FAULT: &str = r#"
    Fault {
        id: "<id>",
        group: GROUP,
        wrong: <wrong>,
        breaks: &[<breaks>],
        needs: &[<needs>],
        plant: |_| {},
    },
"#;

/// A check, complete except for what it sends and judges.
pub(super) const CHECK: &str = r#"<about>

use super::Check;
use crate::judge::findings::Bench;
use crate::judge::scene::Scene;
use crate::plan::planner::Planner;
use crate::plan::why_not::WhyNot;

/// The check.
pub(crate) const CHECK: Check = Check {
    name: "<name>",
    cites: &["<id>"],
    plan: Some(plan),
    judge: Some(judge),
    ..Check::NOTHING
};

/// What is sent, or why it can't be.
fn plan(p: &mut Planner<'_>) {
    p.cannot(CHECK.cites, &WhyNot::NotWritten);
}

/// What makes an answer wrong, whoever planned the case.
fn judge(_scene: &Scene<'_>, _bench: &mut Bench<'_>) {}
"#;

/// A requirement.
pub(super) const REQUIREMENT: &str = "  - id: <id>
    group: <group>
    kind: <kind>
    severity: <severity>
    statement: <statement>
    source: <source>
    quotes:<quotes>
    level: <level>
    needs: [<needs>]
";

/// What is left to do after a fault was added.
pub(super) const AFTER_FAULT: &str = "
left to you, in order:
  1. <file>: write `plant` of `<id>`;
     sandbox/src/rules/ has the rules and hooks, sandbox/src/faults/tools.rs the tools
  2. cargo test -p sandbox: the fault shows, and breaks what exists
  3. cargo xtask faults <id>: must print `killed`
  4. cargo xtask faults --write: what catches it, in conformance/KILL_MATRIX.md
until then `cargo xtask tidy` and the tests of `sandbox` name what is missing
";

/// What is left to do in addition after the first fault of a group.
pub(super) const AFTER_GROUP: &str = "`<group>` is the last of `GROUPS` in sandbox/src/faults/mod.rs; move it to where it comes in a purchase's life\n";

/// What is left to do after a check was added.
pub(super) const AFTER_CHECK: &str = r#"
left to you, in order:
  1. <file>: for `<id>`, a `Rule` if it is a reason to refuse; cases in `plan`;
     what makes an answer wrong in `judge`
  2. spec/openapi.yaml: the response or property that states it cites it better than the operation; then
     `cargo xtask codegen`
  3. spec/requirements.yaml: the sentence behind `<id>` in `quotes`; without one, breaking it only warns
  4. conformance/tests/histories/: an answer that breaks `<id>`, and one that does not
  5. two faults: cargo xtask new-fault GROUP FAULT-ID --wrong "what is wrong" --breaks <id>
  6. cargo xtask coverage: cases exercise it
  7. cargo xtask faults --write: what catches the faults, in conformance/KILL_MATRIX.md
until then `cargo xtask tidy`, `cargo xtask coverage` and the tests of `sandbox` name what is missing
"#;

/// Fills in the placeholders of a template; values are inserted unchanged.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(at) = rest.find('<') {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        let place = tail[1..].split_once('>').and_then(|(name, after)| {
            values.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value, after))
        });
        rest = match place {
            Some((value, after)) => {
                out.push_str(value);
                after
            }
            // `&mut Planner<'_>` is not a placeholder.
            None => {
                out.push('<');
                &tail[1..]
            }
        };
    }
    out + rest
}
