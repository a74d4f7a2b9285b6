//! Who we can be on a server: its address, our keys, and what it is allowed to cost.

pub mod access;
pub mod accounts;
mod address;
mod named;

use spec::{Contract, Pesewas};
use url::Url;

use self::access::Access;
pub use self::address::{AddressError, masked_in, parse_base, parse_url, shown, shown_in, shown_location};
pub use self::named::Named;
use crate::history::{AccountFacts, Catalog};
use crate::secret::Secret;

/// An id that no operator, product, package or order has.
pub const NOBODYS_ID: &str = "zz0000000000000000000000000000zz";

/// A server with what was given for it on the command line.
#[derive(Debug)]
pub struct Target {
    /// Base URL, with a path that operations' paths are appended to.
    pub url: Url,
    /// Provider states, if it has them.
    pub states: Option<Url>,
    /// Fixed accounts with their keys.
    pub accounts: Vec<(AccountFacts, Secret)>,
    /// What can be bought, as far as a file says so.
    pub catalog: Option<Catalog>,
    /// What can be bought, named id by id; outranks the file.
    pub named: Named,
    /// The most that may be charged.
    pub cap: Option<Pesewas>,
    /// Live keys and production hosts may be used.
    pub allow_live: bool,
    /// What goes with every request, and which way it takes.
    pub access: Access,
}

/// Why a target is not touched.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// Not a URL that can be asked.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// A header can't be added.
    #[error("{flag}: {source}")]
    Header {
        /// The flag that gives it.
        flag: &'static str,
        /// Why.
        source: access::HeaderError,
    },
    /// A proxy that is spoken to otherwise than in plain HTTP.
    #[error(
        "the proxy {0} can't be used: its URL begins with http:// (connections through it are TLS where the target's URL says so)"
    )]
    Proxy(String),
    /// A key can't be sent.
    #[error("the key in {place} {trouble}")]
    Key {
        /// Where it was given.
        place: &'static str,
        /// What is wrong.
        trouble: &'static str,
    },
    /// Real money without consent.
    #[error(
        "{reason}: every accepted order would cost real money, and a server at fault might accept up to {worst} GHS of \
         orders. Give both --allow-live and --max-spend GHS if that is what you want"
    )]
    Live {
        /// What makes it live.
        reason: String,
        /// Worst case of the plan.
        worst: Pesewas,
    },
    /// Money without a bound.
    #[error(
        "{host} is not this machine, and accepted orders may cost money there: give the most that may be charged with \
         --max-spend GHS (the plan expects {expected} GHS and {worst} GHS at worst; --dry-run shows it)"
    )]
    NoCap {
        /// The host.
        host: String,
        /// What a conforming server charges.
        expected: Pesewas,
        /// What a server charges that accepts everything.
        worst: Pesewas,
    },
}

impl Target {
    /// A server of which nothing is known but its address.
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

    /// Base URL as a report may show it.
    #[must_use]
    pub fn shown(&self) -> String {
        shown(&self.url)
    }

    /// Whether the server is on this machine. What is called so by a proxy is on the proxy's, and a name that was given
    /// another address is not here either.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
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

    /// What makes orders here cost real money, if anything does.
    #[must_use]
    pub fn live(&self, contract: &Contract) -> Option<String> {
        let production = contract.servers.iter().filter(|server| server.production).find(|server| {
            Url::parse(&server.url).is_ok_and(|server| server.host_str() == self.url.host_str())
        });
        if production.is_some() {
            return Some(format!("{} is a production server of the contract", self.shown()));
        }
        let live = self.accounts.iter().find(|(_, key)| key.has_prefix(&contract.key.live_prefix));
        live.map(|(account, _)| format!("the key of account `{}` is a live one", account.name))
    }

    /// Whether a plan of this cost may be carried out. Accounts of provider states are thrown away, and what they buy may still
    /// be delivered and be paid for.
    ///
    /// # Errors
    /// The target is a live one without consent, or one on another machine without a cap on spending.
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

/// Accounts and catalog of a file, as a target takes them.
#[must_use]
pub fn of_file(file: accounts::AccountsFile) -> (Vec<(AccountFacts, Secret)>, Option<Catalog>) {
    let names: Vec<(String, Option<String>)> =
        file.accounts.iter().map(|it| (it.name.clone(), it.same_wallet_as.clone())).collect();
    let accounts = file.accounts.into_iter().map(|entry| {
        // Accounts that share a wallet are told by one profile; its real id is read later where the server shows it.
        let shared = names.iter().any(|(_, same)| same.as_ref() == Some(&entry.name));
        let profile = entry.same_wallet_as.clone().or_else(|| shared.then(|| entry.name.clone()));
        let facts = AccountFacts {
            name: entry.name,
            role: entry.role,
            balance: entry.balance,
            profile: profile.map(|name| format!("wallet of {name}")),
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
