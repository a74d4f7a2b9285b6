//! The names of fields on the wire, found by their `x-field` marks, so that no program hard-codes one.

use serde_json::Value;

/// Declares a struct with the wire names of one schema, and the function that finds them by their marks.
macro_rules! names {
    ($(#[$doc:meta])* $struct:ident in $schema:literal { $($(#[$field_doc:meta])* $field:ident: $mark:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $struct { $($(#[$field_doc])* pub $field: String,)* }

        impl $struct {
            fn find(document: &Value, missing: &mut Vec<(&'static str, &'static str)>) -> Self {
                Self { $($field: by_mark(document, $schema, $mark, missing),)* }
            }
        }
    };
}

fn by_mark(
    document: &Value,
    schema: &'static str,
    mark: &'static str,
    missing: &mut Vec<(&'static str, &'static str)>,
) -> String {
    let properties = document.pointer(&format!("/components/schemas/{schema}/properties"));
    let found = properties.and_then(Value::as_object).and_then(|properties| {
        properties.iter().find(|(_, property)| property.get("x-field").and_then(Value::as_str) == Some(mark))
    });
    match found {
        Some((name, _)) => name.clone(),
        None => {
            missing.push((schema, mark));
            String::new()
        }
    }
}

names! {
    /// The field names of an order request.
    OrderNames in "BuyBulkRequest" {
        /// The operator of the whole order.
        operator: "operator",
        /// The product of the whole order.
        product: "product",
        /// The recipients.
        items: "items",
    }
}
names! {
    /// The field names of one entry of an order request.
    ItemNames in "BulkItem" {
        /// The package for this recipient.
        package: "package",
        /// The recipient's phone number.
        msisdn: "msisdn",
    }
}
names! {
    /// The field names of the response to a created order.
    SummaryNames in "BulkOrderSummary" {
        /// The flag that is always true.
        success: "success",
        /// The text for a person.
        message: "message",
        /// The id of the order.
        order_id: "orderId",
        /// The short reference.
        reference: "reference",
        /// The amount that was charged.
        total: "total",
        /// The number of recipients.
        count: "count",
        /// The status of the order (later revision).
        status: "status",
        /// The balance before the order (later revision).
        balance_before: "balanceBefore",
        /// The balance after the order (later revision).
        balance_after: "balanceAfter",
    }
}
names! {
    /// The field names of an error.
    ErrorNames in "ErrorDetail" {
        /// The text for a person.
        message: "message",
        /// The code for a program.
        code: "code",
    }
}
names! {
    /// The field names of a profile.
    ProfileNames in "Profile" {
        /// The id of the profile.
        id: "id",
        /// Whether the profile may act.
        status: "status",
        /// The available balance.
        available: "available",
        /// The held balance.
        held: "held",
        /// The sum of the available and the held balance.
        total: "total",
    }
}
names! {
    /// The field names of a wallet.
    WalletNames in "Wallet" {
        /// The available balance.
        available: "available",
        /// The held balance.
        held: "held",
        /// The sum of the available and the held balance.
        total: "total",
        /// The currency.
        currency: "currency",
        /// The time of the last change.
        updated: "updated",
        /// The profile that owns the wallet.
        profile: "profile",
    }
}
names! {
    /// The field names of a product.
    ProductNames in "Product" {
        /// The id of the product.
        id: "id",
        /// The name for a person.
        name: "name",
        /// The operator that sells the product.
        operator: "operator",
        /// The operator's name.
        operator_name: "operatorName",
        /// Whether the product can be bought.
        status: "status",
    }
}
names! {
    /// The field names of a package.
    PackageNames in "Package" {
        /// The id of the package.
        id: "id",
        /// The label for a person.
        label: "label",
        /// The amount of data.
        amount: "amount",
        /// How long the data lasts.
        validity: "validity",
        /// The price that the caller's role is charged.
        price: "price",
        /// The operator that sells the package.
        operator: "operator",
        /// The operator's name.
        operator_name: "operatorName",
        /// The product that the package belongs to.
        product: "product",
        /// The product's name.
        product_name: "productName",
        /// Whether the package can be bought.
        status: "status",
    }
}
names! {
    /// The field names of an order that is read back.
    OrderReadNames in "Order" {
        /// The id of the order.
        id: "id",
        /// The state of the order.
        state: "state",
        /// The short reference.
        reference: "reference",
        /// The price of the order.
        amount: "amount",
        /// The currency.
        currency: "currency",
        /// The reason why the order failed.
        error: "error",
        /// The time at which the order was created.
        created: "created",
        /// The time at which the order was submitted.
        submitted: "submitted",
        /// The time at which the order ended.
        completed: "completed",
        /// Whether the order has several recipients.
        bulk: "bulk",
        /// The state of each recipient.
        recipients: "recipients",
    }
}
names! {
    /// The field names of a recipient of an order that is read back.
    RecipientNames in "Recipient" {
        /// The recipient's position, from 0.
        index: "index",
        /// The phone number.
        msisdn: "msisdn",
        /// The package.
        package: "package",
        /// The state of the recipient.
        state: "state",
        /// The price of the package.
        amount: "amount",
        /// The reason why the recipient failed.
        error: "error",
    }
}
names! {
    /// The field names of a page of orders.
    PageNames in "OrderPage" {
        /// The orders.
        orders: "orders",
        /// Whether this is the last page.
        done: "done",
        /// The cursor at which the next page starts.
        cursor: "cursor",
    }
}

/// All field names that programs need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    /// `success` of the envelope.
    pub success: String,
    /// `data` of a success envelope.
    pub data: String,
    /// `error` of an error envelope.
    pub error: String,
    /// `role` of a profile.
    pub role: String,
    /// The names in an order request.
    pub order: OrderNames,
    /// The names in an entry of an order request.
    pub item: ItemNames,
    /// The names in the response to a created order.
    pub summary: SummaryNames,
    /// The names in an error's detail.
    pub error_detail: ErrorNames,
    /// The names in a profile.
    pub profile: ProfileNames,
    /// The names in a wallet.
    pub wallet: WalletNames,
    /// The names in a product.
    pub product_read: ProductNames,
    /// The names in a package.
    pub package_read: PackageNames,
    /// The names in an order that is read back.
    pub order_read: OrderReadNames,
    /// The names in a recipient that is read back.
    pub recipient: RecipientNames,
    /// The names in a page of orders.
    pub page: PageNames,
}

