//! The spec of an agent with one tool, which asks the model of a bench.

/// The spec of an agent whose model is at an address.
pub(crate) fn agent(url: &str) -> String {
    format!(
        "component_type: Agent\nagentspec_version: 26.1.2\nid: a\nname: looker\nsystem_prompt: Look.\n\
         llm_config: {{component_type: OpenAiCompatibleConfig, id: m, name: m, url: \"{url}\", model_id: m}}\n\
         tools:\n- component_type: ServerTool\n  id: look\n  name: look\n  description: Looks.\n\
         \x20 inputs: [{{title: at, type: string}}]\n  outputs: [{{title: seen, type: string}}]\n"
    )
}
