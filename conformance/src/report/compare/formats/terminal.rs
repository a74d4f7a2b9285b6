//! The comparison as text for a terminal. The result is both the first and the last line.

use super::rows;
use crate::report::compare::{Change, Comparison, State};
use crate::report::formats::terminal::wrap;
use crate::report::look::{BAD, CAUTION, FAINT, GAP, GOOD, Look, STRONG};

/// Renders the whole comparison, which ends with a line feed.
#[must_use]
pub fn render(comparison: &Comparison, look: &Look) -> String {
    let mut out = headline(comparison, look);
    out += "\n";
    let figures = rows::figures(comparison);
    let column = |at: usize| figures.iter().map(|row| row[at].chars().count()).max().unwrap_or_default();
    let (names, olds) = (column(0), column(1));
    out += &look.paint(FAINT, &format!("  {:<names$}  {:<olds$}  now", "", "before"));
    out += "\n";
    for [name, old, new] in &figures {
        out += &format!("  {name:<names$}  {old:<olds$}  {new}\n");
    }
    for state in State::ALL {
        for (at, change) in comparison.in_state(state).enumerate() {
            if at == 0 {
                out += &format!("\n{}\n", look.paint(style(state), &state.name().to_uppercase()));
            }
            out += &one(change, look);
        }
    }
    for (name, lines) in rows::lists(comparison) {
        out += &format!("\n{}\n", look.paint(STRONG, name));
        for line in lines {
            out += &wrap("  - ", &line, look.width);
        }
    }
    out + "\n" + &headline(comparison, look)
}

fn headline(comparison: &Comparison, look: &Look) -> String {
    let worst = State::ALL.into_iter().find(|state| comparison.in_state(*state).next().is_some());
    let text = look.paint(worst.map_or(GOOD, style).bold(), &comparison.headline());
    wrap("", &text, look.width)
}

const fn style(state: State) -> anstyle::Style {
    match state {
        State::New | State::Widened => BAD,
        State::Changed | State::Still => CAUTION,
        State::Fixed => GOOD,
        State::NotTried => GAP,
    }
}

fn one(change: &Change, look: &Look) -> String {
    let seen = rows::seen(change);
    let known = if change.known { ", known" } else { "" };
    let id = look.paint(STRONG, &change.requirement);
    let text = format!("{id} {} ({seen}{known})", change.summary);
    let mut out = wrap("  - ", &text, look.width);
    if let Some(note) = &change.note {
        out += &wrap("    ", &look.paint(FAINT, note), look.width);
    }
    if matches!(change.state, State::New | State::Widened | State::Changed) {
        // The line is not wrapped, since a line break would be pasted too.
        out += &format!("    {}\n", change.replay);
    }
    out
}
