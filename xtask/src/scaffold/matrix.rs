//! Adds a row for a new fault to the kill matrix, in the form that `cargo xtask faults` writes for a fault that nothing
//! has caught.

use crate::Error;

/// Path of the kill matrix.
pub(super) const PATH: &str = "conformance/KILL_MATRIX.md";

const HEAD: &str = "| fault | what is wrong | caught by |\n|---|---|---|\n";

/// Returns the matrix with a row for a fault that nothing has caught; groups and rows are sorted.
pub(super) fn add(text: &str, group: &str, id: &str, wrong: &str) -> Result<String, Error> {
    let stale =
        || Error::Usage(format!("{PATH}: not as `cargo xtask faults --write` leaves it; run that first"));
    // The file has a heading, the groups, and a last line with the counts.
    let (head, rest) = text.split_once("\n## ").ok_or_else(stale)?;
    let (groups, last) = rest.trim_end().rsplit_once("\n\n").ok_or_else(stale)?;
    let mut groups: Vec<(String, Vec<String>)> = groups
        .split("\n## ")
        .map(|group| {
            let (name, table) = group.split_once("\n\n").ok_or_else(stale)?;
            let rows = table.lines().filter(|it| it.starts_with("| `")).map(str::to_owned).collect();
            Ok((name.to_owned(), rows))
        })
        .collect::<Result<_, Error>>()?;
    let at = groups.iter().position(|(name, _)| name == group).unwrap_or_else(|| {
        groups.push((group.to_owned(), Vec::new()));
        groups.len() - 1
    });
    groups[at].1.push(format!("| `{id}` | {wrong} | **nothing** |"));
    groups[at].1.sort_by(|a, b| name(a).cmp(name(b)));
    groups.sort_by(|a, b| a.0.cmp(&b.0));
    let (caught, words) = last.split_once(" of ").ok_or_else(stale)?;
    let (total, words) = words.split_once(' ').ok_or_else(stale)?;
    let total: usize = total.parse().map_err(|_| stale())?;
    let tables: String =
        groups.iter().map(|(name, rows)| format!("\n## {name}\n\n{HEAD}{}\n", rows.join("\n"))).collect();
    Ok(format!("{head}{tables}\n{caught} of {} {words}\n", total + 1))
}

/// Returns the text between the first two backticks of a row.
fn name(row: &str) -> &str {
    row.split('`').nth(1).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MATRIX: &str = "# Kill matrix\n\nWords.\n\n## b\n\n| fault | what is wrong | caught by |\n|---|---|---|\n\
                          | `b-x` | x | X |\n\n1 of 1 faults are caught.\n";

    #[test]
    fn rows_and_groups_stand_in_order() {
        let text = add(MATRIX, "b", "b-a", "a").unwrap();
        assert!(
            text.contains("| `b-a` | a | **nothing** |\n| `b-x` | x | X |\n\n1 of 2 faults are caught.\n"),
            "{text}"
        );
        let text = add(&text, "a", "a-b", "b").unwrap();
        assert!(text.starts_with("# Kill matrix\n\nWords.\n\n## a\n\n| fault"), "{text}");
        assert!(text.contains("| `a-b` | b | **nothing** |\n\n## b\n\n| fault"), "{text}");
        assert!(text.ends_with("\n\n1 of 3 faults are caught.\n"), "{text}");
        assert!(add("# Kill matrix\n", "a", "a-b", "b").unwrap_err().to_string().contains("--write"));
    }
}
