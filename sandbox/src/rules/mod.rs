//! The rules by which a server decides, in three groups: the freedoms it takes, the steps of a correct server, and the
//! hooks of faults.
//!
//! A freedom sets a switch of [`Freedoms`] to another legal position; a fault replaces one of the [`Steps`] or sets one
//! of the [`Hooks`]. The server's code asks the rules and knows neither freedoms nor faults; `correct.rs` defines the
//! default.

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

/// The rules by which one server decides.
pub(crate) struct Rules {
    /// The choices that the contract leaves open.
    pub(crate) freedoms: Freedoms,
    /// The steps that a correct server performs in exactly one way.
    pub(crate) steps: Steps,
    /// The hooks of faults; empty in a correct server.
    pub(crate) hooks: Hooks,
}

impl Rules {
    /// Refuses a request, unless a fault skips the cause.
    ///
    /// # Errors
    /// Returns the refusal, unless a hook skips the cause.
    pub(crate) fn refuse(
        &self,
        exchange: &Exchange,
        cause: Cause,
        message: impl FnOnce() -> String,
    ) -> Result<(), Refusal> {
        if self.hooks.skip_refusal.iter().any(|skip| skip(exchange, cause)) {
            return Ok(());
        }
        Err(Refusal::new(cause, message()))
    }

    /// Returns the means to book purchases by these rules.
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

/// Leaves out functions and hooks, which have no useful debug form.
impl std::fmt::Debug for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rules")
            .field("order", &self.freedoms.checks.order)
            .field("limits", &self.steps.limits)
            .finish_non_exhaustive()
    }
}
