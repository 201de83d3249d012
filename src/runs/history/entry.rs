//! The file format of a run's events: a line of JSON each, without what is the same in all of them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::clock::Timestamp;
use crate::base::ids::{RunId, SpanId};
use crate::trace::{Planned, RunEvent, RunEventBody, RunTerms, SpecText};

/// An event in the form for writing.
#[derive(Serialize)]
struct Written<'e> {
    seq: u64,
    #[serde(skip_serializing_if = "is_zero")]
    joined: u64,
    at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    span: &'e Option<SpanId>,
    body: &'e RunEventBody,
}

/// An event in the form for reading.
#[derive(Deserialize)]
struct Read {
    seq: u64,
    #[serde(default)]
    joined: u64,
    at: Timestamp,
    #[serde(default)]
    span: Option<SpanId>,
    body: RunEventBody,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes fields by reference"
)]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Appends an event as a line. In the first event, the text of the spec is left out, because it is
/// stored separately.
///
/// # Errors
/// A value of the event can't be written as JSON.
pub fn write(event: &RunEvent, lines: &mut Vec<u8>) -> serde_json::Result<()> {
    let slim;
    let body = match &event.body {
        RunEventBody::Planned(planned) => {
            slim = RunEventBody::Planned(Box::new(with_text(planned, String::new())));
            &slim
        }
        body => body,
    };
    serde_json::to_writer(
        &mut *lines,
        &Written {
            seq: event.seq,
            joined: event.joined,
            at: event.timestamp,
            span: &event.span,
            body,
        },
    )?;
    lines.push(b'\n');
    Ok(())
}

/// Reads lines that [`write()`] wrote. `spec` is the text that was left out.
///
/// # Errors
/// A line is invalid.
pub fn read(
    run: &RunId,
    lines: &[u8],
    spec: &str,
    events: &mut Vec<Arc<RunEvent>>,
) -> serde_json::Result<()> {
    for entry in serde_json::Deserializer::from_slice(lines).into_iter() {
        let Read {
            seq,
            joined,
            at,
            span,
            body,
        } = entry?;
        let body = match body {
            RunEventBody::Planned(planned) => {
                RunEventBody::Planned(Box::new(with_text(&planned, spec.to_owned())))
            }
            body => body,
        };
        events.push(Arc::new(RunEvent {
            run: run.clone(),
            seq,
            joined,
            timestamp: at,
            span,
            body,
        }));
    }
    Ok(())
}

fn with_text(planned: &Planned, text: String) -> Planned {
    let spec = SpecText {
        hash: planned.terms.spec.hash.clone(),
        text,
    };
    let terms = RunTerms {
        spec: Arc::new(spec),
        ..RunTerms::clone(&planned.terms)
    };
    Planned {
        terms: Arc::new(terms),
        ..planned.clone()
    }
}
