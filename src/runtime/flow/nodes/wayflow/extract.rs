//! The `PluginExtractNode`: extracts values from JSON in a text.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::base::lenient_json;
use crate::conversation::Values;
use crate::runtime::flow::nodes::NodeResult;
use crate::runtime::flow::nodes::llm;
use crate::runtime::flow::nodes::names::Names;
use crate::runtime::query::Query;
use crate::runtime::{Halt, RunContext};
use crate::spec::Component;
use crate::spec::language::PluginExtractNode;
use crate::spec::property::settle_untyped;
use crate::trace::FailureKind;

/// Executes the node. The text may have several pieces of JSON, inside or outside of code fences;
/// for each output, the first value that is not null counts. Nearly valid JSON is repaired if that
/// is unambiguous; otherwise a model repairs it, if the node is configured so.
pub(super) async fn run(
    node: &PluginExtractNode,
    inputs: &Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let queries = queries(node)?;
    let text = inputs
        .get("text")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let mender = node.llm_config().filter(|_| node.retry());
    let mut outputs = Values::new();
    let mut problem = "there is no JSON in the text".to_owned();
    for (index, piece) in pieces(text).enumerate() {
        let read = match (read(piece), mender) {
            (Err(unread), Some(model)) => {
                let place = context.at("mend", index);
                read(&mended(piece, &unread, model, &place).await?)
            }
            (read, _) => read,
        };
        let json = match read {
            Ok(json) => json,
            Err(unread) => {
                problem = unread;
                continue;
            }
        };
        for (title, query) in &queries {
            if outputs.contains_key(title) {
                continue;
            }
            match query.first(&json) {
                Ok(Some(Value::Null) | None) => {}
                Ok(Some(value)) => {
                    outputs.insert(title.clone(), value);
                }
                Err(unfit) => problem = unfit,
            }
        }
    }
    let names = Names::of(node.component());
    let missing = node.outputs().iter().find(|output| {
        output.default().is_none() && !outputs.contains_key(&names.own_output(output.title()))
    });
    match missing {
        None => Ok(NodeResult::next(outputs)),
        Some(output) => Err(Halt::failed(
            FailureKind::Input,
            format!("nothing was found for `{}`: {problem}", output.title()),
        )),
    }
}

fn queries(node: &PluginExtractNode) -> Result<Vec<(String, Query)>, Halt> {
    let queries = node.output_values().iter().map(|(title, query)| {
        let query = Query::of(query.as_str().unwrap_or_default());
        let query = query.map_err(|problem| Halt::failed(FailureKind::Spec, problem))?;
        Ok((title.clone(), query))
    });
    queries.collect()
}

/// Returns the texts inside and outside of code fences, without the word `json`.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let pieces = text.split("```").map(|piece| {
        let piece = piece.trim();
        let rest = piece
            .strip_prefix("json")
            .or_else(|| piece.strip_prefix("JSON"));
        rest.map_or(piece, |rest| rest.trim_start_matches(':').trim())
    });
    pieces.filter(|piece| !piece.is_empty())
}

fn read(piece: &str) -> Result<Value, String> {
    let written = lenient_json::read(piece).map_err(|unread| format!("the text {unread}"))?;
    settle_untyped(&written).map_err(|unread| crate::runtime::values::in_words(&unread))
}

async fn mended(
    piece: &str,
    problem: &str,
    model: &Arc<Component>,
    place: &RunContext,
) -> Result<String, Halt> {
    let asked = format!(
        "This should be JSON, and is not: {problem}. Answer with the JSON that was meant, and nothing else.\n\n{piece}"
    );
    let answer = llm::ask_once(model, asked, Map::new(), place).await?;
    Ok(pieces(&answer).last().unwrap_or_default().to_owned())
}
