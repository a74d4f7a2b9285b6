//! What frames the records of a run: the header says what the run set out to do, the footer how it ended.

use std::collections::BTreeSet;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use spec::Pesewas;

use super::Environment;

/// The version of this format; a reader refuses any other.
pub const FORMAT: u32 = 1;

/// The reason that is recorded for a case that does not fit under the cap on spending.
pub(crate) const NO_ROOM: &str = "the cap on spending leaves no room for it";

/// The reason that is recorded for a case whose orders have no known price where spending has a cap.
pub(crate) const NO_PRICE: &str = "the price of an order is not known, and under a cap on spending no such order is sent: write \
                            `price` beside the packages in the accounts file, or `role` beside the keys where the server shows \
                            no role";

/// The suffix of the id of a case that is the smallest form found for another.
pub(crate) const SMALLER: &str = "@small";

/// The part of the id of a smaller form tried while shrinking that stands before its number.
pub const STEP: &str = "@step/";

/// How much is tried, and therefore spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Only requests that a conforming server refuses, so that they cost nothing there.
    Probe,
    /// Each boundary once.
    Smoke,
    /// Boundaries, pairs of factors, fuzz and races.
    Standard,
    /// As standard, but with triples of factors and more of everything.
    Full,
}

impl Tier {
    /// All tiers, from the one that tries least.
    pub(crate) const ALL: [Self; 4] = [Self::Probe, Self::Smoke, Self::Standard, Self::Full];

    /// Returns the name of the tier in a history, in a report and on a command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Probe => "probe",
            Self::Smoke => "smoke",
            Self::Standard => "standard",
            Self::Full => "full",
        }
    }
}

impl std::str::FromStr for Tier {
    type Err = UnknownTier;

    fn from_str(name: &str) -> Result<Self, UnknownTier> {
        Self::ALL.into_iter().find(|it| it.name() == name).ok_or_else(|| UnknownTier(name.to_owned()))
    }
}

/// The error for an unknown name of a tier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no tier; there are probe, smoke, standard and full")]
pub struct UnknownTier(String);

/// What a run set out to do, against which target and with which accounts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the format, which is [`FORMAT`].
    pub format: u32,
    /// The name and the version of the program that wrote the history.
    pub tool: String,
    /// The base URL, with credentials masked.
    pub target: String,
    /// The flags that choose the same target and plan again, for a replay. They name no URL if the program started
    /// its own sandbox.
    #[serde(default)]
    pub again: Vec<String>,
    /// The digest of the contract.
    pub spec_digest: String,
    /// The revision of the contract.
    pub spec_revision: String,
    /// The seed of every random choice.
    pub seed: u64,
    /// The tier, which says how much is tried.
    pub tier: Tier,
    /// The start of the run, in milliseconds since 1970.
    pub started_ms: i64,
    /// What was known about the target, with the accounts that could be used.
    #[serde(rename = "world")]
    pub environment: Environment,
    /// The size and the cost of what was planned.
    pub budget: Budget,
    /// Which part of the plan this is, from 1, and the number of parts.
    pub shard: Option<(u32, u32)>,
    /// The cases that were asked for with `--only`; if empty, all cases of the tier.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
}

/// What a plan may cost, and what it must not exceed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Budget {
    /// The number of cases.
    pub cases: u64,
    /// What the cases may cost.
    #[serde(flatten)]
    pub cost: Cost,
    /// The most that may be charged, if there is a limit.
    pub cap: Option<Pesewas>,
}

/// Written by hand, since `flatten` does not keep the text of a number, from which money is read.
impl<'de> Deserialize<'de> for Budget {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Rest {
            cases: u64,
            cap: Option<Pesewas>,
        }
        let both = Box::<RawValue>::deserialize(deserializer)?;
        let Rest { cases, cap } = serde_json::from_str(both.get()).map_err(D::Error::custom)?;
        let cost = serde_json::from_str(both.get()).map_err(D::Error::custom)?;
        Ok(Self { cases, cost, cap })
    }
}

