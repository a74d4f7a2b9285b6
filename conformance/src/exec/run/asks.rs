//! Readings that are not the plain ones, keys that are revoked while in use, and pauses.

use std::time::Duration;

use spec::OperationId;

use super::case::CaseRunner;
use super::cut_short::CutShort;
use super::provision::states;
use crate::order::path::encode;
use crate::order::reading;
use crate::plan::ask::Ask;

/// Pages of a list that are followed.
const MOST_PAGES: usize = 60;

impl CaseRunner<'_> {
    /// Reads what is asked for, page after page where that is wanted.
    pub(super) async fn ask(&mut self, ask: &Ask) -> Result<(), CutShort> {
        let contract = self.runner.contract.clone();
        let operation = contract.operation(ask.operation);
        let mut values = ask.values.clone();
        if let Some(nth) = ask.nth {
            // Nothing was created, and the answer that says so is judged.
            let Some((id, _)) = self.created.get(nth) else { return Ok(()) };
            values.insert(0, id.clone());
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

    /// Where the last page ended that an actor has read, unless it was the last of all.
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
