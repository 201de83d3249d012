//! Reads lines that flowdeck wrote ([`JsonLines`](crate::trace::JsonLines)): events, and the result
//! at the end of a run.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Taken;
use super::event::{Attributes, component_name, component_of, event_of, values};
use super::prompts::Prompts;
use super::run::{ReadRun, no_profile};
use crate::base::clock::Timestamp;
use crate::base::ids::{BatchId, RunId, SpanId};
use crate::base::keeping::Keeping;
use crate::trace::{
    Answers, ComponentName, Event, Failure, FailureKind, ForkPoint, Limits, Planned, ProfileMark,
    RunEventBody, RunPlan, RunState, RunTerms, SpanOutcome, SpecText,
};

/// The runs whose lines were read.
#[derive(Debug, Default)]
pub(super) struct OwnLines {
    runs: IndexMap<RunId, (ReadRun, Prompts)>,
}

impl OwnLines {
    /// Returns whether a line is in flowdeck's format.
    pub(super) fn is_one(line: &Attributes) -> bool {
        let is_event = line.get("run").is_some_and(Value::is_string)
            && line.get("seq").is_some_and(Value::is_u64);
        is_event || matches!(name_of(line), "RunEnd" | "BatchEnd")
    }

    /// Reads a line.
    ///
    /// # Errors
    /// The reason why the line has no event, in words.
    pub(super) fn read(&mut self, line: Attributes, taken: &mut Taken<'_>) -> Result<(), String> {
        let name = name_of(&line).to_owned();
        if name == "BatchEnd" {
            // Its numbers are those of the runs.
            return Ok(());
        }
        let id = line.get("run").and_then(Value::as_str);
        let id = RunId::new(id.ok_or("it has no `run`")?);
        let (run, prompts) = self
            .runs
            .entry(id.clone())
            .or_insert_with(|| (ReadRun::new(id.clone()), Prompts::default()));
        if run.is_over() {
            return Err(format!("run {id} was over before it"));
        }
        let is_new = !run.has_begun();
        let at = line.get("timestamp").and_then(Value::as_u64);
        run.at(at.map(Timestamp::from_ns));
        if name == "RunQueued" && is_new {
            let planned = planned(&line)?;
            run.push(None, RunEventBody::Planned(Box::new(planned)), taken);
            return Ok(());
        }
        if is_new {
            let named = component_of(&line);
            let named = if named.is_object() {
                component_name(named)
            } else {
                result_name(&line)
            };
            run.begin(&named, taken);
            taken.remark(format!("the beginning of run {id} is missing"));
        }
        if name == "RunEnd" {
            return end(run, line, taken);
        }
        let span = line.get("span").and_then(Value::as_str).map(SpanId::new);
        let body = body(run, prompts, &name, line)?;
        run.push(span, body, taken);
        Ok(())
    }

    /// Ends the runs that have no end in the trace.
    pub(super) fn finish(self, taken: &mut Taken<'_>) {
        for (mut run, _) in self.runs.into_values() {
            run.break_off(taken);
        }
    }
}

fn name_of(line: &Attributes) -> &str {
    let name = line.get("type").and_then(Value::as_str);
    name.unwrap_or_default()
}

/// Returns the component's name for a run of which only the result exists.
fn result_name(line: &Attributes) -> ComponentName {
    let spec = line.get("spec").and_then(Value::as_str);
    ComponentName::new("", "", spec.unwrap_or_default())
}

