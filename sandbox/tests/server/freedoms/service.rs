//! Requests that a server may refuse: methods, media types that a client accepts, bodies of unknown length.

use crate::common::Setup;
use reqwest::Method;
use sandbox::Freedom;

#[tokio::test]
async fn a_wrong_method_is_not_found() {
    let setup = Setup::with(&[Freedom::WrongMethodNotFound]).await;
    let key = setup.account("Agent", 100).await;
    for (method, path) in
        [(Method::GET, "/data-bundles/buy-bulk"), (Method::DELETE, "/orders"), (Method::POST, "/profile")]
    {
        let reply = setup.send(method, &format!("/api/v1{path}"), Some(&key), None).await;
        assert_eq!((reply.error(), reply.headers.get("allow")), ((404, "NOT_FOUND"), None), "{path}");
    }
    assert_eq!(setup.buy(&key, &setup.order(&[0, 0])).await.status, 200);
}

#[tokio::test]
async fn a_client_that_takes_no_json_gets_none() {
    for (freedom, wanted) in [(None, 200), (Some(Freedom::StrictAccept), 406)] {
        let setup = Setup::with(freedom.as_slice()).await;
        let key = setup.account("Agent", 100).await;
        let get = |accept: &'static str| {
            let request = setup.client.get(format!("{}/api/v1/wallet-balance", setup.sandbox.url()));
            request.header("x-api-key", &key).header("accept", accept).send()
        };
        assert_eq!(get("text/html").await.unwrap().status(), wanted);
        for accept in ["application/json", "text/html, */*;q=0.1", "*/*"] {
            assert_eq!(get(accept).await.unwrap().status(), 200, "{accept}");
        }
        assert_eq!(setup.balance(&key).await, 100);
    }
}

#[tokio::test]
async fn a_body_of_unknown_length_is_not_read() {
    for (freedom, wanted) in [(None, "200 OK"), (Some(Freedom::LengthRequired), "411 Length Required")] {
        let setup = Setup::with(freedom.as_slice()).await;
        let key = setup.account("Agent", 100).await;
        let answer = setup.raw(&setup.chunked(&key, &setup.order(&[0, 0]).to_string())).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {wanted}\r\n")), "{answer}");
        assert_eq!(setup.balance(&key).await, if freedom.is_some() { 100 } else { 80 });
        assert_eq!(setup.buy(&key, &setup.order(&[0, 0])).await.status, 200);
    }
}

#[tokio::test]
async fn a_path_with_an_encoded_slash_moves_to_the_one_that_it_spells() {
    for (freedom, wanted) in
        [(None, (404, None)), (Some(Freedom::CleanPaths), (301, Some("/api/v1/profile")))]
    {
        let setup = Setup::with(freedom.as_slice()).await;
        let key = setup.account("Agent", 100).await;
        let reply = setup.send(Method::GET, "/api/v1/orders/..%2F..%2fv1/profile", Some(&key), None).await;
        let location = reply.headers.get("location").map(|it| it.to_str().unwrap());
        assert_eq!((reply.status, location), wanted, "{}", reply.text);
    }
}
