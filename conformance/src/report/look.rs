//! The look of the terminal report: width, colour and verbosity. It is determined once and passed on.

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

/// How much a report says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// The verdict and a line per finding.
    Quiet,
    /// What most readers want to know.
    #[default]
    Normal,
    /// Every requirement and every detail.
    Verbose,
}

impl Verbosity {
    /// Returns the verbosity that the flags `--quiet` and `--verbose` ask for.
    #[must_use]
    pub(crate) const fn of(quiet: bool, verbose: bool) -> Self {
        match (quiet, verbose) {
            (true, _) => Self::Quiet,
            (_, true) => Self::Verbose,
            _ => Self::Normal,
        }
    }
}

/// The look of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// The width in columns.
    pub width: usize,
    /// Whether to use colour.
    pub color: bool,
    /// How much to say.
    pub verbosity: Verbosity,
}

impl Look {
    /// Returns the look for a stream: its width within readable bounds (100 columns if it has none), and colour as
    /// requested.
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

    /// Returns a text in a style, or unchanged if colour is off.
    #[must_use]
    pub(crate) fn paint(&self, style: Style, text: &str) -> String {
        if self.color && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

/// Returns true if the terminal declares that it can only print: it has neither colour nor a moving progress bar.
#[must_use]
pub(crate) fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|it| it == "dumb")
}

/// The style for names.
pub(crate) const STRONG: Style = Style::new().bold();
/// The style for what is only there for reference.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// The style for failures.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// The style for what deserves attention.
pub(crate) const CAUTION: Style = AnsiColor::Yellow.on_default();
/// The style for success.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// The style for gaps.
pub(crate) const GAP: Style = AnsiColor::Cyan.on_default();
