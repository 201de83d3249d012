//! A message that another program sent, as that program names it.

use serde::{Deserialize, Serialize};

/// The name of a message and what its sender takes for an answer, kept with what the message begins or answers: a message that
/// comes again is known by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientMessage {
    /// Its sender's id for it: the `messageId` of A2A.
    pub id: String,
    /// SHA-256 of what it holds, as 64 hexadecimal digits: other contents under the same id are another message.
    pub digest: String,
    /// Media types of what its sender takes for an answer, as written; none takes everything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepts: Vec<String>,
}
