//! The HTML page: what it must never contain and, if a browser is available, how it works in one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use conformance::report::formats::html;
use conformance::report::view::View;

use crate::fixture::{self, Fixture};

/// The page of a run against a sandbox with a planted fault, as `--report dir=` wrote it.
const REAL: &str = include_str!("run/report.html");

fn page(fixture: &Fixture) -> String {
    html::render(&fixture.run(), &View::of(&fixture.run()))
}

#[test]
fn nothing_from_outside_is_markup() {
    let page = page(&fixture::failing());
    assert_eq!(page.matches("<script").count(), 1, "its own");
    assert_eq!(page.matches("<style").count(), 1, "its own");
    assert_eq!(page.matches("<img").count(), 0);
    assert!(page.contains("&lt;script&gt;alert('x')&lt;/script&gt;"), "the answer is shown, as text");
    assert!(page.contains(": :warning::not a command &lt;img src=x onerror=alert(1)&gt;"));
}

#[test]
fn nothing_is_loaded() {
    let page = page(&fixture::failing());
    assert!(page.contains("default-src 'none'"));
    for attribute in ["src=\"", "@import", "url(", "<iframe", "<object", "style=\"", "onclick"] {
        assert!(!page.contains(attribute), "{attribute}");
    }
    for link in page.split("href=\"").skip(1) {
        assert!(link.starts_with('#') || link.starts_with("data:,\""), "{}", &link[..link.len().min(60)]);
    }
}

#[test]
fn links_lead_somewhere_and_ids_are_unique() {
    let page = page(&fixture::failing());
    let ids: Vec<_> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let distinct: std::collections::BTreeSet<_> = ids.iter().copied().collect();
    assert_eq!(ids.len(), distinct.len());
    for target in page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(distinct.contains(target), "{target}");
    }
}

#[test]
fn gaps_are_in_sight() {
    let page = page(&fixture::failing());
    let row =
        page.split("id=\"ROLE-SUPERAGENT\"").nth(1).and_then(|rest| rest.split("</tr>").next()).unwrap();
    assert!(row.contains("not exercised") && row.contains("Needs a key of role SuperAgent."), "{row}");
    let sheet =
        page.split("<caption>Staff</caption>").nth(1).and_then(|rest| rest.split("</table>").next()).unwrap();
    assert_eq!(sheet.matches("not tried").count(), 5 * 5, "counts above 3 were not tried as Staff");
}

#[test]
fn a_race_shows_its_orders_and_not_the_reading_that_noticed_it() {
    let mut fixture = fixture::failing();
    // The race's last exchange reads the wallet.
    let race = &mut fixture.judgement.findings[0].example;
    assert_eq!(race.case, "race/two/0");
    race.exchange = Some(4);
    let page = page(&fixture);
    let finding = page.split("<article").nth(1).unwrap();
    assert!(finding.contains("The 4 orders that were sent at once"), "{finding}");
    let script =
        finding.split("aria-label=\"Command\">").nth(1).and_then(|it| it.split("</pre>").next()).unwrap();
    assert_eq!(script.matches("--data-raw").count(), 4, "{script}");
    assert!(script.ends_with("&amp;\nwait") && !script.contains("wallet-balance"), "{script}");
    assert_eq!(finding.matches("<tr class=\"about\"").count(), 4);
}

/// Runs `html/check.mjs`: axe-core in headless Chromium, at two widths and in both themes.
#[test]
#[ignore = "needs Node.js and Chromium: conformance/tests/html/README.md"]
fn a_browser_finds_nothing_wrong() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/html");
    let out = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("report");
    fs::create_dir_all(&out).unwrap();
    let pages = [("failing", fixture::failing()), ("passing", fixture::passing())];
    let pages = pages.map(|(name, fixture)| (name, page(&fixture)));
    let pages = pages.into_iter().chain([("real", REAL.to_owned())]).map(|(name, page)| {
        let path = out.join(format!("{name}.html"));
        fs::write(&path, page).unwrap();
        path
    });
    let parts = script.join("node_modules").is_dir();
    assert!(parts, "{} has no node_modules; its README says how to install them", script.display());
    let output = Command::new("node").arg(script.join("check.mjs")).args(pages).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
