//! A request together with what the server knows: the account behind its key, and the state of the whole server.

use std::sync::Arc;

use spec::{OperationId, Pesewas};

use crate::app::App;
use crate::http::call::Call;
use crate::keys::Account;

/// A call with everything around it: what rules decide on.
#[derive(Debug)]
pub(crate) struct Exchange {
    /// What the whole server shares.
    pub(crate) app: Arc<App>,
    /// The request.
    pub(crate) call: Call,
    /// The account that the key belongs to, if the key is known.
    pub(crate) account: Option<Arc<Account>>,
    /// Number of the request among its account's, from 1; 0 without an account.
    pub(crate) turn: u64,
    /// What its wallet holds, where a rule wants to see that.
    pub(crate) wallet: Option<Pesewas>,
    /// How many requests were being answered when this one came, itself included.
    pub(crate) at_once: u64,
}

impl Exchange {
    /// Whether the request is for this operation.
    pub(crate) fn is(&self, operation: OperationId) -> bool {
        self.call.operation == operation
    }

    /// The caller's role; empty without an account.
    pub(crate) fn role(&self) -> &str {
        self.account.as_ref().map_or("", |account| &account.role)
    }
}
