//! Helps a person to find what waits for them: a call while they look elsewhere, addresses as
//! links.

use std::time::Duration;

use super::State;
use super::state::Shared;
use crate::base::clock::Timestamp;
use crate::conversation::AuthorizationStep;
use crate::trace::RequestKind;
use crate::tui::effect::TerminalCommand;
use crate::tui::message::Command;

/// How long a person is left in peace after a call: many runs that ask one after another are one thing to see to.
const PEACE: Duration = Duration::from_secs(10);

/// How long the counter in the header is highlighted after it has risen: a single blink.
const BLINK: Duration = Duration::from_millis(500);

/// How many addresses are looked for on the screen at most.
const MAX_ADDRESSES: usize = 32;

/// When a person was last called, and for what.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Attention {
    called_at: Option<Timestamp>,
    /// The version of the inbox that was last looked at: what runs do is looked at only where it changes what a person owes.
    version: Option<u64>,
    /// How many requests waited then.
    n_waiting: usize,
    /// When more waited than before.
    risen_at: Option<Timestamp>,
}

/// Looks whether more waits for a person than before; calls them if the terminal does not have the focus.
pub(super) fn look(state: &mut State, now: Timestamp) -> Option<Command> {
    let inbox = state.shared.runs.inbox();
    let attention = &mut state.attention;
    if attention.version.replace(inbox.version()) == Some(inbox.version()) {
        return None;
    }
    let n_waiting = inbox.len();
    let is_more = n_waiting > std::mem::replace(&mut attention.n_waiting, n_waiting);
    if is_more {
        attention.risen_at = Some(now);
    }
    let is_in_peace = attention
        .called_at
        .is_some_and(|called_at| now.since(called_at) < PEACE);
    if !is_more || state.has_focus || is_in_peace || state.shared.preferences.settings().no_calls {
        return None;
    }
    attention.called_at = Some(now);
    let words = words(&state.shared);
    Some(Command::terminal(TerminalCommand::Call(words)))
}

/// `flowdeck: B#2 Lima needs you`, or how many do.
fn words(shared: &Shared) -> String {
    let mut waiting = shared.runs.inbox().runs();
    match (
        waiting.next().and_then(|at| shared.runs.at(at)),
        waiting.count(),
    ) {
        (Some(run), 0) => format!("flowdeck: {} needs you", shared.runs.name(run)),
        (_, others) => format!("flowdeck: {} runs need you", others + 1),
    }
}

impl State {
    /// Whether more has begun to wait for the person just now: the counter in the header blinks once.
    pub(crate) fn is_called(&self, now: Timestamp) -> bool {
        let risen_at = self.attention.risen_at;
        risen_at.is_some_and(|risen_at| now.since(risen_at) < BLINK)
    }

    /// When the blink of the counter ends, if it has begun.
    pub(super) fn blink_ends_at(&self, now: Timestamp) -> Option<Timestamp> {
        let risen_at = self.attention.risen_at.filter(|_| self.is_called(now));
        risen_at.map(|risen_at| risen_at.plus(BLINK))
    }

    /// Addresses that a person is meant to open: those at which they sign in.
    pub(crate) fn addresses(&self) -> Vec<String> {
        let runs = &self.shared.runs;
        let requests = runs
            .inbox()
            .signing_in()
            .filter_map(|index| runs.at(index))
            .flat_map(|run| &run.requests);
        let addresses = requests.filter_map(|request| match &request.kind {
            RequestKind::Authorization { step, .. } => match step {
                AuthorizationStep::SignIn(address) => Some(address.clone()),
                AuthorizationStep::Register(_) => None,
            },
            RequestKind::UserMessage { .. }
            | RequestKind::ToolResult { .. }
            | RequestKind::ToolConfirmation { .. }
            | RequestKind::CallInDoubt { .. }
            | RequestKind::Elicitation { .. } => None,
        });
        addresses.take(MAX_ADDRESSES).collect()
    }
}
