//! Flags for the connection to the server: extra headers, certificates, a proxy, addresses.

use std::path::PathBuf;

use clap::Args;
use spec::Contract;

use crate::cli::error::Failure;
use crate::sut::access::{Access, ExtraHeader, HeaderError, Resolve, Trust, from_environment, header};
use crate::sut::{TargetError, parse_url, shown, shown_in};

/// The flags about the connection.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct AccessArgs {
    /// Header of every request to the server, or `Name: @FILE`; kept secret like a key; may be repeated
    #[arg(long, value_name = "NAME: VALUE", requires = "url")]
    pub(crate) header: Vec<String>,
    /// As --header, with its value from an environment variable
    #[arg(long, value_name = "NAME=VARIABLE", requires = "url")]
    pub(crate) header_env: Vec<String>,
    /// As --header, for provider states
    #[arg(long, value_name = "NAME: VALUE", requires = "states")]
    pub(crate) states_header: Vec<String>,
    /// As --header-env, for provider states
    #[arg(long, value_name = "NAME=VARIABLE", requires = "states")]
    pub(crate) states_header_env: Vec<String>,
    /// Send neither `traceparent` nor `X-Conformance-Case`, by which a request is found in the logs of the server
    #[arg(long)]
    pub(crate) no_trace_headers: bool,
    /// Certificates in PEM of issuers to trust, beside those of this machine (its store, or SSL_CERT_FILE)
    #[arg(long, value_name = "FILE", requires = "url")]
    pub(crate) ca: Option<PathBuf>,
    /// Client certificate in PEM, for a server that asks for one
    #[arg(long, value_name = "FILE", requires = "url")]
    pub(crate) client_cert: Option<PathBuf>,
    /// Private key of the client certificate in PEM, if it is in another file
    #[arg(long, value_name = "FILE", requires = "client_cert")]
    pub(crate) client_key: Option<PathBuf>,
    /// Accept any certificate: anybody on the network path can read keys and change answers
    #[arg(long, requires = "url", conflicts_with = "ca")]
    pub(crate) insecure: bool,
    /// Speak HTTP/2 and nothing else, for a server that takes nothing else
    #[arg(long, requires = "url")]
    pub(crate) http2: bool,
    /// HTTP proxy for every connection, as in http://USER:PASSWORD@HOST:PORT; those of the environment are not used
    #[arg(long, value_name = "URL", requires = "url")]
    pub(crate) proxy: Option<String>,
    /// Address of a host, in place of what the resolver says; may be repeated
    #[arg(long, value_name = "HOST:PORT:ADDRESS", requires = "url", conflicts_with = "proxy")]
    pub(crate) resolve: Vec<Resolve>,
}

impl AccessArgs {
    /// Returns the settings that the flags give.
    ///
    /// # Errors
    /// Returns an error if a header is invalid, its value can't be read, or the proxy is not an HTTP proxy.
    pub(crate) fn read(&self, contract: &Contract) -> Result<Access, Failure> {
        let key = contract.key.header.as_str();
        let environment = |name: &str| std::env::var(name).ok();
        let typed = |flag, texts: &[String]| each(flag, texts, |text| header(text, key));
        let named =
            |flag, texts: &[String]| each(flag, texts, |text| from_environment(text, key, &environment));
        let trust = Trust {
            ca: self.ca.clone(),
            identity: self.client_cert.clone().map(|cert| {
                let key = self.client_key.clone().unwrap_or_else(|| cert.clone());
                (cert, key)
            }),
            insecure: self.insecure,
        };
        let other = |text: &&str| text.starts_with("socks");
        if let Some(text) = self.proxy.as_deref().filter(other) {
            return Err(TargetError::Proxy(shown_in(text)).into());
        }
        let proxy = match self.proxy.as_deref().map(parse_url).transpose().map_err(TargetError::from)? {
            Some(url) if url.scheme() != "http" => return Err(TargetError::Proxy(shown(&url)).into()),
            other => other,
        };
        let mut access = Access::default();
        access.headers =
            [typed("--header", &self.header)?, named("--header-env", &self.header_env)?].concat();
        access.states_headers = [
            typed("--states-header", &self.states_header)?,
            named("--states-header-env", &self.states_header_env)?,
        ]
        .concat();
        (access.trust, access.proxy, access.resolve) = (trust, proxy, self.resolve.clone());
        access.http2 = self.http2;
        access.untraced = self.no_trace_headers;
        Ok(access)
    }

    /// Returns the flags as a report may show them: values that were typed are masked; the names of files and variables
    /// are not.
    pub(crate) fn again(&self) -> Vec<String> {
        let mut again = Vec::new();
        let mut flag = |name: &str, value: String| again.extend([name.to_owned(), value]);
        for (name, headers) in [("--header", &self.header), ("--states-header", &self.states_header)] {
            headers.iter().for_each(|it| flag(name, masked(it)));
        }
        let named = [("--header-env", &self.header_env), ("--states-header-env", &self.states_header_env)];
        for (name, headers) in named {
            headers.iter().for_each(|it| flag(name, it.clone()));
        }
        let files =
            [("--ca", &self.ca), ("--client-cert", &self.client_cert), ("--client-key", &self.client_key)];
        for (name, path) in files {
            path.iter().for_each(|it| flag(name, it.display().to_string()));
        }
        self.proxy.iter().for_each(|it| flag("--proxy", shown_in(it)));
        self.resolve.iter().for_each(|it| flag("--resolve", it.to_string()));
        again.extend(self.no_trace_headers.then(|| "--no-trace-headers".to_owned()));
        again.extend(self.http2.then(|| "--http2".to_owned()));
        again.extend(self.insecure.then(|| "--insecure".to_owned()));
        again
    }
}

fn each(
    flag: &'static str,
    texts: &[String],
    read: impl Fn(&str) -> Result<ExtraHeader, HeaderError>,
) -> Result<Vec<ExtraHeader>, Failure> {
    let read = |text: &String| read(text).map_err(|source| TargetError::Header { flag, source }.into());
    texts.iter().map(read).collect()
}

/// Replaces the value of a header by a mask, unless it is the name of a file.
fn masked(header: &str) -> String {
    match header.split_once(':') {
        Some((_, value)) if value.trim_start().starts_with('@') => header.to_owned(),
        Some((name, _)) => format!("{name}: {}", crate::secret::MASK),
        None => crate::secret::MASK.to_owned(),
    }
}

/// Returns the words of a command line that follow a header that was not quoted. They may be part of a secret.
pub(crate) fn unquoted(arguments: impl Iterator<Item = String>) -> Vec<String> {
    let mut rest = Vec::new();
    // The number of words that the flag still takes, once a header flag was seen.
    let mut wanted = None;
    for word in arguments {
        match (word.split_once('=').map_or(word.as_str(), |(flag, _)| flag), wanted) {
            ("--header" | "--states-header", _) => wanted = Some(usize::from(!word.contains('='))),
            (flag, _) if flag.starts_with("--") => wanted = None,
            (_, Some(0)) => rest.push(word),
            (_, Some(left)) => wanted = Some(left - 1),
            (_, None) => {}
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_of_a_header_without_quotes() {
        let rest = |line: &str| unquoted(line.split(' ').map(str::to_owned)).join(" ");
        assert_eq!(rest("--url u --header A: Bearer s3cr3t --tier smoke"), "Bearer s3cr3t");
        assert_eq!(rest("--header=A: s3cr3t"), "s3cr3t");
        assert_eq!(rest("judge file --header A:b --states-header C:d"), "");
    }
}
