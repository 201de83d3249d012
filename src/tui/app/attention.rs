//! Notification of the person: a signal when runs wait while the terminal is not focused, and
//! addresses as links.

use std::time::Duration;

use super::State;
use super::state::Shared;
use crate::base::clock::Timestamp;
use crate::conversation::AuthorizationStep;
use crate::trace::RequestKind;
use crate::tui::effect::TerminalCommand;
use crate::tui::message::Command;

/// The minimum time between two signals. Many runs that ask shortly after each other need only one.
const PEACE: Duration = Duration::from_secs(10);

/// The time for which the counter in the header is highlighted after it has risen.
const BLINK: Duration = Duration::from_millis(500);

/// The maximum number of addresses that are searched for on the screen.
const MAX_ADDRESSES: usize = 32;

/// The last signal to the person and its cause.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Attention {
    called_at: Option<Timestamp>,
    /// The version of the inbox at the last check. The runs are only read again when the inbox has
    /// changed.
    version: Option<u64>,
    /// The number of waiting requests at the last check.
    n_waiting: usize,
    /// The time when the number of waiting requests last rose.
    risen_at: Option<Timestamp>,
}

/// Checks whether more requests wait than before, and signals the person if the terminal isn't
/// focused.
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

/// Returns the text of the signal: `flowdeck: B#2 Lima needs you`, or the number of runs.
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
    /// Whether the number of waiting requests has just risen, so that the counter in the header is
    /// highlighted.
    pub(crate) fn is_called(&self, now: Timestamp) -> bool {
        let risen_at = self.attention.risen_at;
        risen_at.is_some_and(|risen_at| now.since(risen_at) < BLINK)
    }

    /// Returns the time when the highlight of the counter ends, if it is active.
    pub(super) fn blink_ends_at(&self, now: Timestamp) -> Option<Timestamp> {
        let risen_at = self.attention.risen_at.filter(|_| self.is_called(now));
        risen_at.map(|risen_at| risen_at.plus(BLINK))
    }

    /// Returns the sign-in addresses, which the person should open.
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
