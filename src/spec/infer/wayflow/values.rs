//! Inferred lists of nodes and prompts that compute one value from another.

use serde_json::{Map, Value, json};

use super::{lists, template_inputs};
use crate::spec::infer::ListRule::{Fixed, Free};
use crate::spec::infer::fields::Fields;
use crate::spec::infer::flows::sorted;
use crate::spec::infer::nodes::described;
use crate::spec::infer::{DEFAULT_BRANCH, Inferred, none};
use crate::spec::language::ComponentKind;
use crate::spec::property::Property;

/// Returns the inferred lists of a node that computes values.
pub(super) fn value(kind: ComponentKind, fields: &Fields<'_>) -> Option<Inferred> {
    let text = || Fixed(vec![Property::string("text")]);
    let output = |title| vec![Property::string(title)];
    Some(match kind {
        ComponentKind::PluginChoiceNode => Inferred {
            branches: Fixed(chosen_branches(fields)),
            ..lists(Fixed(output("input")), Fixed(choice_outputs()))
        },
        ComponentKind::PluginConstantValuesNode => lists(none(), Free(constants(fields))),
        ComponentKind::PluginExtractNode => {
            let values = fields.value("output_values").and_then(Value::as_object);
            let titles = values.into_iter().flat_map(Map::keys);
            let outputs = titles.map(|title| Property::untyped(title)).collect();
            lists(text(), Fixed(outputs))
        }
        ComponentKind::PluginRegexNode => {
            let is_single = fields.flag("return_first_match_only");
            let all = json!({"title": "output", "items": {"title": "output_item", "type": "string"}, "type": "array"});
            let outputs = if is_single {
                output("output")
            } else {
                vec![Property::from_schema(all)]
            };
            lists(text(), Fixed(outputs))
        }
        ComponentKind::PluginTemplateNode => lists(
            Fixed(template_inputs(fields.text("template"))),
            Fixed(output("output")),
        ),
        ComponentKind::PluginInputMessageNode => lists(
            Fixed(template_inputs(fields.text("message_template"))),
            Free(output("user_provided_input")),
        ),
        ComponentKind::PluginOutputMessageNode => lists(
            Fixed(template_inputs(fields.text("message"))),
            if fields.flag("expose_message_as_output") {
                Free(output("output_message"))
            } else {
                none()
            },
        ),
        ComponentKind::PluginGetChatHistoryNode => {
            let mut inputs = fields.placeholders(&["output_template"]);
            inputs.retain(|input| input.title() != "chat_history");
            let is_text = fields
                .value("output_template")
                .is_some_and(Value::is_string);
            let (ty, description) = if is_text {
                (
                    "string",
                    "the chat history extracted from the messages list, formatted as a string",
                )
            } else {
                (
                    "array",
                    "the list of chat messages extracted from the messages list",
                )
            };
            let history = json!({"title": "chat_history", "description": description, "type": ty});
            lists(Fixed(inputs), Fixed(vec![Property::from_schema(history)]))
        }
        _ => return None,
    })
}

/// Returns the lists of a prompt, given as a text or as a template of several messages.
pub(super) fn prompt(fields: &Fields<'_>) -> Inferred {
    let object = fields.component("prompt_template_object");
    let inputs = object.map_or(&[][..], |object| object.inputs());
    let inputs = if inputs.is_empty() {
        fields.placeholders(&["prompt_template"])
    } else {
        inputs.to_vec()
    };
    let format = object
        .and_then(|object| object.field("response_format")?.as_value())
        .filter(|format| format.is_object());
    let output = format.map_or_else(
        || described("output", "the generated text"),
        |format| Property::from_schema(format.clone()),
    );
    lists(Fixed(inputs), Fixed(vec![output]))
}

/// Returns the lists of a prompt template: an input for each variable of its texts.
pub(in crate::spec::infer) fn prompt_template(fields: &Fields<'_>) -> Inferred {
    let messages = fields.value("messages").and_then(Value::as_array);
    let contents = messages
        .into_iter()
        .flatten()
        .filter_map(|message| message.get("contents")?.as_array())
        .flatten();
    let texts: Vec<&str> = contents
        .filter_map(|content| content.get("content")?.as_str())
        .collect();
    Inferred {
        inputs: Free(template_inputs(&texts.join("\n"))),
        outputs: none(),
        branches: none(),
    }
}

fn chosen_branches(fields: &Fields<'_>) -> Vec<String> {
    let choices = fields.value("next_branches").and_then(Value::as_array);
    let choices = choices.into_iter().flatten();
    let names = choices.filter_map(|choice| choice.as_array()?.first()?.as_str());
    sorted(names.chain([DEFAULT_BRANCH]).map(str::to_owned).collect())
}

fn choice_outputs() -> Vec<Property> {
    let explained = "the output from the LLM potentially containing an explanation as to why the selected choice has been chosen";
    vec![
        Property::from_schema(json!({
            "title": "selected_choice",
            "description": "the selected choice",
            "default": DEFAULT_BRANCH,
            "type": "string",
        })),
        described("llm_output", explained),
    ]
}

/// Makes an output for each constant, with the type of its value.
fn constants(fields: &Fields<'_>) -> Vec<Property> {
    let values = fields.value("constant_values").and_then(Value::as_object);
    let output = |(title, value): (&String, &Value)| {
        let ty = match value {
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_f64() => "number",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
        };
        let description = format!("constant value with name {title}");
        let schema = json!({"title": title, "description": description, "type": ty});
        Some(Property::from_schema(schema))
    };
    values.into_iter().flatten().filter_map(output).collect()
}
