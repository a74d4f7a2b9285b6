//! What histories are written with: a shop, accounts, orders, and answers that are right unless a history says otherwise.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use conformance::history::{
    AccountFacts, Answer, Budget, Bytes, CaseRecord, Catalog, End, Exchange, FORMAT, Footer, Header, KeyUse,
    Lost, LostHow, OperatorFacts, PackageFacts, Power, ProductFacts, Request, Response, Tier, Transport,
    World,
};
use conformance::judge::Judge;
use conformance::merge::{self, Unplanned};
use conformance::oracle::verdict::{Finding, FindingGroup, Judgement, Outcome, Verdict};
use serde_json::{Value, json};
use spec::{Contract, OperationId, Pesewas};

pub(crate) const JSON: &str = "application/json";

/// An id that nobody has, as plans ask for it.
pub(crate) const NOBODYS: &str = "zz0000000000000000000000000000zz";

pub(crate) fn contract() -> &'static Contract {
    static CONTRACT: LazyLock<Contract> = LazyLock::new(|| spec::embedded().unwrap());
    &CONTRACT
}

fn judge() -> &'static Judge<'static> {
    static JUDGE: LazyLock<Judge<'static>> = LazyLock::new(|| Judge::new(contract()).unwrap());
    &JUDGE
}

/// Pesewas as a JSON number of cedis.
pub(crate) fn ghs(pesewas: i64) -> Value {
    serde_json::from_str(&Pesewas::new(pesewas).to_json_number()).unwrap()
}

/// Operator, product, whether it can be bought; package, whether it can be bought, Agent's price, SuperAgent's.
type Line = (&'static str, &'static str, bool, &'static [(&'static str, bool, i64, i64)]);
const SHOP: [Line; 4] = [
    ("op1", "pr1", true, &[("pa", true, 110, 100), ("pb", true, 235, 220), ("px", false, 999, 959)]),
    ("op1", "pr2", true, &[("pc", true, 70, 65)]),
    ("op1", "pu", false, &[("pu1", true, 60, 57)]),
    ("op2", "pr3", true, &[("pd", true, 30, 28)]),
];

fn catalog() -> Catalog {
    let mut catalog = Catalog::default();
    for (operator, product, available, packages) in SHOP {
        if catalog.operators.last().is_none_or(|it: &OperatorFacts| it.id != operator) {
            let products = Vec::new();
            catalog.operators.push(OperatorFacts { id: operator.into(), recipient_prefix: None, products });
        }
        let price = |agent, other| {
            [("Agent", agent), ("SuperAgent", other)].map(|(role, it)| (role.into(), Pesewas::new(it)))
        };
        let packages = packages.iter().map(|(id, active, agent, other)| PackageFacts {
            id: (*id).into(),
            active: *active,
            price: BTreeMap::from(price(*agent, *other)),
        });
        let product = ProductFacts { id: product.into(), available, packages: packages.collect() };
        catalog.operators.last_mut().unwrap().products.push(product);
    }
    catalog
}

/// What a package costs a role by the shop; 0 where it has no price.
fn price(package: &str, role: &str) -> i64 {
    let line = SHOP.iter().flat_map(|it| it.3).find(|it| it.0 == package);
    line.map_or(0, |(_, _, agent, other)| if role == "SuperAgent" { *other } else { *agent })
}

/// An order request, beyond reproach unless changed.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) json: Value,
    body: Option<Vec<u8>>,
    headers: Vec<(String, String)>,
    key: KeyUse,
}

/// So many of the cheapest package.
pub(crate) fn good(items: usize) -> Order {
    of(&vec!["pa"; items])
}

/// These packages of the first product.
pub(crate) fn of(packages: &[&str]) -> Order {
    let items: Vec<Value> = packages
        .iter()
        .enumerate()
        .map(|(at, it)| json!({"packageId": it, "beneficiaryMsisdn": format!("23320{:07}", at + 1)}))
        .collect();
    Order {
        json: json!({"operatorId": "op1", "productId": "pr1", "items": items}),
        body: None,
        headers: vec![("content-type".into(), JSON.into())],
        key: KeyUse::Own,
    }
}

