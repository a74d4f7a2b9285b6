//! Builds histories: accounts, requests, and answers that are right unless a history changes them.

use conformance::history::{
    AccountFacts, Answer, Budget, Bytes, Capability, CaseRecord, End, Environment, Exchange, FORMAT, Footer,
    Header, KeyUse, Lost, LostHow, Request, Response, Tier, Transport,
};
use conformance::judge::summary::Unplanned;
use serde_json::{Value, json};
use spec::{OperationId, Pesewas};

use crate::catalog::{JSON, Made, Order, catalog, contract, ghs, price};

/// A history under construction.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) header: Header,
    pub(crate) cases: Vec<CaseRecord>,
    pub(crate) footer: Footer,
    pub(crate) unplanned: Unplanned,
    made: usize,
}

/// A case under construction.
#[derive(Debug)]
pub(crate) struct Scene<'s> {
    record: &'s mut CaseRecord,
    made: &'s mut usize,
}

/// A request that has no answer yet.
#[derive(Debug)]
pub(crate) struct Sent<'s> {
    exchange: Exchange,
    order: Option<Order>,
    role: String,
    record: &'s mut CaseRecord,
    made: &'s mut usize,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let contract = contract();
        let endpoints =
            OperationId::ALL.into_iter().filter(|it| *it != OperationId::BuyBulk).map(|it| (it, true));
        let environment = Environment {
            capability: Capability::States,
            accounts: Vec::new(),
            catalog: Some(catalog()),
            endpoints: endpoints.collect(),
            extra_states: Vec::new(),
            refused: Vec::new(),
        };
        let header = Header {
            format: FORMAT,
            tool: "by hand".into(),
            target: "http://127.0.0.1".into(),
            spec_digest: contract.digest.clone(),
            spec_revision: contract.revision.clone(),
            seed: 1,
            tier: Tier::Standard,
            started_ms: 0,
            environment,
            budget: Budget::default(),
            shard: None,
            again: Vec::new(),
            only: Vec::new(),
        };
        let footer = Footer::new(End::Complete, 0);
        Self { header, cases: Vec::new(), footer, unplanned: Unplanned::new(), made: 0 }
    }

    /// Starts a history in which the order of another account is accepted, so the server does not refuse everything.
    pub(crate) fn not_deaf() -> Self {
        let mut stage = Self::new();
        let mut case = stage.case();
        let other = case.account("SuperAgent", 100_000);
        case.order(other, crate::catalog::good(5)).created();
        stage
    }

    /// Starts a history for a server whose prices are not known.
    pub(crate) fn unpriced() -> Self {
        let mut stage = Self::new();
        let operators = stage.header.environment.catalog.iter_mut().flat_map(|it| &mut it.operators);
        for package in operators.flat_map(|it| &mut it.products).flat_map(|it| &mut it.packages) {
            package.price.clear();
        }
        stage
    }

    pub(crate) fn case(&mut self) -> Scene<'_> {
        let name = format!("by-hand/{}", self.cases.len());
        self.named(&name)
    }

    pub(crate) fn named(&mut self, id: &str) -> Scene<'_> {
        self.cases.push(CaseRecord {
            index: self.cases.len() as u64,
            id: id.to_owned(),
            origin: "by hand".into(),
            title: String::new(),
            serves: Vec::new(),
            coordinates: None,
            accounts: Vec::new(),
            exchanges: Vec::new(),
            skipped: None,
        });
        Scene { record: self.cases.last_mut().unwrap(), made: &mut self.made }
    }
}

impl<'s> Scene<'s> {
    pub(crate) fn serving(self, ids: &[&str]) -> Self {
        self.record.serves = ids.iter().map(|it| (*it).to_owned()).collect();
        self
    }

    /// Adds an account that was made for the case, with a profile of its own.
    pub(crate) fn account(&mut self, role: &str, pesewas: i64) -> usize {
        let at = self.record.accounts.len();
        self.record.accounts.push(AccountFacts {
            name: role.to_lowercase(),
            role: Some(role.to_owned()),
            balance: Some(Pesewas::new(pesewas)),
            profile: Some(format!("pf{at}")),
            revoked: false,
            fresh: true,
            wallet: None,
            earlier: None,
        });
        at
    }

    pub(crate) fn agent(&mut self, pesewas: i64) -> usize {
        self.account("Agent", pesewas)
    }

    pub(crate) fn facts(&mut self, actor: usize) -> &mut AccountFacts {
        &mut self.record.accounts[actor]
    }

