//! Where in an order a defect stands, when one order for each place would be too many.

/// Middle and both ends of a range, and past the tenth, without repetitions.
pub(super) fn positions(count: usize) -> Vec<usize> {
    let mut all = vec![0, count / 2, count.saturating_sub(1)];
    if count > 11 {
        all.push(11);
    }
    all.sort_unstable();
    all.dedup();
    all
}
