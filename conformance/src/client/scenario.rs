//! A scenario as plain data: one task, one server, and one disturbance.

use sandbox::Freedom;

use crate::client::task::TaskKind;

/// One scenario.
#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    /// The name, with its group in front: `lost/after`.
    pub name: String,
    /// What happens, in a sentence.
    pub about: String,
    /// The task of the client.
    pub task: TaskKind,
    /// The rule that is broken if the client mistakes the server for another one; `None` stands for the default rules.
    pub blames: Option<&'static str>,
    /// The account of the client, its order, and the state of the server before the client starts.
    pub setup: Setup,
    /// The disturbances of requests.
    pub troubles: Vec<Trouble>,
    /// The liberties within the contract that the server takes.
    pub freedoms: Vec<Freedom>,
    /// How the server is reached.
    pub ground: Ground,
}

/// The account that the client acts as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Account {
    /// A buyer with a sufficient balance.
    #[default]
    Buyer,
    /// A buyer whose balance is too small.
    Poor,
    /// An account whose role may not buy.
    Other,
    /// An account whose key was revoked.
    Revoked,
}

/// The packages that are bought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Packages {
    /// The same package for every recipient, at a price whose multiples are right in floating point.
    #[default]
    Plain,
    /// Two packages whose prices give a wrong sum in floating point.
    Awkward,
    /// A package that is no longer sold.
    Withdrawn,
}

/// The account of the client, its order, and the state of the server before the client starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Setup {
    /// The account that the client acts as.
    pub account: Account,
    /// The packages that it buys.
    pub packages: Packages,
    /// The number of recipients.
    pub recipients: usize,
    /// True if one of the numbers is not a phone number.
    pub bad_number: bool,
    /// The number of orders that the account placed before.
    pub orders: usize,
    /// True if the submission of the last recipient fails.
    pub fails: bool,
    /// True if recipients stay unprocessed.
    pub stuck: bool,
    /// What the phone numbers follow from; 0 stands for consecutive ones.
    pub seed: u64,
}

impl Setup {
    /// Two recipients, a buyer with a sufficient balance, and no earlier orders.
    pub(crate) const PLAIN: Self = Self {
        account: Account::Buyer,
        packages: Packages::Plain,
        recipients: 2,
        bad_number: false,
        orders: 0,
        fails: false,
        stuck: false,
        seed: 0,
    };
}

/// How the server is reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Ground {
    /// Over HTTP, as the task says.
    #[default]
    Http,
    /// Over TLS, with an untrusted certificate.
    Untrusted,
    /// Not at all: no process listens on the port.
    Closed,
}

/// The requests that are disturbed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum On {
    /// Orders.
    Purchases,
    /// All other requests.
    Readings,
}

/// A disturbance of some requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// The requests that it applies to.
    pub on: On,
    /// The number of such requests, from the first, that it applies to.
    pub times: u32,
    /// The kind of disturbance.
    pub what: What,
}

/// The kind of disturbance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// The answer is sent after this delay, in milliseconds.
    Slow(u64),
    /// The answer is sent a few bytes at a time.
    Drip,
    /// No answer is sent.
    Silence(Served),
    /// The connection is closed without an answer.
    Close(Served),
    /// The connection is reset without an answer.
    Reset(Served),
    /// Half of the answer is sent, and the connection is closed.
    Cut,
    /// Another answer is sent instead.
    Status(Instead),
    /// The answer is a redirect to another host, with this status.
    Redirect(u16),
    /// A gateway answers with this status as if the server had timed out, and passes the request on to the server after
    /// this delay, in milliseconds.
    Late(u16, u64),
}

/// Whether the server receives a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Served {
    /// The server acts on it, and its answer is lost.
    Yes,
    /// The server never receives it.
    No,
}

/// An answer in place of the server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Instead {
    /// The status.
    pub status: u16,
    /// The time that it asks the client to wait.
    pub wait: Asked,
    /// Whether the server acted on the request.
    pub served: Served,
}

/// The time that an answer asks the client to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// It gives no time.
    Nothing,
    /// A number of seconds.
    Seconds(u64),
    /// A date that is at least this number of seconds ahead.
    Date(u64),
}

impl Scenario {
    /// Returns a scenario without disturbances.
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

    /// Returns true if a client mostly waits in this scenario, so that many such scenarios can run at a time.
    #[must_use]
    pub(crate) fn waits(&self) -> bool {
        let at_once = |what| matches!(what, What::Close(_) | What::Reset(_) | What::Cut | What::Redirect(_));
        self.setup.stuck || self.troubles.iter().any(|it| !at_once(it.what))
    }

    /// Returns true if the task can't be done, even by a correct client.
    #[must_use]
    pub(crate) fn is_impossible(&self, most_items: usize) -> bool {
        let setup = &self.setup;
        let buys = self.task.buys();
        self.ground != Ground::Http
            || setup.account == Account::Revoked
            || (buys && setup.account != Account::Buyer)
            || (buys && (setup.bad_number || setup.packages == Packages::Withdrawn))
            || (buys && setup.recipients > most_items)
    }
}
