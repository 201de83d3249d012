//! Events as lines of JSON, in the words of pyagentspec's tracing (26.3.1).
//!
//! Where Agent Spec's text and its SDK differ, the SDK's word is written:
//! `LlmGenerationChunkReceived` for a text chunk, `outputs` for a tool's result, `assistant` for
//! the role of an agent's message.
//!
//! ```text
//! {"type", "id", "name", "timestamp" (ns), "run", "seq", "span", "parent_span", …attributes}
//! ```

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::base::clock::Timestamp;
use crate::base::ids::{RequestId, RunId, SpanId};
use crate::trace::{ComponentName, Event, Planned, Prompt, RunEvent, RunEventBody, SpanKind};

/// The text that replaces masked content, as in pyagentspec.
pub const MASKED: &str = "** MASKED **";

/// Writes the events of any number of runs. Keeps the open spans, for `parent_span`, and the
/// earlier prompts.
#[derive(Debug, Default)]
pub struct JsonLines {
    is_masked: bool,
    spans: HashMap<RunId, HashMap<SpanId, OpenSpan>>,
    /// The earlier prompts of each run, to which later requests refer.
    prompts: HashMap<RunId, HashMap<RequestId, Arc<Prompt>>>,
}

#[derive(Debug)]
struct OpenSpan {
    parent: Option<SpanId>,
    kind: SpanKind,
    component: ComponentName,
    started_at: Timestamp,
}

impl JsonLines {
    /// Makes a writer that masks all content, or none.
    pub fn new(is_masked: bool) -> Self {
        Self {
            is_masked,
            spans: HashMap::new(),
            prompts: HashMap::new(),
        }
    }

    /// Converts an event to a JSON object. `None` for the end of a run, which is written as its
    /// result (`RunEnd`).
    pub fn line(&mut self, event: &RunEvent) -> Option<Value> {
        let attributes = match &event.body {
            RunEventBody::Planned(planned) => {
                let Planned { terms, run, .. } = planned.as_ref();
                let mut queued = json!({
                    "type": "RunQueued",
                    "batch": planned.batch,
                    "index": planned.index,
                    "component": terms.component,
                    "spec_hash": terms.spec.hash,
                    "profile": terms.profile,
                    "limits": terms.limits,
                    "timeout_s": terms.timeout.map(|timeout| timeout.as_secs_f64()),
                    "is_attended": terms.is_attended,
                    "inputs": self.shown(Some(&run.inputs)),
                    "answers": self.shown(Some(&run.answers)),
                    "seed": run.seed,
                    "retry_of": planned.retry_of,
                });
                self.add_kind(&mut queued, planned);
                queued
            }
            RunEventBody::StateChanged { state } => {
                json!({"type": "RunStateChanged", "state": state})
            }
            RunEventBody::SpanStarted {
                parent,
                kind,
                component,
            } => self.start_span(event, parent.as_ref(), *kind, component),
            RunEventBody::SpanEnded { outcome } => {
                let mut line = self.end_span(event);
                line.insert("outcome".to_owned(), json!(outcome));
                Value::Object(line)
            }
            RunEventBody::Operated {
                key,
                operation,
                outcome,
            } => json!({
                "type": "RunOperated",
                "key": key,
                "operation": operation,
                "outputs": self.shown(outcome.as_ref().as_ref().ok()),
                "error": self.shown(outcome.as_ref().as_ref().err()),
            }),
            RunEventBody::Traced(traced) => self.traced(&event.run, traced),
            RunEventBody::Ended { .. } => {
                self.spans.remove(&event.run);
                self.prompts.remove(&event.run);
                return None;
            }
        };
        Some(self.with_head(event, attributes))
    }

    /// Adds the fields with which every line begins to the attributes.
    fn with_head(&self, event: &RunEvent, attributes: Value) -> Value {
        let Value::Object(mut attributes) = attributes else {
            return attributes;
        };
        let kind = attributes.shift_remove("type").unwrap_or_default();
        let parent = match &event.body {
            RunEventBody::SpanStarted { parent, .. } => parent.as_ref(),
            RunEventBody::SpanEnded { .. } => None,
            RunEventBody::Planned(_)
            | RunEventBody::StateChanged { .. }
            | RunEventBody::Operated { .. }
            | RunEventBody::Traced(_)
            | RunEventBody::Ended { .. } => {
                self.open_span(event).and_then(|span| span.parent.as_ref())
            }
        };
        let mut line = Map::new();
        line.insert(
            "id".to_owned(),
            json!(format!("{}/{}", event.run, event.seq)),
        );
        let name = attributes.shift_remove("name");
        line.insert("name".to_owned(), name.unwrap_or_else(|| kind.clone()));
        line.insert("timestamp".to_owned(), json!(event.timestamp));
        line.insert("run".to_owned(), json!(event.run));
        line.insert("seq".to_owned(), json!(event.seq));
        line.insert("span".to_owned(), json!(event.span));
        let ended_in = attributes.shift_remove("parent_span");
        line.insert(
            "parent_span".to_owned(),
            ended_in.unwrap_or_else(|| json!(parent)),
        );
        line.extend(attributes);
        line.shift_insert(0, "type".to_owned(), kind);
        Value::Object(line)
    }

