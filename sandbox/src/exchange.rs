//! A request together with what the server knows about it: the account of its key, and the state of the whole server.

use std::sync::Arc;

use spec::{OperationId, Pesewas};

use crate::app::App;
use crate::http::call::Call;
use crate::keys::Account;

/// A call with its context, which is what the rules decide on.
#[derive(Debug)]
pub(crate) struct Exchange {
    /// The state of the server.
    pub(crate) app: Arc<App>,
    /// The request.
    pub(crate) call: Call,
    /// The account of the key, if the key is valid.
    pub(crate) account: Option<Arc<Account>>,
    /// The number of this request among those of its account, from 1; 0 without an account.
    pub(crate) turn: u64,
    /// The available balance of the account, if a hook needs it.
    pub(crate) wallet: Option<Pesewas>,
    /// The number of requests being answered when this one arrived, including itself.
    pub(crate) at_once: u64,
}

impl Exchange {
    /// Returns true if the request is for this operation.
    pub(crate) fn is(&self, operation: OperationId) -> bool {
        self.call.operation == operation
    }

    /// Returns the caller's role; empty without an account.
    pub(crate) fn role(&self) -> &str {
        self.account.as_ref().map_or("", |account| &account.role)
    }
}
