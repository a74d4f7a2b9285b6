//! The typed `httpmock` helpers, as a partner's own test would use them.

use generated::mock::MockServerExt as _;
use generated::{BulkOrder, Count, Error, Key, Money, NetConnect, types};
use httpmock::MockServer;

fn client(server: &MockServer) -> NetConnect {
    let key = Key::new("netconnect_test_x").unwrap();
    NetConnect::builder().key(key).base_url(server.base_url()).build().unwrap()
}

#[tokio::test]
async fn a_partner_plays_the_api_in_types() {
    let server = MockServer::start_async().await;
    let receipt = types::BuyBulkResponse {
        success: true,
        data: types::BulkOrderSummary {
            success: true,
            message: "Processing...".to_owned(),
            order_id: "kr7".to_owned(),
            short_reference: "514220".to_owned(),
            total_amount: Money::new(2550),
            recipient_count: Count(2),
            status: None,
            wallet_balance_before: None,
            wallet_balance_after: None,
        },
    };
    let order = BulkOrder::new("k57", "p22").to("0201234567", "q34").to("0209876543", "q34");
    let mock = server.buy_bulk(|when, then| {
        when.body(&order.check().unwrap());
        then.ok(&receipt);
    });
    let created = client(&server).buy(&order).await.unwrap();
    assert_eq!((created.order_id.as_str(), created.total_amount), ("kr7", Money::new(2550)));
    mock.assert();
}

#[tokio::test]
async fn a_partner_plays_a_refusal() {
    let server = MockServer::start_async().await;
    let detail = types::ErrorDetail { message: "no".to_owned(), code: "ORDER_NOT_FOUND".to_owned() };
    server.get_order_status(|when, then| {
        when.order_id("kr7");
        then.not_found(&types::ErrorResponse { success: false, error: detail });
    });
    assert!(matches!(client(&server).order("kr7").await, Err(Error::NotFound(_))));
}