/// What requests may cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// The number of requests that place an order, accepted or not.
    pub orders: u64,
    /// The number of those orders that a conforming server certainly accepts.
    pub purchases: u64,
    /// The amount that a conforming server charges for those.
    pub expected: Pesewas,
    /// The amount that a conforming server may charge beyond that, for orders that the pages allow it to accept or
    /// refuse.
    #[serde(default)]
    pub open: Pesewas,
    /// The amount that a server charges if it accepts everything, with each item at the dearest price of the order.
    pub worst: Pesewas,
    /// The number of orders whose price is unknown, so that no amount includes them.
    pub unpriced: u64,
}

impl Cost {
    /// Takes note that a conforming server refuses the order after all, because of earlier orders or because of its
    /// sender.
    pub(crate) fn refused(&mut self) {
        self.purchases = 0;
        self.expected = Pesewas::ZERO;
    }
}

impl std::ops::Add for Cost {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            orders: self.orders + other.orders,
            purchases: self.purchases + other.purchases,
            expected: self.expected + other.expected,
            open: self.open + other.open,
            worst: self.worst + other.worst,
            unpriced: self.unpriced + other.unpriced,
        }
    }
}

impl std::iter::Sum for Cost {
    fn sum<I: Iterator<Item = Self>>(costs: I) -> Self {
        costs.fold(Self::default(), |sum, cost| sum + cost)
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Footer {
    /// The reason why the run ended.
    pub end: End,
    /// The ids of the planned cases that were not sent.
    pub left: Vec<String>,
    /// The requirements that those cases were to exercise. Empty in older recordings.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unserved: BTreeSet<String>,
    /// The duration of the run, in microseconds.
    pub elapsed_us: u64,
    /// Internal errors of this program: the case or the part of the program where each happened, and its message.
    pub own_faults: Vec<(String, String)>,
    /// What a higher cap would have bought, if a cap left cases out: one line for each step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more: Vec<String>,
    /// Lines about how the run went, such as that the server throttled or what could not be torn down.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The places where recordings break off, if any do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broken_off: Vec<BreakOff>,
}

impl Footer {
    /// Returns true if cases that were not sent were to exercise a requirement, as far as the recording tells.
    #[must_use]
    pub(crate) fn may_have_shown(&self, requirement: &str) -> bool {
        self.unserved.is_empty() || self.unserved.contains(requirement)
    }

    /// Returns the footer of a run that ended in this way, with no case left and no error.
    #[must_use]
    pub const fn new(end: End, elapsed_us: u64) -> Self {
        Self {
            end,
            left: Vec::new(),
            unserved: BTreeSet::new(),
            elapsed_us,
            own_faults: Vec::new(),
            more: Vec::new(),
            notes: Vec::new(),
            broken_off: Vec::new(),
        }
    }
}

/// Where a recording breaks off, and what is unknown because of that.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakOff {
    /// The file.
    pub file: String,
    /// The number of its last line, from 1.
    pub line: u64,
    /// Whether that line is incomplete.
    pub mid_line: bool,
    /// The ids of the cases that were in progress.
    pub cases: Vec<String>,
    /// The number of orders without a recorded answer.
    pub orders: u64,
    /// The most that those orders may have cost, if each was charged once.
    pub at_worst: Pesewas,
    /// The number of those orders whose price is unknown, so that `at_worst` does not include them.
    #[serde(default)]
    pub unpriced: u64,
}

/// The reasons why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// Everything planned was sent.
    Complete,
    /// The time limit was reached.
    TimeLimit,
    /// The cap on spending was reached.
    Budget,
    /// As many causes failed as `--max-failures` allows.
    Failures,
    /// The run was interrupted.
    Interrupted,
    /// The target could no longer be reached.
    Unreachable,
}
