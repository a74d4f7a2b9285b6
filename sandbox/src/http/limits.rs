//! Limits how much a server accepts at the same time, and how long it waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// The limits that keep one client from using up everything; [`Default`] has the values that the program starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The maximum number of connections at the same time.
    pub connections: usize,
    /// The maximum number of bytes of bodies that are kept at the same time.
    pub bytes: usize,
    /// How long a client may take to send the head of its next request.
    pub head: Duration,
    /// How long a client may take to send a body.
    pub body: Duration,
    /// How long a client may go without reading any byte of a response.
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

/// The number of files that a server needs in addition to its connections.
const SPARE: usize = 48;

impl Limits {
    /// Reduces the number of connections to what the process's limit of open files allows.
    pub(crate) fn within_open_files(self) -> Self {
        let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
        let files = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
        let files = files.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
        let most = files.map_or(usize::MAX, |files| files.saturating_sub(SPARE).max(1));
        Self { connections: self.connections.min(most), ..self }
    }
}

/// The number of bytes of bodies that may still be kept.
#[derive(Debug, Clone)]
pub(crate) struct Room(Arc<AtomicUsize>);

impl Room {
    pub(crate) fn new(bytes: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(bytes)))
    }

    /// Creates a reservation of zero bytes.
    pub(crate) fn empty(&self) -> Taken {
        Taken { room: self.clone(), bytes: 0 }
    }
}

/// A reservation of bytes, which are released when it is dropped.
#[derive(Debug)]
pub(crate) struct Taken {
    room: Room,
    bytes: usize,
}

impl Taken {
    /// Reserves more bytes; returns false if there are not enough left.
    pub(crate) fn more(&mut self, bytes: usize) -> bool {
        let left =
            self.room.0.try_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(bytes));
        self.bytes += if left.is_ok() { bytes } else { 0 };
        left.is_ok()
    }

    /// Releases all reserved bytes.
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