impl Fields {
    /// Finds all names; also returns the (schema, mark) pairs that are missing.
    pub(crate) fn find(document: &Value) -> (Self, Vec<(&'static str, &'static str)>) {
        let mut missing = Vec::new();
        // The properties `data` and `error` of the envelopes and the role of a profile are references to other schemas.
        // A mark can't stand beside `$ref`, so the target of the reference identifies the property.
        let by_ref = |schema: &str, target: &str| {
            let properties = document.pointer(&format!("/components/schemas/{schema}/properties"));
            let wanted = format!("#/components/schemas/{target}");
            properties
                .and_then(Value::as_object)
                .and_then(|all| {
                    all.iter().find(|(_, it)| it.get("$ref").and_then(Value::as_str) == Some(wanted.as_str()))
                })
                .map(|(name, _)| name.clone())
        };
        let mut need = |found: Option<String>, schema, mark| {
            found.unwrap_or_else(|| {
                missing.push((schema, mark));
                String::new()
            })
        };
        let data = need(by_ref("BuyBulkResponse", "BulkOrderSummary"), "BuyBulkResponse", "data");
        let error = need(by_ref("ErrorResponse", "ErrorDetail"), "ErrorResponse", "error");
        let role = need(by_ref("Profile", "Role"), "Profile", "role");
        let fields = Self {
            success: by_mark(document, "BuyBulkResponse", "success", &mut missing),
            data,
            error,
            role,
            order: OrderNames::find(document, &mut missing),
            item: ItemNames::find(document, &mut missing),
            summary: SummaryNames::find(document, &mut missing),
            error_detail: ErrorNames::find(document, &mut missing),
            profile: ProfileNames::find(document, &mut missing),
            wallet: WalletNames::find(document, &mut missing),
            product_read: ProductNames::find(document, &mut missing),
            package_read: PackageNames::find(document, &mut missing),
            order_read: OrderReadNames::find(document, &mut missing),
            recipient: RecipientNames::find(document, &mut missing),
            page: PageNames::find(document, &mut missing),
        };
        // Blessed revisions older than the later revision must load too, so its three fields may be missing.
        missing.retain(|(schema, mark)| {
            !(*schema == "BulkOrderSummary" && ["status", "balanceBefore", "balanceAfter"].contains(mark))
        });
        (fields, missing)
    }
}
