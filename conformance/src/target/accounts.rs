//! The accounts file.
use crate::history::Catalog;
use crate::secret::Secret;
use spec::{Contract, Pesewas};
use std::path::Path;
/// File.
pub struct AccountsFile {
    /// a
    pub accounts: Vec<AccountEntry>,
    /// c
    pub catalog: Option<Catalog>,
}
/// Entry.
pub struct AccountEntry {
    /// n
    pub name: String,
    /// k
    pub key: Secret,
    /// r
    pub role: Option<String>,
    /// b
    pub balance: Option<Pesewas>,
    /// r
    pub revoked: bool,
    /// s
    pub same_wallet_as: Option<String>,
}
/// Load.
pub fn load(_: &Path, _: &Contract, _: &dyn Fn(&str) -> Option<String>) -> Result<AccountsFile, String> {
    Err("not yet".into())
}