    /// Adds another key of an account.
    pub(crate) fn second_key(&mut self, of: usize) -> usize {
        let facts = self.record.accounts[of].clone();
        self.record.accounts.push(facts);
        self.record.accounts.len() - 1
    }

    fn send(&mut self, operation: OperationId, actor: usize, path: String, order: Option<Order>) -> Sent<'_> {
        // The request follows all earlier ones, unless `at` makes it concurrent.
        let clock = self.record.exchanges.iter().map(|it| it.done_us).max().unwrap_or(0) + 100;
        let (key, headers, body) = match &order {
            Some(order) => (order.key.clone(), order.headers.clone(), order.bytes()),
            None => (KeyUse::Own, Vec::new(), Vec::new()),
        };
        let method = contract().operation(operation).method.clone();
        let body = Bytes(body);
        let exchange = Exchange {
            operation,
            actor: Some(actor),
            batch: None,
            request: Request { method, path, headers, key, transport: Transport::Plain, body },
            sent_us: clock,
            done_us: clock + 50,
            in_flight: 0,
            shared: false,
            trace: None,
            reserved: None,
            answer: Answer::Unsent("no answer was written".into()),
        };
        let role = self.record.accounts[actor].role.clone().unwrap_or_default();
        Sent { exchange, order, role, record: &mut *self.record, made: &mut *self.made }
    }

    pub(crate) fn order(&mut self, actor: usize, order: Order) -> Sent<'_> {
        let path = contract().buy().path.clone();
        self.send(OperationId::BuyBulk, actor, path, Some(order))
    }

    /// Sends a request with one value in its path.
    pub(crate) fn get(&mut self, operation: OperationId, actor: usize, value: &str) -> Sent<'_> {
        let path =
            contract().operation(operation).path_with(&[&conformance::order::path::encode(value), "1"]);
        self.send(operation, actor, path, None)
    }

    /// Reads the wallet, with this balance and nothing held.
    pub(crate) fn wallet(&mut self, actor: usize, pesewas: i64) {
        self.wallet_sent(actor).wallet(pesewas);
    }

    pub(crate) fn wallet_sent(&mut self, actor: usize) -> Sent<'_> {
        self.get(OperationId::Wallet, actor, "")
    }

    /// Reads the status of an order.
    pub(crate) fn status(&mut self, actor: usize, made: &Made, json: Value) {
        self.get(OperationId::OrderStatus, actor, &made.id).ok(json);
    }

    /// Reads the order list with this query, which returns these orders.
    pub(crate) fn list(&mut self, actor: usize, query: &str, orders: &[Value], cursor: Option<&str>) {
        self.get(OperationId::Orders, actor, "").asking(query).ok(json!({
            "orders": orders, "isDone": cursor.is_none(), "continueCursor": cursor
        }));
    }

    /// Retries the recipient at position 1.
    pub(crate) fn retry(&mut self, actor: usize, made: &Made) -> Sent<'_> {
        self.get(OperationId::Retry, actor, &made.id)
    }

    /// Marks the case as ended early.
    pub(crate) fn skipped(self, why: &str) {
        self.record.skipped = Some(why.to_owned());
    }
}

