//! Reads a trace of pyagentspec as a run. pyagentspec has no events for the plan of a run, its
//! states, and the messages of a conversation, so these are inferred.

mod ending;
mod spans;

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use self::ending::{Ended, Execution, ending};
use self::spans::{TracedSpan, TracedSpans, is_execution};
use super::Taken;
use super::event::{component_name, component_of, event_of, values};
use super::line::{Line, LineContent, kind_of};
use super::prompts::Prompts;
use super::run::{ReadRun, planned};
use crate::base::ids::{RunId, SpanId};
use crate::conversation::{Message, Role, ToolCall};
use crate::trace::{ComponentName, Event, Failure, RunEventBody, RunState, SpanKind, SpanOutcome};

/// The maximum number of lines that are held back until it is known which component runs.
const MAX_WAITING: usize = 64;

/// A trace whose lines are being read.
#[derive(Debug)]
pub(super) struct TracedRun {
    run: ReadRun,
    is_planned: bool,
    /// Lines that are held back until the component and its inputs are known.
    waiting: Vec<Line>,
    spans: TracedSpans,
    prompts: Prompts,
    /// How often each user message occurred, by its listener.
    seen: HashMap<String, HashMap<String, usize>>,
    n_messages: usize,
    /// The execution of the outermost component; the last one if there were several.
    outermost: Option<Execution>,
    /// The last failure since that execution began.
    failure: Option<Failure>,
}

impl TracedRun {
    pub(super) fn new(trace: &str) -> Self {
        Self {
            run: ReadRun::new(RunId::new(trace)),
            is_planned: false,
            waiting: Vec::new(),
            spans: TracedSpans::default(),
            prompts: Prompts::default(),
            seen: HashMap::new(),
            n_messages: 0,
            outermost: None,
            failure: None,
        }
    }

    /// Reads a line.
    ///
    /// # Errors
    /// The reason why the line has no event, in words.
    pub(super) fn read(&mut self, line: Line, taken: &mut Taken<'_>) -> Result<(), String> {
        if self.run.is_over() {
            return Err(format!("trace {} was over before it", self.run.id()));
        }
        if self.is_planned {
            return self.add(line, taken);
        }
        let is_known = line.is_work() || self.waiting.len() >= MAX_WAITING;
        self.waiting.push(line);
        if is_known {
            self.begin(taken);
        }
        Ok(())
    }

    /// Ends the run if it has no end in the trace.
    pub(super) fn finish(mut self, taken: &mut Taken<'_>) {
        if !self.is_planned {
            self.begin(taken);
        }
        if self.run.is_over() {
            return;
        }
        if self.run.has_open() {
            self.run.break_off(taken);
        } else {
            self.end(taken);
        }
    }

    /// Makes the plan of the run from the lines held back, and passes them on.
    fn begin(&mut self, taken: &mut Taken<'_>) {
        self.is_planned = true;
        let waiting = std::mem::take(&mut self.waiting);
        let mut components = waiting.iter().map(|line| component_of(&line.attributes));
        let component = components.find(|component| component.is_object());
        let named = component.map_or_else(
            || ComponentName::new("", "", "trace"),
            |written| {
                taken.root(written);
                component_name(written)
            },
        );
        // WayFlow leaves those of agents and flows out, and has those of start nodes.
        let inputs = waiting
            .iter()
            .map(|line| values(line.attributes.get("inputs")));
        let inputs = inputs.into_iter().find(|inputs| !inputs.is_empty());
        self.run.at(waiting.first().and_then(|line| line.time));
        let planned = planned(named, inputs.unwrap_or_default());
        let planned = RunEventBody::Planned(Box::new(planned));
        self.run.push(None, planned, taken);
        let state = RunState::Running;
        self.run
            .push(None, RunEventBody::StateChanged { state }, taken);
        for line in waiting {
            taken.line = line.number;
            if let Err(words) = self.add(line, taken) {
                taken.remark(words);
            }
        }
    }