impl Order {
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Value)) -> Self {
        change(&mut self.json);
        self
    }

    pub(crate) fn package(self, at: usize, id: Value) -> Self {
        self.with(|it| it["items"][at]["packageId"] = id)
    }

    pub(crate) fn number(self, at: usize, number: Value) -> Self {
        self.with(|it| it["items"][at]["beneficiaryMsisdn"] = number)
    }

    pub(crate) fn body(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = Some(bytes.into());
        self
    }

    pub(crate) fn media(mut self, value: Option<&str>) -> Self {
        self.headers = value.map(|it| ("content-type".to_owned(), it.to_owned())).into_iter().collect();
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(crate) fn key(mut self, key: KeyUse) -> Self {
        self.key = key;
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.body.clone().unwrap_or_else(|| self.json.to_string().into_bytes())
    }

    fn items(&self) -> &[Value] {
        self.json["items"].as_array().map_or(&[], Vec::as_slice)
    }
}

/// An order as its server remembers it: what reads of it answer with.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) id: String,
    pub(crate) json: Value,
}

impl Made {
    /// With these states of its recipients; the order itself is processing until all have ended.
    pub(crate) fn states(&self, states: &[&str]) -> Value {
        let mut json = self.json.clone();
        for (at, state) in states.iter().enumerate() {
            json["recipients"][at]["state"] = json!(state);
        }
        let ended = states.iter().all(|it| ["completed", "failed"].contains(&it.to_lowercase().as_str()));
        json["state"] = json!(if ended { "completed" } else { "processing" });
        json
    }

    pub(crate) fn with(&self, change: impl FnOnce(&mut Value)) -> Value {
        let mut json = self.json.clone();
        change(&mut json);
        json
    }
}

/// A history being written.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) header: Header,
    pub(crate) cases: Vec<CaseRecord>,
    pub(crate) footer: Footer,
    pub(crate) unplanned: Unplanned,
    made: usize,
}

/// A case being written.
#[derive(Debug)]
pub(crate) struct Scene<'s> {
    record: &'s mut CaseRecord,
    made: &'s mut usize,
}

/// A request without its answer yet.
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
        let world = World {
            power: Power::States,
            accounts: Vec::new(),
            catalog: Some(catalog()),
            endpoints: endpoints.collect(),
            extra_states: Vec::new(),
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
            world,
            budget: Budget::default(),
            shard: None,
        };
        let footer = Footer { end: End::Complete, left: Vec::new(), elapsed_us: 0, own_faults: Vec::new() };
        Self { header, cases: Vec::new(), footer, unplanned: Unplanned::new(), made: 0 }
    }

    /// A server whose prices are not known.
    pub(crate) fn unpriced() -> Self {
        let mut stage = Self::new();
        let operators = stage.header.world.catalog.iter_mut().flat_map(|it| &mut it.operators);
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

    pub(crate) fn judge(&self) -> Said {
        Said(merge::judge(judge(), &self.header, &self.cases, &self.footer, &self.unplanned))
    }
}

impl<'s> Scene<'s> {
    pub(crate) fn serving(self, ids: &[&str]) -> Self {
        self.record.serves = ids.iter().map(|it| (*it).to_owned()).collect();
        self
    }

    /// An account made for the case, of a profile of its own.
    pub(crate) fn account(&mut self, role: &str, pesewas: i64) -> usize {
        let at = self.record.accounts.len();
        self.record.accounts.push(AccountFacts {
            name: role.to_lowercase(),
            role: Some(role.to_owned()),
            balance: Some(Pesewas::new(pesewas)),
            profile: Some(format!("pf{at}")),
            revoked: false,
            fresh: true,
        });
        at
    }

    pub(crate) fn agent(&mut self, pesewas: i64) -> usize {
        self.account("Agent", pesewas)
    }

