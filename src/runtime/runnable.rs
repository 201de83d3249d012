//! What this runtime can execute.

use std::sync::Arc;

use crate::spec::Component;
use crate::spec::builtin::builtin_of;
use crate::spec::language::{AgenticComponent, BuiltinTool};
use crate::trace::{Failure, FailureKind};

/// The types that are executed, or made use of by those that are.
const TYPES: &[&str] = &[
    "Agent",
    "AgentNode",
    "AgentSpecializationParameters",
    "BranchingNode",
    "BuiltinTool",
    "ClientTool",
    "ControlFlowEdge",
    "ConversationSummarizationTransform",
    "DataFlowEdge",
    "EndNode",
    "ExtendedAgent",
    "ExtendedAgentNode",
    "Flow",
    "FlowNode",
    "GeminiAIStudioAuthConfig",
    "GeminiConfig",
    "GeminiVertexAIAuthConfig",
    "InMemoryCollectionDatastore",
    "InputMessageNode",
    "LlmConfig",
    "LlmNode",
    "MCPTool",
    "MCPToolBox",
    "MCPToolSpec",
    "MapNode",
    "MessageSummarizationTransform",
    "OAuthClientConfig",
    "OAuthConfig",
    "OciClientConfigWithApiKey",
    "OciClientConfigWithInstancePrincipal",
    "OciClientConfigWithResourcePrincipal",
    "OciClientConfigWithSecurityToken",
    "OciGenAiConfig",
    "OllamaConfig",
    "OpenAiCompatibleConfig",
    "OpenAiConfig",
    "OutputMessageNode",
    "PluginAppendTrailingSystemMessageToUserMessageTransform",
    "PluginCanonicalizationMessageTransform",
    "PluginCoalesceSystemMessagesTransform",
    "PluginConstantContextProvider",
    "PluginFlowContextProvider",
    "PluginJsonToolOutputParser",
    "PluginLlamaMergeToolRequestAndCallsTransform",
    "PluginMCPTool",
    "PluginMCPToolBox",
    "PluginMCPToolSpec",
    "PluginPromptTemplate",
    "PluginReactMergeToolRequestAndCallsTransform",
    "PluginReactToolOutputParser",
    "PluginRemoveEmptyNonUserMessageTransform",
    "PluginSSETransport",
    "PluginSSEmTLSTransport",
    "PluginSplitPromptOnMarkerMessageTransform",
    "PluginStdioTransport",
    "PluginStreamableHTTPTransport",
    "PluginStreamableHTTPmTLSTransport",
    "PluginToolContextProvider",
    "PluginToolRequestAndCallsTransform",
    "RemoteTool",
    "SSETransport",
    "SSEmTLSTransport",
    "ServerTool",
    "SpecializedAgent",
    "StartNode",
    "StdioTransport",
    "StreamableHTTPTransport",
    "StreamableHTTPmTLSTransport",
    "ToolNode",
    "VllmConfig",
];

/// A component that can be loaded, shown and exported, but not executed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{component_type}` can't be run yet")]
pub(super) struct NotRunnable {
    /// The type that has no execution.
    pub(super) component_type: String,
    /// The id of the component of that type.
    pub(super) id: String,
}

/// Whether a component and everything below it is of types that are executed.
///
/// # Errors
/// The first component that is not.
fn can_run(component: &Arc<Component>) -> Result<(), NotRunnable> {
    let strange = component
        .walk()
        .into_iter()
        .find(|part| !TYPES.contains(&part.type_name()));
    strange.map_or(Ok(()), |part| {
        Err(NotRunnable {
            component_type: part.type_name().to_owned(),
            id: part.id().to_owned(),
        })
    })
}

/// Whether every `BuiltinTool` below a component is one of flowdeck's.
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
    if !component.is::<AgenticComponent>() {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::language;
    use crate::spec::{LoadOptions, load};

    #[test]
    fn the_types_are_those_of_the_language() {
        for name in TYPES {
            assert!(
                language::find(name).is_some_and(language::ComponentType::is_loadable),
                "{name}"
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
relationships: [[{$component_ref: a}, {$component_ref: a}]]
agentspec_version: 25.4.2
$referenced_components:
  a: {component_type: Agent, id: a, name: a, system_prompt: x, llm_config: {$component_ref: l}}
  l: {component_type: VllmConfig, id: l, name: l, url: u, model_id: m}
";
        let swarm = load(text, &LoadOptions::default()).component.unwrap();
        let refused = can_run(&swarm).unwrap_err();
        assert_eq!(refused.to_string(), "`Swarm` can't be run yet");
        assert_eq!(refused.id, "s");
        assert_eq!(can_run(swarm.children()[0]), Ok(()));
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
            assert_eq!(can_run(&agent), Ok(()), "{model}");
        }
    }
}
