//! Covering arrays: few rows in which every combination of the levels of any `strength` factors occurs at least once.
//!
//! The search is greedy, in the manner of AETG: each row starts from a combination that is still missing, in the group
//! of factors that misses most, and gives each further factor the level that covers most of the rest. It is pure: the
//! same input gives the same rows.

/// Returns the number of candidate rows for each row taken. Pairs are cheap enough for more candidates than triples.
const fn tries(strength: usize) -> usize {
    if strength <= 2 { 3 } else { 1 }
}

/// Returns rows, each with a level for every factor, that together hold every combination of levels of any `strength`
/// factors that occurs in an allowed row. `levels` has the number of levels of each factor.
///
/// `allowed` judges partial rows. `false` means that no completion is allowed, so it must stay `false` when levels are
/// added. `true` for a row that turns out to be a dead end is permitted, at the cost of a search. Earlier rows cover
/// more than later ones. If there are no factors, or one without levels, or the strength is 0, there are no rows. A
/// strength beyond the number of factors gives every allowed row.
pub(crate) fn covering(
    levels: &[usize],
    strength: usize,
    seed: u64,
    allowed: &dyn Fn(&[Option<usize>]) -> bool,
) -> Vec<Vec<usize>> {
    let strength = strength.min(levels.len());
    if strength == 0 || levels.contains(&0) {
        return Vec::new();
    }
    let mut missing = Missing::new(levels, strength);
    let mut random = Random(seed);
    let mut rows: Vec<Vec<usize>> = Vec::new();
    while let Some((group, tuple)) = missing.next(&mut random) {
        let mut start = vec![None; levels.len()];
        missing.groups[group].assign(tuple, &mut start);
        let mut best: Option<(usize, Vec<usize>)> = None;
        for _ in 0..tries(strength) {
            let (missing, random) = (&missing, &mut random);
            let mut search = RowSearch { levels, allowed, missing, random, diving: true, stuck: None };
            // If there is an allowed row, the first try finds it.
            let Some(row) = search.row(&start) else { break };
            let gain = missing.gain(&row);
            if best.as_ref().is_none_or(|(most, _)| gain > *most) {
                best = Some((gain, row));
            }
        }
        match best {
            Some((_, row)) => {
                missing.strike_row(&row);
                rows.push(row);
            }
            None => missing.strike(group, tuple),
        }
    }
    without_needless(levels, strength, rows)
}

/// Removes rows whose combinations all occur in other rows, the last rows first.
fn without_needless(levels: &[usize], strength: usize, mut rows: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
    let groups = Missing::new(levels, strength).groups;
    let mut times: Vec<Vec<u32>> = groups.iter().map(|group| vec![0; group.missing.len()]).collect();
    for row in &rows {
        groups.iter().zip(&mut times).for_each(|(group, times)| times[group.tuple(row)] += 1);
    }
    for at in (0..rows.len()).rev() {
        let row = &rows[at];
        if groups.iter().zip(&times).all(|(group, times)| times[group.tuple(row)] > 1) {
            groups.iter().zip(&mut times).for_each(|(group, times)| times[group.tuple(row)] -= 1);
            rows.remove(at);
        }
    }
    rows
}

/// A choice of factors with all combinations of their levels, numbered in mixed radix.
struct Group {
    factors: Vec<usize>,
    /// What one step in the level of each factor adds to the number.
    strides: Vec<usize>,
    levels: Vec<usize>,
    /// By number, whether the combination is missing.
    missing: Vec<bool>,
    left: usize,
}

impl Group {
    fn new(factors: Vec<usize>, levels: &[usize]) -> Self {
        let levels: Vec<usize> = factors.iter().map(|factor| levels[*factor]).collect();
        let mut strides = Vec::with_capacity(factors.len());
        let mut size = 1;
        for count in &levels {
            strides.push(size);
            size *= count;
        }
        Self { factors, strides, levels, missing: vec![true; size], left: size }
    }

    fn tuple(&self, row: &[usize]) -> usize {
        self.factors.iter().zip(&self.strides).map(|(factor, stride)| row[*factor] * stride).sum()
    }

    fn assign(&self, tuple: usize, row: &mut [Option<usize>]) {
        for ((factor, stride), count) in self.factors.iter().zip(&self.strides).zip(&self.levels) {
            row[*factor] = Some(tuple / stride % count);
        }
    }

    /// Returns the number of the combination of the row's other levels with the first level of `factor`, and the
    /// distance to the next level's; `None` if one of the others is undecided.
    fn numbers(&self, row: &[Option<usize>], factor: usize) -> Option<(usize, usize)> {
        let (mut first, mut step) = (0, 1);
        for (member, stride) in self.factors.iter().zip(&self.strides) {
            if *member == factor {
                step = *stride;
            } else {
                first += row[*member]? * stride;
            }
        }
        Some((first, step))
    }

    fn strike(&mut self, tuple: usize) {
        self.left -= usize::from(std::mem::take(&mut self.missing[tuple]));
    }
}

