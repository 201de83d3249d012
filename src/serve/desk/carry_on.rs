//! Conversations of the history that were served with this spec before, by this process or an
//! earlier one.

use std::sync::Arc;

use super::{Conversation, ConversationStarter};
use crate::base::ids::{BatchId, RunId};
use crate::runs::{
    CarriedOn, HistoryError, HistoryFile, HistoryFilter, HistoryReader, InDoubt, InterruptedBatch,
    Origin, ReloadOptions, RunRecord, RunsCommand, TakenBatch,
};
use crate::serve::ServeError;
use crate::trace::RunEvent;

/// The maximum number of conversations of the history in a list; the newest are taken.
const MAX_LISTED: usize = 1_000;

impl ConversationStarter {
    /// Returns a conversation by its id. A conversation of the history is read, but not continued.
    ///
    /// # Errors
    /// [`ServeError`]; an unknown conversation is `None`.
    pub(in crate::serve) async fn find(
        &self,
        id: &str,
    ) -> Result<Option<Arc<Conversation>>, ServeError> {
        let id = BatchId::new(id);
        if let Some(open) = self.open_one(&id) {
            return Ok(Some(open));
        }
        let Some(file) = self.0.served.history.clone() else {
            return Ok(None);
        };
        let origin = self.0.served.origin.clone();
        let read = blocking(move || kept(&file, &id, &origin)).await?;
        Ok(read.map(Arc::new))
    }

    /// Returns the conversation with this context name; if there are several, the one that began
    /// last.
    ///
    /// # Errors
    /// [`ServeError`]; an unknown conversation is `None`.
    pub(in crate::serve) async fn of_context(
        &self,
        context: &str,
    ) -> Result<Option<Arc<Conversation>>, ServeError> {
        let open = self.open_ones().into_iter();
        let open = open.filter(|conversation| conversation.context() == context);
        if let Some(latest) = open.max_by_key(|conversation| conversation.begun_at()) {
            return Ok(Some(latest));
        }
        let Some(file) = self.0.served.history.clone() else {
            return Ok(None);
        };
        let (context, origin) = (context.to_owned(), self.0.served.origin.clone());
        let read = blocking(move || {
            let Some(reader) = opened(&file)? else {
                return Ok(None);
            };
            match reader.served(&context)? {
                Some(batch) => kept(&file, &batch, &origin),
                None => Ok(None),
            }
        });
        Ok(read.await?.map(Arc::new))
    }

    /// Returns the newest conversations of the history, each with a version that changes whenever
    /// the conversation does. Their number is limited, and some may belong to other specs.
    ///
    /// # Errors
    /// [`ServeError`]: the history can't be read.
    pub(in crate::serve) async fn versions(&self) -> Result<Vec<(BatchId, String)>, ServeError> {
        let Some(file) = self.0.served.history.clone() else {
            return Ok(Vec::new());
        };
        blocking(move || match opened(&file)? {
            Some(reader) => reader.newest_served(MAX_LISTED),
            None => Ok(Vec::new()),
        })
        .await
    }

