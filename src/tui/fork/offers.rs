//! The possible changes at a position of a run: messages, results and arguments there, and the
//! fields that were used.

use std::collections::HashSet;

use serde_json::Value;

use super::fields::{self, Field};
use super::{Offer, ResultText, What};
use crate::base::ids::{RequestId, SpanId};
use crate::base::written::Written;
use crate::conversation::Role;
use crate::runs::{RunRecord, SpanRecord};
use crate::trace::{Event, Reply, RequestKind, RunEvent, RunEventBody, SpanKind};

/// The position at which a run is forked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'r> {
    /// The span; `None` is the whole run.
    pub(crate) span: Option<&'r SpanRecord>,
    /// The number of the selected event in the span.
    pub(crate) entry: Option<u64>,
}

impl Place<'_> {
    /// Returns the position that stands for the whole run.
    pub(crate) const fn of_run() -> Self {
        Self {
            span: None,
            entry: None,
        }
    }
}

/// Returns all possible changes at a position, the most specific first.
pub(crate) fn offers(record: &RunRecord, place: Place<'_>) -> Vec<Offer> {
    let span = place.span.filter(|span| span.kind != SpanKind::RootSpan);
    let mut offers = match span {
        Some(span) if span.kind == SpanKind::ToolExecutionSpan => of_call(record, span),
        Some(span) if span.kind == SpanKind::LlmGenerationSpan => of_answer(record, span),
        span => of_people(record, span),
    };
    let begin = span.and_then(|span| begin_of(record, span));
    let end = record.log.last().map_or(0, |last| last.seq);
    let at = place.entry.or(begin).unwrap_or(end);
    offers.push(Offer {
        what: What::Nothing,
        at,
        label: match span {
            Some(_) => "nothing: continue from here again".to_owned(),
            None => "nothing: continue from its end".to_owned(),
        },
        text: String::new(),
    });
    if span.is_none() && place.entry.is_none() {
        offers.push(Offer {
            what: What::Nothing,
            at: 0,
            label: "nothing: run it once more".to_owned(),
            text: String::new(),
        });
    }
    let of_fields = span.map(|span| about(record, span));
    let of_fields = fields::of(record, of_fields.as_deref()).into_iter();
    offers.extend(of_fields.map(|Field { path, value }| Offer {
        at,
        label: path.clone(),
        what: What::Field(Some(path)),
        text: value,
    }));
    offers.push(Offer {
        what: What::Field(None),
        at,
        label: "another field".to_owned(),
        text: String::new(),
    });
    offers
}

fn traced(record: &RunRecord) -> impl DoubleEndedIterator<Item = (&RunEvent, &Event)> {
    let events = record.log.iter();
    events.filter_map(|event| match &event.body {
        RunEventBody::Traced(traced) => Some((&**event, traced)),
        _ => None,
    })
}

/// Returns the number of the event with which a span starts.
fn begin_of(record: &RunRecord, span: &SpanRecord) -> Option<u64> {
    let is_start = |event: &RunEvent| {
        event.span.as_ref() == Some(&span.id)
            && matches!(event.body, RunEventBody::SpanStarted { .. })
    };
    record
        .log
        .iter()
        .find(|event| is_start(event))
        .map(|event| event.seq)
}

/// Returns the result of a tool call and, if a model made the call, its arguments.
fn of_call(record: &RunRecord, span: &SpanRecord) -> Vec<Offer> {
    let call = span.events.iter().find_map(|event| match &event.body {
        RunEventBody::Traced(Event::ToolExecutionRequest { request_id, .. }) => Some(request_id),
        _ => None,
    });
    let Some(call) = call else {
        return Vec::new();
    };
    let result = traced(record).find_map(|(event, traced)| match traced {
        Event::ToolExecutionRequest {
            request_id, tool, ..
        } if request_id == call => {
            let (written, text) = result_of(record, call);
            Some(Offer {
                what: What::Result(written),
                at: event.seq,
                label: format!("the result of {}", tool.name),
                text,
            })
        }
        _ => None,
    });
    result
        .into_iter()
        .chain(arguments_of(record, call))
        .collect()
}

/// Returns the arguments of the calls in a model's answer.
fn of_answer(record: &RunRecord, span: &SpanRecord) -> Vec<Offer> {
    let answer = span.events.iter().find_map(|event| match &event.body {
        RunEventBody::Traced(Event::LlmGenerationResponse(response)) => Some(&response.tool_calls),
        _ => None,
    });
    let calls = answer.into_iter().flatten();
    let calls = calls.map(|call| RequestId::new(call.call_id.as_str()));
    calls
        .filter_map(|call| arguments_of(record, &call))
        .collect()
}

