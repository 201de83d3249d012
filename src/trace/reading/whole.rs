//! Sorts spans that were written completely at their end, with their events, into the order in
//! which everything happened.

use serde_json::Value;

use super::Taken;
use super::event::Attributes;
use super::line::{Line, LineContent};
use crate::base::clock::Timestamp;
use crate::base::plural::counted;

/// Returns the starts, events and ends of spans, sorted by time. A span without a parent gets the
/// smallest span that contains its time as the parent.
pub(super) fn in_time(mut spans: Vec<Line>, taken: &mut Taken<'_>) -> Vec<Line> {
    let end = |span: &Line| {
        let end = span.attributes.get("end_time").and_then(Value::as_u64);
        end.map_or_else(Timestamp::default, Timestamp::from_ns)
    };
    // The outer one first where two begin at once.
    spans.sort_by_key(|span| (span.time, std::cmp::Reverse(end(span))));
    let mut around: Vec<(String, Timestamp)> = Vec::new();
    let mut n_placed = 0_usize;
    for span in &mut spans {
        let end = end(span);
        around.retain(|(_, until)| span.time.is_none_or(|begin| begin <= *until));
        if span.parent.is_none() {
            let holds = around.iter().rev().find(|(_, until)| end <= *until);
            span.parent = holds.map(|(id, _)| id.clone());
            n_placed += usize::from(span.parent.is_some());
        }
        around.extend(span.span.clone().map(|id| (id, end)));
    }
    if n_placed > 0 {
        let spans = counted(n_placed, "span");
        taken.say(format!(
            "{spans} without the name of the span around: put where the times say"
        ));
    }
    let mut n_hollow = 0_usize;
    let mut lines: Vec<(Option<Timestamp>, u8, isize, Line)> = Vec::new();
    for (place, mut span) in spans.into_iter().enumerate() {
        let place = isize::try_from(place).unwrap_or(isize::MAX);
        let events = span.attributes.remove("events");
        let until = Some(end(&span)).filter(|end| *end > Timestamp::default());
        let LineContent::Whole(kind) = span.content.clone() else {
            continue;
        };
        for event in events.iter().filter_map(Value::as_array).flatten() {
            match event_in(event, &span) {
                Some(line) => lines.push((line.time, 1, place, line)),
                None => n_hollow += 1,
            }
        }
        if let Some(until) = until {
            let line = Line {
                content: LineContent::End,
                time: Some(until),
                attributes: Attributes::new(),
                ..span.clone()
            };
            // The inner one first where two end at once.
            lines.push((line.time, 2, -place, line));
        }
        span.content = LineContent::Start(kind);
        lines.push((span.time, 0, place, span));
    }
    if n_hollow > 0 {
        let events = counted(n_hollow, "event");
        taken.say(format!(
            "{events} without what they say, as `model_dump` of a span of pyagentspec writes them: a line for each event has it"
        ));
    }
    lines.sort_by_key(|(time, phase, place, _)| (*time, *phase, *place));
    lines.into_iter().map(|(_, _, _, line)| line).collect()
}

/// Converts an event of a span. If pyagentspec left out the content, the event has only its name.
fn event_in(event: &Value, span: &Line) -> Option<Line> {
    let mut attributes = event.as_object()?.clone();
    if !attributes.contains_key("type") {
        let name = attributes.get("name")?.as_str()?.to_owned();
        if !name.ends_with("ExecutionStart") && !name.ends_with("ExecutionEnd") {
            return None;
        }
        let of_span = span.attributes.iter();
        let of_span = of_span.filter(|(name, value)| value.is_object() && *name != "metadata");
        attributes.extend(of_span.map(|(name, value)| (name.clone(), value.clone())));
        for name in ["inputs", "outputs"] {
            attributes.insert(name.to_owned(), Value::Null);
        }
        attributes.insert("type".to_owned(), Value::String(name));
    }
    let mut line = Line::read(span.number, attributes)?;
    line.span.clone_from(&span.span);
    line.parent.clone_from(&span.parent);
    line.trace.clone_from(&span.trace);
    Some(line)
}
