//! The positions at which a defect is placed in an order, where one order for each position would be too many.

/// Returns the middle and both ends of a range, and position 11 if there is one, without repetitions.
pub(super) fn positions(count: usize) -> Vec<usize> {
    let mut all = vec![0, count / 2, count.saturating_sub(1)];
    if count > 11 {
        all.push(11);
    }
    all.sort_unstable();
    all.dedup();
    all
}
