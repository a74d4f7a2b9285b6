//! How much a server takes at the same time, and how long it waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Bounds that keep one client from taking everything; [`Default`] has what the program starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections at the same time.
    pub connections: usize,
    /// Bytes of bodies that are kept at the same time.
    pub bytes: usize,
    /// How long a connection may take to send the head of its next request.
    pub head: Duration,
    /// How long a body may take.
    pub body: Duration,
    /// How long a client may take no byte of an answer.
    pub write: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            bytes: 64 << 20,
            head: Duration::from_secs(20),
            body: Duration::from_secs(30),
            write: Duration::from_secs(20),
        }
    }
}

/// Files that a server needs beside its connections.
const SPARE: usize = 48;

impl Limits {
    /// So that no more connections are taken than the process may have files open.
    pub(crate) fn within_open_files(self) -> Self {
        let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
        let files = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
        let files = files.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
        let most = files.map_or(usize::MAX, |files| files.saturating_sub(SPARE).max(1));
        Self { connections: self.connections.min(most), ..self }
    }
}

/// The bytes of bodies that may still be kept.
#[derive(Debug, Clone)]
pub(crate) struct Room(Arc<AtomicUsize>);

impl Room {
    pub(crate) fn new(bytes: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(bytes)))
    }

    /// Room for nothing yet.
    pub(crate) fn empty(&self) -> Taken {
        Taken { room: self.clone(), bytes: 0 }
    }
}

/// Room that is taken for as long as this lives.
#[derive(Debug)]
pub(crate) struct Taken {
    room: Room,
    bytes: usize,
}

impl Taken {
    /// Takes room for more bytes; false if there is none.
    pub(crate) fn more(&mut self, bytes: usize) -> bool {
        let left =
            self.room.0.try_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(bytes));
        self.bytes += if left.is_ok() { bytes } else { 0 };
        left.is_ok()
    }

    /// Gives all of it back.
    pub(crate) fn clear(&mut self) {
        self.room.0.fetch_add(std::mem::take(&mut self.bytes), Ordering::AcqRel);
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_comes_back() {
        let room = Room::new(10);
        let (mut one, mut two) = (room.empty(), room.empty());
        assert!(one.more(6) && !two.more(5) && two.more(4) && !one.more(1));
        one.clear();
        assert!(two.more(6));
        drop(two);
        assert!(one.more(10) && !one.more(1));
    }
}
