//! The seat of an agent in a team: the members that it can address.

use futures_util::future::BoxFuture;
use serde_json::json;

use crate::runtime::{Halt, RunContext};
use crate::spec::property::Property;

/// The tool with which a member asks another one, named as in WayFlow.
pub(super) const SEND: &str = "send_message";

/// The tool with which a member hands the user over to another one, named as in WayFlow.
pub(super) const HAND_OFF: &str = "handoff_conversation";

/// The parameter with the name of the recipient.
pub(super) const RECIPIENT: &str = "recipient";

/// The parameter with the message to the recipient.
pub(super) const MESSAGE: &str = "message";

/// The seat of an agent in a team: what the agent can do as a member.
pub(in crate::runtime) struct Seat<'t> {
    /// The description of the team, which precedes the agent's instructions; may be empty.
    pub(in crate::runtime) introduction: String,
    /// The members that the agent can address.
    pub(in crate::runtime) recipients: Vec<Recipient>,
    /// Whether the agent can ask them.
    pub(in crate::runtime) sends: bool,
    /// Whether the agent can hand the conversation over to them.
    pub(in crate::runtime) hands_off: bool,
    /// Delivers the agent's messages.
    pub(in crate::runtime) post: &'t dyn Post,
}

/// A member that can be addressed.
#[derive(Clone, Debug)]
pub(in crate::runtime) struct Recipient {
    /// The index of the member in the team.
    pub(in crate::runtime) member: usize,
    pub(in crate::runtime) name: String,
}

/// Delivers messages between the members of a team.
pub(in crate::runtime) trait Post: Send + Sync {
    /// Sends a message to a member and returns the answer, as text for the sender's model. Messages
    /// to the same member must not overlap.
    ///
    /// # Errors
    /// [`Halt`].
    fn send<'p>(
        &'p self,
        member: usize,
        message: String,
        place: &'p RunContext,
    ) -> BoxFuture<'p, Result<String, Halt>>;
}

impl Seat<'_> {
    pub(super) fn may_send(&self) -> bool {
        self.sends && !self.recipients.is_empty()
    }

    pub(super) fn may_hand_off(&self) -> bool {
        self.hands_off && !self.recipients.is_empty()
    }

    /// Returns the index of the member with a name, if it can be addressed.
    pub(super) fn recipient(&self, name: &str) -> Option<usize> {
        let found = self.recipients.iter().find(|other| other.name == name);
        found.map(|other| other.member)
    }

    /// Returns the parameters of [`SEND`].
    pub(super) fn send_parameters(&self) -> Vec<Property> {
        let message = json!({
            "title": MESSAGE,
            "type": "string",
            "description": "What is to be done or known, with everything that is needed for it: the recipient knows nothing else.",
        });
        vec![Property::from_schema(message), self.recipient_parameter()]
    }

    /// Returns the parameters of [`HAND_OFF`].
    pub(super) fn hand_off_parameters(&self) -> Vec<Property> {
        vec![self.recipient_parameter()]
    }

    fn recipient_parameter(&self) -> Property {
        let names: Vec<&str> = self.recipients.iter().map(|it| it.name.as_str()).collect();
        Property::from_schema(json!({
            "title": RECIPIENT,
            "enum": names,
        }))
    }
}
