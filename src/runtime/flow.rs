//! Walking a flow: one node after the other, along the control edges, until an end node is reached.
//!
//! ```text
//! start ─► gather inputs ─► node ─► cast outputs ─► push along data edges ─► edge of (node, branch) ─► …
//! ```
//!
//! Where we differ from the reference runtime: a flow's outputs come from the end node that was reached and not from
//! any node that has an output of that name; a branch without an edge is an error and not a silent end; visits of nodes
//! have a bound.

mod nodes;
mod scope;
mod variables;
mod wiring;

use std::sync::Arc;

use crate::conversation::Values;
use crate::runtime::execute::Executed;
use crate::runtime::values::given_or_default;
use crate::runtime::{Halt, RunContext, providers};
use crate::spec::Component;
use crate::spec::language::{EndNode, Flow};
use crate::trace::{ComponentName, Event, Failure, FailureKind, SpanKind};
use nodes::NodeResult;
use scope::Scope;
use variables::Variables;
use wiring::Wiring;

/// Executes a flow on the conversation of `context`.
///
/// # Errors
/// [`Halt`].
pub(super) async fn run(
    flow: &Flow,
    inputs: Values,
    context: &RunContext,
) -> Result<Executed, Halt> {
    context
        .in_span(
            SpanKind::FlowExecutionSpan,
            flow.component(),
            |span| async move {
                let name = ComponentName::of(flow.component());
                span.trace(Event::FlowExecutionStart {
                    flow: name.clone(),
                    inputs: Arc::new(inputs.clone().into()),
                })
                .await?;
                let executed = walk(flow, inputs, &span).await?;
                span.trace(Event::FlowExecutionEnd {
                    flow: name,
                    outputs: Arc::new(executed.outputs.clone().into()),
                    branch_selected: executed.branch.clone(),
                })
                .await?;
                Ok(executed)
            },
        )
        .await
}

async fn walk(flow: &Flow, flow_inputs: Values, context: &RunContext) -> Result<Executed, Halt> {
    let wiring = Wiring::of(flow)?;
    let mut scope = Scope::new(&wiring, flow_inputs);
    let variables = Variables::of(flow.component());
    let mut visits = vec![0; wiring.nodes().len()];
    let mut current = wiring.start();
    loop {
        context.count_node_visit()?;
        let node = wiring.node(current);
        let place = context.at(node.id(), visits[current]);
        visits[current] += 1;
        let provided = provide(&wiring, &mut scope, current, &place).await;
        let inputs = provided.and_then(|()| scope.gather(current).map_err(Halt::from));
        let result = nodes::visit(node, inputs, &variables, &place).await?;
        if let Some(end) = EndNode::of(node) {
            return Ok(Executed {
                outputs: outputs_of(flow, &result.outputs)?,
                branch: Some(end.branch_name().to_owned()),
            });
        }
        scope.push(current, &result.outputs);
        current = wiring
            .next(current, &result.branch)
            .ok_or_else(|| open_branch(node, &result))?;
    }
}

/// Calls the context providers of a node, at each visit.
async fn provide(
    wiring: &Wiring,
    scope: &mut Scope<'_>,
    node: usize,
    place: &RunContext,
) -> Result<(), Halt> {
    for (index, provider) in wiring.providers(node).iter().enumerate() {
        let values = providers::ask(provider, &place.at("context", index)).await?;
        scope.provide(node, provider, &values);
    }
    Ok(())
}

/// Returns a flow's outputs: those of the end node that was reached, else the flow's own defaults.
fn outputs_of(flow: &Flow, reached: &Values) -> Result<Values, Failure> {
    let mut outputs = Values::new();
    for output in flow.outputs() {
        let value = given_or_default(reached, output, || {
            format!(
                "the end node that was reached gives no `{}`, and the flow has no default for it",
                output.title()
            )
        })?;
        let value = scope::cast(value, output, crate::spec::property::Coercion::Edge).map_err(
            |violations| {
                Failure::new(
                    FailureKind::Spec,
                    format!("output `{}` of the flow: {violations}", output.title()),
                )
            },
        )?;
        outputs.insert(output.title().to_owned(), value);
    }
    Ok(outputs)
}

fn open_branch(node: &Component, result: &NodeResult) -> Failure {
    Failure::new(
        FailureKind::Spec,
        format!(
            "node `{}` took the branch `{}`, and no control edge leaves by it",
            node.name(),
            result.branch
        ),
    )
    .with_hint("add a ControlFlowEdge for that branch")
}