    pub(crate) fn facts(&mut self, actor: usize) -> &mut AccountFacts {
        &mut self.record.accounts[actor]
    }

    /// Another key of an account.
    pub(crate) fn second_key(&mut self, of: usize) -> usize {
        let facts = self.record.accounts[of].clone();
        self.record.accounts.push(facts);
        self.record.accounts.len() - 1
    }

    fn send(&mut self, operation: OperationId, actor: usize, path: String, order: Option<Order>) -> Sent<'_> {
        // After everything so far, unless it is said to be at once with something.
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
            wave: None,
            request: Request { method, path, headers, key, transport: Transport::Plain, body },
            sent_us: clock,
            done_us: clock + 50,
            answer: Answer::Unsent("no answer was written".into()),
        };
        let role = self.record.accounts[actor].role.clone().unwrap_or_default();
        Sent { exchange, order, role, record: &mut *self.record, made: &mut *self.made }
    }

    pub(crate) fn order(&mut self, actor: usize, order: Order) -> Sent<'_> {
        let path = contract().buy().path.clone();
        self.send(OperationId::BuyBulk, actor, path, Some(order))
    }

    /// A request with one value in its path.
    pub(crate) fn get(&mut self, operation: OperationId, actor: usize, value: &str) -> Sent<'_> {
        let path = contract().operation(operation).path_with(&[&conformance::encode(value), "1"]);
        self.send(operation, actor, path, None)
    }

    /// The wallet, read as holding this and nothing held.
    pub(crate) fn wallet(&mut self, actor: usize, pesewas: i64) {
        self.wallet_sent(actor).wallet(pesewas);
    }

    pub(crate) fn wallet_sent(&mut self, actor: usize) -> Sent<'_> {
        self.get(OperationId::Wallet, actor, "")
    }

    /// Reads an order's status.
    pub(crate) fn status(&mut self, actor: usize, made: &Made, json: Value) {
        self.get(OperationId::OrderStatus, actor, &made.id).ok(json);
    }

    /// The order list, asked for with this query, with these orders.
    pub(crate) fn list(&mut self, actor: usize, query: &str, orders: &[Value], cursor: Option<&str>) {
        self.get(OperationId::Orders, actor, "").asking(query).ok(json!({
            "orders": orders, "isDone": cursor.is_none(), "continueCursor": cursor
        }));
    }

    /// Retries recipient 1.
    pub(crate) fn retry(&mut self, actor: usize, made: &Made) -> Sent<'_> {
        self.get(OperationId::Retry, actor, &made.id)
    }

    /// The case came to its end early.
    pub(crate) fn skipped(self, why: &str) {
        self.record.skipped = Some(why.to_owned());
    }
}

impl Sent<'_> {
    /// At once with others of the same number, from one time to another.
    pub(crate) fn at(mut self, wave: u32, sent_us: u64, done_us: u64) -> Self {
        self.exchange.wave = Some(wave);
        (self.exchange.sent_us, self.exchange.done_us) = (sent_us, done_us);
        self
    }

    pub(crate) fn asking(mut self, query: &str) -> Self {
        if !query.is_empty() {
            self.exchange.request.path = format!("{}?{query}", self.exchange.request.path);
        }
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
        self.put(Answer::Response(Response { status, headers, body: Bytes(body.into()), held_key: false }));
    }

    pub(crate) fn json(self, status: u16, json: &Value) {
        self.bytes(status, Some(JSON), json.to_string());
    }

    /// An answer in which a key was found and masked.
    pub(crate) fn echoing(self, status: u16, json: &Value) {
        let headers = vec![("content-type".to_owned(), JSON.to_owned())];
        let body = Bytes(json.to_string().into_bytes());
        self.put(Answer::Response(Response { status, headers, body, held_key: true }));
    }

    /// Success with this data.
    pub(crate) fn ok(self, data: Value) {
        self.json(200, &json!({"success": true, "data": data}));
    }

    /// The documented error of a status.
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

    /// An order was created, and the answer says so rightly.
    pub(crate) fn created(self) -> Made {
        self.created_with(|_| ())
    }

    /// An order was created, and its answer says so after a change of its data.
    pub(crate) fn created_with(self, change: impl FnOnce(&mut Value)) -> Made {
        let (made, data) = self.make(change);
        let text = json!({"success": true, "data": data}).to_string();
        made.0.bytes(200, Some(JSON), text);
        made.1
    }

    /// As [`Self::created`], with the answer's text and content type changed.
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

