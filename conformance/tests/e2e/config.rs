//! The configuration file: keys named like flags, precedence of the command line and the environment, and no secrets.
//! Also the files that `init` writes.

use std::path::Path;

use crate::common::{Ended, conformance, fault, faultless, finish, program, start, states_of};

/// Writes a file with this text into a folder of its own.
fn file(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("conformance.toml");
    std::fs::write(&path, text).unwrap();
    let path = path.display().to_string();
    (folder, path)
}

fn said(ended: &Ended, path: &str) -> String {
    ended.shown(&[(path, "[file]")])
}

/// Every kind of mistake is reported with its place and a remedy, all at once, and nothing is sent.
#[tokio::test(flavor = "multi_thread")]
async fn mistakes_have_a_place_and_a_remedy() {
    let mut text = String::new();
    for wrong in [
        "tierr = \"smoke\"\nmax_spend = \"5\"\nseeed = 1\nxyz = 1\n",
        "quiet = 1\ntier = [\"smoke\"]\nonly = { a = 1 }\nurl = true\n",
        "api-key = \"x\"\ntoken = \"y\"\npassword = \"z\"\n",
        "header = [\"Authorization: Bearer abc\"]\nstates-header = \"A: b\"\n",
        "url = \"https://user:pass@host\"\nproxy = \"http://h:1/?a=b\"\nstates = \"u:p@host\"\n",
        "only = [\"netconnect_test_abcdefgh\"]\noperator = \"netconnect_live_abcdefgh\"\n",
        "config = \"other.toml\"\nhelp = true\nversion = true\n",
        "tier = \n",
    ] {
        let (_folder, path) = file(wrong);
        let ended = conformance(&["--config", &path]).await;
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{wrong}: {ended:?}");
        text += &said(&ended, &path);
    }
    for absent in [&["--config", "/nowhere/conformance.toml"][..], &["--config=/nowhere/c.toml", "list"]] {
        let ended = conformance(absent).await;
        assert_eq!(ended.code, Some(2), "{ended:?}");
        text += &ended.stderr;
    }
    insta::assert_snapshot!(text);
}

/// A value that the flag itself refuses is reported with its place in the file.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_flag_refuses_is_refused_with_its_place() {
    let mut text = String::new();
    for wrong in
        ["\ntier = \"all\"\n", "max-spend = 1.005\n", "accounts = \"a.toml\"\n", "report = [\"pdf=a\"]\n"]
    {
        let (folder, path) = file(wrong);
        let ended = conformance(&["--config", &path]).await;
        assert_eq!(ended.code, Some(2), "{ended:?}");
        text += &said(&ended, &path).replace(&folder.path().display().to_string(), "[folder]");
    }
    insta::assert_snapshot!(text);
}

