//! Names of fields on the wire, found by their `x-field` mark, so that no program knows one by heart.

use serde_json::Value;

/// Declares a struct of wire names for one schema, and how to find them.
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
    /// Of the order sent.
    OrderNames in "BuyBulkRequest" {
        /// Parent operator.
        operator: "operator",
        /// Parent product.
        product: "product",
        /// The recipients.
        items: "items",
    }
}
names! {
    /// Of one entry of the order sent.
    ItemNames in "BulkItem" {
        /// Package for this recipient.
        package: "package",
        /// Recipient's phone number.
        msisdn: "msisdn",
    }
}
names! {
    /// Of the answer to a created order.
    SummaryNames in "BulkOrderSummary" {
        /// Always true.
        success: "success",
        /// For a person.
        message: "message",
        /// Id of the order.
        order_id: "orderId",
        /// Short reference.
        reference: "reference",
        /// What was charged.
        total: "total",
        /// Number of recipients.
        count: "count",
        /// Later revision: what the order is doing.
        status: "status",
        /// Later revision: balance before.
        balance_before: "balanceBefore",
        /// Later revision: balance after.
        balance_after: "balanceAfter",
    }
}
names! {
    /// Of an error.
    ErrorNames in "ErrorDetail" {
        /// For a person.
        message: "message",
        /// For a program.
        code: "code",
    }
}
names! {
    /// Of a profile.
    ProfileNames in "Profile" {
        /// Id of the profile.
        id: "id",
        /// Whether it may act.
        status: "status",
        /// Spendable.
        available: "available",
        /// Held.
        held: "held",
        /// Sum of both.
        total: "total",
    }
}
names! {
    /// Of a wallet.
    WalletNames in "Wallet" {
        /// Spendable.
        available: "available",
        /// Held.
        held: "held",
        /// Sum of both.
        total: "total",
        /// Currency.
        currency: "currency",
        /// Time of the last change.
        updated: "updated",
        /// Owner.
        profile: "profile",
    }
}
names! {
    /// Of a product.
    ProductNames in "Product" {
        /// Id.
        id: "id",
        /// For a person.
        name: "name",
        /// Operator that sells it.
        operator: "operator",
        /// Operator's name.
        operator_name: "operatorName",
        /// Whether it can be bought.
        status: "status",
    }
}
names! {
    /// Of a package.
    PackageNames in "Package" {
        /// Id.
        id: "id",
        /// For a person.
        label: "label",
        /// How much data.
        amount: "amount",
        /// How long it lasts.
        validity: "validity",
        /// What the caller's role is charged.
        price: "price",
        /// Operator that sells it.
        operator: "operator",
        /// Operator's name.
        operator_name: "operatorName",
        /// Product that it belongs to.
        product: "product",
        /// Product's name.
        product_name: "productName",
        /// Whether it can be bought.
        status: "status",
    }
}
names! {
    /// Of an order read back.
    OrderReadNames in "Order" {
        /// Id.
        id: "id",
        /// State.
        state: "state",
        /// Short reference.
        reference: "reference",
        /// What it cost.
        amount: "amount",
        /// Currency.
        currency: "currency",
        /// Why it failed.
        error: "error",
        /// When it was created.
        created: "created",
        /// When it was submitted.
        submitted: "submitted",
        /// When it ended.
        completed: "completed",
        /// Whether it has several recipients.
        bulk: "bulk",
        /// State of each recipient.
        recipients: "recipients",
    }
}
names! {
    /// Of a recipient of an order read back.
    RecipientNames in "Recipient" {
        /// Position from 0.
        index: "index",
        /// Phone number.
        msisdn: "msisdn",
        /// Package.
        package: "package",
        /// State.
        state: "state",
        /// What it cost.
        amount: "amount",
        /// Why it failed.
        error: "error",
    }
}
names! {
    /// Of a page of orders.
    PageNames in "OrderPage" {
        /// The orders.
        orders: "orders",
        /// Whether it is the last page.
        done: "done",
        /// Where the next page starts.
        cursor: "cursor",
    }
}

/// Every name that a program needs.
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
    /// The order sent.
    pub order: OrderNames,
    /// An entry of the order sent.
    pub item: ItemNames,
    /// The answer to a created order.
    pub summary: SummaryNames,
    /// An error's detail.
    pub error_detail: ErrorNames,
    /// A profile.
    pub profile: ProfileNames,
    /// A wallet.
    pub wallet: WalletNames,
    /// A product.
    pub product_read: ProductNames,
    /// A package.
    pub package_read: PackageNames,
    /// An order read back.
    pub order_read: OrderReadNames,
    /// A recipient read back.
    pub recipient: RecipientNames,
    /// A page of orders.
    pub page: PageNames,
}

impl Fields {
    /// Finds every name, or says which (schema, mark) are missing.
    pub(crate) fn find(document: &Value) -> (Self, Vec<(&'static str, &'static str)>) {
        let mut missing = Vec::new();
        // The envelope's two properties and a profile's role refer to other schemas; where `$ref` stands, no mark can, so
        // the reference is the mark.
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
        // Blessed revisions from before the later fields must load too: those names are known by their marks only there.
        missing.retain(|(schema, mark)| {
            !(*schema == "BulkOrderSummary" && ["status", "balanceBefore", "balanceAfter"].contains(mark))
        });
        (fields, missing)
    }
}
