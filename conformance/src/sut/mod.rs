//! The system under test: its address, our accounts and keys on it, and what it may charge.

pub(crate) mod access;
pub mod accounts;
mod address;
mod named;

use spec::{Contract, Pesewas};
use url::Url;

use self::access::Access;
pub(crate) use self::address::{AddressError, masked_in, parse_base, shown_in, shown_location};
pub use self::address::{parse_url, shown};
pub use self::named::Named;
use crate::history::{AccountFacts, Catalog};
use crate::secret::Secret;

/// An id that belongs to no operator, product, package or order.
pub const NOBODYS_ID: &str = "zz0000000000000000000000000000zz";

/// A server, with what was given for it on the command line.
#[derive(Debug)]
pub struct Target {
    /// The base URL, whose path the operations' paths are appended to.
    pub url: Url,
    /// The URL of its provider states, if it has them.
    pub states: Option<Url>,
    /// The fixed accounts with their keys.
    pub accounts: Vec<(AccountFacts, Secret)>,
    /// What can be bought, as far as the accounts file says.
    pub catalog: Option<Catalog>,
    /// What can be bought, named id by id; this takes precedence over the file.
    pub named: Named,
    /// The most that may be charged, if there is a limit.
    pub cap: Option<Pesewas>,
    /// Whether live keys and production hosts may be used.
    pub allow_live: bool,
    /// What is sent with every request, and the route that connections take.
    pub access: Access,
}

/// The reasons why a target is not used.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// The address can't be used.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// A header can't be added.
    #[error("{flag}: {source}")]
    Header {
        /// The flag that gives the header.
        flag: &'static str,
        /// The reason.
        source: access::HeaderError,
    },
    /// The proxy's URL has a scheme other than `http`.
    #[error(
        "the proxy {0} can't be used: its URL begins with http:// (connections through it are TLS where the target's URL says so)"
    )]
    Proxy(String),
    /// The key can't be sent.
    #[error("the key in {place} {trouble}")]
    Key {
        /// Where the key was given.
        place: &'static str,
        /// What is wrong with it.
        trouble: &'static str,
    },
    /// A role that the contract does not have.
    #[error("--role: there is no role `{role}`{meant}")]
    Role {
        /// As it was given.
        role: String,
        /// What may have been meant, or which there are.
        meant: String,
    },
    /// A role without the key that is of it.
    #[error("--role says of which role the key in CONFORMANCE_API_KEY is, and there is none: set it, too")]
    RoleOfNobody,
    /// Orders would cost real money, and consent is missing.
    #[error(
        "{reason}: every accepted order would cost real money, and a server at fault might accept up to {worst} GHS of \
         orders. Give both --allow-live and --max-spend GHS if that is what you want"
    )]
    Live {
        /// What makes the target a live one.
        reason: String,
        /// The cost of the plan in the worst case.
        worst: Pesewas,
    },
    /// Orders may cost money, and there is no cap on spending.
    #[error(
        "{host} is not this machine, and accepted orders may cost money there: give the most that may be charged with \
         --max-spend GHS (the plan expects {expected} GHS and {worst} GHS at worst; --dry-run shows it)"
    )]
    NoCap {
        /// The host.
        host: String,
        /// The amount that a conforming server charges.
        expected: Pesewas,
        /// The amount that a server charges if it accepts everything.
        worst: Pesewas,
    },
}

impl Target {
    /// Returns a target of which only the address is known.
    #[must_use]
    pub fn new(url: Url) -> Self {
        let access = Access::default();
        Self {
            url,
            states: None,
            accounts: Vec::new(),
            catalog: None,
            named: Named::default(),
            cap: None,
            allow_live: false,
            access,
        }
    }

    /// Returns the base URL as a report may show it.
    #[must_use]
    pub fn shown(&self) -> String {
        shown(&self.url)
    }

    /// Returns true if the server is on this machine. That is not so if a proxy is used, since a loopback name then
    /// means the proxy's machine, or if `--resolve` gives the host an address elsewhere.
    #[must_use]
    pub(crate) fn is_loopback(&self) -> bool {
        let sent_away = self.access.resolve.iter().any(|it| {
            !it.address.is_loopback()
                && self.url.host_str().is_some_and(|host| it.host.eq_ignore_ascii_case(host))
        });
        if sent_away || self.access.proxy.is_some() {
            return false;
        }
        match self.url.host() {
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// Returns the reason why orders here cost real money; `None` if they don't.
    #[must_use]
    pub(crate) fn live(&self, contract: &Contract) -> Option<String> {
        let production = contract.servers.iter().filter(|server| server.production).find(|server| {
            Url::parse(&server.url).is_ok_and(|server| server.host_str() == self.url.host_str())
        });
        if production.is_some() {
            return Some(format!("{} is a production server of the contract", self.shown()));
        }
        let live = self.accounts.iter().find(|(_, key)| key.has_prefix(&contract.key.live_prefix));
        live.map(|(account, _)| format!("the key of account `{}` is a live one", account.name))
    }

    /// Checks that a plan of this cost may be carried out. The accounts of provider states are thrown away, but what
    /// they buy may still be delivered and have to be paid for.
    ///
    /// # Errors
    /// Returns an error if the target is a live one and consent is missing, or if it is on another machine and there
    /// is no cap on spending.
    pub fn permit(&self, contract: &Contract, expected: Pesewas, worst: Pesewas) -> Result<(), TargetError> {
        if let Some(reason) = self.live(contract)
            && !(self.allow_live && self.cap.is_some())
        {
            return Err(TargetError::Live { reason, worst });
        }
        let may_buy = !self.accounts.is_empty() || self.states.is_some();
        if self.cap.is_none() && may_buy && !self.is_loopback() {
            let host = self.url.host_str().unwrap_or_default().to_owned();
            return Err(TargetError::NoCap { host, expected, worst });
        }
        Ok(())
    }
}

/// Returns the accounts and the catalog of an accounts file in the form that a target needs.
#[must_use]
pub fn of_file(file: accounts::AccountsFile) -> (Vec<(AccountFacts, Secret)>, Option<Catalog>) {
    let names: Vec<(String, Option<String>)> =
        file.accounts.iter().map(|it| (it.name.clone(), it.same_wallet_as.clone())).collect();
    let accounts = file.accounts.into_iter().map(|entry| {
        let shared = names.iter().any(|(_, same)| same.as_ref() == Some(&entry.name));
        let wallet = entry.same_wallet_as.clone().or_else(|| shared.then(|| entry.name.clone()));
        let facts = AccountFacts {
            name: entry.name,
            role: entry.role,
            balance: entry.balance,
            profile: None,
            wallet,
            revoked: entry.revoked,
            fresh: false,
            earlier: None,
        };
        (facts, entry.key)
    });
    (accounts.collect(), file.catalog)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_where_connections_end() {
        let target = |url: &str| Target::new(parse_url(url).unwrap());
        for url in ["http://localhost:1", "http://127.0.0.1", "http://[::1]:1", "http://a.localhost"] {
            let mut here = target(url);
            assert!(here.is_loopback(), "{url}");
            here.access.proxy = Some(parse_url("http://127.0.0.1:3128").unwrap());
            assert!(!here.is_loopback(), "{url} of the proxy");
        }
        assert!(!target("http://staging.example").is_loopback());
        let mut named = target("http://localhost:80");
        named.access.resolve = vec!["LOCALHOST:80:127.0.0.2".parse().unwrap()];
        assert!(named.is_loopback());
        named.access.resolve.push("localhost:80:192.0.2.7".parse().unwrap());
        assert!(!named.is_loopback(), "accepted orders may cost money there");
    }
}
