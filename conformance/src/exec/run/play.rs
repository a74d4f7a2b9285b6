//! One case, step by step: its actors, its requests in order or at once, and everything written down.

use super::*;

/// A case being carried out.
pub(super) struct Play<'r> {
    pub(super) runner: &'r Runner,
    pub(super) record: CaseRecord,
    pub(super) keys: Vec<Option<Secret>>,
    pub(super) redactor: Option<Redactor>,
    /// Ids of the orders that were created, in order.
    pub(super) created: Vec<String>,
    pub(super) waves: u32,
}

/// A request with everything but its answer.
struct Prepared {
    operation: OperationId,
    actor: Option<usize>,
    wave: Option<u32>,
    request: Request,
    key: Option<KeyHeader>,
}

impl Play<'_> {
    pub(super) async fn cast(&mut self, case: &Case) -> Result<(), String> {
        let runner = self.runner;
        for actor in &case.actors {
            let (facts, key) = match actor {
                Actor::Fresh { role, balance, revoked } => {
                    let states = runner.states.as_ref().ok_or("no provider states")?;
                    let made =
                        states.account(role, *balance, *revoked).await.map_err(|error| error.to_string())?;
                    let facts = AccountFacts {
                        name: role.clone(),
                        role: Some(role.clone()),
                        balance: Some(*balance),
                        profile: made.profile,
                        revoked: *revoked,
                        fresh: true,
                    };
                    (facts, Some(made.key))
                }
                Actor::SecondKey { of } => {
                    let states = runner.states.as_ref().ok_or("no provider states")?;
                    let facts = self.record.accounts.get(*of).cloned().ok_or("no such actor")?;
                    let profile = facts.profile.clone().ok_or("the account's profile is not known")?;
                    let made = states.second_key(&profile).await.map_err(|error| error.to_string())?;
                    (facts, Some(made.key))
                }
                Actor::Fixed(at) => {
                    let mut facts = runner.world.accounts.get(*at).cloned().ok_or("no such account")?;
                    facts.balance = runner.balances.lock().await[*at];
                    (facts, runner.target.accounts.get(*at).map(|(_, key)| key.clone()))
                }
                Actor::Nobody => {
                    let facts = AccountFacts::unknown("nobody");
                    (facts, None)
                }
            };
            self.record.accounts.push(facts);
            self.keys.push(key);
        }
        // A key with one character changed gives the others away.
        let scheme = &runner.contract.key;
        let derived: Vec<Secret> = case
            .steps
            .iter()
            .flat_map(Step::orders)
            .filter_map(|order| order.key.derived(scheme, self.keys.get(order.actor)?.as_ref()))
            .collect();
        let all = self.keys.iter().flatten().chain(&derived);
        self.redactor = Some(Redactor::new(all));
        Ok(())
    }

    pub(super) async fn step(&mut self, step: &Step) -> Result<(), String> {
        let contract = self.runner.contract.clone();
        let path = |operation: OperationId, values: &[&str]| {
            let encoded: Vec<String> = values.iter().map(|value| encode(value)).collect();
            let encoded: Vec<&str> = encoded.iter().map(String::as_str).collect();
            contract.operation(operation).path_with(&encoded)
        };
        match step {
            Step::Order(order) => self.order(order).await,
            Step::Wave(steps) => self.wave(steps).await,
            Step::Wallet(actor) => {
                self.get(OperationId::Wallet, *actor, path(OperationId::Wallet, &[])).await.map(drop)
            }
            Step::Profile(actor) => {
                self.get(OperationId::Profile, *actor, path(OperationId::Profile, &[])).await.map(drop)
            }
            Step::Package(actor, id) => {
                self.get(OperationId::Package, *actor, path(OperationId::Package, &[id])).await.map(drop)
            }
            Step::Products(actor, id) => {
                self.get(OperationId::Products, *actor, path(OperationId::Products, &[id])).await.map(drop)
            }
            Step::Read { actor, nth, status } => {
                let Some(id) = self.created.get(*nth).cloned() else { return Ok(()) };
                let operation = if *status { OperationId::OrderStatus } else { OperationId::Order };
                self.get(operation, *actor, path(operation, &[&id])).await.map(drop)
            }
            Step::ReadUnknown(actor) => {
                let path = path(OperationId::OrderStatus, &[NOBODYS_ID]);
                self.get(OperationId::OrderStatus, *actor, path).await.map(drop)
            }
            Step::List { actor, limit, follow } => self.list(*actor, *limit, *follow).await,
            Step::Watch { actor, nth } => {
                let Some(id) = self.created.get(*nth).cloned() else { return Ok(()) };
                self.watch(*actor, path(OperationId::OrderStatus, &[&id])).await
            }
            Step::Retry { actor, nth } => {
                let Some(id) = self.created.get(*nth).cloned() else { return Ok(()) };
                let index = self.failed_recipient(&id).unwrap_or(0).to_string();
                let prepared =
                    self.prepare(OperationId::Retry, *actor, path(OperationId::Retry, &[&id, &index]));
                self.settle_retry(prepared).await
            }
            Step::FailRecipient(msisdn) => {
                let Some(states) = &self.runner.states else { return Err("no provider states".into()) };
                states.fail_recipient(msisdn).await.map_err(|error| error.to_string())
            }
        }
    }

    /// A retry may charge again what was refunded (AMB-HELD), at most what the recipient cost: so it needs the budget too.
    async fn settle_retry(&mut self, prepared: Prepared) -> Result<(), String> {
        let throwaway = self.record.accounts.iter().all(|it| it.fresh);
        if !throwaway && self.runner.target.cap.is_some() {
            return Err("a retry may cost money, and its price is not known".into());
        }
        let timed = self.send(&prepared).await;
        self.note(prepared, timed);
        Ok(())
    }

    fn prepare(&self, operation: OperationId, actor: usize, path: String) -> Prepared {
        let contract = &self.runner.contract;
        let method = contract.operation(operation).method.clone();
        let own = self.keys.get(actor).and_then(Option::as_ref);
        let request = Request {
            method,
            path,
            headers: Vec::new(),
            key: Key::Own.used(&contract.key),
            transport: Transport::Plain,
            body: Bytes::default(),
        };
        let key = Key::Own.header(&contract.key, own);
        Prepared { operation, actor: Some(actor), wave: None, request, key }
    }

    fn prepare_order(&self, order: &Outgoing, wave: Option<u32>) -> Prepared {
        let contract = &self.runner.contract;
        let buy = contract.buy();
        let own = self.keys.get(order.actor).and_then(Option::as_ref);
        let key = order.key.header(&contract.key, own);
        let request = Request {
            method: buy.method.clone(),
            path: buy.path.clone(),
            headers: order.headers.clone(),
            key: order.key.used(&contract.key),
            transport: order.transport,
            body: Bytes(order.body.clone()),
        };
        Prepared { operation: OperationId::BuyBulk, actor: Some(order.actor), wave, request, key }
    }

    /// Sends a prepared request once.
    async fn send(&self, prepared: &Prepared) -> Timed {
        self.runner.pace().await;
        send(self.runner, self.redactor.as_ref(), prepared, self.runner.client.pass()).await
    }

    fn note(&mut self, prepared: Prepared, timed: Timed) {
        if prepared.operation == OperationId::BuyBulk
            && let Answer::Response(response) = &timed.answer
            && response.status == self.runner.contract.status(Meaning::Accepted)
            && let Some(id) = reading::summary(&self.runner.contract, response).and_then(|it| it.order_id)
        {
            self.created.push(id);
        }
        self.record.exchanges.push(Exchange {
            operation: prepared.operation,
            actor: prepared.actor,
            wave: prepared.wave,
            request: prepared.request,
            sent_us: timed.sent_us,
            done_us: timed.done_us,
            in_flight: timed.in_flight,
            answer: timed.answer,
        });
    }

    /// Sends an order, once, unless the server says that it did not look at it yet (429).
    async fn order(&mut self, order: &Outgoing) -> Result<(), String> {
        for attempt in 1..=THROTTLE_TRIES {
            if !self.runner.budget.reserve(order.cost.worst, order.cost.unpriced == 0) {
                return Err(format!(
                    "the cap on spending: up to {} GHS more might be charged",
                    order.cost.worst
                ));
            }
            let prepared = self.prepare_order(order, None);
            let timed = self.send(&prepared).await;
            self.settle(order, &timed.answer);
            let wait = self.throttled(&timed.answer);
            self.note(prepared, timed);
            match wait {
                Some(wait) if attempt < THROTTLE_TRIES => self.wait(wait).await,
                Some(_) => return Err("the server throttles without end".into()),
                None => return Ok(()),
            }
        }
        Ok(())
    }

    fn settle(&self, order: &Outgoing, answer: &Answer) {
        let contract = &self.runner.contract;
        let settled = match answer {
            Answer::Response(response) if (200..300).contains(&response.status) => {
                let said = reading::summary(contract, response)
                    .and_then(|it| it.total.as_ref().and_then(Amount::pesewas));
                Settled::Charged(said.unwrap_or(order.cost.worst))
            }
            // A server error after the debit is possible: as unknown as a lost answer.
            Answer::Response(response) if response.status >= 500 => Settled::Unknown,
            Answer::Response(_) | Answer::Unsent(_) => Settled::Free,
            Answer::Lost(_) => Settled::Unknown,
        };
        self.runner.budget.settle(order.cost.worst, settled);
    }

    fn throttled(&self, answer: &Answer) -> Option<Duration> {
        let response = answer.response()?;
        reading::is_throttle(&self.runner.contract, response.status).then(|| retry_after(response))
    }

    async fn wait(&self, wait: Duration) {
        self.runner.waited_ms.fetch_add(usize::try_from(wait.as_millis()).unwrap_or(0), Ordering::Relaxed);
        tokio::time::sleep(wait).await;
    }

    /// Reads something; a reading may be repeated.
    pub(super) async fn get(
        &mut self,
        operation: OperationId,
        actor: usize,
        path: String,
    ) -> Result<Option<Response>, String> {
        let (mut lost, mut throttled) = (0, 0);
        loop {
            let prepared = self.prepare(operation, actor, path.clone());
            let timed = self.send(&prepared).await;
            let wait = self.throttled(&timed.answer);
            let response = timed.answer.response().cloned();
            let is_lost = matches!(timed.answer, Answer::Lost(_));
            self.note(prepared, timed);
            if let Some(wait) = wait {
                throttled += 1;
                if throttled == THROTTLE_TRIES {
                    return Err("the server throttles without end".into());
                }
                self.wait(wait).await;
            } else if is_lost && lost + 1 < READ_TRIES {
                lost += 1;
                tokio::time::sleep(Duration::from_millis(10 << lost)).await;
            } else {
                return Ok(response);
            }
        }
    }

    async fn list(&mut self, actor: usize, limit: Option<u32>, follow: bool) -> Result<(), String> {
        let contract = self.runner.contract.clone();
        let operation = contract.operation(OperationId::Orders);
        let name = |mark: &str| operation.query.get(mark).cloned().unwrap_or_else(|| mark.to_owned());
        let mut cursor: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut query = Vec::new();
            if let Some(limit) = limit {
                query.push(format!("{}={limit}", name("limit")));
            }
            if let Some(cursor) = &cursor {
                query.push(format!("{}={}", name("cursor"), encode(cursor)));
            }
            let query = query.join("&");
            let path =
                if query.is_empty() { operation.path.clone() } else { format!("{}?{query}", operation.path) };
            let page = self
                .get(OperationId::Orders, actor, path)
                .await?
                .and_then(|it| reading::page(&contract, &it));
            match page {
                Some(page) if follow && !page.done && page.cursor.is_some() && page.cursor != cursor => {
                    cursor = page.cursor
                }
                _ => break,
            }
        }
        Ok(())
    }

    async fn watch(&mut self, actor: usize, path: String) -> Result<(), String> {
        let contract = self.runner.contract.clone();
        let states = &contract.states;
        // A state that nothing but a reversal follows is where an order rests.
        let rests = |state: &Option<String>| {
            state
                .as_ref()
                .and_then(|it| states.next.get(it))
                .is_none_or(|next| next.iter().all(|it| states.next[it].is_empty()))
        };
        for read in 0..WATCH_READS {
            let response = self.get(OperationId::OrderStatus, actor, path.clone()).await?;
            let Some(order) = response.and_then(|it| reading::order(&contract, &it)) else { break };
            if rests(&order.state) && order.recipients.iter().flatten().all(|it| rests(&it.state)) {
                break;
            }
            if self.runner.stop.load(Ordering::Relaxed) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(2 + 2 * read as u64)).await;
        }
        Ok(())
    }

    fn failed_recipient(&self, id: &str) -> Option<usize> {
        let contract = &self.runner.contract;
        let last = self.record.exchanges.iter().rev().find_map(|it| {
            let order = reading::order(contract, it.answer.response()?)?;
            (order.id.as_deref() == Some(id)).then_some(order)
        })?;
        last.recipients?.iter().position(|it| it.state.as_deref().is_some_and(reading::is_failed))
    }

    /// Everything at once: all are ready before the first is sent.
    async fn wave(&mut self, steps: &[Step]) -> Result<(), String> {
        let contract = self.runner.contract.clone();
        self.waves += 1;
        let wave = Some(self.waves);
        let mut all: Vec<(Prepared, Option<&Outgoing>)> = Vec::new();
        let worst: Pesewas = steps.iter().flat_map(Step::orders).map(|it| it.cost.worst).sum();
        let priced = steps.iter().flat_map(Step::orders).all(|it| it.cost.unpriced == 0);
        if !self.runner.budget.reserve(worst, priced) {
            return Err(format!("the cap on spending: up to {worst} GHS more might be charged"));
        }
        for step in steps {
            match step {
                Step::Order(order) => all.push((self.prepare_order(order, wave), Some(order))),
                Step::Wallet(actor) => {
                    let path = contract.operation(OperationId::Wallet).path.clone();
                    let mut prepared = self.prepare(OperationId::Wallet, *actor, path);
                    prepared.wave = wave;
                    all.push((prepared, None));
                }
                _ => {}
            }
        }
        let barrier = Barrier::new(all.len());
        let passes: Vec<Pass> = all.iter().map(|_| self.runner.client.pass()).collect();
        let sends = all.iter().zip(passes).map(|((prepared, _), pass)| {
            let barrier = &barrier;
            let (runner, redactor) = (self.runner, self.redactor.as_ref());
            async move {
                runner.pace().await;
                barrier.wait().await;
                send(runner, redactor, prepared, pass).await
            }
        });
        let answers = futures::future::join_all(sends).await;
        let mut throttled = false;
        for ((prepared, order), timed) in all.into_iter().zip(answers) {
            if let Some(order) = order {
                self.settle(order, &timed.answer);
            }
            throttled |= self.throttled(&timed.answer).is_some();
            self.note(prepared, timed);
        }
        if throttled {
            self.wait(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    /// What the fixed accounts of this case hold now, for the cases that follow.
    pub(super) async fn remember(&self, actors: &[Actor]) {
        let contract = &self.runner.contract;
        let mut balances = self.runner.balances.lock().await;
        for (position, actor) in actors.iter().enumerate() {
            let Actor::Fixed(at) = actor else { continue };
            let mut balance = balances[*at];
            for exchange in self.record.exchanges.iter().filter(|it| it.actor == Some(position)) {
                match (&exchange.answer, exchange.operation) {
                    (Answer::Lost(_), OperationId::BuyBulk) => balance = None,
                    (Answer::Response(response), OperationId::BuyBulk)
                        if response.status == contract.status(Meaning::Accepted) =>
                    {
                        let said = reading::summary(contract, response)
                            .and_then(|it| it.total.as_ref().and_then(Amount::pesewas));
                        balance = balance.zip(said).map(|(balance, total)| balance - total);
                    }
                    (Answer::Response(response), OperationId::Wallet) => {
                        let read = reading::wallet(contract, response).and_then(|it| it.available.pesewas());
                        balance = read.or(balance);
                    }
                    _ => {}
                }
            }
            // Accounts that share a profile share a wallet.
            let accounts = &self.runner.world.accounts;
            for (other, facts) in accounts.iter().enumerate() {
                if other == *at || facts.shares_wallet_with(&accounts[*at]) {
                    balances[other] = balance;
                }
            }
        }
    }
}

async fn send(runner: &Runner, redactor: Option<&Redactor>, prepared: &Prepared, pass: Pass) -> Timed {
    let Some(redactor) = redactor else {
        let now = runner.client.now_us();
        let answer = Answer::Unsent("keys are not prepared".into());
        return Timed { sent_us: now, done_us: now, in_flight: 0, answer };
    };
    let request = &prepared.request;
    let outbound = OutboundRequest {
        method: &request.method,
        url: &runner.client.url(&request.path),
        headers: &request.headers,
        key: prepared.key.as_ref(),
        body: &request.body.0,
        transport: request.transport,
    };
    runner.client.send_with(pass, &outbound, redactor).await
}
