//! The seat of an agent in a team: the members that it may address, and what it knows of them.

use futures_util::future::BoxFuture;
use serde_json::json;

use crate::runtime::{Halt, RunContext};
use crate::spec::property::Property;

/// The tool by which a member asks another one, as WayFlow calls it.
pub(super) const SEND: &str = "send_message";

/// The tool by which a member gives the user over to another one, as WayFlow calls it.
pub(super) const HAND_OFF: &str = "handoff_conversation";

/// The parameter that says which member is meant.
pub(super) const RECIPIENT: &str = "recipient";

/// The parameter with the message to the member.
pub(super) const MESSAGE: &str = "message";

/// The seat of an agent in a team: what it has as a member.
pub(in crate::runtime) struct Seat<'t> {
    /// The introduction to the team, which the model gets before its own instructions; empty if nothing.
    pub(in crate::runtime) introduction: String,
    /// The members that the agent may address.
    pub(in crate::runtime) recipients: Vec<Recipient>,
    /// Whether it may ask them.
    pub(in crate::runtime) sends: bool,
    /// Whether it may give the conversation over to them.
    pub(in crate::runtime) hands_off: bool,
    /// Carries its messages.
    pub(in crate::runtime) post: &'t dyn Post,
}

/// Another member.
#[derive(Clone, Debug)]
pub(in crate::runtime) struct Recipient {
    /// Its place in the team.
    pub(in crate::runtime) member: usize,
    pub(in crate::runtime) name: String,
}

/// Carries messages between the members of a team.
pub(in crate::runtime) trait Post: Send + Sync {
    /// Sends a member a message and gives what it answers, as text for the sender's model. Messages to one member must
    /// follow each other.
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

    /// The member of that name, if it may be addressed.
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
