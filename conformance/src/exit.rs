//! The table of exit codes, shared by the program, its help and the README.

/// How the program exits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Every documented requirement was exercised, and none failed.
    Conformant,
    /// A requirement failed. This outranks everything else.
    NotConformant,
    /// A flag, a file or the configuration is invalid.
    Usage,
    /// Nothing failed, but a documented requirement was not exercised.
    Incomplete,
    /// The target can't be reached, or what answers is not this API.
    Unreachable,
    /// The cap on spending prevented a documented requirement from being exercised.
    BudgetExhausted,
    /// Only known failures occurred, and an entry of the baseline is out of date.
    BaselineOutOfDate,
    /// An internal error of this program.
    OwnFault,
}

impl Exit {
    /// The table: exit, code, and meaning.
    pub const TABLE: [(Self, u8, &'static str); 8] = [
        (Self::Conformant, 0, "conformant: every documented requirement was exercised and none failed"),
        (Self::NotConformant, 1, "not conformant: a requirement failed (outranks the codes below)"),
        (Self::Usage, 2, "usage: a flag, a file or the configuration is wrong"),
        (Self::Incomplete, 3, "incomplete: nothing failed, and a documented requirement was not exercised"),
        (Self::Unreachable, 4, "unreachable: the target can't be reached, or what answers is not this API"),
        (Self::BudgetExhausted, 5, "budget exhausted: nothing failed, and the cap on spending left gaps"),
        (
            Self::BaselineOutOfDate,
            6,
            "baseline out of date: only known failures, and an entry no longer holds",
        ),
        (Self::OwnFault, 70, "internal error: a check of this program broke down"),
    ];

    /// The exit codes of a process that was told twice to end, each with the second signal.
    pub(crate) const LEFT: [(u8, &'static str); 3] =
        [(129, "the second SIGHUP"), (130, "the second Ctrl-C"), (143, "the second SIGTERM")];

    /// Returns the exit code of the process.
    #[must_use]
    pub fn code(self) -> u8 {
        Self::TABLE.iter().find(|(exit, ..)| *exit == self).map_or(70, |(_, code, _)| *code)
    }

    /// Returns the table as the help shows it.
    #[must_use]
    pub(crate) fn help() -> String {
        let ends = Self::TABLE.iter().map(|(_, code, text)| format!(" {code:>3}  {text}\n"));
        let left = Self::LEFT
            .iter()
            .map(|(code, by)| format!(" {code:>3}  {by}: left at once, without a verdict\n"));
        ends.chain(left).collect()
    }
}