    fn add(&mut self, line: Line, taken: &mut Taken<'_>) -> Result<(), String> {
        self.run.at(line.time);
        match &line.content {
            LineContent::Start(kind) => {
                let kind = kind.clone();
                self.start(line, &kind, taken)
            }
            LineContent::End => self.end_span(&line, taken),
            LineContent::Event(name) => {
                let name = name.clone();
                self.event(line, &name, taken)
            }
            // Those are reported as starts, events and ends.
            LineContent::Whole(_) => Ok(()),
        }
    }

    fn start(&mut self, line: Line, kind: &str, taken: &mut Taken<'_>) -> Result<(), String> {
        let id = line.span.ok_or("its span has no id")?;
        if self.spans.get(&id).is_some() {
            return Err("its span has begun before".to_owned());
        }
        let written = component_of(&line.attributes);
        let component = if written.is_object() {
            component_name(written)
        } else {
            let name = line.attributes.get("name").and_then(Value::as_str);
            ComponentName::new("", "", name.unwrap_or_default())
        };
        let span = TracedSpan {
            parent: line.parent,
            kind: kind_of(kind),
            component: component.clone(),
            has_failed: false,
        };
        let parent = self.spans.known(span.parent.as_deref()).map(str::to_owned);
        let known = span.kind;
        self.spans.add(id.clone(), span);
        let Some(kind) = known else {
            return Err(format!(
                "this version does not know the span `{kind}`: what lies in it is shown in the span around it"
            ));
        };
        let is_outermost = parent.as_ref().is_none_or(|parent| {
            let around = self.spans.get(parent);
            around.is_some_and(|around| around.kind == Some(SpanKind::RootSpan))
        });
        if is_outermost && is_execution(kind) {
            self.failure = None;
            self.outermost = Some(Execution {
                span: id.clone(),
                component: component.clone(),
                kind,
                end: None,
            });
        }
        let body = RunEventBody::SpanStarted {
            parent: parent.map(SpanId::new),
            kind,
            component,
        };
        self.run.push(Some(SpanId::new(id)), body, taken);
        Ok(())
    }

    fn end_span(&mut self, line: &Line, taken: &mut Taken<'_>) -> Result<(), String> {
        let id = line.span.as_deref().ok_or("its span has no id")?;
        let Some(span) = self.spans.get(id) else {
            return Err("its span has not begun".to_owned());
        };
        let (kind, has_failed) = (span.kind, span.has_failed);
        if kind.is_none() {
            return Ok(());
        }
        let outcome = if has_failed {
            SpanOutcome::Error
        } else {
            SpanOutcome::Ok
        };
        // What was left open in it did not end.
        let inside: Vec<SpanId> = self
            .run
            .open()
            .filter(|open| self.spans.is_within(open.as_str(), id))
            .cloned()
            .collect();
        for open in inside.into_iter().rev() {
            let has_failed = self
                .spans
                .get(open.as_str())
                .is_some_and(|it| it.has_failed);
            let outcome = if has_failed {
                SpanOutcome::Error
            } else {
                SpanOutcome::Cancelled
            };
            self.run
                .push(Some(open), RunEventBody::SpanEnded { outcome }, taken);
        }
        let ended = RunEventBody::SpanEnded { outcome };
        self.run.push(Some(SpanId::new(id)), ended, taken);
        if kind == Some(SpanKind::RootSpan) {
            self.end(taken);
        }
        Ok(())
    }