impl Sent<'_> {
    /// Makes the request concurrent with others of the same batch, between these times.
    pub(crate) fn at(mut self, batch: u32, sent_us: u64, done_us: u64) -> Self {
        self.exchange.batch = Some(batch);
        (self.exchange.sent_us, self.exchange.done_us) = (sent_us, done_us);
        self
    }

    /// Lets this much time pass before the request is sent.
    pub(crate) fn later(mut self, us: u64) -> Self {
        self.exchange.sent_us += us;
        self.exchange.done_us += us;
        self
    }

    pub(crate) fn asking(mut self, query: &str) -> Self {
        if !query.is_empty() {
            self.exchange.request.path = format!("{}?{query}", self.exchange.request.path);
        }
        self
    }

    /// Marks the reading as a copy of one that was made for several cases.
    pub(crate) fn shared(mut self) -> Self {
        self.exchange.shared = true;
        self
    }

    pub(crate) fn unknown_actor(mut self) -> Self {
        self.exchange.actor = None;
        self
    }

    fn put(self, answer: Answer) {
        let Self { mut exchange, record, .. } = self;
        exchange.answer = answer;
        record.exchanges.push(exchange);
    }

    pub(crate) fn bytes(self, status: u16, kind: Option<&str>, body: impl Into<Vec<u8>>) {
        let headers = kind.map(|it| ("content-type".to_owned(), it.to_owned())).into_iter().collect();
        self.put(Answer::Response(Response {
            status,
            headers,
            body: Bytes(body.into()),
            held_key: false,
            cut: false,
        }));
    }

    pub(crate) fn json(self, status: u16, json: &Value) {
        self.bytes(status, Some(JSON), json.to_string());
    }

    /// Answers with a body in which a key was found and masked.
    pub(crate) fn echoing(self, status: u16, json: &Value) {
        let headers = vec![("content-type".to_owned(), JSON.to_owned())];
        let body = Bytes(json.to_string().into_bytes());
        self.put(Answer::Response(Response { status, headers, body, held_key: true, cut: false }));
    }

    /// Answers with success and this data.
    pub(crate) fn ok(self, data: Value) {
        self.json(200, &json!({"success": true, "data": data}));
    }

    /// Answers with the documented error of a status.
    pub(crate) fn refused(self, status: u16) {
        let operation = contract().operation(self.exchange.operation);
        let codes = operation.response(status).map(|it| it.error_codes.as_slice()).unwrap_or_default();
        let parses = serde_json::from_slice::<Value>(&self.exchange.request.body.0).is_ok();
        let code = match codes {
            [unparsed, _] if !parses => unparsed.as_str(),
            [.., last] => last.as_str(),
            [] => "ELSE",
        }
        .to_owned();
        self.error(status, &code);
    }

    pub(crate) fn error(self, status: u16, code: &str) {
        self.json(status, &json!({"success": false, "error": {"message": "No.", "code": code}}));
    }

    pub(crate) fn lost(self) {
        self.lost_by(LostHow::Reset);
    }

    pub(crate) fn lost_by(self, how: LostHow) {
        self.put(Answer::Lost(Lost { how, detail: "connection reset by peer".into() }));
    }

    pub(crate) fn unsent(self) {
        self.put(Answer::Unsent("connection refused".into()));
    }

    pub(crate) fn wallet(self, pesewas: i64) {
        self.wallet_with(pesewas, |_| ());
    }

    pub(crate) fn wallet_with(self, pesewas: i64, change: impl FnOnce(&mut Value)) {
        let profile = self.exchange.actor.and_then(|it| self.record.accounts[it].profile.clone());
        let mut data = json!({
            "availableBalance": ghs(pesewas), "heldBalance": 0, "totalBalance": ghs(pesewas),
            "currency": "GHS", "lastUpdated": 1, "userProfileId": profile,
        });
        change(&mut data);
        self.ok(data);
    }

    /// Answers that the order was created, correctly.
    pub(crate) fn created(self) -> Made {
        self.created_with(|_| ())
    }

    /// Answers that the order was created, with a change of the data.
    pub(crate) fn created_with(self, change: impl FnOnce(&mut Value)) -> Made {
        let (made, data) = self.make(change);
        let text = json!({"success": true, "data": data}).to_string();
        made.0.bytes(200, Some(JSON), text);
        made.1
    }

    /// Like [`Self::created`], with another content type and a change of the text.
    pub(crate) fn created_as(self, kind: Option<&str>, change: impl FnOnce(String) -> Vec<u8>) -> Made {
        let (made, data) = self.make(|_| ());
        let text = json!({"success": true, "data": data}).to_string();
        made.0.bytes(200, kind, change(text));
        made.1
    }

    fn make(self, change: impl FnOnce(&mut Value)) -> ((Self, Made), Value) {
        *self.made += 1;
        let order = self.order.clone().unwrap();
        let cost = |item: &Value| price(item["packageId"].as_str().unwrap_or_default(), &self.role);
        let total = order.items().iter().map(cost).sum();
        let mut data = json!({
            "success": true, "message": "Bulk order created", "orderId": format!("kr7-{}", self.made),
            "shortReference": format!("{:06}", self.made), "totalAmount": ghs(total),
            "recipientCount": order.items().len(),
        });
        change(&mut data);
        let recipients: Vec<Value> = order
            .items()
            .iter()
            .enumerate()
            .map(|(at, it)| {
                json!({
                    "index": at, "beneficiaryMsisdn": it["beneficiaryMsisdn"], "packageId": it["packageId"],
                    "state": "pending", "amount": ghs(cost(it)),
                })
            })
            .collect();
        let json = json!({
            "orderId": data["orderId"], "state": "processing", "shortReference": data["shortReference"],
            "amount": data["totalAmount"], "currency": "GHS", "isBulkOrder": true, "recipients": recipients,
        });
        let id = data["orderId"].as_str().unwrap_or_default().to_owned();
        ((self, Made { id, json }), data)
    }
}
