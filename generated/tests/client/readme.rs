//! The commands of the pages: what a partner pastes must buy from the sandbox.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use generated::{Key, NetConnect};
use sandbox::{Config, Sandbox};

use crate::documented::{self, Documented};

#[test]
fn what_the_pages_show_is_what_the_program_takes() {
    assert!(documented::hold("buy-bulk", env!("CARGO_BIN_EXE_buy-bulk")) > 0);
}

/// The sandbox is started within this process, on a port of its own; everything else is as the pages show it.
#[tokio::test(flavor = "multi_thread")]
async fn a_partner_buys_from_the_sandbox_in_three_commands() {
    let commands = documented::commands();
    for page in ["README.md", "generated/README.md"] {
        let here: Vec<&Documented> = commands.iter().filter(|it| it.page == page).collect();
        let export = here.iter().position(|it| it.program == "export").expect("`export` of the key");
        let [serve, export, buy] = here[export - 1..=export + 1] else {
            panic!("{page}: not three commands")
        };
        assert_eq!((serve.program.as_str(), buy.program.as_str()), ("sandbox", "buy-bulk"), "{page}");
        assert!(serve.arguments.starts_with(&["--port".to_owned()]), "{page}: {serve:?}");

        let mut config = Config::new(Arc::new(spec::embedded().unwrap()));
        config.processing = Duration::from_millis(1);
        let sandbox = Sandbox::start(config).await.unwrap();
        let shown = format!("http://127.0.0.1:{}", serve.arguments[1]);
        let variables = export.arguments.iter().filter_map(|it| it.split_once('='));
        let variables: Vec<_> = variables
            .map(|(name, value)| (name, if value == shown { sandbox.url() } else { value }))
            .collect();
        assert!(variables.contains(&(generated::URL_VARIABLE, sandbox.url())), "{page}: {export:?}");
        let (_, key) = variables.iter().find(|(name, _)| *name == generated::KEY_VARIABLE).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_buy-bulk"));
        command.env_clear().envs(variables.iter().copied()).args(&buy.arguments);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{page}: {said}{}", String::from_utf8_lossy(&output.stderr));
        let api = NetConnect::builder().key(Key::new(key).unwrap()).base_url(sandbox.url()).build().unwrap();
        let [order] = api.orders(None, None).await.unwrap().orders.try_into().unwrap();
        assert!(said.contains(&order.order_id) && said.contains(&format!("{} GHS", order.amount)), "{said}");
        assert_eq!(said.matches("completed").count(), 3, "the order and two recipients: {said}");
        assert!(!said.contains(key));
    }
}
