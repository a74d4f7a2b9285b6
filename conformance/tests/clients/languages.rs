//! Clients in several languages: correct ones cause no findings, and wrong ones break the rule that they are meant to
//! break.

use crate::common::{judged, text};

/// A correct client must break no rule in the scenarios of its tasks.
fn left_in_peace(file: &str, words: &[&str]) {
    if let Some((output, ids)) = judged(file, words) {
        assert_eq!(ids, Vec::<String>::new(), "{}", text(&output.stdout));
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    }
}

/// A wrong client must break the given rule and no other.
fn caught(file: &str, id: &str, words: &[&str]) {
    if let Some((output, ids)) = judged(file, words) {
        assert_eq!(ids, [id], "{}", text(&output.stdout));
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    }
}

#[test]
fn a_right_client_in_shell_is_left_in_peace_in_every_scenario() {
    left_in_peace("shell/right.sh", &["--task", "buy,balance"]);
}

#[test]
fn a_right_client_in_python_is_left_in_peace() {
    let some = [
        "--task",
        "buy,buy-and-wait",
        "--only",
        "lost/among-many",
        "--only",
        "follow/failed",
        "--only",
        "liberties/",
    ];
    left_in_peace("python/right.py", &some);
}

#[test]
fn a_right_client_in_javascript_is_left_in_peace() {
    left_in_peace(
        "node/right.mjs",
        &["--task", "buy,buy-and-wait", "--only", "wait/", "--only", "follow/delivered"],
    );
}

#[test]
fn our_own_client_is_left_in_peace_in_every_scenario() {
    let built = std::path::Path::new(env!("CARGO_BIN_EXE_conformance")).with_file_name("buy-bulk");
    if built.is_file() {
        left_in_peace("rust/right.sh", &["--task", "buy,buy-and-wait,balance"]);
    } else {
        eprintln!("passed over, for want of {}", built.display());
    }
}

#[test]
fn a_purchase_that_is_sent_twice_is_caught() {
    caught("shell/curl-retry.sh", "ONCE-LOST", &["--only", "lost/gateway-timeout", "--only", "plain/two"]);
    caught(
        "python/urllib3-retry.py",
        "ONCE-LOST",
        &["--only", "lost/gateway-timeout", "--only", "plain/two"],
    );
    caught("node/axios-retry.mjs", "ONCE-LOST", &["--only", "lost/broken-after", "--only", "plain/two"]);
}

#[test]
fn a_key_in_the_wrong_place_is_caught() {
    caught("shell/key-in-query.sh", "KEY-PLACE", &["--only", "plain/two"]);
    caught("shell/curl-location.sh", "KEY-REDIRECT", &["--only", "redirect/", "--only", "plain/two"]);
    caught("shell/curl-insecure.sh", "KEY-TLS", &["--only", "tls/", "--only", "plain/two"]);
    caught("python/bearer.py", "KEY-HEADER", &["--only", "plain/two"]);
}

#[test]
fn a_client_that_waits_too_short_or_is_left_running_is_caught() {
    caught("shell/no-retry-after.sh", "WAIT-ASKED", &["--only", "wait/throttled-seconds"]);
    caught("shell/background.sh", "END-RUNNING", &["--only", "plain/two"]);
}

#[test]
fn what_a_client_can_not_bear_has_the_name_of_the_liberty() {
    caught("python/strict-model.py", "READ-FIELDS", &["--only", "plain/two", "--only", "liberties/fields"]);
    caught("python/own-http.py", "READ-HTTP", &["--only", "plain/two", "--only", "freedom/chunked-answers"]);
    caught(
        "node/cursor-must-be-there.mjs",
        "READ-STATES",
        &["--task", "buy-and-wait", "--only", "follow/delivered", "--only", "freedom/recipients-nested"],
    );
}