    fn start_span(
        &mut self,
        event: &RunEvent,
        parent: Option<&SpanId>,
        kind: SpanKind,
        component: &ComponentName,
    ) -> Value {
        let mut line = Map::new();
        line.insert("type".to_owned(), json!("SpanStart"));
        line.insert("name".to_owned(), json!(kind.name()));
        line.insert("span_type".to_owned(), json!(kind.name()));
        line.insert("start_time".to_owned(), json!(event.timestamp));
        line.insert(component_attribute(kind).to_owned(), json!(component));
        if let Some(span) = &event.span {
            let open = OpenSpan {
                parent: parent.cloned(),
                kind,
                component: component.clone(),
                started_at: event.timestamp,
            };
            let spans = self.spans.entry(event.run.clone()).or_default();
            spans.insert(span.clone(), open);
        }
        Value::Object(line)
    }

    fn end_span(&mut self, event: &RunEvent) -> Map<String, Value> {
        let mut line = Map::new();
        line.insert("type".to_owned(), json!("SpanEnd"));
        let open = event
            .span
            .as_ref()
            .and_then(|span| self.spans.get_mut(&event.run)?.remove(span));
        if let Some(open) = open {
            line.insert("name".to_owned(), json!(open.kind.name()));
            line.insert("parent_span".to_owned(), json!(open.parent));
            line.insert("span_type".to_owned(), json!(open.kind.name()));
            line.insert("start_time".to_owned(), json!(open.started_at));
            line.insert("end_time".to_owned(), json!(event.timestamp));
            line.insert(
                component_attribute(open.kind).to_owned(),
                json!(open.component),
            );
        }
        line
    }

    fn open_span(&self, event: &RunEvent) -> Option<&OpenSpan> {
        self.spans.get(&event.run)?.get(event.span.as_ref()?)
    }

    /// Adds the fields that only some runs have: of forks, variants, stubs and input rows.
    fn add_kind(&self, queued: &mut Value, planned: &Planned) {
        let Planned { terms, run, .. } = planned;
        if let Some(from) = &planned.forked_from {
            queued["forked_from"] = json!(from);
        }
        if let Some(variant) = run.variant {
            queued["variant"] = json!(variant);
            queued["settings"] = self.shown(Some(&terms.settings));
        }
        if let Some(row) = run.row {
            queued["row"] = json!(row);
        }
        if !terms.stubbed.is_empty() {
            queued["stubbed"] = json!(terms.stubbed);
        }
    }

    /// Returns content, masked if required.
    fn shown(&self, content: Option<&impl Serialize>) -> Value {
        match content {
            Some(_) if self.is_masked => json!(MASKED),
            content => json!(content),
        }
    }

    /// Returns the attributes of a traced event, with content masked if required.
    fn traced(&mut self, run: &RunId, event: &Event) -> Value {
        let mut attributes = attributes(event);
        if let Event::LlmGenerationRequest {
            request_id, prompt, ..
        } = event
        {
            let asked = self.prompts.entry(run.clone()).or_default();
            let whole = prompt.whole(|id| asked.get(id).map(AsRef::as_ref));
            attributes["prompt"] = json!(whole.messages);
            attributes["tools"] = json!(whole.tools);
            asked.insert(request_id.clone(), Arc::clone(prompt));
        }
        if self.is_masked
            && let Value::Object(attributes) = &mut attributes
        {
            for (name, value) in attributes {
                if event.is_content(name) {
                    *value = json!(MASKED);
                }
            }
        }
        attributes
    }
}

/// Returns the attribute in which a span names its component.
const fn component_attribute(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::RootSpan => "component",
        SpanKind::LlmGenerationSpan => "llm_config",
        SpanKind::ToolExecutionSpan => "tool",
        SpanKind::AgentExecutionSpan => "agent",
        SpanKind::SwarmExecutionSpan => "swarm",
        SpanKind::ManagerWorkersExecutionSpan => "managerworkers",
        SpanKind::FlowExecutionSpan => "flow",
        SpanKind::NodeExecutionSpan => "node",
    }
}

/// Returns the attributes of a traced event, with its `type`.
fn attributes(event: &Event) -> Value {
    // Every value of an event can be written as JSON, under the event's name: keys are strings, numbers are finite or null.
    let mut attributes = match serde_json::to_value(event) {
        Ok(Value::Object(mut named)) => named.remove(event.name()).unwrap_or_default(),
        Ok(_) | Err(_) => Value::Null,
    };
    attributes["type"] = json!(event.name());
    match event {
        Event::ConversationMessageAdded { .. } => {
            if let Some(role) = attributes.pointer_mut("/message/role")
                && role == "agent"
            {
                *role = json!("assistant");
            }
        }
        Event::ToolExecutionResponse {
            error: Some(error), ..
        } => attributes["error"] = json!(error.in_words()),
        Event::HumanInTheLoopResponse { content, .. } => {
            attributes["content"] = content.to_content();
        }
        // The SDK has text here.
        Event::ToolExecutionStreamingChunkReceived { content, .. } if !content.is_string() => {
            attributes["content"] = json!(content.to_string());
        }
        _ => {}
    }
    attributes
}

#[cfg(test)]
pub(in crate::trace) mod tests;
