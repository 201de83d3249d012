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

/// The maximum width of the label after the spec's name, in terminal cells.
const LABEL_CELLS: usize = 40;

/// The number of characters that count as one token until the provider has counted.
const CHARACTERS_PER_TOKEN: u64 = 4;

/// The number of characters of a line that are stored.
const LINE_CHARACTERS: usize = 160;

/// The summary of a run without its content: a few hundred bytes, however long the run is.
#[derive(Clone, Debug, PartialEq)]
pub struct RunSummary {
    /// The id of the run.
    pub run: RunId,
    /// The batch of the run.
    pub batch: BatchId,
    /// The index of the run in its batch, from 0.
    pub index: usize,
    /// The settings that all runs of the batch, or of one variant, share: the root component, the
    /// limits.
    pub terms: Arc<RunTerms>,
    /// The plan of this run: inputs, seed.
    pub plan: Arc<RunPlan>,
    /// The current state.
    pub state: RunState,
    /// The time at which the run first got a slot.
    pub started_at: Option<Timestamp>,
    /// The time at which the run ended or last became `answered`; `None` while it is active.
    pub ended_at: Option<Timestamp>,
    /// The active time up to [`RunSummary::active_since`], without time in the queue or waiting for
    /// a person.
    pub active: Duration,
    /// The time since which the run is active; `None` while it is queued, waits for a person or is
    /// paused, and after its end.
    pub active_since: Option<Timestamp>,
    /// The current activity: `llm`, `tool get_weather`, `node ask`; empty if the run is queued or
    /// has ended.
    pub doing: String,
    /// The start of the current activity.
    pub doing_since: Option<Timestamp>,
    /// The end of the current activity, if known: the end of the pause before a retry.
    pub doing_until: Option<Timestamp>,
    /// The token counts of complete answers so far.
    pub usage: Usage,
    /// The number of characters in incomplete answers, for an estimate of their tokens.
    pub streamed_characters: u64,
    /// The open requests to a person, oldest first; empty after the end of the run.
    pub requests: Vec<OpenRequest>,
    /// The worker that executes the run, or did last; `None` if this process executes it, and
    /// before a worker has taken it.
    pub worker: Option<Arc<str>>,
    /// The number of tool calls.
    pub n_tool_calls: usize,
    /// The tools that were called, without duplicates.
    pub tools: Vec<String>,
    /// The number of folded events, which is the number of the next one.
    pub events: u64,
    /// Whether the last event is folded.
    pub(super) is_ended: bool,
    /// The first line of the first user message, if no input distinguishes the run from its
    /// neighbours.
    pub(super) asked: String,
    /// The first line of the agent's last message, which may be incomplete.
    pub(super) said: String,
    /// The result on one line; empty while the run is active, and for runs with only text.
    pub(super) result: String,
    /// The kind of the error with which the run ended.
    pub(super) failure: Option<FailureKind>,
    /// A digest of the error or the result, as compared by [`Outcome`]; 0 if there is neither.
    pub(super) outcome_words: u64,
    /// The tool calls, for the comparison with other runs.
    pub(super) path: CallPath,
}

impl RunSummary {
    /// Returns whether the last event was folded, so that nothing will change any more.
    pub fn is_over(&self) -> bool {
        self.is_ended
    }

    /// Returns whether the run can't end before a person answers; other activities may continue
    /// meanwhile.
    pub fn needs_person(&self) -> bool {
        let is_asked = || self.requests.iter().any(|asked| !asked.kind.may_end());
        match self.state {
            RunState::NeedsInput => true,
            RunState::Running | RunState::Queued => is_asked(),
            _ => false,
        }
    }

    /// Returns the outcome by which the run is grouped.
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

    /// Returns the tool calls, for the comparison with other runs.
    pub(crate) const fn path(&self) -> &CallPath {
        &self.path
    }

    /// Returns the requests that must be answered before the run can end, oldest first.
    pub(crate) fn pending(&self) -> impl Iterator<Item = &OpenRequest> {
        let is_pending = self.needs_person();
        let must = self.state == RunState::NeedsInput;
        let requests = self.requests.iter();
        requests.filter(move |asked| is_pending && (must || !asked.kind.may_end()))
    }

    /// Returns the active time of the run until `now`, without time in the queue, paused or waiting
    /// for a person.
    pub fn duration(&self, now: Timestamp) -> Duration {
        match self.active_since {
            Some(since) => self.active + now.since(since),
            None => self.active,
        }
    }

    /// Returns the total tokens of complete answers so far.
    pub fn tokens(&self) -> u64 {
        self.usage.total_tokens
    }

    /// Returns the estimated tokens of incomplete answers.
    pub fn streamed_tokens(&self) -> u64 {
        self.streamed_characters.div_ceil(CHARACTERS_PER_TOKEN)
    }

    /// Returns the label that distinguishes the run from its neighbours: the component's name and
    /// its first input that is a string or a number, else the first user message (`weather Paris`),
    /// and the variant (`weather Paris · temperature=0.7`). Stubbed tools are mentioned first
    /// (`stubbed · weather Paris`).
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

    /// Returns the first input that is a string or a number, else the first user message.
    pub fn salient(&self) -> Option<String> {
        let input = self.plan.inputs.values().find_map(salient_text);
        input.or_else(|| (!self.asked.is_empty()).then(|| self.asked.clone()))
    }

    /// Returns the result of the run, or its current message, on one line: the error, the open
    /// request, the outputs, or the agent's last message. Empty if there is nothing yet.
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

/// A run in memory: its whole record, or only the summary after the details were dropped to limit
/// memory.
#[derive(Clone, Debug)]
pub enum KeptRun {
    /// The whole record.
    Whole(Arc<RunRecord>),
    /// The summary of an ended run.
    Summary(Arc<RunSummary>),
}

impl KeptRun {
    /// Returns the record, unless its details were dropped.
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

/// Formats a request on one line; `None` for one that only waits for a user message.
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

/// Formats outputs on one line; empty if there are none.
pub(super) fn words_of_outputs(outputs: &Values) -> String {
    match (outputs.len(), outputs.values().next()) {
        (0, _) | (_, None) => String::new(),
        (1, Some(Value::String(text))) => first_line(text),
        (1, Some(only)) => first_line(&only.to_string()),
        _ => first_line(&Value::Object(outputs.clone()).to_string()),
    }
}

/// Formats a value if it is a string or a number.
pub(super) fn salient_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}

/// Returns the first line that is not blank, shortened if it is long.
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