/// Returns the last line of the output, which shows the seed and the tier of the plan.
fn last(ended: &Ended) -> String {
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended.stdout.lines().last().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_and_the_environment_outrank_it() {
    let sandbox = faultless().await;
    let states = states_of(&sandbox);
    let text = format!(
        "url = {:?}\nstates = {states:?}\ntier = \"smoke\"\nseed = 0x7\nonly = [\"count-high\", \"COUNT-LOW\"]\nquiet = false\nkeep-states = true\n",
        sandbox.url()
    );
    let (_folder, path) = file(&text);
    let plan = ["--config", &path, "--dry-run"];
    assert_eq!(last(&conformance(&plan).await), "nothing was sent (seed 7, tier smoke)");
    let mine = ["--tier=full", "--seed", "8"];
    assert_eq!(
        last(&conformance(&[&plan[..], &mine[..]].concat()).await),
        "nothing was sent (seed 8, tier full)"
    );
    // A list on the command line replaces that of the file.
    let ended = conformance(&[&plan[..], &["--only", "ROLE-OTHER"]].concat()).await;
    assert!(ended.stdout.contains("ROLE-OTHER") && !ended.stdout.contains("COUNT-HIGH"), "{ended:?}");
    let ended = conformance(&plan).await;
    assert!(ended.stdout.contains("COUNT-HIGH") && ended.stdout.contains("COUNT-LOW"), "{ended:?}");
    // A setting that conflicts with a given flag is dropped: here provider states, for the accounts file.
    let (_folder, accounts) = file(&crate::common::accounts_file(&sandbox));
    let ended = conformance(&[&plan[..], &["--accounts", &accounts]].concat()).await;
    assert_eq!(last(&ended), "nothing was sent (seed 7, tier smoke)");
    // The environment takes precedence over the file too.
    let demo = sandbox.demo();
    let package = &demo.catalog.operators[0].products[0].packages[0].id;
    let (_folder, path) = file(&format!("url = {:?}\npackage = [\"q00nobody\"]\n", sandbox.url()));
    let mut command = program(&["--config", &path, "--dry-run", "--seed", "7"]);
    command.env("CONFORMANCE_API_KEY", demo.accounts[0].key.expose()).env("CONFORMANCE_PACKAGE", package);
    assert_eq!(last(&finish(command).await), "nothing was sent (seed 7, tier standard)");
}

/// Paths are resolved from the folder of the file; commands that have no such flag ignore it.
#[tokio::test(flavor = "multi_thread")]
async fn paths_are_found_from_the_files_folder() {
    let sandbox = start(|config| config.behaviour = fault("count-unbounded")).await;
    let text = format!(
        "url = {:?}\nstates = {:?}\ntier = \"smoke\"\nseed = 1\nonly = \"COUNT-HIGH\"\nno-shrink = true\nquiet = true\n\
         report = [\"ndjson=out/history.ndjson\", \"json=run.json\"]\nwrite-baseline = \"known.toml\"\n",
        sandbox.url(),
        states_of(&sandbox)
    );
    let (folder, path) = file(&text);
    let elsewhere = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        let mut command = program(args);
        command.current_dir(elsewhere.path());
        finish(command)
    };
    let ended = run(&["--config", &path]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    for name in ["out/history.ndjson", "run.json", "known.toml"] {
        assert!(folder.path().join(name).is_file(), "{name}");
    }
    // `judge` uses the settings about reports and ignores the others.
    std::fs::remove_file(folder.path().join("run.json")).unwrap();
    let history = folder.path().join("out/history.ndjson").display().to_string();
    let ended = run(&["judge", &history, "--config", &path]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(folder.path().join("run.json").is_file());
    assert_eq!(run(&["--config", &path, "explain", "COUNT-HIGH"]).await.code, Some(0));
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0, "nothing beside");
}

/// A configuration file in the working directory that was not named is not read, and neither is anything else there.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_named_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    put("conformance.toml", "url = \"http://127.0.0.1:9\"\n");
    put("conformance/shapes/order.json", "no shape\n");
    put("accounts.toml", "no accounts\n");
    put("spec/openapi.yaml", "no: contract\n");
    let mut command = program(&["--tier", "smoke", "--seed", "1", "--quiet"]);
    command.current_dir(folder.path());
    let ended = finish(command).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

/// The files that `init` writes exist and work, and no existing file is changed.
#[tokio::test(flavor = "multi_thread")]
async fn init_writes_what_can_be_used_and_replaces_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let init = || {
        let mut command = program(&["init"]);
        command.current_dir(folder.path());
        finish(command)
    };
    let first = init().await;
    assert_eq!(first.code, Some(0), "{first:?}");
    let config = folder.path().join("conformance.toml");
    let mine = std::fs::read_to_string(&config).unwrap() + "# mine\nseed = 5\n";
    std::fs::write(&config, &mine).unwrap();
    let second = init().await;
    insta::assert_snapshot!(format!("{}\n{}", first.shown(&[]), second.shown(&[])));
    assert_eq!(std::fs::read_to_string(&config).unwrap(), mine);
    let ended = conformance(&["--config", &config.display().to_string(), "--dry-run"]).await;
    assert_eq!(last(&ended), "nothing was sent (seed 5, tier smoke)");
    // The commented settings must be valid too.
    let all: String = mine
        .lines()
        .map(|line| line.strip_prefix("# ").filter(|it| it.contains(" = ")).unwrap_or(line))
        .fold(String::new(), |text, line| text + line + "\n");
    std::fs::write(&config, &all).unwrap();
    let ended = conformance(&["--config", &config.display().to_string(), "--dry-run"]).await;
    assert!(ended.stderr.contains("accounts.toml"), "everything but the accounts is there: {ended:?}");
    let workflow = std::fs::read_to_string(folder.path().join(".github/workflows/conformance.yml")).unwrap();
    let inputs = action_inputs();
    let with: Vec<&str> = workflow.lines().skip_while(|it| !it.contains("with:")).collect();
    assert!(
        with.iter().any(|it| inputs.iter().any(|input| it.trim_start().starts_with(&format!("{input}:"))))
    );
}

/// Returns the inputs of the action.
fn action_inputs() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../action.yml");
    let text = std::fs::read_to_string(path).unwrap();
    let inputs = text.lines().skip_while(|it| *it != "inputs:").skip(1).take_while(|it| it.starts_with(' '));
    let names = inputs.filter(|it| it.starts_with("  ") && !it.starts_with("   "));
    names.map(|it| it.trim().trim_end_matches(':').to_owned()).collect()
}
