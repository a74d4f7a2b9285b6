//! What the server decides by, in three groups: the freedoms that it takes, the steps of a correct server, the hooks of
//! faults.
//!
//! A freedom turns a switch of [`Freedoms`] to another legal position; a fault bends one of the [`Steps`] or hangs something
//! into the [`Hooks`]. The code of the server asks the rules and knows of neither; where they start from is `correct.rs`.

pub(crate) mod freedoms;
pub(crate) mod hooks;
pub(crate) mod steps;

use std::sync::Arc;

use crate::answer::{Cause, Refusal};
use crate::app::App;
use crate::exchange::Exchange;
use crate::purchase::Booking;
use freedoms::Freedoms;
use hooks::Hooks;
use steps::Steps;

/// What one server decides by.
pub(crate) struct Rules {
    /// What the contract leaves open.
    pub(crate) freedoms: Freedoms,
    /// What a correct server does in one way only.
    pub(crate) steps: Steps,
    /// What only a fault does; empty in a correct server.
    pub(crate) hooks: Hooks,
}

impl Rules {
    /// Refuses, unless something excuses the cause.
    ///
    /// # Errors
    /// The refusal.
    pub(crate) fn refuse(
        &self,
        exchange: &Exchange,
        cause: Cause,
        message: impl FnOnce() -> String,
    ) -> Result<(), Refusal> {
        if self.hooks.excuse.iter().any(|excuse| excuse(exchange, cause)) {
            return Ok(());
        }
        Err(Refusal::new(cause, message()))
    }

    /// How purchases are booked.
    pub(crate) fn booking(&self, app: &Arc<App>) -> Booking {
        Booking {
            app: app.clone(),
            refund_failed: self.freedoms.wallet.refund_failed,
            some_fail: self.freedoms.wallet.some_fail,
            debit: self.steps.debit,
            order_id: self.steps.order_id,
            reference: self.freedoms.shown.reference,
        }
    }
}

/// Functions and hooks have nothing to show.
impl std::fmt::Debug for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rules")
            .field("order", &self.freedoms.checks.order)
            .field("limits", &self.steps.limits)
            .finish_non_exhaustive()
    }
}
