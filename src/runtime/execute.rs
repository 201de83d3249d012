//! Running any component that can be run.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::agent::Manner;
use super::runnable::{can_run, has_builtins};
use super::values::{fit, in_words};
use super::{Halt, RunContext, agent, flow};
use crate::conversation::Values;
use crate::spec::Component;
use crate::spec::language::Flow;
use crate::spec::property::{Coercion, Property};
use crate::trace::{Failure, FailureKind, SpanKind};

/// Executes a component: gives it its inputs and drives it until it has outputs.
///
/// At the root of a run it opens the run's root span, and an agent takes the messages that were prepared to start its
/// conversation. An agent without outputs that may talk to a person has none: it halts, or goes on for ever.
///
/// # Errors
/// [`Halt`], after every span was closed.
///
/// # Cancel safety
/// Dropping the future stops the run where it is and leaves spans open, for the owner of the run to close.
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

/// What a component that was executed gave.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Executed {
    /// Its outputs, by title.
    pub(super) outputs: Values,
    /// The branch that a node which executed it takes: `branch_name` of the end node that a flow reached.
    pub(super) branch: Option<String>,
}

/// Executes a component one level deeper. A boxed future, because flows and agents hold one another.
pub(super) fn run<'a>(
    component: &'a Arc<Component>,
    inputs: Values,
    context: &'a RunContext,
) -> BoxFuture<'a, Result<Executed, Halt>> {
    run_in_manner(component, inputs, Manner::default(), context)
}

/// The same, where an agent is wanted otherwise than it says itself.
pub(super) fn run_in_manner<'a>(
    component: &'a Arc<Component>,
    inputs: Values,
    manner: Manner,
    context: &'a RunContext,
) -> BoxFuture<'a, Result<Executed, Halt>> {
    Box::pin(async move {
        let context = enter(component, context)?;
        let inputs = fit_inputs(component, &inputs, Coercion::Edge)?;
        if let Some(agent) = agent::Setup::of(component)? {
            let agent = agent.with_manner(manner);
            let outputs = agent::run(&agent, inputs, &context).await?;
            return Ok(Executed {
                outputs,
                branch: None,
            });
        }
        if let Some(flow) = Flow::of(component) {
            return flow::run(&flow, inputs, &context).await;
        }
        Err(not_yet(component).into())
    })
}

/// The place inside a component that is executed at `context`.
///
/// # Errors
/// A `limit` failure where agents and flows are nested too deep.
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

/// The inputs that somebody must give: those of an agent without what its context providers give.
pub(super) fn needed_inputs(component: &Arc<Component>) -> Vec<Property> {
    let provided = agent::provided_names(component);
    let inputs = component.inputs().iter();
    inputs
        .filter(|input| !provided.contains(input.title()))
        .cloned()
        .collect()
}

/// Inputs as a component takes them: defaults filled in, values converted where Agent Spec allows it (a number for a
/// string, not a string for a number, nor one with a fraction for an integer).
///
/// # Errors
/// An `input` failure that names every input which is missing, does not fit, or, for a flow, is unknown. Agents leave
/// unknown inputs out, as the reference runtime does.
pub fn check_inputs(component: &Arc<Component>, inputs: &Values) -> Result<Values, Failure> {
    fit_inputs(component, inputs, Coercion::Json)
}

fn fit_inputs(
    component: &Arc<Component>,
    inputs: &Values,
    coercion: Coercion,
) -> Result<Values, Failure> {
    let declared = needed_inputs(component);
    let mut problems = Vec::new();
    if component.is_a("Flow") {
        let unknown = inputs
            .keys()
            .filter(|name| declared.iter().all(|input| input.title() != name.as_str()));
        problems.extend(unknown.map(|name| format!("`{name}`: is not an input")));
    }
    let values = fit(inputs, &declared, coercion);
    if let Err(violations) = &values {
        problems.push(in_words(violations));
    }
    match values {
        Ok(values) if problems.is_empty() => Ok(values),
        _ => Err(Failure::new(
            FailureKind::Input,
            format!(
                "the inputs of `{}` can't be used: {}",
                component.name(),
                problems.join("; ")
            ),
        )),
    }
}

/// Whether a component and everything in it can be executed.
///
/// # Errors
/// A `spec` failure that names the first type which can't be run yet, or can't be run at all.
pub fn check_runnable(component: &Arc<Component>) -> Result<(), Failure> {
    if let Err(error) = can_run(component) {
        let named = component
            .walk()
            .into_iter()
            .find(|part| part.id() == error.id);
        let failure = Failure::from_error(FailureKind::Spec, &error);
        return Err(match named {
            Some(part) => failure.in_component(part.name()),
            None => failure,
        });
    }
    has_builtins(component)?;
    if !component.is_a("AgenticComponent") {
        return Err(Failure::new(
            FailureKind::Spec,
            format!(
                "`{}` is a component of type {}, which is not run by itself: agents and flows are",
                component.name(),
                component.type_name()
            ),
        ));
    }
    match component
        .walk()
        .into_iter()
        .find(|part| !part.is_complete())
    {
        None => Ok(()),
        Some(part) => Err(incomplete(part)),
    }
}

/// The failure of a component without typed view: its document has errors.
pub(super) fn incomplete(component: &Component) -> Failure {
    Failure::new(
        FailureKind::Spec,
        format!(
            "`{}` has errors that must be corrected first",
            component.name()
        ),
    )
    .in_component(component.name())
}

/// The failure of a component that has no execution.
pub(super) fn not_yet(component: &Arc<Component>) -> Failure {
    Failure::new(
        FailureKind::Spec,
        format!("`{}` can't be run yet", component.type_name()),
    )
    .in_component(component.name())
}
