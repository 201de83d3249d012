//! Checks whether this runtime can execute a component.

use std::sync::Arc;

use super::datastore::not_in_memory;
use crate::spec::Component;
use crate::spec::builtin::builtin_of;
use crate::spec::language::{BuiltinTool, Execution, Family, RelationalDatastore, View};
use crate::trace::{Failure, FailureKind};

/// Checks that every `BuiltinTool` below a component is one of flowdeck's.
///
/// # Errors
/// A `spec` failure about the first that is not.
fn has_builtins(component: &Arc<Component>) -> Result<(), Failure> {
    for part in component.walk() {
        let checked = BuiltinTool::of(part).map(|tool| builtin_of(&tool));
        if let Some(Err(error)) = checked {
            let failure = Failure::from_error(FailureKind::Spec, &error).in_component(part.name());
            return Err(match error.hint() {
                Some(hint) => failure.with_hint(hint),
                None => failure,
            });
        }
    }
    Ok(())
}

/// Checks that the caches of all transforms are in memory.
///
/// # Errors
/// A `spec` failure about the first that is not.
fn has_caches_in_memory(component: &Arc<Component>) -> Result<(), Failure> {
    let parts = component.walk().into_iter();
    let mut kept = parts
        .filter(|part| matches!(part.execution(), Execution::Transform(_)))
        .filter_map(|transform| transform.field("datastore")?.as_component());
    let database = kept.find(|datastore| datastore.is::<RelationalDatastore>());
    database.map_or(Ok(()), |database| Err(not_in_memory(database)))
}

/// Checks that a component and everything in it can be executed.
///
/// # Errors
/// A `spec` failure that names the first type which is not supported or not executable.
pub fn check_runnable(component: &Arc<Component>) -> Result<(), Failure> {
    let mut parts = component.walk().into_iter();
    if let Some(part) = parts.find(|part| part.execution() == Execution::None) {
        return Err(not_yet(part));
    }
    has_builtins(component)?;
    has_caches_in_memory(component)?;
    if !matches!(component.execution(), Execution::Agentic(_)) {
        return Err(Failure::new(
            FailureKind::Spec,
            format!(
                "`{}` is a component of type {}: only agents, flows and teams can be run",
                component.name(),
                component.type_name()
            ),
        ));
    }
    let mut parts = component.walk().into_iter();
    match parts.find(|part| !part.is_complete()) {
        None => Ok(()),
        Some(part) => Err(incomplete(part)),
    }
}

/// Returns the typed view of a component.
///
/// # Errors
/// A `spec` failure, if the component is incomplete.
pub(super) fn viewed<V: View + Family>(component: &Arc<Component>) -> Result<V, Failure> {
    V::view(component).ok_or_else(|| incomplete(component))
}

/// Makes the failure of a component without a typed view: its document has errors.
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

/// Makes the failure of a component that is not executable.
pub(super) fn not_yet(component: &Arc<Component>) -> Failure {
    Failure::new(
        FailureKind::Spec,
        format!("`{}` can't be run yet", component.type_name()),
    )
    .in_component(component.name())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::language;
    use crate::spec::{Format, LoadOptions, load};

    #[test]
    fn a_type_can_be_run_if_its_declaration_says_how() {
        for ty in language::all().filter(|ty| ty.is_loadable()) {
            let text = format!("{{component_type: {}, id: x, name: x}}", ty.name());
            let bare = load(&text, &LoadOptions::default()).component.unwrap();
            let told = check_runnable(&bare).err().map(|failure| failure.message);
            let refusal = format!("`{}` can't be run yet", ty.name());
            let is_refused = told.as_ref() == Some(&refusal);
            assert_eq!(
                is_refused,
                ty.execution() == Execution::None,
                "{}: {told:?}",
                ty.name()
            );
        }
    }

    #[test]
    fn a_type_without_execution_is_named_wherever_it_stands() {
        let text = "\
component_type: Swarm
id: s
name: s
first_agent: {$component_ref: a}
relationships: [[{$component_ref: a}, {$component_ref: o}]]
agentspec_version: 25.4.2
$referenced_components:
  a: {component_type: Agent, id: a, name: a, system_prompt: x, llm_config: {$component_ref: l}}
  o:
    component_type: Agent
    id: o
    name: o
    system_prompt: x
    llm_config: {$component_ref: l}
    toolboxes: [{component_type: PluginToolBox, id: box, name: box}]
  l: {component_type: VllmConfig, id: l, name: l, url: u, model_id: m}
";
        let swarm = load(text, &LoadOptions::default()).component.unwrap();
        let refused = check_runnable(&swarm).unwrap_err();
        assert_eq!(refused.message, "`PluginToolBox` can't be run yet");
        assert_eq!(refused.component.as_deref(), Some("box"));
        assert_eq!(check_runnable(swarm.children()[0]), Ok(()));
    }

    #[test]
    fn every_starter_spec_can_be_run() {
        for template in crate::spec::templates::TEMPLATES {
            let options = LoadOptions {
                format: Some(Format::Yaml),
                ..LoadOptions::default()
            };
            let loaded = load(&template.text(Format::Yaml), &options);
            let runnable = check_runnable(&loaded.component.unwrap());
            assert_eq!(runnable, Ok(()), "{}", template.name);
        }
    }

    #[test]
    fn builtin_tools_are_those_of_flowdeck() {
        for (tool_type, hint) in [("wait", None), ("waitt", Some("did you mean `wait`?"))] {
            let text = format!(
                "{{component_type: Agent, id: a, name: a, system_prompt: x, agentspec_version: 26.3.1, tools: \
                 [{{component_type: BuiltinTool, id: t, name: pause, tool_type: {tool_type}, inputs: \
                 [{{title: seconds, type: number}}]}}], llm_config: \
                 {{component_type: OllamaConfig, id: m, name: m, url: u, model_id: x}}}}"
            );
            let agent = load(&text, &LoadOptions::default()).component.unwrap();
            let checked = has_builtins(&agent).map_err(|failure| failure.hint.unwrap());
            assert_eq!(checked.err().as_deref(), hint, "{tool_type}");
        }
    }

    #[test]
    fn every_model_that_a_profile_reaches_can_be_run() {
        let models = [
            "{component_type: GeminiConfig, id: m, name: m, model_id: g, auth: {component_type: GeminiAIStudioAuthConfig, id: g, name: g}}",
            "{component_type: OciGenAiConfig, id: m, name: m, model_id: g, compartment_id: c, client_config: \
             {component_type: OciClientConfigWithApiKey, id: c, name: c, service_endpoint: u, auth_profile: p, auth_file_location: f}}",
        ];
        for model in models {
            let text = format!(
                "{{component_type: Agent, id: a, name: a, system_prompt: x, agentspec_version: 26.3.1, llm_config: {model}}}"
            );
            let agent = load(&text, &LoadOptions::default()).component.unwrap();
            assert_eq!(check_runnable(&agent), Ok(()), "{model}");
        }
    }
}
