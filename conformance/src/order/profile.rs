//! A profile. The page promises its balances without naming their fields, so they are recognised by the pattern of
//! their names.

use spec::Contract;

use super::amount::Amount;
use super::json::Json;

/// A profile, as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Profile {
    /// The profile's id.
    pub(crate) id: Option<String>,
    /// The role, in the contract's spelling if it differs only in letter case.
    pub(crate) role: Option<String>,
    /// The status, which says whether the account may act.
    pub(crate) status: Option<String>,
    /// The balances, as far as they can be recognised.
    pub(crate) holds: Holds,
}

/// The balances that a profile shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Holds {
    /// The spendable balance.
    pub(crate) available: Option<Amount>,
    /// The held balance.
    pub(crate) held: Option<Amount>,
    /// The sum of both.
    pub(crate) total: Option<Amount>,
    /// A balance whose name does not say whether it includes what is held.
    pub(crate) plain: Option<Amount>,
}

impl Holds {
    /// Returns whether the total is the sum of its parts; `None` unless all three are shown.
    #[must_use]
    pub(crate) fn adds_up(&self) -> Option<bool> {
        let [available, held, total] =
            [&self.available, &self.held, &self.total].map(|it| it.as_ref().and_then(Amount::pesewas));
        Some(available? + held? == total?)
    }
}

/// Reads a profile from the `data` of its answer.
pub(super) fn profile_of(contract: &Contract, data: &Json) -> Profile {
    let text = |name: &str| data.get(name).and_then(Json::as_str).map(str::to_owned);
    let names = &contract.fields.profile;
    let known = |role: String| {
        let same = contract.roles.all.iter().find(|known| known.eq_ignore_ascii_case(&role));
        same.cloned().unwrap_or(role)
    };
    let mut holds = Holds::default();
    collect("", data, 0, &mut holds);
    Profile {
        id: text(&names.id),
        role: text(&contract.fields.role).map(known),
        status: text(&names.status),
        holds,
    }
}

/// Words in a name that show that a number is not a balance of the wallet, whatever else the name says.
const NOT_A_BALANCE: [&str; 16] = [
    "threshold",
    "limit",
    "min",
    "max",
    "low",
    "alert",
    "previous",
    "opening",
    "last",
    "bonus",
    "commission",
    "loan",
    "credit",
    "pesewa",
    "spent",
    "reward",
];

fn collect(path: &str, json: &Json, depth: usize, into: &mut Holds) {
    let Some(members) = json.as_object().filter(|_| depth < 3) else { return };
    for (name, value) in members {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let path = format!("{path}.{}", plain.to_ascii_lowercase());
        match value {
            Json::Number(_) => note(&path, value, into),
            Json::Object(_) => collect(&path, value, depth + 1, into),
            _ => {}
        }
    }
}

fn note(path: &str, value: &Json, into: &mut Holds) {
    let of_a_wallet = path.contains("balance") || path.contains("wallet");
    if !of_a_wallet || NOT_A_BALANCE.iter().any(|word| path.contains(word)) {
        return;
    }
    let name = path.rsplit('.').next().unwrap_or_default();
    let place = if name.contains("available") || name.contains("spendable") {
        &mut into.available
    } else if ["held", "hold", "reserved", "locked"].iter().any(|word| name.contains(word)) {
        &mut into.held
    } else if name.contains("total") {
        &mut into.total
    } else if ["balance", "walletbalance", "currentbalance", "accountbalance", "wallet"].contains(&name) {
        &mut into.plain
    } else {
        return;
    };
    if place.is_none() {
        *place = Amount::of(Some(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(data: &serde_json::Value) -> [Option<String>; 4] {
        let contract = spec::embedded().unwrap();
        let json = Json::read(data.to_string().as_bytes()).unwrap();
        let holds = profile_of(&contract, &json).holds;
        [holds.available, holds.held, holds.total, holds.plain].map(|it| it.map(|it| it.text))
    }

    #[test]
    fn balances_are_recognised_under_many_names() {
        let all = [Some("1.5"), Some("0.5"), Some("2"), None].map(|it| it.map(str::to_owned));
        for data in [
            serde_json::json!({"availableBalance": 1.5, "heldBalance": 0.5, "totalBalance": 2}),
            serde_json::json!({"walletAvailableBalance": 1.5, "walletHeldBalance": 0.5, "walletTotalBalance": 2}),
            serde_json::json!({"wallet": {"available": 1.5, "held": 0.5, "total": 2}}),
            serde_json::json!({"wallet": {"available_balance": 1.5, "on_hold": 0.5, "total_balance": 2}}),
            serde_json::json!({"balances": {"spendable": 1.5, "reserved": 0.5, "total": 2, "currency": "GHS"}}),
        ] {
            assert_eq!(holds(&data), all, "{data}");
        }
        assert_eq!(holds(&serde_json::json!({"walletBalance": 7})), [None, None, None, Some("7".into())]);
    }

    #[test]
    fn other_numbers_are_no_balances() {
        let data = serde_json::json!({
            "lowBalanceThreshold": 5, "totalSpent": 3, "availableBundles": 4, "creditBalance": 9, "createdAt": 1,
            "wallet": {"limit": 100, "minTopUp": 1}, "balanceInPesewas": 150, "available": 3
        });
        assert_eq!(holds(&data), [None, None, None, None]);
    }
}
