//! The `ExtendedMapNode` and `ExtendedParallelMapNode`, WayFlow's maps: run a flow for each element
//! of one list.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::conversation::Values;
use crate::runtime::flow::nodes::NodeResult;
use crate::runtime::flow::nodes::rounds::{self, Pace};
use crate::runtime::query::Query;
use crate::runtime::{Halt, RunContext};
use crate::spec::Component;
use crate::trace::{Failure, FailureKind};

/// The input with the list.
const ITERATED: &str = "iterated_input";

/// The configuration of such a node.
pub(super) struct UnpackedMap<'n> {
    pub(super) flow: &'n Arc<Component>,
    /// Maps inputs of the flow to queries for their values in an element.
    pub(super) unpack: &'n Values,
    /// The outputs of the flow that are collected, each into a list.
    pub(super) collected: Vec<String>,
}

/// Executes the node. An object is iterated as a list of `{"_key": …, "_value": …}`. The other
/// inputs are passed to every round.
pub(super) async fn run(
    map: &UnpackedMap<'_>,
    pace: Pace,
    mut inputs: Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let queries: Vec<(&String, Query)> = map
        .unpack
        .iter()
        .map(|(title, query)| {
            let query = Query::of(query.as_str().unwrap_or_default());
            Ok((
                title,
                query.map_err(|problem| Failure::new(FailureKind::Spec, problem))?,
            ))
        })
        .collect::<Result<_, Failure>>()?;
    let elements = match inputs.shift_remove(ITERATED) {
        Some(Value::Array(elements)) => elements,
        Some(Value::Object(entries)) => entries
            .into_iter()
            .map(|(key, value)| json!({"_key": key, "_value": value}))
            .collect(),
        other => {
            let found = other.unwrap_or_default();
            let message = format!("`{ITERATED}` must be a list or an object, and is {found}");
            return Err(Halt::failed(FailureKind::Input, message));
        }
    };
    let round_inputs = |round: usize| {
        let mut own = inputs.clone();
        for (title, query) in &queries {
            let value = query.first(&elements[round]).map_err(|problem| {
                let message = format!("`{title}` can't be taken out of element {round}: {problem}");
                Failure::new(FailureKind::Input, message)
            })?;
            own.insert((*title).clone(), value.unwrap_or_default());
        }
        Ok(own)
    };
    let results = rounds::run(map.flow, elements.len(), round_inputs, pace, context).await?;
    let collected = map.collected.iter().map(|title| {
        let values = results
            .iter()
            .map(|values| values.get(title).cloned().unwrap_or_default());
        (title.clone(), values.collect())
    });
    Ok(NodeResult::next(collected.collect()))
}
