//! The summary of a run, for tables, headers and counts.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::base::clock::Timestamp;
use crate::base::ids::{BatchId, RunId};
use crate::base::text;
use crate::conversation::{AuthorizationStep, Usage, Values};
use crate::runs::record::call_path::CallPath;
use crate::runs::record::outcome::{Outcome, digest_of_text};
use crate::runs::{OpenRequest, RunPlan, RunRecord};
use crate::trace::{FailureKind, RequestKind, RunState, RunTerms};

/// Widest that the part of a label behind the spec's name gets, in terminal cells.
const LABEL_CELLS: usize = 40;

/// Characters that are taken for one token until the provider has counted.
const CHARACTERS_PER_TOKEN: u64 = 4;

/// How many characters of a line are kept.
const LINE_CHARACTERS: usize = 160;

/// The summary of a run, without what was said and done in it: a few hundred bytes, however long the run is.
#[derive(Clone, Debug, PartialEq)]
pub struct RunSummary {
    /// The run.
    pub run: RunId,
    /// Its batch.
    pub batch: BatchId,
    /// Its place in the batch, from 0.
    pub index: usize,
    /// The terms that all runs of the batch, or of one variant, share: the root component, the
    /// limits.
    pub terms: Arc<RunTerms>,
    /// The plan of the run itself: inputs, seed.
    pub plan: Arc<RunPlan>,
    /// Its state.
    pub state: RunState,
    /// The time when it first got a slot.
    pub started_at: Option<Timestamp>,
    /// When it ended, or last became `answered`; none while it runs.
    pub ended_at: Option<Timestamp>,
    /// Time that it was active up to [`RunSummary::active_since`]: queueing and waiting for a
    /// person do not count.
    pub active: Duration,
    /// The time since when it is active; none while it is queued, waits for a person or is paused, and after its end.
    pub active_since: Option<Timestamp>,
    /// The present step of the run: `llm`, `tool get_weather`, `node ask`; empty when over or queued.
    pub doing: String,
    /// The time since when it does that.
    pub doing_since: Option<Timestamp>,
    /// The time until which it will, where that is known: the end of the pause before a retry.
    pub doing_until: Option<Timestamp>,
    /// Tokens so far, as the answers that are whole count them.
    pub usage: Usage,
    /// Characters of answers that are not whole yet, for an estimate of their tokens.
    pub streamed_characters: u64,
    /// Requests that wait for a person, oldest first; empty after the end of the run.
    pub requests: Vec<OpenRequest>,
    /// The worker that executes it, or did last; none if this process executes it, and before a worker has taken it.
    pub worker: Option<Arc<str>>,
    /// How many tool calls it made.
    pub n_tool_calls: usize,
    /// The tools that it called, each once.
    pub tools: Vec<String>,
    /// How many events are folded in: the number of the next one.
    pub events: u64,
    /// Whether its last event is folded in.
    pub(super) is_ended: bool,
    /// The first line of what the user said first, where no input distinguishes the run from its neighbours.
    pub(super) asked: String,
    /// The first line of what the agent said last, or is saying.
    pub(super) said: String,
    /// The result in one line; empty while the run is in progress, and for runs with text only.
    pub(super) result: String,
    /// The kind of the error that it ended with.
    pub(super) failure: Option<FailureKind>,
    /// A digest of its error or of what came of it, as [`Outcome`] compares them; 0 while neither is there.
    pub(super) outcome_words: u64,
    /// Its tool calls, as they are compared with those of other runs.
    pub(super) path: CallPath,
}

impl RunSummary {
    /// Whether its last event has come: nothing will change any more.
    pub fn is_over(&self) -> bool {
        self.is_ended
    }

    /// Whether it can't end before a person answers; its other calls may continue meanwhile.
    pub fn needs_person(&self) -> bool {
        let is_asked = || self.requests.iter().any(|asked| !asked.kind.may_end());
        match self.state {
            RunState::NeedsInput => true,
            RunState::Running | RunState::Queued => is_asked(),
            _ => false,
        }
    }

    /// Returns the outcome by which the run is grouped with others.
    pub(crate) fn outcome(&self) -> Outcome {
        let asks = self.needs_person();
        let asked = || {
            let mut requests = self.requests.iter();
            let request = requests.find(|asked| !asked.kind.may_end());
            let words = request.or(self.requests.first());
            words.and_then(|request| words_of_request(&request.kind))
        };
        let state = if asks {
            RunState::NeedsInput
        } else {
            self.state
        };
        let words = match state {
            RunState::NeedsInput if !self.is_ended => {
                asked().map_or(0, |words| digest_of_text(&words))
            }
            RunState::Queued | RunState::Running | RunState::Paused => 0,
            _ => self.outcome_words,
        };
        Outcome {
            state,
            failure: self.failure,
            words,
        }
    }

    /// Its tool calls, as they are compared with those of other runs.
    pub(crate) const fn path(&self) -> &CallPath {
        &self.path
    }

