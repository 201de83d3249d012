//! The `MapNode` and `ParallelMapNode`: run a flow for each element of their lists, one after
//! another or concurrently.

mod reduce;

use std::sync::Arc;

use serde_json::Value;

use super::result::NodeResult;
use super::rounds::{self, Pace};
use crate::conversation::Values;
use crate::runtime::{Halt, RunContext};
use crate::spec::Component;
use crate::spec::property::{Property, validate};
use crate::trace::{Failure, FailureKind};

/// The prefix of the titles of the node's inputs, before the title of the flow's input.
const ITERATED: &str = "iterated_";
/// The prefix of the titles of the node's outputs, before the title of the flow's output.
const COLLECTED: &str = "collected_";

/// A flow and the reducers of its outputs; without reducers, all values are appended.
pub(super) struct Mapped<'n> {
    pub(super) subflow: &'n Arc<Component>,
    pub(super) reducers: Option<&'n Values>,
}

/// Executes the node. Lists are iterated and must have the same length; other values are passed to
/// every round. Without a list there is one round.
pub(super) async fn run(
    mapped: &Mapped<'_>,
    pace: Pace,
    inputs: &Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let subflow = mapped.subflow;
    let sources = sources(subflow.inputs(), inputs);
    let n_rounds = count_rounds(&sources)?;
    let inputs = |round: usize| {
        let values = sources.iter();
        let values =
            values.filter_map(|source| Some((source.title.clone(), source.value(round)?.clone())));
        Ok(values.collect())
    };
    let results = rounds::run(subflow, n_rounds, inputs, pace, context).await?;
    Ok(NodeResult::next(collect(mapped, &results)?))
}

/// The source of the values for an input of the flow.
struct Source<'v> {
    /// The title of the flow's input.
    title: String,
    values: SourceValues<'v>,
}

enum SourceValues<'v> {
    /// A value for each round.
    Iterated(&'v [Value]),
    /// The same value for every round.
    Broadcast(&'v Value),
}

impl Source<'_> {
    fn value(&self, round: usize) -> Option<&Value> {
        match self.values {
            SourceValues::Iterated(items) => items.get(round),
            SourceValues::Broadcast(value) => Some(value),
        }
    }
}

/// Returns the sources of the flow's inputs. An input without a value is left to the flow's
/// default.
fn sources<'v>(flow_inputs: &[Property], inputs: &'v Values) -> Vec<Source<'v>> {
    flow_inputs
        .iter()
        .filter_map(|input| {
            let value = inputs.get(&format!("{ITERATED}{}", input.title()))?;
            Some(Source {
                title: input.title().to_owned(),
                values: match value {
                    Value::Array(items) if is_iterated(value, items, input) => {
                        SourceValues::Iterated(items)
                    }
                    _ => SourceValues::Broadcast(value),
                },
            })
        })
        .collect()
}

/// Returns whether a list is iterated. It is not if the flow's input accepts the whole list but not
/// its items.
fn is_iterated(value: &Value, items: &[Value], input: &Property) -> bool {
    let takes = |value: &Value| validate(value, input.schema()).is_empty();
    if !takes(value) {
        return true;
    }
    // An empty list says nothing of its items: it is iterated where the input would take any value.
    match items {
        [] => input.json_type().is_none(),
        _ => items.iter().all(takes),
    }
}

fn count_rounds(sources: &[Source<'_>]) -> Result<usize, Failure> {
    let mut lengths = sources.iter().filter_map(|source| match source.values {
        SourceValues::Iterated(items) => Some((source.title.as_str(), items.len())),
        SourceValues::Broadcast(_) => None,
    });
    let Some((first, rounds)) = lengths.next() else {
        return Ok(1);
    };
    match lengths.find(|(_, length)| *length != rounds) {
        None => Ok(rounds),
        Some((other, length)) => Err(Failure::new(
            FailureKind::Input,
            format!(
                "the lists differ in length: `{ITERATED}{first}` has {rounds} items, `{ITERATED}{other}` has {length}"
            ),
        )),
    }
}

fn collect(mapped: &Mapped<'_>, results: &[Values]) -> Result<Values, Failure> {
    let mut outputs = Values::new();
    for output in mapped.subflow.outputs() {
        let title = output.title();
        let method = match mapped.reducers {
            None => "append",
            // With an explicit map, an output that it does not list is not an output of the node.
            Some(reducers) => match reducers.get(title).and_then(Value::as_str) {
                Some(method) => method,
                None => continue,
            },
        };
        let values: Vec<&Value> = results
            .iter()
            .filter_map(|values| values.get(title))
            .collect();
        let collected = reduce::reduce(method, &values).map_err(|message| {
            Failure::new(
                FailureKind::Spec,
                format!("output `{title}` can't be reduced: {message}"),
            )
        })?;
        outputs.insert(format!("{COLLECTED}{title}"), collected);
    }
    Ok(outputs)
}
