//! The task that follows the runs of served conversations.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Conversation, ConversationStarter};
use crate::base::ids::{BatchId, RunId};
use crate::base::lock::lock;
use crate::runs::{KeptRun, Snapshot, Subscription, Update};
use crate::trace::{RunEvent, RunEventBody};

impl ConversationStarter {
    /// Applies the events of the runs to their conversations until the feed ends.
    pub(super) async fn follow(self, mut updates: Subscription) {
        let mut batches: HashMap<RunId, BatchId> = HashMap::new();
        while let Some(update) = updates.next().await {
            match update {
                Update::Events(events) => {
                    for event in events.iter() {
                        if let RunEventBody::Planned(planned) = &event.body {
                            batches.insert(event.run.clone(), planned.batch.clone());
                        }
                        self.fold(&batches, event);
                        if matches!(event.body, RunEventBody::Ended { .. }) {
                            batches.remove(&event.run);
                        }
                    }
                }
                Update::Snapshot { snapshot, .. } => self.renew(&snapshot, &mut batches),
                Update::LetGo(runs) => runs.iter().for_each(|run| self.drop_out(&run.batch)),
                Update::Forgotten { batches: of, .. } => {
                    of.iter().for_each(|batch| self.drop_out(batch));
                }
                Update::BatchStarted(_)
                | Update::BatchChanged(_)
                | Update::BatchEnded(_)
                | Update::HistoryOff(_) => {}
            }
        }
    }

    fn fold(&self, batches: &HashMap<RunId, BatchId>, event: &Arc<RunEvent>) {
        let batch = batches.get(&event.run);
        if let Some(conversation) = batch.and_then(|batch| self.open_one(batch)) {
            conversation.apply(event);
        }
    }

    fn renew(&self, snapshot: &Snapshot, batches: &mut HashMap<RunId, BatchId>) {
        for record in snapshot.runs.iter().filter_map(KeptRun::record) {
            batches.insert(record.run.clone(), record.batch.clone());
            if let Some(conversation) = self.open_one(&record.batch) {
                conversation.replace(Arc::clone(record));
            }
        }
    }

    /// Returns the conversation with this id if it is open in this process.
    pub(super) fn open_one(&self, batch: &BatchId) -> Option<Arc<Conversation>> {
        lock(&self.0.conversations).get(batch).cloned()
    }

    /// Closes a conversation in this process; the history keeps it.
    fn drop_out(&self, batch: &BatchId) {
        lock(&self.0.conversations).remove(batch);
    }
}
