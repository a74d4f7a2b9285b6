//! All ways of misbehaving.

mod closing;
mod contents;
mod framing;
mod reaching;
mod silence;
mod size;
mod statuses;

use crate::row::Row;

pub(crate) fn all() -> impl Iterator<Item = &'static Row> {
    [silence::ROWS, closing::ROWS, framing::ROWS, size::ROWS, contents::ROWS, statuses::ROWS, reaching::ROWS]
        .into_iter()
        .flatten()
}
