//! The rooms of the conformance crate and their order: a room may use the rooms below it, and none above or beside it.

use std::collections::BTreeMap;

use super::imports::Crate;
use super::workspace::Workspace;

/// The crate whose sources have rooms.
const CRATE: &str = "conformance";

/// One room (a folder or a loose file of the sources, without `.rs`) and why it must not use the rooms above and beside
/// it.
struct Room {
    name: &'static str,
    why: &'static str,
}

const fn room(name: &'static str, why: &'static str) -> Room {
    Room { name, why }
}

/// The order of rooms from the bottom to the top, one floor after the other. Rooms of one floor must not use each
/// other.
const FLOORS: &[&[Room]] = &[
    &[
        room("lib", "what it defines itself is for everybody"),
        room("bounds", "how much a server can make the program take is said once"),
        room("exit", "an exit code is a number and a sentence"),
        room("secret", "a key is kept from being printed whoever holds it"),
        room("hint", "how much two words are alike does not depend on what they name"),
    ],
    &[room("history", "what was sent and came back is a fact, whatever was planned or is thought of it")],
    &[room("order", "what an order is and what may be answered to it is the same for planner and judge")],
    &[room("sut", "who we can be on a server does not depend on what is then sent")],
    &[room("plan", "what is sent is chosen before anything is sent, and without a look at how it is judged")],
    &[room("judge", "a recorded history is judged by bytes alone; the rules and checks are arguments")],
    &[room("checks", "a check plans and judges; when and how it is carried out is not its concern")],
    &[room("exec", "what is sent and received is recorded, not judged")],
    &[room("report", "a finished run is shown, wherever it comes from")],
    &[
        room("run", "one run from plan to judgement, for whichever command asks"),
        room("export", "a plan is written down for tools of others, and nothing of it is carried out"),
        room("client", "a client is judged by what it sends to a server of ours, without a run of our own"),
    ],
    &[room("cli", "the command line chooses among all that there is")],
    &[room("main", "the program itself")],
];

/// Returns a room and the index of its floor, counted from the bottom.
fn find(name: &str) -> Option<(usize, &'static Room)> {
    let floors = FLOORS.iter().enumerate();
    floors
        .flat_map(|(floor, rooms)| rooms.iter().map(move |room| (floor, room)))
        .find(|(_, it)| it.name == name)
}

/// Returns the room of a file, given its path.
pub(super) fn of(path: &str) -> Option<&str> {
    let below = path.strip_prefix(CRATE)?.strip_prefix("/src/")?;
    below.split('/').next().map(|first| first.strip_suffix(".rs").unwrap_or(first))
}

/// Every room must have a place in the order, and no arrow may run against it.
pub(super) fn order(workspace: &mut Workspace<'_>) {
    let Some(sources) = Crate::read(workspace.files, CRATE) else { return };
    let mut unknown = BTreeMap::new();
    for path in sources.shipped() {
        let name = of(path).unwrap_or_default();
        if find(name).is_none() {
            unknown.entry(name).or_insert(path);
        }
    }
    for (name, path) in unknown {
        let message = format!(
            "`{name}` has no place in the order of rooms; move it into a room, or give it a line in `FLOORS` of \
             xtask/src/tidy/rooms.rs"
        );
        workspace.insist(path, 1, message, Vec::new());
    }
    for arrow in sources.arrows() {
        let (Some(from), Some(to)) = (of(arrow.from), of(arrow.to)) else { continue };
        let (Some((low, room)), Some((high, _))) = (find(from), find(to)) else { continue };
        if from != to && low <= high {
            let side = if low == high { "beside" } else { "above" };
            let message = format!(
                "room `{from}` needs room `{to}` {side} it (`{}` of {}): {}; pass it as an argument, or move what both \
                 need further down",
                arrow.path, arrow.to, room.why
            );
            let lines = arrow.lines.iter().skip(1).map(|line| format!("{}:{line} too", arrow.from)).collect();
            workspace.insist(arrow.from, arrow.line(), message, lines);
        }
    }
}
