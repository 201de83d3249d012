//! Branches: new conversations that continue from an earlier turn of another conversation.

use std::sync::Arc;

use super::carry_on::blocking;
use super::{Conversation, ConversationStarter, TurnOf};
use crate::runs::{
    BatchTerms, Change, Fork, KeptBatch, ReloadOptions, RunRecord, RunsCommand, TakenBatch,
};
use crate::serve::ServeError;

impl ConversationStarter {
    /// Begins a new conversation with the messages of another one up to a turn that is not its
    /// last: a fork of its run. The new conversation waits for its client as that turn did. The
    /// other conversation doesn't change.
    ///
    /// # Errors
    /// [`ServeError`].
    pub(in crate::serve) async fn branch(
        &self,
        turn: &TurnOf,
    ) -> Result<Arc<Conversation>, ServeError> {
        let lost = |words: &str| ServeError::Lost(words.to_owned());
        let record = turn.conversation.record();
        let record = record.ok_or_else(|| lost("it has no beginning"))?;
        let next = turn.conversation.turn(turn.number + 1);
        let at = next.ok_or(ServeError::Busy)?.seq;
        let batch = self.0.runs.new_batch_id();
        let context = batch.to_string();
        let served = &self.0.served;
        let terms = BatchTerms {
            spec_name: served.component.name().to_owned(),
            at_once: 1,
            origin: served.origin.clone(),
            ..BatchTerms::default()
        };
        let profile = served.profile.name.clone();
        let forked = blocking(move || Ok(forked(&record, terms, at, &profile)));
        let mut forked = forked.await?.map_err(ServeError::Lost)?;
        forked.plan.origin.served = Some(context.clone());
        forked.plan.is_attended = true;
        forked.plan.timeout = served.timeout;
        let fork = Fork {
            batch: batch.clone(),
            plan: forked.plan,
            from: forked.from,
            past: forked.past,
        };
        let conversation = self.admit(Conversation::new(batch, context, None))?;
        let sent = self.0.runs.send(RunsCommand::Fork(Box::new(fork))).await;
        if sent.is_err() {
            self.forget(&conversation);
            return Err(ServeError::Closing);
        }
        // It is executed up to where it waits for its client.
        conversation.quiet().await;
        if conversation.is_over() {
            let error = self.latest(&conversation).error;
            let words = error.map(|error| error.in_words());
            return Err(ServeError::Lost(words.unwrap_or_default()));
        }
        Ok(conversation)
    }
}

/// Returns a run forked at an event, or the reason why it can't be forked. Reads the profile's
/// file, and blocks.
fn forked(
    record: &RunRecord,
    terms: BatchTerms,
    at: u64,
    profile: &str,
) -> Result<crate::runs::Forked, String> {
    let batch = KeptBatch {
        id: record.batch.clone(),
        launched_at: record.queued_at,
        terms,
    };
    let taken = TakenBatch::of_record(batch, record).ok_or("it has no beginning")?;
    let options = ReloadOptions {
        profile: Some(profile),
        ..ReloadOptions::default()
    };
    let reloaded = taken.reload(options).map_err(|error| error.to_string())?;
    let profile = Arc::new(reloaded.profile);
    let forked = taken.forked(at, Change::Nothing, reloaded.component, profile);
    forked.map_err(|error| error.to_string())
}
