//! Special reads, keys that are revoked while in use, and pauses.

use std::time::Duration;

use spec::OperationId;

use super::case::CaseRunner;
use super::cut_short::CutShort;
use super::provision::states;
use super::reads::MOST_PAGES;
use crate::order::path::encode;
use crate::order::reading;
use crate::plan::ask::{Ask, Instead};
use crate::secret::MASK;

impl CaseRunner<'_> {
    /// Reads what a step asks for, page after page if it says so.
    pub(super) async fn ask(&mut self, ask: &Ask) -> Result<(), CutShort> {
        let contract = self.runner.contract.clone();
        let operation = contract.operation(ask.operation);
        let mut values = ask.values.clone();
        if let Some(nth) = ask.nth {
            // No order was created, and the answer that shows this is judged.
            let Some((id, _)) = self.created.get(nth) else { return Ok(()) };
            let value = match ask.instead {
                None => Some(id.clone()),
                Some(Instead::Beginning) => beginning(id),
                Some(Instead::Reference) => self.reference_of(id),
            };
            let Some(value) = value else { return Ok(()) };
            values.insert(0, value);
        }
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let path = self.path(ask.operation, &values);
        let name = |mark: &str| operation.query.get(mark).cloned().unwrap_or_else(|| mark.to_owned());
        let mut cursor = match ask.cursor_of {
            Some(actor) => match self.cursor_of(actor) {
                Some(cursor) => Some(cursor),
                // The list ended on its first page.
                None => return Ok(()),
            },
            None => None,
        };
        for _ in 0..MOST_PAGES {
            let given = ask.query.iter().map(|(mark, value)| (*mark, value.as_str()));
            let query: Vec<String> = given
                .chain(cursor.as_deref().map(|cursor| ("cursor", cursor)))
                .map(|(mark, value)| format!("{}={}", name(mark), encode(value)))
                // The mask is replaced by the key when the request is sent.
                .chain(ask.key_in_query.map(|it| format!("{}={MASK}", it.name(&contract.key.header))))
                .collect();
            let path = if query.is_empty() { path.clone() } else { format!("{path}?{}", query.join("&")) };
            let read = self.get_with(ask.operation, ask.actor, path, &ask.key).await?;
            match read.and_then(|it| reading::page(&contract, &it)) {
                Some(page) if ask.follow && !page.done && page.cursor.is_some() && page.cursor != cursor => {
                    cursor = page.cursor;
                }
                _ => break,
            }
        }
        Ok(())
    }

    /// Returns the short reference of an order of the case.
    fn reference_of(&self, id: &str) -> Option<String> {
        let contract = &self.runner.contract;
        let answers = self.record.exchanges.iter().filter_map(|it| it.answer.response());
        let mut orders = answers.filter_map(|it| reading::summary(contract, it));
        orders.find(|it| it.order_id.as_deref() == Some(id))?.reference
    }

    /// Returns the cursor of the last page that an actor has read, unless it was the last page of the list.
    fn cursor_of(&self, actor: usize) -> Option<String> {
        let pages = self.record.exchanges.iter().rev().filter(|it| it.actor == Some(actor));
        let mut lists = pages.filter(|it| it.operation == OperationId::Orders);
        let page = reading::page(&self.runner.contract, lists.next()?.answer.response()?)?;
        page.cursor.filter(|_| !page.done)
    }

    /// Revokes an actor's key.
    pub(super) async fn revoke(&self, actor: usize) -> Result<(), CutShort> {
        match self.actors.key(actor) {
            Some(key) => Ok(states(self.runner)?.revoke(key).await?),
            None => Err(CutShort::Nobody("actor")),
        }
    }

    /// Sends nothing for a while.
    pub(super) async fn pause(&self, millis: u64) -> Result<(), CutShort> {
        let went_on = self.runner.stop.pause(Duration::from_millis(millis)).await;
        if went_on { Ok(()) } else { Err(CutShort::Stopped) }
    }
}

/// Returns an id without its last third; `None` for a number or a short id, whose beginning may be another order's id.
fn beginning(id: &str) -> Option<String> {
    let letters: Vec<char> = id.chars().collect();
    let is_number = letters.iter().all(char::is_ascii_digit);
    (letters.len() >= 9 && !is_number).then(|| letters[..letters.len() - letters.len() / 3].iter().collect())
}

#[cfg(test)]
mod tests {
    use super::beginning;

    #[test]
    fn a_beginning_is_no_other_id() {
        assert_eq!(beginning("kr716q4g4jxd").as_deref(), Some("kr716q4g"));
        assert_eq!((beginning("kr716q4g"), beginning("100000000123")), (None, None));
    }
}
