//! The names of the values that context providers supply.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;

use crate::spec::Component;
use crate::spec::language::{
    ExtendedAgent, PluginFlowContextProvider, PluginToolContextProvider, SpecializedAgent,
};

/// Returns the inputs of an agent that its context providers supply; empty for other components.
pub(super) fn provided_names(component: &Arc<Component>) -> HashSet<String> {
    let specialized = SpecializedAgent::of(component);
    let agent = specialized.as_ref().map_or(component, |it| it.agent());
    let Some(agent) = ExtendedAgent::of(agent) else {
        return HashSet::new();
    };
    let providers = agent.context_providers().unwrap_or_default();
    providers.into_iter().flat_map(names).collect()
}

/// Returns the names of the values that a provider supplies.
pub(super) fn names(provider: &Arc<Component>) -> Vec<String> {
    if let Some(provider) = PluginToolContextProvider::of(provider) {
        return vec![provider.output_name().to_owned()];
    }
    if let Some(flow) = PluginFlowContextProvider::of(provider) {
        return match flow.output_names() {
            Some(names) => {
                let texts = names.iter().filter_map(Value::as_str);
                texts.map(str::to_owned).collect()
            }
            None => titles(flow.flow()),
        };
    }
    titles(provider)
}

fn titles(component: &Component) -> Vec<String> {
    let outputs = component.outputs().iter();
    outputs.map(|output| output.title().to_owned()).collect()
}
