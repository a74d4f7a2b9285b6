//! The rules of a correct server: each step as the contract requires it, each switch in the sandbox's default position.

use spec::Contract;

use crate::api::reading;
use crate::config::Behaviour;
use crate::progress::Timeline;
use crate::rules::Rules;
use crate::rules::freedoms::Freedoms;
use crate::rules::hooks::Hooks;
use crate::rules::steps::Steps;
use crate::{ids, keys, purchase, store};

/// Returns the rules of a correct server.
pub(crate) fn rules(contract: &Contract) -> Rules {
    Rules { freedoms: Freedoms::default(), steps: steps(contract), hooks: Hooks::default() }
}

/// Returns the rules of a server with these freedoms and this fault.
pub(crate) fn behaving(contract: &Contract, behaviour: &Behaviour) -> Rules {
    let mut rules = rules(contract);
    behaviour.freedoms.iter().for_each(|freedom| freedom.apply(&mut rules.freedoms));
    if let Some(fault) = behaviour.fault {
        (fault.plant)(&mut rules);
    }
    rules
}

fn steps(contract: &Contract) -> Steps {
    Steps {
        limits: contract.limits,
        authenticate: keys::authenticate,
        decode: reading::decode,
        count: |_, items| items.len(),
        price: |exchange, package| package.price(exchange.role()),
        total: |_, lines| lines.iter().map(|line| line.price).sum(),
        charge: |_, _, total| total,
        debit: |connection, purchase, now| {
            store::wallet::debit(connection, purchase.account.profile, purchase.charge, now)
        },
        book: purchase::book,
        order_id: |_, _, number| ids::opaque("kr7", number),
        recipient_state: Timeline::state,
        may_see: |_, account, owner| account.profile == owner,
        wallet: |_, wallet| wallet,
    }
}
