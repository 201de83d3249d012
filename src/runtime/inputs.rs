//! The inputs of components: which ones are needed, and whether given values fit.

use std::sync::Arc;

use super::provided::provided_names;
use super::values::{fit, in_words};
use crate::conversation::Values;
use crate::spec::Component;
use crate::spec::language::Flow;
use crate::spec::property::{Coercion, Property};
use crate::trace::{Failure, FailureKind};

/// Returns the inputs that the caller must supply: for an agent, without those of its context
/// providers.
pub(super) fn needed_inputs(component: &Arc<Component>) -> Vec<Property> {
    let provided = provided_names(component);
    let inputs = component.inputs().iter();
    inputs
        .filter(|input| !provided.contains(input.title()))
        .cloned()
        .collect()
}

/// Converts inputs to the declarations of a component: fills in defaults and converts values where
/// Agent Spec allows it (a number to a string, but not a string to a number, and not a fraction to
/// an integer).
///
/// # Errors
/// An `input` failure that names every input which is missing, does not fit, or, for a flow, is
/// unknown. Agents ignore unknown inputs, as the reference runtime does.
pub fn check_inputs(component: &Arc<Component>, inputs: &Values) -> Result<Values, Failure> {
    fit_inputs(component, inputs, Coercion::Json)
}

/// Converts values from elsewhere in the run to a component's inputs.
pub(super) fn fit_inputs(
    component: &Arc<Component>,
    inputs: &Values,
    coercion: Coercion,
) -> Result<Values, Failure> {
    let declared = needed_inputs(component);
    let mut problems = Vec::new();
    if Flow::of(component).is_some() {
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
