//! Executes any executable component.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::agent::AgentOverrides;
use super::inputs::fit_inputs;
use super::remote::{self, Remote};
use super::runnable::viewed;
use super::team::{self, Team};
use super::{Halt, RunContext, agent, flow};
use crate::conversation::Values;
use crate::spec::Component;
use crate::spec::language::{AgenticExecution, Execution};
use crate::spec::property::Coercion;
use crate::trace::{FailureKind, SpanKind};

/// Executes a component with its inputs until it has outputs.
///
/// At the root of a run, this opens the run's root span, and an agent takes the prepared messages
/// that start its conversation. An agent without outputs that may ask a person does not finish: it
/// waits for its user.
///
/// # Errors
/// [`Halt`], after all spans were closed.
///
/// # Cancel safety
/// Dropping the future stops the run immediately and leaves spans open, which the owner of the run
/// must close.
pub fn execute<'a>(
    component: &'a Arc<Component>,
    inputs: Values,
    context: &'a RunContext,
) -> BoxFuture<'a, Result<Values, Halt>> {
    Box::pin(async move {
        if context.depth() > 0 {
            return Ok(run(component, inputs, context).await?.outputs);
        }
        context
            .in_span(SpanKind::RootSpan, component, |root| async move {
                Ok(run(component, inputs, &root).await?.outputs)
            })
            .await
    })
}

/// The result of an executed component.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Executed {
    /// The outputs, by title.
    pub(super) outputs: Values,
    /// The branch that the surrounding node takes: `branch_name` of the end node that a flow
    /// reached.
    pub(super) branch: Option<String>,
}

/// Executes a component one level deeper. Returns a boxed future, because flows and agents contain
/// each other.
pub(super) fn run<'a>(
    component: &'a Arc<Component>,
    inputs: Values,
    context: &'a RunContext,
) -> BoxFuture<'a, Result<Executed, Halt>> {
    run_with(component, inputs, AgentOverrides::default(), context)
}

/// Executes a component one level deeper, with settings that override those of an agent.
pub(super) fn run_with<'a>(
    component: &'a Arc<Component>,
    inputs: Values,
    overrides: AgentOverrides,
    context: &'a RunContext,
) -> BoxFuture<'a, Result<Executed, Halt>> {
    Box::pin(async move {
        let context = enter(component, context)?;
        let inputs = fit_inputs(component, &inputs, Coercion::Edge)?;
        if component.execution() == Execution::Agentic(AgenticExecution::Flow) {
            // Boxed, as the next two: an agent would have to hold room for the largest.
            return Box::pin(flow::run(&viewed(component)?, inputs, &context)).await;
        }
        let outputs = if let Some(team) = Team::of(component)? {
            Box::pin(team::run(&team.with_overrides(overrides), inputs, &context)).await?
        } else if let Some(remote) = Remote::of(component)? {
            Box::pin(remote::run(
                &remote.with_overrides(overrides),
                inputs,
                &context,
            ))
            .await?
        } else {
            let agent = agent::Setup::of(component)?.with_overrides(overrides);
            agent::run(&agent, inputs, &context).await?
        };
        Ok(Executed {
            outputs,
            branch: None,
        })
    })
}

/// Returns the position inside a component that is executed at `context`.
///
/// # Errors
/// A `limit` failure if agents and flows are nested too deeply.
pub(super) fn enter(component: &Component, context: &RunContext) -> Result<RunContext, Halt> {
    let context = context.deeper().at(component.id(), 0);
    let bound = context.limits().max_depth;
    if context.depth() > bound {
        return Err(Halt::failed(
            FailureKind::Limit,
            format!("agents and flows are nested more than {bound} deep"),
        ));
    }
    Ok(context)
}
