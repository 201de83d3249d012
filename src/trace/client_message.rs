//! A message from another program, identified by the id that its sender gave it.

use serde::{Deserialize, Serialize};

/// The identity of a message, and the media types that its sender accepts as an answer. Recorded
/// with the run or reply that the message causes, so that a repeated message is recognized.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientMessage {
    /// The id from the sender: `messageId` in A2A.
    pub id: String,
    /// SHA-256 of the content, as 64 hexadecimal digits. Another content with the same id is
    /// another message.
    pub digest: String,
    /// The media types that the sender accepts as an answer, as written; if empty, it accepts all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepts: Vec<String>,
}
