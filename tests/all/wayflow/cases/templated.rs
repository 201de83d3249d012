//! Agents whose messages are put to the model by a template, and steps that want something of their agent.

use serde_json::{Value, json};

use super::super::parts::{expert, extended, find, flow, merge, node, text};
use super::super::server::Answer::{Calls, Text};
use super::Case;

pub(super) fn cases() -> Vec<Case> {
    let call = r#"{"name": "find", "parameters": {"query": "a"}}"#;
    let thought = "## Thought: I look.\n## Action:\n```json\n{\"name\": \"find\", \"parameters\": {\"query\": \"a\"}}\n```";
    let by = |template: Value| extended(json!({"tools": [find()], "agent_template": template}));
    vec![
        Case::of(
            "a template that offers tools natively",
            by(template(json!({}))),
            &["Look.", "Thanks."],
            &[
                Calls("", vec![("find", r#"{"query": "a"}"#)]),
                Text("Found."),
                Text("Welcome."),
            ],
        ),
        Case::of(
            "calls as JSON in text",
            by(textual(
                "PluginLlamaMergeToolRequestAndCallsTransform",
                "PluginJsonToolOutputParser",
            )),
            &["Look.", "Thanks."],
            &[Text(call), Text("Found."), Text("Welcome.")],
        ),
        Case::of(
            "thought, action and observation",
            by(textual(
                "PluginReactMergeToolRequestAndCallsTransform",
                "PluginReactToolOutputParser",
            )),
            &["Look.", "Thanks."],
            &[Text(thought), Text("Found."), Text("Welcome.")],
        ),
        Case::of(
            "messages with their senders",
            by(textual(
                "PluginToolRequestAndCallsTransform",
                "PluginJsonToolOutputParser",
            )),
            &["Look.", "Thanks."],
            &[Text(call), Text("Found."), Text("Welcome.")],
        ),
        Case::of(
            "a template with the conversation in one text",
            by(template(json!({"messages": [message(
                "user",
                "{{custom_instruction}}\n{% for m in __CHAT_HISTORY__ %}{{ loop.index }}: {{ m.content }}{% if not loop.last %}\n{% endif %}{% endfor %}\nGo on.",
            )]}))),
            &["Hello.", "And?"],
            &[Text("Hi."), Text("Nothing.")],
        ),
        Case::of(
            "a step with outputs of its own",
            flow(
                "main",
                json!([text("question")]),
                &[node(
                    "ExtendedAgentNode",
                    "ask",
                    json!({
                        "agent": expert(json!({"system_prompt": "Answer {{question}}."})), "caller_input_mode": "never",
                        "outputs": [text("said")],
                        "component_plugin_name": "NodesPlugin", "component_plugin_version": "26.3.1",
                    }),
                )],
                json!([text("said")]),
            ),
            &[],
            &[Text(r#"{"said": "42"}"#)],
        )
        .theirs(&[Calls("", vec![("submit_result", r#"{"said": "42"}"#)])])
        .inputs(json!({"question": "all"})),
    ]
}

/// Instructions, the conversation, and a word after it.
fn template(fields: Value) -> Value {
    let mut template = json!({
        "component_type": "PluginPromptTemplate", "id": "template", "name": "template",
        "component_plugin_name": "PromptTemplatePlugin", "component_plugin_version": "26.3.1",
        "messages": [
            message("system", "{% if custom_instruction %}Above all: {{custom_instruction}}{% endif %}"),
            message("system", "$$__CHAT_HISTORY_PLACEHOLDER__$$"),
            message("system", "{% if __PLAN__ %}The plan: {{__PLAN__}}{% endif %}"),
        ],
        "post_rendering_transforms": [plugin("MessageTransformPlugin", "PluginRemoveEmptyNonUserMessageTransform")],
    });
    merge(&mut template, fields);
    template
}

/// A template that describes the tools itself.
fn textual(transform: &str, parser: &str) -> Value {
    let tools = "{%- if __TOOLS__ -%}Tools:\n{% for tool in __TOOLS__ %}- {{ tool.function.name }}: {{ tool[\"function\"].parameters.required | tojson }}\n{% endfor %}{%- endif -%}";
    template(json!({
        "messages": [
            message("system", tools), message("system", "{{custom_instruction}}"),
            message("system", "$$__CHAT_HISTORY_PLACEHOLDER__$$"),
        ],
        "native_tool_calling": false, "output_parser": plugin("OutputParserPlugin", parser),
        "generation_config": {"temperature": 0.5, "max_tokens": 50, "stop": ["## Observation"]},
        "post_rendering_transforms": [
            plugin("MessageTransformPlugin", transform),
            plugin("MessageTransformPlugin", "PluginCoalesceSystemMessagesTransform"),
        ],
    }))
}

fn plugin(name: &str, component_type: &str) -> Value {
    json!({
        "component_type": component_type, "id": component_type, "name": component_type,
        "component_plugin_name": name, "component_plugin_version": "26.3.1",
    })
}

fn message(role: &str, text: &str) -> Value {
    json!({"role": role, "contents": [{"type": "text", "content": text}]})
}