/// What the oracle says of a history.
#[derive(Debug)]
pub(crate) struct Said(pub(crate) Judgement);

impl Said {
    fn of(&self, outcome: Outcome) -> BTreeSet<&str> {
        let all = self.0.requirements.iter().filter(|it| it.outcome == outcome);
        all.map(|it| it.id.as_str()).collect()
    }

    fn told(&self) -> String {
        let line = |it: &FindingGroup| {
            let Finding { candidates, cause, summary, actual, detail, case, .. } = &it.example;
            format!(
                "{} {candidates:?} ({cause}): {summary}; {actual} in {case} {detail:#?}\n",
                it.requirement
            )
        };
        self.0.findings.iter().map(line).collect()
    }

    fn outcome(&self, id: &str) -> Outcome {
        self.0.requirements.iter().find(|it| it.id == id).unwrap_or_else(|| panic!("no {id}")).outcome
    }

    /// Exactly these fail, and nothing is worth a warning.
    #[track_caller]
    pub(crate) fn fails(&self, ids: &[&str]) -> &Self {
        let wanted: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(self.of(Outcome::Fail), wanted, "{}", self.told());
        assert!(self.of(Outcome::Warning).is_empty(), "{}", self.told());
        assert_eq!(self.0.verdict == Verdict::NotConformant, !ids.is_empty());
        self
    }

    /// Exactly these pass.
    #[track_caller]
    pub(crate) fn passes(&self, ids: &[&str]) -> &Self {
        assert_eq!(self.of(Outcome::Pass), ids.iter().copied().collect());
        self
    }

    /// These pass, and perhaps others.
    #[track_caller]
    pub(crate) fn shows(&self, ids: &[&str]) -> &Self {
        ids.iter().for_each(|id| assert_eq!(self.outcome(id), Outcome::Pass, "{id}"));
        self
    }

    /// These had no chance to fail, so they don't pass either.
    #[track_caller]
    pub(crate) fn says_nothing_of(&self, ids: &[&str]) -> &Self {
        ids.iter().for_each(|id| assert_eq!(self.outcome(id), Outcome::NotExercised, "{id}"));
        self
    }

    #[track_caller]
    pub(crate) fn is_inconclusive_on(&self, ids: &[&str]) -> &Self {
        assert_eq!(self.of(Outcome::Inconclusive), ids.iter().copied().collect(), "{}", self.told());
        self
    }

    /// A finding of this requirement has this cause.
    #[track_caller]
    pub(crate) fn because(&self, id: &str, cause: &str) -> &Self {
        let causes: Vec<&str> = self
            .0
            .findings
            .iter()
            .filter(|it| it.requirement == id)
            .map(|it| it.example.cause.as_str())
            .collect();
        assert!(causes.contains(&cause), "{id}: {causes:?}");
        self
    }

    /// So many findings in all.
    #[track_caller]
    pub(crate) fn in_findings(&self, count: usize) -> &Self {
        assert_eq!(self.0.findings.len(), count, "{}", self.told());
        self
    }

    /// What was seen of an ambiguity, each with how often.
    #[track_caller]
    pub(crate) fn observes(&self, id: &str, choices: &[(&str, u64)]) -> &Self {
        let seen = &self.0.ambiguities.iter().find(|it| it.id == id).unwrap().choices;
        let seen: Vec<(&str, u64)> = seen.iter().map(|(it, times, _)| (it.as_str(), *times)).collect();
        assert_eq!(seen, choices, "{id}");
        self
    }
}
