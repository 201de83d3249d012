//! The nodes that WayFlow's plugins add. Source: WayFlow 26.3.1.

mod chat_history;
mod choice;
mod datastores;
mod extract;
mod messages;
mod pattern;
mod retry;
mod unpacked_map;
mod variables;

use std::future::ready;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::names::Names;
use super::rounds::{self, Pace};
use super::{NodeResult, catch, parallel_flow};
use crate::conversation::Values;
use crate::runtime::flow::variables::Variables;
use crate::runtime::runnable::viewed;
use crate::runtime::{Halt, RunContext, jinja};
use crate::spec::Component;
use crate::spec::language::{
    ExtendedMapNode, ExtendedParallelFlowNode, ExtendedParallelMapNode, PluginConstantValuesNode,
    PluginNodeExecution, PluginTemplateNode,
};
use unpacked_map::UnpackedMap;

/// Executes a node with its own names for inputs and outputs.
pub(super) fn work<'a>(
    execution: PluginNodeExecution,
    node: &'a Arc<Component>,
    inputs: Values,
    variables: &'a Variables,
    context: &'a RunContext,
) -> BoxFuture<'a, Result<NodeResult, Halt>> {
    match execution {
        PluginNodeExecution::ExtendedMapNode => Box::pin(async move {
            let map: ExtendedMapNode = viewed(node)?;
            let pace = if map.parallel_execution() {
                Pace::AtOnce(rounds::bound(context, map.max_workers()))
            } else {
                Pace::InOrder
            };
            let map = unpacked(map.flow(), map.unpack_input(), node);
            unpacked_map::run(&map, pace, inputs, context).await
        }),
        PluginNodeExecution::ExtendedParallelMapNode => Box::pin(async move {
            let map: ExtendedParallelMapNode = viewed(node)?;
            let pace = Pace::AtOnce(rounds::bound(context, map.max_workers()));
            let map = unpacked(map.flow(), map.unpack_input(), node);
            unpacked_map::run(&map, pace, inputs, context).await
        }),
        PluginNodeExecution::ExtendedParallelFlowNode => Box::pin(async move {
            let node: ExtendedParallelFlowNode = viewed(node)?;
            parallel_flow::run(&node.flows(), node.max_workers(), &inputs, context).await
        }),
        PluginNodeExecution::PluginCatchExceptionNode => {
            Box::pin(async move { catch::run_named(&viewed(node)?, inputs, context).await })
        }
        PluginNodeExecution::PluginRetryNode => {
            Box::pin(async move { retry::run(&viewed(node)?, &inputs, context).await })
        }
        PluginNodeExecution::PluginChoiceNode => {
            Box::pin(async move { choice::run(&viewed(node)?, &inputs, context).await })
        }
        PluginNodeExecution::PluginExtractNode => {
            Box::pin(async move { extract::run(&viewed(node)?, &inputs, context).await })
        }
        PluginNodeExecution::PluginInputMessageNode => {
            Box::pin(async move { messages::ask(&viewed(node)?, &inputs, context).await })
        }
        PluginNodeExecution::PluginOutputMessageNode => {
            Box::pin(async move { messages::say(&viewed(node)?, &inputs, context).await })
        }
        PluginNodeExecution::PluginGetChatHistoryNode => {
            Box::pin(async move { chat_history::run(&viewed(node)?, &inputs, context) })
        }
        PluginNodeExecution::PluginRegexNode => {
            Box::pin(async move { pattern::run(&viewed(node)?, &inputs) })
        }
        PluginNodeExecution::PluginDatastoreCreateNode => {
            Box::pin(async move { datastores::create(&viewed(node)?, &inputs, context).await })
        }
        PluginNodeExecution::PluginDatastoreListNode => {
            Box::pin(async move { datastores::list(&viewed(node)?, &inputs, context).await })
        }
        PluginNodeExecution::PluginDatastoreUpdateNode => {
            Box::pin(async move { datastores::update(&viewed(node)?, &inputs, context).await })
        }
        PluginNodeExecution::PluginDatastoreDeleteNode => {
            Box::pin(async move { datastores::delete(&viewed(node)?, &inputs, context).await })
        }
        PluginNodeExecution::PluginDatastoreQueryNode => {
            Box::pin(async move { datastores::query(&viewed(node)?, &inputs, context).await })
        }
        PluginNodeExecution::PluginTemplateNode => Box::pin(ready(filled(node, &inputs))),
        PluginNodeExecution::PluginConstantValuesNode => Box::pin(ready(constants(node))),
        PluginNodeExecution::PluginReadVariableNode => {
            Box::pin(async move { Ok(variables::read(&viewed(node)?, variables)?) })
        }
        PluginNodeExecution::PluginWriteVariableNode => {
            Box::pin(async move { Ok(variables::write(&viewed(node)?, inputs, variables)?) })
        }
        PluginNodeExecution::PluginVariableNode => Box::pin(async move {
            Ok(variables::write_and_read(
                &viewed(node)?,
                inputs,
                variables,
            )?)
        }),
    }
}

/// Returns the configuration of a map that collects those outputs of its flow that the node
/// declares.
fn unpacked<'n>(
    flow: &'n Arc<Component>,
    unpack: &'n Values,
    node: &Arc<Component>,
) -> UnpackedMap<'n> {
    let names = Names::of(node);
    let outputs = node.outputs().iter();
    UnpackedMap {
        flow,
        unpack,
        collected: outputs
            .map(|output| names.own_output(output.title()))
            .collect(),
    }
}

fn filled(node: &Arc<Component>, inputs: &Values) -> Result<NodeResult, Halt> {
    let node: PluginTemplateNode = viewed(node)?;
    let text = jinja::render(node.template(), inputs)?;
    let outputs = Values::from_iter([("output".to_owned(), text.into())]);
    Ok(NodeResult::next(outputs))
}

fn constants(node: &Arc<Component>) -> Result<NodeResult, Halt> {
    let node: PluginConstantValuesNode = viewed(node)?;
    Ok(NodeResult::next(node.constant_values().clone()))
}