    /// Reads conversations of the history; conversations of other specs are left out.
    ///
    /// # Errors
    /// [`ServeError`]: the history can't be read.
    pub(in crate::serve) async fn read<T: Send + 'static>(
        &self,
        ids: Vec<BatchId>,
        read: impl Fn(&Conversation) -> Vec<T> + Send + 'static,
    ) -> Result<Vec<(BatchId, Vec<T>)>, ServeError> {
        let Some(file) = self.0.served.history.clone().filter(|_| !ids.is_empty()) else {
            return Ok(Vec::new());
        };
        let origin = self.0.served.origin.clone();
        blocking(move || {
            let Some(reader) = opened(&file)? else {
                return Ok(Vec::new());
            };
            let of_one = |id: BatchId| {
                let kept = kept_in(&reader, &id, &origin)?;
                Ok((id, kept.as_ref().map(&read).unwrap_or_default()))
            };
            ids.into_iter().map(of_one).collect()
        })
        .await
    }

    /// Reopens a conversation of the history in this process. If it waits for its client, its run
    /// is continued from the history.
    ///
    /// # Errors
    /// [`ServeError`].
    pub(in crate::serve) async fn reopen(
        &self,
        conversation: Arc<Conversation>,
    ) -> Result<Arc<Conversation>, ServeError> {
        let id = conversation.id().clone();
        let run = conversation.run();
        if self.open_one(&id).is_some() || !self.carry_on(&id, run).await? {
            return Ok(conversation);
        }
        let conversation = self.open_one(&id).unwrap_or(conversation);
        // It is executed up to where it waits for its client.
        conversation.quiet().await;
        Ok(conversation)
    }

    /// Continues the conversations that a killed process left unfinished, and returns their number.
    ///
    /// # Errors
    /// [`ServeError`]: the history can't be read.
    pub(in crate::serve) async fn carry_all_on(&self) -> Result<usize, ServeError> {
        let Some(file) = self.0.served.history.clone() else {
            return Ok(0);
        };
        let origin = self.0.served.origin.clone();
        let workspace = origin.workspace.to_string_lossy().into_owned();
        let left = blocking(move || {
            let Some(reader) = opened(&file)? else {
                return Ok(Vec::new());
            };
            let mut left = Vec::new();
            for InterruptedBatch { batch, .. } in reader.interrupted(&workspace)? {
                if context_of(&reader.batch(&batch)?.terms.origin, &origin).is_some() {
                    left.push(batch);
                }
            }
            Ok(left)
        });
        let left = left.await?;
        let mut n_going = 0;
        for batch in left {
            match self.carry_on(&batch, None).await {
                Ok(goes_on) => n_going += usize::from(goes_on),
                Err(error) => tracing::warn!(%error, %batch, "a conversation can't go on"),
            }
        }
        Ok(n_going)
    }

    /// Takes a conversation over and continues it; false if its runs have nothing left to do. A run
    /// named by `run` is continued even if it has already answered.
    async fn carry_on(&self, id: &BatchId, run: Option<RunId>) -> Result<bool, ServeError> {
        let (Some(history), Some(file)) = (self.0.runs.history(), self.0.served.history.clone())
        else {
            return Ok(false);
        };
        let batch = id.clone();
        let profile = self.0.served.profile.name.clone();
        // That it loads must be known before this process takes it over.
        let reloaded = blocking(move || {
            let kept = TakenBatch::read(&HistoryReader::open(&file)?, &batch)?;
            let options = ReloadOptions {
                profile: Some(&profile),
                ..ReloadOptions::default()
            };
            Ok(kept.reload(options).map_err(|error| error.to_string()))
        });
        let reloaded = reloaded.await?.map_err(ServeError::Lost)?;
        let taken = history
            .take_over(id.clone(), run.map(|run| vec![run]))
            .await
            .map_err(ServeError::History)?;
        if taken.n_going() == 0 {
            return Ok(false);
        }
        let spec = (reloaded.component, reloaded.variants);
        let carried_on: Result<CarriedOn, String> = {
            let mut plan = taken.plan(&taken.runs, spec, Arc::new(reloaded.profile));
            plan.is_attended = true;
            let carried_on = taken.carried_on(plan, InDoubt::Ask, false);
            carried_on.map_err(|error| error.to_string())
        };
        let carried_on = carried_on.map_err(ServeError::Lost)?;
        let events = carried_on.runs.first().map(|run| run.events.as_slice());
        let record = events.and_then(folded);
        let record = record.ok_or_else(|| ServeError::Lost("it has no beginning".to_owned()))?;
        let context = context_of(&carried_on.plan.origin, &self.0.served.origin);
        self.admit(Conversation::carried_on(
            record,
            context.unwrap_or_else(|| id.to_string()),
        ))?;
        let command = RunsCommand::CarryOn(Box::new(carried_on));
        let sent = self.0.runs.send(command).await;
        sent.map_err(|_ended| ServeError::Closing)?;
        Ok(true)
    }
}

fn folded(events: &[Arc<RunEvent>]) -> Option<RunRecord> {
    let mut record = RunRecord::from_planned(events.first()?)?;
    for event in events.iter().skip(1) {
        record.apply(event);
    }
    Some(record)
}

/// Opens the history file; `None` if nothing was stored yet.
pub(super) fn opened(file: &HistoryFile) -> Result<Option<HistoryReader>, HistoryError> {
    match HistoryReader::open(file) {
        Err(HistoryError::Missing(_)) => Ok(None),
        reader => reader.map(Some),
    }
}

/// Returns a conversation of the history if it was served with this spec.
pub(super) fn kept(
    file: &HistoryFile,
    id: &BatchId,
    served: &Origin,
) -> Result<Option<Conversation>, HistoryError> {
    match opened(file)? {
        Some(reader) => kept_in(&reader, id, served),
        None => Ok(None),
    }
}

/// Returns a conversation from an open history if it was served with this spec.
fn kept_in(
    reader: &HistoryReader,
    id: &BatchId,
    served: &Origin,
) -> Result<Option<Conversation>, HistoryError> {
    let batch = match reader.batch(id) {
        Err(HistoryError::Unknown { .. }) => return Ok(None),
        batch => batch?,
    };
    let Some(context) = context_of(&batch.terms.origin, served) else {
        return Ok(None);
    };
    let filter = HistoryFilter {
        batch: Some(id.clone()),
        limit: Some(1),
        ..HistoryFilter::default()
    };
    let listed = reader.list(&filter)?;
    let record = match listed.first() {
        Some(listed) => reader.record(&listed.run)?,
        None => None,
    };
    Ok(record.map(|record| Conversation::of_record(record, context)))
}

/// Returns the context name of a batch if the batch is a conversation with the served component.
fn context_of(origin: &Origin, served: &Origin) -> Option<String> {
    let of_same = Origin {
        served: origin.served.clone(),
        ..served.clone()
    };
    origin.served.clone().filter(|_| *origin == of_same)
}

/// Runs a function that reads the file on a thread where blocking is allowed.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, HistoryError> + Send + 'static,
) -> Result<T, ServeError> {
    let worked = tokio::task::spawn_blocking(work).await;
    worked
        .map_err(|panicked| ServeError::Lost(panicked.to_string()))?
        .map_err(ServeError::History)
}
