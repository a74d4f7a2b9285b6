//! Recipients that take long: an order is followed for as long as `--settle` says, and one that has not ended by then
//! is reported, but never as a failure.

use std::time::Duration;

use conformance::history::Tier;
use conformance::judge::verdict::Verdict;
use conformance::run::session::Options;

use crate::common::{contract, options, run, start, states_of, target_at, told};

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_followed_as_long_as_is_asked_for() {
    for (settle, ends) in [(0, false), (300, true)] {
        let sandbox = start(|config| config.processing = Duration::from_millis(300)).await;
        let options = Options {
            settle: Duration::from_secs(settle),
            only: vec!["orders/followed/Agent".to_owned()],
            ..options(Tier::Standard, 1)
        };
        let ran = run(contract(), target_at(sandbox.url()), Some(&states_of(&sandbox)), &options).await;
        let finished = ran.unwrap_or_else(|error| panic!("{error}")).1;
        let told_of_it: Vec<&String> =
            finished.history.footer.notes.iter().filter(|it| it.contains("--settle")).collect();
        assert_eq!(told_of_it.is_empty(), ends, "{settle} s: {told_of_it:?}");
        assert_ne!(finished.judgement.verdict, Verdict::NotConformant, "{}", told(&finished.judgement));
        sandbox.stop().await;
    }
}
