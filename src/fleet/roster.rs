//! The list of available workers: all are asked, and the available ones answer.

use std::time::Duration;

use futures_util::StreamExt;
use tokio::time::{Instant, timeout_at};

use super::connection::{FleetError, Link, in_words};
use super::layout::WORKERS;
use super::message::WorkerCard;

impl Link {
    /// Returns the workers of all pools that answer within a time, sorted by name.
    ///
    /// # Errors
    /// [`FleetError::JetStream`].
    pub(crate) async fn workers(&self, within: Duration) -> Result<Vec<WorkerCard>, FleetError> {
        let failed = |error: &(dyn std::error::Error + 'static)| FleetError::JetStream {
            servers: self.servers.clone(),
            what: "the list of workers".to_owned(),
            reason: in_words(error),
        };
        let inbox = self.client.new_inbox();
        let answers = self.client.subscribe(inbox.clone()).await;
        let mut answers = answers.map_err(|error| failed(&error))?;
        let asked = self.client.publish_with_reply(WORKERS, inbox, "".into());
        asked.await.map_err(|error| failed(&error))?;
        let end = Instant::now() + within;
        let mut cards = Vec::new();
        while let Ok(Some(answer)) = timeout_at(end, answers.next()).await {
            // Nobody listens: the server says so itself.
            if answer.status.is_some() {
                break;
            }
            match serde_json::from_slice::<WorkerCard>(&answer.payload) {
                Ok(card) => cards.push(card),
                Err(error) => tracing::warn!(%error, "a worker's answer is not understood"),
            }
        }
        cards.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.id.cmp(&b.id)));
        Ok(cards)
    }
}