/// Returns the arguments of a call; `None` if no model made it or it has no result yet.
fn arguments_of(record: &RunRecord, call: &RequestId) -> Option<Offer> {
    let made = traced(record).find_map(|(_, traced)| match traced {
        Event::LlmGenerationResponse(response) => {
            let mut calls = response.tool_calls.iter();
            calls.find(|made| made.call_id == call.as_str())
        }
        _ => None,
    })?;
    let at = traced(record).find_map(|(event, traced)| match traced {
        Event::ToolExecutionRequest { request_id, .. } if request_id == call => Some(event.seq),
        _ => None,
    })?;
    let text = match Written::read(&made.arguments) {
        Ok(Written::Plain(value)) => format!("{value:#}"),
        // What would be written in another way stays as it is.
        Ok(_) | Err(_) => made.arguments.clone(),
    };
    Some(Offer {
        what: What::Arguments,
        at,
        label: format!("the arguments of {}", made.tool_name),
        text,
    })
}

/// Returns the result of a tool in its editable form.
fn result_of(record: &RunRecord, call: &RequestId) -> (ResultText, String) {
    let outputs = traced(record).find_map(|(_, traced)| match traced {
        Event::ToolExecutionResponse {
            request_id,
            outputs,
            error: None,
            ..
        } if request_id == call => Some(outputs.as_ref()),
        _ => None,
    });
    match outputs {
        Some(Value::String(text)) => (ResultText::Text, text.clone()),
        Some(value) => (ResultText::Json, format!("{value:#}")),
        None => (ResultText::Either, String::new()),
    }
}

/// Returns the user messages in a part of a run and the tool results that people gave; the newest
/// first.
fn of_people(record: &RunRecord, span: Option<&SpanRecord>) -> Vec<Offer> {
    let within = span.map(|span| within(record, span));
    let is_within = |event: &RunEvent| match (&within, &event.span) {
        (None, _) => true,
        (Some(within), Some(span)) => within.contains(span),
        (Some(_), None) => false,
    };
    let first_asked = traced(record).find_map(|(event, traced)| {
        matches!(
            traced,
            Event::LlmGenerationRequest { .. }
                | Event::HumanInTheLoopRequest { .. }
                | Event::ToolExecutionRequest { .. }
        )
        .then_some(event.seq)
    });
    let has_opening = !record.plan.answers.messages.is_empty();
    let is_opening =
        |event: &RunEvent| has_opening && first_asked.is_none_or(|first| event.seq < first);
    let newest_first = traced(record).rev().filter(|(event, _)| is_within(event));
    let offers = newest_first.filter_map(|(event, traced)| match traced {
        Event::ConversationMessageAdded { message }
            if message.role == Role::User && !message.is_internal && is_opening(event) =>
        {
            Some(Offer {
                what: What::Message,
                at: event.seq,
                label: "the first message".to_owned(),
                text: message.content.clone(),
            })
        }
        Event::HumanInTheLoopRequest {
            request_id,
            content,
            ..
        } => asked_of_person(record, event.seq, request_id, content),
        _ => None,
    });
    offers.collect()
}

/// Returns a person's answer to a question.
fn asked_of_person(
    record: &RunRecord,
    at: u64,
    request: &RequestId,
    kind: &RequestKind,
) -> Option<Offer> {
    let reply = traced(record).find_map(|(_, traced)| match traced {
        Event::HumanInTheLoopResponse {
            request_id,
            content,
            ..
        } if request_id == request => Some(content.as_ref()),
        _ => None,
    });
    let (what, label, text) = match (kind, reply) {
        (RequestKind::UserMessage { .. }, Some(Reply::Message { text, images })) => {
            let pictures = if images.is_empty() {
                ""
            } else {
                ", without its pictures"
            };
            let label = format!("your message at entry {at}{pictures}");
            (What::Message, label, text.clone())
        }
        (RequestKind::UserMessage { .. }, _) => {
            let label = "your next message".to_owned();
            (What::Message, label, String::new())
        }
        (RequestKind::ToolResult { tool, call_id, .. }, _) => {
            let (written, text) = result_of(record, &RequestId::new(call_id.as_str()));
            let label = format!("the result of {tool} at entry {at}");
            (What::Result(written), label, text)
        }
        (
            RequestKind::ToolConfirmation { .. }
            | RequestKind::CallInDoubt { .. }
            | RequestKind::Authorization { .. }
            | RequestKind::Elicitation { .. },
            _,
        ) => return None,
    };
    Some(Offer {
        what,
        at,
        label,
        text,
    })
}

/// Returns the ids of the components of a span, its descendants and its ancestors, in this order.
fn about<'r>(record: &'r RunRecord, span: &'r SpanRecord) -> Vec<&'r str> {
    let within = within(record, span);
    let within = record.spans.iter().filter(|span| within.contains(&span.id));
    let above = std::iter::successors(Some(span), |span| record.span(span.parent.as_ref()?));
    within
        .chain(above)
        .map(|span| span.component.id.as_str())
        .collect()
}

/// Returns a span and all its descendants.
fn within<'r>(record: &'r RunRecord, span: &'r SpanRecord) -> HashSet<&'r SpanId> {
    let mut within = HashSet::from([&span.id]);
    // Each comes after the one that it lies in.
    for span in &record.spans {
        if span
            .parent
            .as_ref()
            .is_some_and(|parent| within.contains(parent))
        {
            within.insert(&span.id);
        }
    }
    within
}
