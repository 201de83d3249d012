//! The `PluginGetChatHistoryNode`: returns messages of the conversation.

use std::sync::Arc;

use serde_json::Value;

use crate::conversation::{Message, Values};
use crate::runtime::flow::nodes::NodeResult;
use crate::runtime::message_value::{as_value, kind_of};
use crate::runtime::{Halt, RunContext, jinja};
use crate::spec::language::PluginGetChatHistoryNode;

/// The default template that joins messages to one text.
const LINES: &str = "\
{% for message in chat_history -%}
{{ message.message_type }} >> {{ message.content }}{{ \"\\n\" if not loop.last }}
{%- endfor %}";

/// Executes the node: returns the messages of the selected kinds, counted from one end, in order,
/// either as one text or each as an object with `message_type` and `content`.
pub(super) fn run(
    node: &PluginGetChatHistoryNode,
    inputs: &Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let kinds = node.message_types();
    let is_wanted = |message: &Arc<Message>| {
        kinds.is_none_or(|kinds| kinds.iter().any(|kind| kind == kind_of(message)))
    };
    let messages: Vec<_> = context.messages().into_iter().filter(is_wanted).collect();
    let count = |number: i64| usize::try_from(number).unwrap_or(0);
    let (skipped, taken) = (count(node.offset()), count(node.n()));
    let range = if node.which_messages() == "last" {
        let end = messages.len().saturating_sub(skipped);
        end.saturating_sub(taken)..end
    } else {
        let start = skipped.min(messages.len());
        start..start.saturating_add(taken).min(messages.len())
    };
    let rendered = messages[range].iter().map(|message| as_value(message));
    let rendered: Value = rendered.collect();
    let output = match node.output_template() {
        None => rendered,
        Some(template) => {
            let mut values = inputs.clone();
            values.insert("chat_history".to_owned(), rendered);
            let template = if template.is_empty() { LINES } else { template };
            jinja::render(template, &values)?.into()
        }
    };
    let outputs = Values::from_iter([("chat_history".to_owned(), output)]);
    Ok(NodeResult::next(outputs))
}
