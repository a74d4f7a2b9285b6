//! The goods that the user names id by id on the command line: a key and a package are enough for a first run.

/// Ids from the command line. How they belong together and what they cost is read from the server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// The ids of operators.
    pub operators: Vec<String>,
    /// The ids of products.
    pub products: Vec<String>,
    /// The ids of packages that may be bought.
    pub packages: Vec<String>,
}

impl Named {
    /// Returns true if no id was named.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.operators.is_empty() && self.products.is_empty() && self.packages.is_empty()
    }
}