fn body(
    run: &ReadRun,
    prompts: &mut Prompts,
    name: &str,
    line: Attributes,
) -> Result<RunEventBody, String> {
    let span = line.get("span").and_then(Value::as_str);
    Ok(match name {
        "RunStateChanged" => RunEventBody::StateChanged {
            state: field(&line, "state")?,
        },
        "SpanStart" => RunEventBody::SpanStarted {
            parent: field(&line, "parent_span")?,
            kind: field(&line, "span_type")?,
            component: component_name(component_of(&line)),
        },
        "SpanEnd" => RunEventBody::SpanEnded {
            outcome: field(&line, "outcome").unwrap_or(SpanOutcome::Ok),
        },
        "RunOperated" => RunEventBody::Operated {
            key: field(&line, "key")?,
            operation: field(&line, "operation")?,
            outcome: Box::new(match line.get("error") {
                None | Some(Value::Null) => Ok(line.get("outputs").cloned().unwrap_or_default()),
                Some(error) => Err(failure_of(error)),
            }),
        },
        _ if Event::NAMES.contains(&name) => {
            let place = line.get("parent_span").and_then(Value::as_str);
            let place = place.unwrap_or_default().to_owned();
            let kind = span.and_then(|span| run.kind_of(span));
            RunEventBody::Traced(event_of(name, line, (&place, kind), prompts)?)
        }
        "RunQueued" => return Err("its run was queued before".to_owned()),
        _ => return Err(format!("this version does not know the event `{name}`")),
    })
}

fn planned(line: &Attributes) -> Result<Planned, String> {
    let component = line.get("component").map(component_name);
    let profile: Option<ProfileMark> = field(line, "profile").ok();
    let timeout = line.get("timeout_s").and_then(Value::as_f64);
    let settings: Option<IndexMap<String, String>> = field(line, "settings").ok();
    let terms = RunTerms {
        component: component.ok_or("it has no `component`")?,
        spec: Arc::new(SpecText {
            hash: field(line, "spec_hash").unwrap_or_default(),
            text: String::new(),
        }),
        settings: settings.unwrap_or_default(),
        profile: profile.unwrap_or_else(no_profile),
        stubbed: field(line, "stubbed").unwrap_or_default(),
        limits: field(line, "limits").unwrap_or_else(|_theirs| Limits::default()),
        timeout: timeout.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
        is_attended: field(line, "is_attended").unwrap_or_default(),
        // The text of the spec is no part of the lines.
        keeping: Keeping::Outline,
    };
    let answers: Option<Answers> = field(line, "answers").ok();
    Ok(Planned {
        batch: BatchId::new(
            line.get("batch")
                .and_then(Value::as_str)
                .unwrap_or_default(),
        ),
        index: field(line, "index").unwrap_or_default(),
        retry_of: field::<Option<RunId>>(line, "retry_of").unwrap_or_default(),
        forked_from: field::<Option<ForkPoint>>(line, "forked_from").unwrap_or_default(),
        terms: Arc::new(terms),
        run: Arc::new(RunPlan {
            inputs: values(line.get("inputs")),
            row: field(line, "row").unwrap_or_default(),
            variant: field(line, "variant").unwrap_or_default(),
            seed: field(line, "seed").unwrap_or_default(),
            answers: answers.unwrap_or_default(),
            client_message: None,
        }),
    })
}

/// The result of a run.
#[derive(Deserialize)]
struct RunEnd {
    state: RunState,
    #[serde(default)]
    status: Option<crate::trace::ExecutionStatusName>,
    #[serde(default)]
    outputs: Value,
    #[serde(default)]
    error: Value,
}

fn end(run: &mut ReadRun, line: Attributes, taken: &mut Taken<'_>) -> Result<(), String> {
    let end = RunEnd::deserialize(Value::Object(line));
    let end = end.map_err(|error| error.to_string())?;
    run.end(
        end.state,
        end.status,
        values(Some(&end.outputs)),
        (!end.error.is_null()).then(|| failure_of(&end.error)),
        taken,
    );
    Ok(())
}

/// Reads a failure in the format of results, or as plain text.
fn failure_of(error: &Value) -> Failure {
    let failure = serde_json::from_value::<Failure>(error.clone());
    failure.unwrap_or_else(|_words| {
        let words = error
            .as_str()
            .map_or_else(|| error.to_string(), str::to_owned);
        Failure::new(FailureKind::Internal, words)
    })
}

fn field<T: DeserializeOwned>(line: &Attributes, name: &str) -> Result<T, String> {
    let value = line.get(name).cloned().unwrap_or_default();
    serde_json::from_value(value).map_err(|error| format!("its `{name}`: {error}"))
}