    fn event(&mut self, line: Line, name: &str, taken: &mut Taken<'_>) -> Result<(), String> {
        if !Event::NAMES.contains(&name) {
            return Err(format!("this version does not show the event `{name}`"));
        }
        let around = self.spans.known(line.span.as_deref()).map(str::to_owned);
        let span = around.or_else(|| {
            let innermost = self.run.open().last()?;
            Some(innermost.as_str().to_owned())
        });
        if line
            .span
            .as_ref()
            .is_none_or(|id| self.spans.get(id).is_none())
        {
            taken.remark("its span has not begun: it is shown in the innermost one that has");
        }
        let kind = span.as_ref().and_then(|id| self.spans.get(id)?.kind);
        let speaker = self.spans.speaker(span.as_deref());
        let place = speaker.as_ref().map_or("", |speaker| speaker.name.as_str());
        let event = event_of(name, line.attributes, (place, kind), &mut self.prompts)?;
        let id = span.as_deref().map(SpanId::new);
        let listener = speaker.as_ref().filter(|speaker| speaker.converses);
        if let (Event::LlmGenerationRequest { .. }, Some(listener)) = (&event, listener) {
            for text in self.new_messages(&listener.name) {
                let message = Message::text(self.message_id(), Role::User, text);
                let span = Some(SpanId::new(listener.span.as_str()));
                let added = Event::ConversationMessageAdded {
                    message: Arc::new(message),
                };
                self.run.push(span, RunEventBody::Traced(added), taken);
            }
        }
        self.note(span.as_deref(), &event);
        let answer = match (&event, listener) {
            (Event::LlmGenerationResponse(response), Some(listener)) => {
                let said = Message::text(self.message_id(), Role::Agent, &response.content);
                let mut said = said.from_sender(listener.name.as_str());
                let calls = response.tool_calls.iter().map(|call| ToolCall {
                    id: call.call_id.clone(),
                    name: call.tool_name.clone(),
                    arguments: call.arguments.clone(),
                    extra: None,
                });
                said.tool_calls.extend(calls);
                Some((SpanId::new(listener.span.as_str()), Arc::new(said)))
            }
            _ => None,
        };
        self.run.push(id, RunEventBody::Traced(event), taken);
        if let Some((span, message)) = answer {
            let added = Event::ConversationMessageAdded { message };
            self.run
                .push(Some(span), RunEventBody::Traced(added), taken);
        }
        Ok(())
    }

    /// Updates the state of the run after an event.
    fn note(&mut self, span: Option<&str>, event: &Event) {
        let ended = |outputs: &Value, branch: Option<&String>| Ended {
            outputs: values(Some(outputs)),
            branch: branch.cloned(),
        };
        let end = match event {
            Event::AgentExecutionEnd { outputs, .. }
            | Event::SwarmExecutionEnd { outputs, .. }
            | Event::ManagerWorkersExecutionEnd { outputs, .. } => ended(outputs, None),
            Event::FlowExecutionEnd {
                outputs,
                branch_selected,
                ..
            } => ended(outputs, branch_selected.as_ref()),
            Event::ExceptionRaised { failure, .. } => {
                let name = self.spans.speaker(span).map(|speaker| speaker.name);
                let failure = Failure::clone(failure);
                self.failure = Some(match name {
                    Some(name) => failure.in_component(&name),
                    None => failure,
                });
                if let Some(span) = span.and_then(|id| self.spans.get_mut(id)) {
                    span.has_failed = true;
                }
                return;
            }
            _ => return,
        };
        if let Some(execution) = &mut self.outermost
            && Some(execution.span.as_str()) == span
        {
            execution.end = Some(end);
        }
    }

    /// Ends the run with the result of its outermost component.
    fn end(&mut self, taken: &mut Taken<'_>) {
        let (state, status, outputs, error) = ending(self.outermost.take(), self.failure.take());
        self.run.end(state, status, outputs, error, taken);
    }

    /// Returns the new user messages in the last request of a listener. Messages are counted,
    /// because their ids differ between requests.
    fn new_messages(&mut self, listener: &str) -> Vec<String> {
        let messages = self.prompts.messages(listener).iter();
        let of_users = messages.filter(|message| message.role == "user");
        let said: Vec<String> = of_users.map(|message| message.content.clone()).collect();
        let seen = self.seen.entry(listener.to_owned()).or_default();
        if said.len() < seen.values().sum() {
            // Another conversation.
            seen.clear();
        }
        let mut now: HashMap<&str, usize> = HashMap::new();
        let mut new = Vec::new();
        for text in &said {
            let count = now.entry(text).or_default();
            *count += 1;
            let known = seen.entry(text.clone()).or_default();
            if *count > *known {
                *known = *count;
                new.push(text.clone());
            }
        }
        new
    }

    fn message_id(&mut self) -> String {
        self.n_messages += 1;
        format!("m_{}", self.n_messages)
    }
}
