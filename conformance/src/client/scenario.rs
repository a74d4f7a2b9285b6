//! A scenario: one task, one server, one thing that happens on the way. A record, read by whoever starts, serves and shows it.

use sandbox::Freedom;

use crate::client::task::TaskKind;

/// One scenario.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// What it is called, with the group in front: `lost/after`.
    pub name: String,
    /// What happens, in a sentence.
    pub about: String,
    /// What the client is to do.
    pub task: TaskKind,
    /// The rule that is broken if the client takes this server for another than it is; the usual ones where there is none.
    pub blames: Option<&'static str>,
    /// Who the client is and what is there before it comes.
    pub setup: Setup,
    /// What happens on the way.
    pub troubles: Vec<Trouble>,
    /// Legal liberties that the server takes.
    pub freedoms: Vec<Freedom>,
    /// How the server is reached.
    pub ground: Ground,
}

/// As whom the client comes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Account {
    /// A buyer with money.
    #[default]
    Buyer,
    /// A buyer whose wallet can't pay.
    Poor,
    /// Somebody whose role may not buy.
    Other,
    /// A key that was revoked.
    Revoked,
}

/// What is bought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Packages {
    /// The same package for everybody, at a price that floats hold well together.
    #[default]
    Plain,
    /// Two packages whose prices floats do not add up.
    Awkward,
    /// A package that is no longer sold.
    Withdrawn,
}

/// Who the client is and what is there before it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setup {
    /// As whom it comes.
    pub account: Account,
    /// What it buys.
    pub packages: Packages,
    /// For how many.
    pub recipients: usize,
    /// Whether one of the numbers is no phone number.
    pub bad_number: bool,
    /// Orders of the same account that were placed before.
    pub orders: usize,
    /// Whether the last recipient's submission fails.
    pub fails: bool,
    /// Whether recipients stay where they are.
    pub stuck: bool,
}

impl Setup {
    /// Two recipients, a buyer with money, nothing before.
    pub const PLAIN: Self = Self {
        account: Account::Buyer,
        packages: Packages::Plain,
        recipients: 2,
        bad_number: false,
        orders: 0,
        fails: false,
        stuck: false,
    };
}

/// How the server is reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Ground {
    /// As the task says.
    #[default]
    Http,
    /// By TLS, with a certificate that nobody trusts.
    Untrusted,
    /// Not at all: nobody listens.
    Closed,
}

/// Which requests something happens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// Orders.
    Purchases,
    /// Everything else.
    Readings,
}

/// Something that happens to some requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trouble {
    /// To which.
    pub on: On,
    /// To the first so many of them.
    pub times: u32,
    /// What happens.
    pub what: What,
}

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// It is answered, so many milliseconds late.
    Slow(u64),
    /// It is answered, a few bytes at a time.
    Drip,
    /// It is never answered.
    Silence(Served),
    /// The connection is closed without an answer.
    Close(Served),
    /// The connection is reset without an answer.
    Reset(Served),
    /// Half of the answer is sent, and the connection is closed.
    Cut,
    /// It is answered with this instead.
    Status(Instead),
    /// It is redirected to another host.
    Redirect(u16),
}

/// Whether the server acts on a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Served {
    /// It does, and what it says gets lost.
    Yes,
    /// It never sees it.
    No,
}

/// Another answer than the server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instead {
    /// Its status.
    pub status: u16,
    /// How long it asks to wait.
    pub wait: Asked,
    /// Whether the server acted on the request.
    pub served: Served,
}

/// How long an answer asks to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// It does not say.
    Nothing,
    /// So many seconds.
    Seconds(u64),
    /// Until a date, so many seconds ahead at least.
    Date(u64),
}

impl Scenario {
    /// A scenario in which nothing happens.
    #[must_use]
    pub(crate) fn plain(name: &str, task: TaskKind, about: &str) -> Self {
        Self {
            name: name.to_owned(),
            about: about.to_owned(),
            task,
            blames: None,
            setup: Setup::PLAIN,
            troubles: Vec::new(),
            freedoms: Vec::new(),
            ground: Ground::Http,
        }
    }

    /// Whether the task can't be done, whatever the client does right.
    #[must_use]
    pub fn is_impossible(&self, most_items: usize) -> bool {
        let setup = &self.setup;
        let buys = self.task.buys();
        self.ground != Ground::Http
            || setup.account == Account::Revoked
            || (buys && setup.account != Account::Buyer)
            || (buys && (setup.bad_number || setup.packages == Packages::Withdrawn))
            || (buys && setup.recipients > most_items)
    }
}
