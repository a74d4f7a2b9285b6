//! Every fault shows: the same script of requests gets other answers from a server with the fault than from one
//! without.

use crate::script::Script;
use futures::StreamExt as _;
use sandbox::{Behaviour, Freedom, Need, faults};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_shows() {
    let correct = Script::said(Behaviour::default()).await;
    assert_eq!(correct, Script::said(Behaviour::default()).await, "the script itself is not deterministic");
    let revision = Behaviour { freedoms: [Freedom::LaterRevision].into(), fault: None };
    let revised = Script::said(revision).await;
    let client = crate::common::client();
    // Faults that take a plan of many orders to show are covered by the tester's own tests.
    let rare = [Need::Concurrency, Need::Variation];
    let sequential = faults::all().filter(|fault| !rare.iter().any(|it| fault.needs.contains(it)));
    let hidden: Vec<&str> = futures::stream::iter(sequential)
        .map(|fault| {
            let base = if fault.needs.contains(&Need::Revision) { &revised } else { &correct };
            let (client, base) = (client.clone(), base.clone());
            let behaviour = Behaviour { fault: Some(fault), ..Behaviour::default() };
            async move { (fault.id, Script::agrees(client, behaviour, base).await) }
        })
        .buffer_unordered(4)
        .filter_map(|(id, hidden)| async move { hidden.then_some(id) })
        .collect()
        .await;
    assert!(
        hidden.is_empty(),
        "these faults change nothing that the script sees: {hidden:?}; write what `plant` of each does, or let the \
         script ask for it"
    );
}
