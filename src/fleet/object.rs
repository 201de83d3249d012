//! Texts that are too large for a message or shared by many runs, stored as objects of a bucket by
//! name.

use std::panic::AssertUnwindSafe;

use async_nats::jetstream::object_store::ObjectMetadata;
use futures_util::FutureExt;
use tokio::io::AsyncReadExt;

use super::connection::{FleetError, Link, in_words};
use super::layout::OBJECTS;

/// The maximum number of bytes of an object in one message.
const LARGEST_PIECE: usize = 128 << 10;

impl Link {
    /// Stores a text under a name, unless it is already stored. A name always belongs to the same
    /// text.
    ///
    /// # Errors
    /// [`FleetError::JetStream`].
    pub(super) async fn keep_object(&self, name: &str, text: &[u8]) -> Result<(), FleetError> {
        let is_there = self.objects.info(name).await;
        if is_there.is_ok_and(|info| info.size == text.len()) {
            return Ok(());
        }
        let mut text = text;
        let object = ObjectMetadata {
            name: name.to_owned(),
            // A server may take small messages only.
            chunk_size: Some(self.room().clamp(1, LARGEST_PIECE)),
            ..ObjectMetadata::default()
        };
        let kept = self.objects.put(object, &mut text).await;
        kept.map(drop)
            .map_err(|error| self.no_object(name, in_words(&error)))
    }

    /// Reads a text by its name.
    ///
    /// # Errors
    /// [`FleetError::JetStream`].
    pub(super) async fn object(&self, name: &str) -> Result<Vec<u8>, FleetError> {
        let read = async {
            let found = self.objects.get(name).await;
            let mut object = found.map_err(|error| self.no_object(name, in_words(&error)))?;
            let mut text = Vec::with_capacity(object.info().size);
            let read = object.read_to_end(&mut text).await;
            read.map_err(|error| self.no_object(name, in_words(&error)))?;
            Ok(text)
        };
        // async-nats panics where the consumer that reads an object can't be made (0.49, `Object::poll_read`).
        let read = AssertUnwindSafe(read).catch_unwind().await;
        read.unwrap_or_else(|_panic| Err(self.no_object(name, "it can't be read now".to_owned())))
    }

    fn no_object(&self, name: &str, reason: String) -> FleetError {
        FleetError::JetStream {
            servers: self.servers.clone(),
            what: format!("the object `{name}` of `{OBJECTS}`"),
            reason,
        }
    }
}
