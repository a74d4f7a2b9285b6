//! Around the records of a run: what it set out to do, and how it ended.

use std::collections::BTreeSet;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use spec::Pesewas;

use super::World;

/// Version of this format; a reader refuses others.
pub const FORMAT: u32 = 1;

/// Why a case was not sent that a cap on spending has no room for.
pub const NO_ROOM: &str = "the cap on spending leaves no room for it";

/// What the address of a case ends with that was made smaller.
pub const SMALLER: &str = "@small";

/// What stands in the address of a smaller form that was tried on the way there, before its number.
pub const STEP: &str = "@step/";

/// How much is tried (and spent).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Only requests that a conforming server refuses: costs nothing there.
    Probe,
    /// Each boundary once.
    Smoke,
    /// Boundaries, pairs of factors, fuzz and races.
    Standard,
    /// As standard, with triples of factors and more of everything.
    Full,
}

impl Tier {
    /// Every tier, the one that tries least first.
    pub const ALL: [Self; 4] = [Self::Probe, Self::Smoke, Self::Standard, Self::Full];

    /// What it is called in a history, in a report and on a command line.
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

/// There is no tier of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no tier; there are probe, smoke, standard and full")]
pub struct UnknownTier(String);

/// What a run set out to do, against what, and as whom.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// [`FORMAT`].
    pub format: u32,
    /// Name and version of the program that wrote it.
    pub tool: String,
    /// Base URL, without credentials.
    pub target: String,
    /// Flags that choose the same target and plan again, for a replay; none where the program started its own sandbox.
    #[serde(default)]
    pub again: Vec<String>,
    /// Digest of the contract.
    pub spec_digest: String,
    /// Revision of the contract.
    pub spec_revision: String,
    /// Seed of every random choice.
    pub seed: u64,
    /// How much is tried.
    pub tier: Tier,
    /// Start of the run, milliseconds since 1970.
    pub started_ms: i64,
    /// Who we could be.
    pub world: World,
    /// What was planned.
    pub budget: Budget,
    /// Which part of the plan this is, from 1, of how many.
    pub shard: Option<(u32, u32)>,
    /// Which cases were asked for with `--only`; all of the tier, where it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
}

/// What a plan may cost, and what it must not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Budget {
    /// Number of cases.
    pub cases: u64,
    /// What they may cost.
    #[serde(flatten)]
    pub cost: Cost,
    /// The most that may be charged, if there is a limit.
    pub cap: Option<Pesewas>,
}

/// By hand, since `flatten` does not keep the text of a number, which money is read from.
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
    /// Requests that place an order, accepted or not.
    pub orders: u64,
    /// Of those, how many a conforming server accepts for sure.
    pub purchases: u64,
    /// What a conforming server charges for those.
    pub expected: Pesewas,
    /// What it may charge beyond that, for orders that the pages leave it to accept or refuse.
    #[serde(default)]
    pub open: Pesewas,
    /// What a server charges that accepts everything, each item at the dearest price of the order.
    pub worst: Pesewas,
    /// Orders whose price is not known, so that no figure counts them.
    pub unpriced: u64,
}

impl Cost {
    /// A conforming server refuses the order after all, for what came before it or for who sends it.
    pub fn refused(&mut self) {
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
    /// How.
    pub end: End,
    /// Cases of the plan that were not sent, by id, where few enough to name.
    pub left: Vec<String>,
    /// Requirements that those cases were to exercise. Empty in older recordings.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unserved: BTreeSet<String>,
    /// Length of the run in microseconds.
    pub elapsed_us: u64,
    /// Cases that our own code failed on: id and message.
    pub own_faults: Vec<(String, String)>,
    /// What more money would have bought, where a cap left cases out: a line for each step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more: Vec<String>,
    /// Lines about how it went: that the server throttled, what could not be torn down.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Where recordings break off, if some do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broken_off: Vec<BreakOff>,
}

impl Footer {
    /// Whether cases that were left unsent were to exercise a requirement, as far as the recording tells.
    #[must_use]
    pub fn may_have_shown(&self, requirement: &str) -> bool {
        self.unserved.is_empty() || self.unserved.contains(requirement)
    }

    /// Of a run that ended like this after so many microseconds, with nothing left and nothing wrong.
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

/// Where a recording breaks off, and what is unknown for that.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakOff {
    /// File.
    pub file: String,
    /// Its last line, from 1.
    pub line: u64,
    /// Whether that line is not there to its end.
    pub mid_line: bool,
    /// Cases that were under way, by id.
    pub cases: Vec<String>,
    /// Orders without a recorded answer.
    pub orders: u64,
    /// What was reserved for those.
    pub at_worst: Pesewas,
    /// Those of them whose price is not known, so that nothing was.
    #[serde(default)]
    pub unpriced: u64,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// Everything planned was sent.
    Complete,
    /// The time limit came first.
    TimeLimit,
    /// The cap on spending came first.
    Budget,
    /// As many causes failed as were asked for.
    Failures,
    /// Somebody stopped it.
    Interrupted,
    /// The target went away.
    Unreachable,
}