/// The combinations that no row holds yet.
struct Missing {
    groups: Vec<Group>,
    /// The groups that each factor belongs to.
    of_factor: Vec<Vec<usize>>,
}

impl Missing {
    fn new(levels: &[usize], strength: usize) -> Self {
        let mut groups = Vec::new();
        let mut of_factor = vec![Vec::new(); levels.len()];
        let mut factors: Vec<usize> = (0..strength).collect();
        loop {
            factors.iter().for_each(|factor| of_factor[*factor].push(groups.len()));
            groups.push(Group::new(factors.clone(), levels));
            // To reach the next choice, the last factor that can still move up does, and those after it follow directly
            // behind it.
            let movable = |at: &usize| factors[*at] < levels.len() - strength + at;
            let Some(at) = (0..strength).rev().find(movable) else { break };
            let first = factors[at] + 1;
            factors[at..].iter_mut().zip(first..).for_each(|(factor, next)| *factor = next);
        }
        Self { groups, of_factor }
    }

    /// Returns a missing combination of the group that misses most, as indices of the group and the combination.
    fn next(&self, random: &mut Random) -> Option<(usize, usize)> {
        let most = (0..self.groups.len()).max_by_key(|group| self.groups[*group].left)?;
        let Group { missing, left, .. } = &self.groups[most];
        let skip = random.below((*left).max(1));
        let tuple = missing.iter().enumerate().filter(|(_, missing)| **missing).nth(skip)?.0;
        Some((most, tuple))
    }

    fn gain(&self, row: &[usize]) -> usize {
        self.groups.iter().filter(|group| group.missing[group.tuple(row)]).count()
    }

    fn strike(&mut self, group: usize, tuple: usize) {
        self.groups[group].strike(tuple);
    }

    fn strike_row(&mut self, row: &[usize]) {
        for group in &mut self.groups {
            group.strike(group.tuple(row));
        }
    }

    /// Returns how many combinations each level of a factor would cover together with the levels that a row already
    /// has.
    fn gains(&self, row: &[Option<usize>], factor: usize, count: usize) -> Vec<usize> {
        let mut gains = vec![0; count];
        for group in self.of_factor[factor].iter().map(|group| &self.groups[*group]) {
            if group.left == 0 {
                continue;
            }
            let Some((others, step)) = group.numbers(row, factor) else { continue };
            for (gain, missing) in gains.iter_mut().zip(group.missing[others..].iter().step_by(step)) {
                *gain += usize::from(*missing);
            }
        }
        gains
    }
}

struct RowSearch<'a> {
    levels: &'a [usize],
    allowed: &'a dyn Fn(&[Option<usize>]) -> bool,
    missing: &'a Missing,
    random: &'a mut Random,
    /// Whether to give up at the first factor for which no level is allowed.
    diving: bool,
    stuck: Option<usize>,
}

impl RowSearch<'_> {
    /// Returns an allowed row that has these levels, if there is one.
    fn row(&mut self, start: &[Option<usize>]) -> Option<Vec<usize>> {
        if !(self.allowed)(start) {
            return None;
        }
        let mut open: Vec<usize> = (0..start.len()).filter(|factor| start[*factor].is_none()).collect();
        self.random.shuffle(&mut open);
        // A factor that had no level left goes first in the next dive, where it finds a level or shows that there is
        // none. What is still undecided after the dives is decided by a full search.
        let dives = open.len();
        for dive in 0..=dives {
            let mut row = start.to_vec();
            self.stuck = None;
            self.diving = dive < dives;
            if self.complete(&mut row, &open) {
                return row.into_iter().collect();
            }
            let at = open.iter().position(|factor| Some(*factor) == self.stuck)?;
            if at == 0 {
                return None;
            }
            open[..=at].rotate_right(1);
        }
        None
    }

    /// Finds levels for the open factors, recursively. A dive ends at the first factor without an allowed level.
    fn complete(&mut self, row: &mut [Option<usize>], open: &[usize]) -> bool {
        let Some((factor, rest)) = open.split_first() else { return true };
        let count = self.levels[*factor];
        let gains = self.missing.gains(row, *factor, count);
        let mut order: Vec<usize> = (0..count).collect();
        self.random.shuffle(&mut order);
        order.sort_by_key(|level| std::cmp::Reverse(gains[*level]));
        let mut possible = false;
        for level in order {
            row[*factor] = Some(level);
            if (self.allowed)(row) {
                possible = true;
                if self.complete(row, rest) {
                    return true;
                }
                if self.diving && self.stuck.is_some() {
                    return false;
                }
            }
        }
        row[*factor] = None;
        if !possible {
            self.stuck = Some(*factor);
        }
        false
    }
}

/// SplitMix64: short, and with the same numbers whatever the versions of other crates.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number below a bound. The bound is small, so that the bias is negligible.
    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn shuffle(&mut self, list: &mut [usize]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }
}

#[cfg(test)]
mod tests;
