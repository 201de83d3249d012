//! Repeated messages: a client that got no answer sends its message again under the same id.

use std::sync::Arc;

use tokio::sync::watch;

use super::carry_on::{blocking, kept, opened};
use super::{Conversation, ConversationStarter, TurnOf};
use crate::base::lock::lock;
use crate::serve::ServeError;
use crate::trace::ClientMessage;

/// The length from which a message id is regarded as unique. Shorter ids are counters of the
/// client, and the first message of another conversation may have the same one: WayFlow (26.3.1)
/// counts from `0`.
const UNIQUE_FROM: usize = 16;

/// The key of a message: the client's id for the message, within a context. Without a context, the
/// id must be unique.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::serve) struct MessageKey {
    id: String,
    context: Option<String>,
}

impl MessageKey {
    /// Returns the key of a message; `None` if a repetition of it can't be recognized.
    pub(in crate::serve) fn of(message: &ClientMessage, context: Option<&str>) -> Option<Self> {
        let is_unique = message.id.len() >= UNIQUE_FROM;
        let is_known = !message.id.is_empty() && (is_unique || context.is_some());
        is_known.then(|| Self {
            id: message.id.clone(),
            context: context.map(str::to_owned),
        })
    }
}

/// A guard that prevents a message from being accepted twice at once, until it is dropped.
#[derive(Debug)]
pub(in crate::serve) struct Taking {
    desk: ConversationStarter,
    key: MessageKey,
}

impl Drop for Taking {
    fn drop(&mut self) {
        lock(&self.desk.0.taking).remove(&self.key);
    }
}

impl ConversationStarter {
    /// Waits until no other request is accepting the same message.
    pub(in crate::serve) async fn taking(&self, key: &MessageKey) -> Taking {
        loop {
            let mut taken = {
                let mut taking = lock(&self.0.taking);
                let Some(other) = taking.get(key) else {
                    taking.insert(key.clone(), watch::Sender::new(()));
                    return Taking {
                        desk: self.clone(),
                        key: key.clone(),
                    };
                };
                other.subscribe()
            };
            // Nothing is ever sent: the other end is dropped when the message was taken, or was not.
            let _dropped = taken.changed().await;
        }
    }

    /// Returns the turn that this message began when it arrived earlier; `None` if it is new. A
    /// conversation of the history is read for this.
    ///
    /// # Errors
    /// [`ServeError::Reused`]: a message with other contents had the id. [`ServeError`]: the
    /// history can't be read.
    pub(in crate::serve) async fn repeated(
        &self,
        message: &ClientMessage,
        key: &MessageKey,
    ) -> Result<Option<TurnOf>, ServeError> {
        let open = self.open_ones().into_iter().filter(|open| {
            let context = key.context.as_ref();
            context.is_none_or(|context| open.context() == *context)
        });
        for conversation in open {
            if let Some(turn) = turn_of(message, conversation)? {
                return Ok(Some(turn));
            }
        }
        let Some(file) = self.0.served.history.clone() else {
            return Ok(None);
        };
        let (key, origin) = (key.clone(), self.0.served.origin.clone());
        let read = blocking(move || {
            let Some(reader) = opened(&file)? else {
                return Ok(None);
            };
            for batch in reader.with_client_message(&key.id, key.context.as_deref())? {
                if let Some(conversation) = kept(&file, &batch, &origin)? {
                    return Ok(Some(conversation));
                }
            }
            Ok(None)
        });
        match read.await? {
            Some(conversation) => turn_of(message, Arc::new(conversation)),
            None => Ok(None),
        }
    }
}

/// Returns the turn of a conversation that began with a message.
fn turn_of(
    message: &ClientMessage,
    conversation: Arc<Conversation>,
) -> Result<Option<TurnOf>, ServeError> {
    match conversation.client_message(&message.id) {
        Some((known, _)) if known.digest != message.digest => {
            Err(ServeError::Reused(message.id.clone()))
        }
        Some((_, number)) => Ok(Some(TurnOf {
            conversation,
            number,
        })),
        None => Ok(None),
    }
}
