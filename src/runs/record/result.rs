//! The JSON objects that `flowdeck run` prints, for a run and for a batch. Scripts depend on their
//! fields.

use std::borrow::{Borrow, Cow};

use indexmap::IndexMap;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::base::clock::Timestamp;
use crate::base::ids::{BatchId, RequestId, RunId};
use crate::conversation::{Message, Role, Usage};
use crate::runs::{RunRecord, Summary, ToolCallRecord, milliseconds};
use crate::trace::{ExecutionStatusName, Failure, FailureKind, MASKED, RunState};

/// Whether results contain the content of runs, or `** MASKED **` instead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Content {
    /// The content is shown.
    #[default]
    Kept,
    /// The content is masked.
    Masked,
}

/// Makes the object of one run, as in `runs[]` of `--format json` and in `RunEnd` of `--format
/// jsonl`.
pub fn run_object(record: &RunRecord, now: Timestamp, content: Content) -> RunObject<'_> {
    let messages = record.messages.iter().filter(|message| is_spoken(message));
    let tool_calls = record.tool_calls.iter();
    let error = record.error.as_ref();
    RunObject {
        run: &record.run,
        spec: &record.terms.component.name,
        state: record.state,
        status: record.status,
        inputs: content.values(&record.plan.inputs),
        outputs: content.values(&record.outputs),
        messages: messages.map(|it| message_object(it, content)).collect(),
        notices: notices(record, content),
        tool_calls: tool_calls.map(|it| tool_call_object(it, content)).collect(),
        usage: record.usage,
        error: error.map(|failure| failure_object(failure, content)),
        started_at: record.started_at.map(Timestamp::to_rfc3339),
        duration_ms: milliseconds(record.duration(now)),
        variant: variant(record, content),
        stubbed: &record.terms.stubbed,
    }
}

/// The object of one run. Its values are borrowed from the record until it is written.
#[derive(Debug, Serialize)]
pub struct RunObject<'r> {
    run: &'r RunId,
    spec: &'r str,
    state: RunState,
    status: Option<ExecutionStatusName>,
    inputs: ShownValues<'r>,
    outputs: ShownValues<'r>,
    messages: Vec<MessageObject<'r>>,
    notices: Vec<Shown<Cow<'r, str>>>,
    tool_calls: Vec<ToolCallObject<'r>>,
    usage: Usage,
    error: Option<FailureObject<'r>>,
    started_at: Option<String>,
    duration_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    variant: Option<Shown<IndexMap<&'r str, String>>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    stubbed: &'r [String],
}

#[derive(Debug, Serialize)]
struct MessageObject<'r> {
    role: Role,
    content: Shown<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sender: Option<&'r str>,
}

#[derive(Debug, Serialize)]
struct ToolCallObject<'r> {
    id: &'r RequestId,
    name: &'r str,
    arguments: Shown<&'r Value>,
    output: Option<Shown<&'r Value>>,
    error: Option<Shown<&'r str>>,
    duration_ms: Option<f64>,
}

/// The object of a failure.
#[derive(Debug, Serialize)]
pub(crate) struct FailureObject<'r> {
    kind: FailureKind,
    message: Shown<&'r str>,
    component: Option<&'r str>,
    hint: Option<Shown<&'r str>>,
}

/// Returns the settings of the run's variant, if anything was varied.
fn variant(record: &RunRecord, content: Content) -> Option<Shown<IndexMap<&str, String>>> {
    let is_varied = !record.terms.settings.is_empty();
    is_varied.then(|| content.of(record.terms.shown_settings().collect()))
}

