//! The values of a flow's inputs, of which the last one written counts.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::wiring::{DataWiring, Wiring};
use crate::conversation::Values;
use crate::runtime::values::in_words;
use crate::spec::Component;
use crate::spec::language::{InputMessageNode, LlmNode, MapNode, ParallelMapNode, PluginRegexNode};
use crate::spec::property::{Coercion, Property, coerce, fill_defaults, validate, with_floats};
use crate::trace::{Failure, FailureKind};

/// A value in an input, and how it may be converted.
#[derive(Clone, Debug)]
struct Held {
    value: Value,
    /// The value to use where text is needed, if it differs from the value itself.
    text_form: Option<Value>,
    /// How the value may be converted: text from a model or a person, or found in text, may be read
    /// as a number.
    coercion: Coercion,
}

/// The values of one execution of a flow. They are never cleared: in a loop, a node reads the
/// newest value.
pub(super) struct Scope<'w> {
    wiring: &'w Wiring,
    flow_inputs: Values,
    /// With data edges: the value of each (node, input).
    slots: HashMap<(usize, String), Held>,
    /// By name: the last value written under each title.
    names: HashMap<String, Held>,
}

impl<'w> Scope<'w> {
    pub(super) fn new(wiring: &'w Wiring, flow_inputs: Values) -> Self {
        Self {
            wiring,
            flow_inputs,
            slots: HashMap::new(),
            names: HashMap::new(),
        }
    }

    /// Writes a node's outputs to the inputs that they feed.
    pub(super) fn push(&mut self, node: usize, outputs: &Values) {
        let component = self.wiring.node(node);
        let is_text = component.is::<LlmNode>()
            || component.is::<InputMessageNode>()
            || component.is::<PluginRegexNode>();
        let declared = component.outputs();
        let held = |title: &str, value: &Value| {
            let output = declared.iter().find(|output| output.title() == title);
            let form = output.map(|output| with_floats(value.clone(), output.schema()));
            Held {
                text_form: form.filter(|form| form != value),
                value: value.clone(),
                coercion: if is_text {
                    Coercion::TextEdge
                } else {
                    Coercion::Edge
                },
            }
        };
        match self.wiring.data() {
            DataWiring::ByName => {
                for (title, value) in outputs {
                    self.names.insert(title.clone(), held(title, value));
                }
            }
            DataWiring::Edges(wires) => {
                for wire in &wires[node] {
                    if let Some(value) = outputs.get(&wire.output) {
                        let held = held(&wire.output, value);
                        self.slots.insert((wire.to, wire.input.clone()), held);
                    }
                }
            }
        }
    }

    /// Writes a context provider's values to the inputs of a node.
    pub(super) fn provide(&mut self, node: usize, provider: &Arc<Component>, values: &Values) {
        for (input, output) in self.wiring.provided(node, provider) {
            if let Some(value) = values.get(output) {
                let held = Held {
                    value: value.clone(),
                    text_form: None,
                    coercion: Coercion::Edge,
                };
                self.slots.insert((node, input.to_owned()), held);
            }
        }
    }

    /// Returns the inputs of a node: for each the newest value, else its default.
    ///
    /// # Errors
    /// An input has neither, or its value does not fit.
    pub(super) fn gather(&self, node: usize) -> Result<Values, Failure> {
        let component = self.wiring.node(node);
        // A map node looks itself what is a list to iterate; its union types would make text of lists.
        let is_map = component.is::<MapNode>() || component.is::<ParallelMapNode>();
        let mut inputs = Values::new();
        for input in component.inputs() {
            let title = input.title();
            let held = if node == self.wiring.start() {
                self.flow_inputs.get(title).map(|value| Held {
                    value: value.clone(),
                    text_form: None,
                    coercion: Coercion::Edge,
                })
            } else {
                self.newest(node, title)
            };
            let value = match (held, input.fitting_default()) {
                (Some(held), _) if is_map => held.value,
                (Some(held), _) => {
                    let text_form = held.text_form.as_ref();
                    let text_form = text_form.filter(|_| input.json_type() == Some("string"));
                    let value = text_form.unwrap_or(&held.value);
                    cast(value, input, held.coercion).map_err(|violations| {
                        Failure::new(FailureKind::Spec, format!("input `{title}`: {violations}"))
                    })?
                }
                (None, Some(default)) => default.cloned().map_err(|misfit| {
                    Failure::new(FailureKind::Spec, format!("input `{title}`: {misfit}"))
                })?,
                (None, None) if is_map => continue,
                (None, None) => {
                    return Err(Failure::new(
                        FailureKind::Spec,
                        format!(
                            "input `{title}` has no value: nothing has given it one, and it has no default"
                        ),
                    ));
                }
            };
            inputs.insert(title.to_owned(), value);
        }
        Ok(inputs)
    }

    fn newest(&self, node: usize, title: &str) -> Option<Held> {
        match self.wiring.data() {
            // What a context provider gave goes before what a node did.
            DataWiring::ByName => {
                let provided = self.slots.get(&(node, title.to_owned()));
                provided.or_else(|| self.names.get(title)).cloned()
            }
            DataWiring::Edges(_) => self.slots.get(&(node, title.to_owned())).cloned(),
        }
    }
}

/// Converts a value to a property's type. A null that is not allowed becomes the default or stays,
/// because a missing output is an error only when it is used.
///
/// # Errors
/// The mismatch, in words.
pub(super) fn cast(
    value: &Value,
    property: &Property,
    coercion: Coercion,
) -> Result<Value, String> {
    let schema = property.schema();
    if value.is_null() && property.json_type() != Some("string") {
        return match property.fitting_default() {
            Some(default) if !validate(value, schema).is_empty() => default.cloned(),
            _ => Ok(Value::Null),
        };
    }
    let mut value = value.clone();
    fill_defaults(&mut value, schema);
    coerce(&value, schema, coercion).map_err(|violations| in_words(&violations))
}
