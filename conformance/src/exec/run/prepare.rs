//! Prepares requests: everything but their answers is decided before any of them is sent.

use std::sync::atomic::Ordering;

use spec::OperationId;

use super::case::CaseRunner;
use super::prepared::Prepared;
use super::silence::kinds;
use crate::history::{Bytes, Request, Trace, Transport};
use crate::order::path::encode;
use crate::plan::case::Outgoing;
use crate::plan::key::Key;

impl CaseRunner<'_> {
    /// Returns the path of an operation with these values in it.
    pub(super) fn path(&self, operation: OperationId, values: &[&str]) -> String {
        let encoded: Vec<String> = values.iter().map(|value| encode(value)).collect();
        let encoded: Vec<&str> = encoded.iter().map(String::as_str).collect();
        self.runner.contract.operation(operation).path_with(&encoded)
    }

    /// Prepares a request without a body.
    pub(super) fn prepare(&self, operation: OperationId, actor: usize, path: String) -> Prepared {
        self.prepare_with(operation, actor, path, &Key::Own)
    }

    /// Prepares a request without a body, with another key.
    pub(super) fn prepare_with(
        &self,
        operation: OperationId,
        actor: usize,
        path: String,
        key: &Key,
    ) -> Prepared {
        let contract = &self.runner.contract;
        let request = Request {
            method: contract.operation(operation).method.clone(),
            path,
            headers: Vec::new(),
            key: key.used(&contract.key, self.actors.key(actor)),
            transport: Transport::Plain,
            body: Bytes::default(),
        };
        let kinds = kinds(contract, operation, &request);
        let key = key.header(&contract.key, self.actors.key(actor));
        let trace = self.trace();
        Prepared { operation, actor, batch: None, request, kinds, reserved: None, nth: None, trace, key }
    }

    /// Prepares an order in the form that the plan asks for.
    pub(super) fn prepare_order(&self, order: &Outgoing, batch: Option<u32>) -> Prepared {
        let contract = &self.runner.contract;
        let request = Request {
            method: order.method(contract),
            path: order.path(contract),
            headers: order.all_headers(contract),
            key: order.key.used(&contract.key, self.actors.key(order.actor)),
            transport: order.transport,
            body: Bytes(order.body.clone()),
        };
        let operation = OperationId::BuyBulk;
        let kinds = if batch.is_none() { kinds(contract, operation, &request) } else { Vec::new() };
        let key = order.key.header(&contract.key, self.actors.key(order.actor));
        let reserved = (order.cost.unpriced == 0).then_some(order.cost.worst);
        let trace = self.trace();
        Prepared { operation, actor: order.actor, batch, request, kinds, reserved, nth: None, trace, key }
    }

    /// Returns the trace context of the next request.
    fn trace(&self) -> Option<Trace> {
        self.runner.client.trace(&self.record.id, self.asked.fetch_add(1, Ordering::Relaxed))
    }
}
