//! Exit codes of a client: what they mean, and how a user maps those of a program that has others.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::client::history::Said;

/// The meaning of each exit code of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Codes(BTreeMap<i32, Said>);

/// The names of the meanings on the command line.
const NAMES: [(&str, Said); 4] = [
    ("done", Said::Done),
    ("not-done", Said::NotDone),
    ("unknown", Said::Unknown),
    ("not-offered", Said::NotOffered),
];

/// The text is not a valid map of exit codes.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not NAME=CODE[:CODE…], as in `done=0,not-done=1:6,unknown=5`; names are done, not-done, unknown and not-offered, codes are 0 to 255, each once"
)]
pub(crate) struct CodesError(String);

impl Default for Codes {
    fn default() -> Self {
        Self(BTreeMap::from([(0, Said::Done), (1, Said::NotDone), (2, Said::Unknown), (3, Said::NotOffered)]))
    }
}

impl Codes {
    /// Returns the meaning of a code.
    pub(crate) fn said(&self, code: i32) -> Option<Said> {
        self.0.get(&code).copied()
    }
}

impl fmt::Display for Codes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |said: Said| {
            let codes: Vec<String> =
                self.0.iter().filter(|it| *it.1 == said).map(|it| it.0.to_string()).collect();
            codes.join(":")
        };
        let parts = NAMES.iter().map(|(name, said)| (name, of(*said))).filter(|it| !it.1.is_empty());
        f.write_str(&parts.map(|(name, codes)| format!("{name}={codes}")).collect::<Vec<_>>().join(","))
    }
}

impl FromStr for Codes {
    type Err = CodesError;

    fn from_str(text: &str) -> Result<Self, CodesError> {
        let mut codes = BTreeMap::new();
        for part in text.split(',') {
            let wrong = || CodesError(part.to_owned());
            let (name, list) = part.split_once('=').ok_or_else(wrong)?;
            let said =
                NAMES.iter().find(|(it, _)| *it == name.trim()).map(|(_, said)| *said).ok_or_else(wrong)?;
            for code in list.split(':') {
                let code: u8 = code.trim().parse().map_err(|_| wrong())?;
                if codes.insert(i32::from(code), said).is_some() {
                    return Err(wrong());
                }
            }
        }
        Ok(Self(codes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_or_the_part_that_is_wrong_is_named() {
        let codes: Codes = "done=0,not-done=1:2:6, unknown=5".parse().unwrap();
        assert_eq!(codes.said(6), Some(Said::NotDone));
        assert_eq!(codes.said(5), Some(Said::Unknown));
        assert_eq!(codes.said(3), None);
        assert_eq!(codes.to_string(), "done=0,not-done=1:2:6,unknown=5");
        assert_eq!(codes.to_string().parse(), Ok(codes));
        for wrong in ["", "done", "done=", "fine=0", "done=0,not-done=0", "done=256", "done=-1"] {
            assert!(wrong.parse::<Codes>().is_err(), "{wrong}");
        }
        assert_eq!(Codes::default().said(3), Some(Said::NotOffered));
    }
}
