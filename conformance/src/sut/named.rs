//! What can be bought, as somebody named it id by id: a key and a package are enough for a first run.

/// Ids on the command line; what belongs to what, and what it costs, is for the server to say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// Operators.
    pub operators: Vec<String>,
    /// Products.
    pub products: Vec<String>,
    /// Packages that may be bought.
    pub packages: Vec<String>,
}

impl Named {
    /// Whether nothing was named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operators.is_empty() && self.products.is_empty() && self.packages.is_empty()
    }
}