/// Returns the notices of the run, including tool calls without an entry because they were not
/// made: the arguments were invalid, or there is no such tool.
fn notices(record: &RunRecord, content: Content) -> Vec<Shown<Cow<'_, str>>> {
    let has_entry = |id: &str| record.tool_calls.iter().any(|call| call.id.as_str() == id);
    let told = record.messages.iter().filter_map(|message| {
        let told = message.tool_result.as_ref()?;
        let is_told = told.is_error && !has_entry(&told.call_id);
        is_told.then(|| {
            let name = called(record, &told.call_id);
            Cow::Owned(format!(
                "the model's call of `{name}` failed: {}",
                told.content
            ))
        })
    });
    let notices = record.notices.iter().map(|it| Cow::Borrowed(it.as_str()));
    notices.chain(told).map(|it| content.of(it)).collect()
}

/// Returns the tool name that a model called.
fn called<'r>(record: &'r RunRecord, call_id: &str) -> &'r str {
    let mut calls = record
        .messages
        .iter()
        .flat_map(|message| &message.tool_calls);
    calls
        .find(|call| call.id == call_id)
        .map_or("", |call| &call.name)
}

/// Makes the line for the end of a run: its object, with a type and the time of its last event.
pub(crate) fn run_end(record: &RunRecord, now: Timestamp, content: Content) -> impl Serialize {
    #[derive(Serialize)]
    struct RunEnd<'r> {
        r#type: &'static str,
        #[serde(flatten)]
        run: RunObject<'r>,
        timestamp: Timestamp,
    }
    RunEnd {
        r#type: "RunEnd",
        run: run_object(record, now, content),
        timestamp: now,
    }
}

/// The object of a batch, with its runs in the order of inputs. Each run's object is made only when
/// it is written, because a batch may have many.
#[derive(Clone, Copy, Debug)]
pub struct BatchObject<'b, R> {
    /// The id of the batch.
    pub batch: &'b BatchId,
    /// The records of the runs.
    pub records: &'b [R],
    /// The summary of the runs.
    pub summary: &'b Summary,
    /// The time until which active runs are measured.
    pub now: Timestamp,
    /// Whether the runs' content is shown.
    pub content: Content,
}

impl<R: Borrow<RunRecord>> Serialize for BatchObject<'_, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(3))?;
        object.serialize_entry("batch", self.batch)?;
        object.serialize_entry("runs", &Runs(self))?;
        object.serialize_entry("summary", self.summary)?;
        object.end()
    }
}

struct Runs<'o, 'b, R>(&'o BatchObject<'b, R>);

impl<R: Borrow<RunRecord>> Serialize for Runs<'_, '_, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let BatchObject {
            records,
            now,
            content,
            ..
        } = *self.0;
        let records = records.iter();
        serializer.collect_seq(records.map(|record| run_object(record.borrow(), now, content)))
    }
}

/// Formats a result object as text with one field per line.
pub(crate) fn pretty(object: &impl Serialize) -> String {
    // All keys of results are strings and all numbers finite: they can be written.
    serde_json::to_string_pretty(object).unwrap_or_default()
}

/// Formats a result object as text on one line.
pub(crate) fn one_line(object: &impl Serialize) -> String {
    serde_json::to_string(object).unwrap_or_default()
}

/// Makes the line for the end of a batch.
pub(crate) fn batch_end(summary: &Summary) -> impl Serialize {
    json!({"type": "BatchEnd", "summary": summary})
}

/// Returns whether a message belongs to the conversation. Results of tools, which have a separate
/// list, and messages of the runtime to a model do not.
fn is_spoken(message: &Message) -> bool {
    !message.is_internal && message.tool_result.is_none() && !message.content.is_empty()
}

fn message_object(message: &Message, content: Content) -> MessageObject<'_> {
    MessageObject {
        role: message.role,
        content: content.of(&message.content),
        sender: message.sender.as_deref(),
    }
}

fn tool_call_object(call: &ToolCallRecord, content: Content) -> ToolCallObject<'_> {
    let duration = call.ended_at.map(|end| end.since(call.started_at));
    ToolCallObject {
        id: &call.id,
        name: &call.name,
        arguments: content.of(&call.arguments),
        output: call.output.as_deref().map(|output| content.of(output)),
        error: call.error.as_deref().map(|error| content.of(error)),
        duration_ms: duration.map(milliseconds),
    }
}