    /// The requests that it can't end without an answer to, oldest first.
    pub(crate) fn pending(&self) -> impl Iterator<Item = &OpenRequest> {
        let is_pending = self.needs_person();
        let must = self.state == RunState::NeedsInput;
        let requests = self.requests.iter();
        requests.filter(move |asked| is_pending && (must || !asked.kind.may_end()))
    }

    /// Returns how long the run was active until `now`; time queued, paused or waiting for a person does not
    /// count.
    pub fn duration(&self, now: Timestamp) -> Duration {
        match self.active_since {
            Some(since) => self.active + now.since(since),
            None => self.active,
        }
    }

    /// All tokens so far, as the answers that are whole count them.
    pub fn tokens(&self) -> u64 {
        self.usage.total_tokens
    }

    /// About how many tokens came of answers that are not whole.
    pub fn streamed_tokens(&self) -> u64 {
        self.streamed_characters.div_ceil(CHARACTERS_PER_TOKEN)
    }

    /// Returns what distinguishes the run from its neighbours: the component's name and its first input that is a text
    /// or a number, else what the user said first (`weather Paris`), and what was varied (`weather Paris · temperature=0.7`). Before
    /// that, whether its tools were replaced (`stubbed · weather Paris`).
    pub fn label(&self) -> String {
        let name = &self.terms.component.name;
        let label = match self.salient() {
            Some(salient) => format!("{name} {}", text::ellipsis(&salient, LABEL_CELLS)),
            None => name.to_string(),
        };
        let label = match self.terms.variant().as_str() {
            "" => label,
            variant => format!("{label} \u{b7} {}", text::ellipsis(variant, LABEL_CELLS)),
        };
        if self.terms.stubbed.is_empty() {
            label
        } else {
            format!("stubbed \u{b7} {label}")
        }
    }

    /// Its first input that is a text or a number, else what the user said first.
    pub fn salient(&self) -> Option<String> {
        let input = self.plan.inputs.values().find_map(salient_text);
        input.or_else(|| (!self.asked.is_empty()).then(|| self.asked.clone()))
    }

    /// Returns the outcome of the run, or what it says now, in one line: the error, what it asks, its
    /// outputs, or the last words of the agent. Empty if there is nothing yet.
    pub fn first_line_of_result(&self) -> String {
        let asked = self.requests.first();
        let asked = asked.and_then(|request| words_of_request(&request.kind));
        let kept = || {
            if self.result.is_empty() {
                &self.said
            } else {
                &self.result
            }
        };
        asked.unwrap_or_else(|| kept().clone())
    }
}

/// A run as it is kept: its whole record, or the summary alone once the detail was let go to keep memory bounded.
#[derive(Clone, Debug)]
pub enum KeptRun {
    /// The record.
    Whole(Arc<RunRecord>),
    /// The summary of a finished run.
    Summary(Arc<RunSummary>),
}

impl KeptRun {
    /// Returns what was said and done in the run, unless that was let go.
    pub const fn record(&self) -> Option<&Arc<RunRecord>> {
        match self {
            Self::Whole(record) => Some(record),
            Self::Summary(_) => None,
        }
    }
}

impl Deref for KeptRun {
    type Target = RunSummary;

    fn deref(&self) -> &RunSummary {
        match self {
            Self::Whole(record) => record,
            Self::Summary(summary) => summary,
        }
    }
}

/// Returns a request in one line; none for one that waits for the user's words alone.
pub(super) fn words_of_request(kind: &RequestKind) -> Option<String> {
    match kind {
        RequestKind::ToolResult { tool, .. } => Some(format!("{tool} wants its result")),
        RequestKind::ToolConfirmation { tool, .. } => Some(format!("{tool} wants your yes")),
        RequestKind::CallInDoubt { tool, .. } => Some(format!("was {tool} called?")),
        RequestKind::Authorization { server, step } => Some(match step {
            AuthorizationStep::Register(_) => format!("may it register with {server}?"),
            AuthorizationStep::SignIn(_) => format!("{server} wants you to sign in"),
        }),
        RequestKind::Elicitation { message, .. } => Some(first_line(message)),
        RequestKind::UserMessage { .. } => None,
    }
}

/// Outputs in one line; empty if there are none.
pub(super) fn words_of_outputs(outputs: &Values) -> String {
    match (outputs.len(), outputs.values().next()) {
        (0, _) | (_, None) => String::new(),
        (1, Some(Value::String(text))) => first_line(text),
        (1, Some(only)) => first_line(&only.to_string()),
        _ => first_line(&Value::Object(outputs.clone()).to_string()),
    }
}

/// The value in words, if it is a text or a number.
pub(super) fn salient_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}

/// The first line that is not blank; of a long one the beginning.
pub(super) fn first_line(text: &str) -> String {
    let text = text.trim_start();
    let line = text.split('\n').next().unwrap_or_default();
    if line.len() <= LINE_CHARACTERS {
        return line.trim_end().to_owned();
    }
    match line.char_indices().nth(LINE_CHARACTERS) {
        Some((end, _)) => format!("{}\u{2026}", line.get(..end).unwrap_or_default()),
        None => line.trim_end().to_owned(),
    }
}
