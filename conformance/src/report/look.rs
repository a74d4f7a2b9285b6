//! How the terminal report looks: width, colour, how much; decided once and handed in.

use anstyle::{AnsiColor, Style};

/// Whether to colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How much to say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// The verdict and a line per finding.
    Quiet,
    /// What a person wants to know.
    #[default]
    Normal,
    /// Every requirement and every detail.
    Verbose,
}

impl Verbosity {
    /// How much the flags `--quiet` and `--verbose` ask for.
    #[must_use]
    pub const fn of(quiet: bool, verbose: bool) -> Self {
        match (quiet, verbose) {
            (true, _) => Self::Quiet,
            (_, true) => Self::Verbose,
            _ => Self::Normal,
        }
    }
}

/// How the report looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Columns to fill.
    pub width: usize,
    /// Whether to colour.
    pub color: bool,
    /// How much to say.
    pub verbosity: Verbosity,
}

impl Look {
    /// What suits a stream: its width within readable bounds (100 columns where it has none), colour as asked for.
    #[must_use]
    pub(crate) fn of(terminal: &console::Term, color: Color, verbosity: Verbosity) -> Self {
        let width = terminal.size_checked().map_or(100, |(_, columns)| usize::from(columns).clamp(40, 160));
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let wanted = terminal.is_term() && !set("NO_COLOR") && !is_dumb();
        let color = match color {
            Color::Auto => wanted,
            Color::Always => true,
            Color::Never => false,
        };
        Self { width, color, verbosity }
    }

    /// A text in a style, if colour is wanted.
    #[must_use]
    pub(crate) fn paint(&self, style: Style, text: &str) -> String {
        if self.color && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

/// Whether the terminal says of itself that it can do nothing but print: neither colour nor a bar that moves.
#[must_use]
pub(crate) fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|it| it == "dumb")
}

/// Strong: names of things.
pub(crate) const STRONG: Style = Style::new().bold();
/// Faint: what is only there to be looked up.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// Something failed.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// Worth a look.
pub(crate) const ODD: Style = AnsiColor::Yellow.on_default();
/// All is well.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// A gap.
pub(crate) const GAP: Style = AnsiColor::Cyan.on_default();