/// Makes the object of a failure.
pub(crate) fn failure_object(failure: &Failure, content: Content) -> FailureObject<'_> {
    FailureObject {
        kind: failure.kind,
        message: content.of(&failure.message),
        component: failure.component.as_deref(),
        hint: failure.hint.as_deref().map(|hint| content.of(hint)),
    }
}

/// A value that is shown or masked.
#[derive(Clone, Copy, Debug)]
enum Shown<T> {
    Kept(T),
    Masked,
}

impl<T: Serialize> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Kept(value) => value.serialize(serializer),
            Self::Masked => MASKED.serialize(serializer),
        }
    }
}

/// Values whose names are shown even if their contents are masked.
#[derive(Clone, Copy, Debug)]
struct ShownValues<'r> {
    values: &'r Map<String, Value>,
    content: Content,
}

impl Serialize for ShownValues<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let values = self.values.iter();
        serializer.collect_map(values.map(|(name, value)| (name, self.content.of(value))))
    }
}

impl Content {
    fn of<T>(self, value: T) -> Shown<T> {
        match self {
            Self::Kept => Shown::Kept(value),
            Self::Masked => Shown::Masked,
        }
    }

    fn values(self, values: &Map<String, Value>) -> ShownValues<'_> {
        ShownValues {
            values,
            content: self,
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use std::sync::Arc;

    use super::*;
    use crate::conversation::{ToolCall, ToolResult};
    use crate::runs::RunPlan;
    use crate::runs::script::{
        Script, llm_request, llm_response, message, tool_request, tool_response,
    };
    use crate::trace::{SpanKind, SpanOutcome};

    fn record() -> RunRecord {
        let mut script = Script::new("r_1", 0);
        script.state(RunState::Running);
        let agent = script.start(None, SpanKind::AgentExecutionSpan, "weather");
        script.traced(&agent, message(Role::User, "Is it warm?"));
        let llm = script.start(Some(&agent), SpanKind::LlmGenerationSpan, "model");
        script.traced(&llm, llm_request("q1"));
        script.traced(&llm, llm_response("q1", ""));
        script.end(&llm, SpanOutcome::Ok);
        let tool = script.start(Some(&agent), SpanKind::ToolExecutionSpan, "get_weather");
        script.traced(&tool, tool_request("call_1", "get_weather"));
        script.traced(&tool, tool_response("call_1", "get_weather", None));
        script.end(&tool, SpanOutcome::Ok);
        script.traced(&agent, message(Role::Agent, "Warm."));
        script.end(&agent, SpanOutcome::Ok);
        script.ended(
            RunState::Failed,
            Some(Failure::new(FailureKind::Limit, "too long").in_component("weather")),
        );
        let mut events = script.events.iter();
        let mut record = RunRecord::from_planned(events.next().expect("a first event"))
            .expect("the first event is `Planned`");
        events.for_each(|event| assert!(record.apply(event)));
        record
    }

    #[test]
    fn the_object_of_a_run_has_the_fields_that_scripts_rely_on() {
        let object = json!(run_object(&record(), Timestamp::from_ns(0), Content::Kept));
        assert_eq!(
            object,
            json!({
                "run": "r_1",
                "spec": "weather",
                "state": "failed",
                "status": null,
                "inputs": {"city": "Paris"},
                "outputs": {},
                "messages": [
                    {"role": "user", "content": "Is it warm?", "sender": "weather"},
                    {"role": "agent", "content": "Warm.", "sender": "weather"},
                ],
                "notices": [],
                "tool_calls": [{
                    "id": "call_1",
                    "name": "get_weather",
                    "arguments": {"city": "Paris"},
                    "output": "sunny",
                    "error": null,
                    "duration_ms": 1.0,
                }],
                "usage": {
                    "input_tokens": 10, "output_tokens": 2, "total_tokens": 12,
                    "cached_tokens": 0, "reasoning_tokens": 0, "llm_calls": 1,
                },
                "error": {
                    "kind": "limit", "message": "too long", "component": "weather", "hint": null,
                },
                "started_at": "1970-01-01T00:00:01.001Z",
                "duration_ms": 13.0,
            })
        );
        let names: Vec<_> = object
            .as_object()
            .into_iter()
            .flat_map(Map::keys)
            .take(3)
            .collect();
        assert_eq!(names, ["run", "spec", "state"]);
    }

    #[test]
    fn masked_results_keep_names_and_counts_only() {
        let text = one_line(&run_object(
            &record(),
            Timestamp::from_ns(0),
            Content::Masked,
        ));
        for content in ["Paris", "Warm", "sunny", "too long"] {
            assert!(!text.contains(content), "{content} in {text}");
        }
        assert!(text.contains("get_weather") && text.contains("llm_calls"));
    }

    #[test]
    fn a_masked_result_shows_no_words_of_a_tool_a_server_or_a_failure() {
        const SAID: &str = "hopscotch";
        let mut record = record();
        let said = || json!({"said": [SAID]});
        let values = || said().as_object().cloned().unwrap_or_default();
        record.summary.plan = Arc::new(RunPlan {
            inputs: values(),
            ..RunPlan::default()
        });
        record.outputs = values();
        let message = Message::text("m9", Role::Agent, SAID);
        record.messages.push(message.into());
        record.messages.push(refusal("call_9", SAID).into());
        record.notices.push(SAID.to_owned());
        for call in &mut record.tool_calls {
            call.arguments = said().into();
            call.output = Some(said().into());
            call.error = Some(SAID.to_owned());
        }
        record.error = Some(Failure::new(FailureKind::Tool, SAID).with_hint(SAID));
        let now = Timestamp::from_ns(0);
        for object in [
            json!(run_end(&record, now, Content::Masked)),
            serde_json::to_value(BatchObject {
                batch: &BatchId::new("b_1"),
                records: std::slice::from_ref(&record),
                summary: &Summary::default(),
                now,
                content: Content::Masked,
            })
            .unwrap(),
        ] {
            assert!(!object.to_string().contains(SAID), "{object}");
        }
    }

    /// Returns the message by which a model learns that a call was not made.
    fn refusal(call_id: &str, told: &str) -> Message {
        Message {
            tool_result: Some(ToolResult {
                call_id: call_id.to_owned(),
                content: told.to_owned(),
                is_error: true,
            }),
            ..Message::text("m8", Role::User, "")
        }
    }

    #[test]
    fn a_call_that_was_not_made_is_in_the_notices() {
        let mut record = record();
        let call = ToolCall {
            id: "call_9".to_owned(),
            name: "refund".to_owned(),
            arguments: "{".to_owned(),
            extra: None,
        };
        let asked = Message {
            tool_calls: vec![call],
            ..Message::text("m7", Role::Agent, "")
        };
        let told = refusal("call_9", "the arguments are no JSON");
        record.messages.extend([asked.into(), told.into()]);
        // One that was made has its error beside it.
        let failed = refusal("call_1", "no");
        record.messages.push(failed.into());
        let object = json!(run_object(&record, Timestamp::from_ns(0), Content::Kept));
        let expected = "the model's call of `refund` failed: the arguments are no JSON";
        assert_eq!(object["notices"], json!([expected]));
    }

    #[test]
    fn the_end_of_a_run_and_of_a_batch_say_what_they_are() {
        let end = one_line(&run_end(&record(), Timestamp::from_ns(0), Content::Kept));
        assert!(end.starts_with(r#"{"type":"RunEnd","run":"r_1""#));
        let end = one_line(&batch_end(&Summary::default()));
        assert!(end.starts_with(r#"{"type":"BatchEnd","summary":{"total":0"#));
    }
}
