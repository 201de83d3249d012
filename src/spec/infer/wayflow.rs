//! What the plugin types of WayFlow take and give, and by which branches control leaves their nodes.
//!
//! Source: WayFlow 26.3.1. Every list is worked out under the names that a node has of itself, then given the names of
//! its mappings.

use serde_json::{Map, Value, json};

use super::ListRule::{self, Fixed, Free};
use super::fields::Fields;
use super::flows::{end_branches, merged, sorted};
use super::nodes::{described, next};
use super::{DEFAULT_BRANCH, Inferred, NEXT_BRANCH, none};
use crate::spec::placeholder::jinja;
use crate::spec::property::Property;

/// The branch of a `PluginCatchExceptionNode` for exceptions that are not named.
const OTHER_EXCEPTION_BRANCH: &str = "default_exception_branch";
/// The branch of a `PluginRetryNode` whose flow never succeeded.
const FAILURE_BRANCH: &str = "failure";

/// The lists of a node of a type.
pub(super) fn node(ty: &str, fields: &Fields<'_>) -> Option<Inferred> {
    let unmapped = match ty {
        "PluginConstantContextProvider"
        | "PluginFlowContextProvider"
        | "PluginToolContextProvider" => lists(none(), Free(Vec::new())),
        "PluginDatastoreCreateNode"
        | "PluginDatastoreDeleteNode"
        | "PluginDatastoreListNode"
        | "PluginDatastoreUpdateNode"
        | "PluginDatastoreQueryNode" => rows(ty, fields),
        "PluginReadVariableNode" | "PluginWriteVariableNode" | "PluginVariableNode" => {
            variables(ty, fields)
        }
        "PluginCatchExceptionNode"
        | "PluginRetryNode"
        | "ExtendedMapNode"
        | "ExtendedParallelMapNode"
        | "ExtendedParallelFlowNode" => around_flows(ty, fields),
        "ExtendedLlmNode" => prompt(fields),
        "ExtendedToolNode" => lists(fields.inputs_of("tool"), fields.outputs_of("tool")),
        "ExtendedAgentNode" => Inferred {
            branches: Free(vec![NEXT_BRANCH.to_owned()]),
            ..lists(
                fields.inputs_of("agent"),
                Free(fields.outputs_of("agent").into_list()),
            )
        },
        _ => value(ty, fields)?,
    };
    Some(Inferred {
        inputs: renamed(unmapped.inputs, fields, "input_mapping"),
        outputs: renamed(unmapped.outputs, fields, "output_mapping"),
        branches: unmapped.branches,
    })
}

/// The inputs of a prompt of several messages: the variables of its texts.
pub(super) fn prompt_template(fields: &Fields<'_>) -> Inferred {
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

/// Lists of a node that control leaves by `next`.
fn lists(inputs: ListRule<Property>, outputs: ListRule<Property>) -> Inferred {
    Inferred {
        inputs,
        outputs,
        branches: next(),
    }
}

/// Nodes that make one value of another.
fn value(ty: &str, fields: &Fields<'_>) -> Option<Inferred> {
    let text = || Fixed(vec![Property::string("text")]);
    let output = |title| vec![Property::string(title)];
    Some(match ty {
        "PluginChoiceNode" => Inferred {
            branches: Fixed(chosen_branches(fields)),
            ..lists(Fixed(output("input")), Fixed(choice_outputs()))
        },
        "PluginConstantValuesNode" => lists(none(), Free(constants(fields))),
        "PluginExtractNode" => {
            let values = fields.value("output_values").and_then(Value::as_object);
            let titles = values.into_iter().flat_map(Map::keys);
            let outputs = titles.map(|title| Property::untyped(title)).collect();
            lists(text(), Fixed(outputs))
        }
        "PluginRegexNode" => {
            let is_single = fields.flag("return_first_match_only");
            let all = json!({"title": "output", "items": {"title": "output_item", "type": "string"}, "type": "array"});
            let outputs = if is_single {
                output("output")
            } else {
                vec![Property::from_schema(all)]
            };
            lists(text(), Fixed(outputs))
        }
        "PluginTemplateNode" => lists(
            Fixed(template_inputs(fields.text("template"))),
            Fixed(output("output")),
        ),
        "PluginInputMessageNode" => lists(
            Fixed(template_inputs(fields.text("message_template"))),
            Free(output("user_provided_input")),
        ),
        "PluginOutputMessageNode" => lists(
            Fixed(template_inputs(fields.text("message"))),
            if fields.flag("expose_message_as_output") {
                Free(output("output_message"))
            } else {
                none()
            },
        ),
        "PluginGetChatHistoryNode" => {
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

/// A prompt by a text or by an object of several messages.
fn prompt(fields: &Fields<'_>) -> Inferred {
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

/// Nodes that read or write datastores.
fn rows(ty: &str, fields: &Fields<'_>) -> Inferred {
    let mut inputs = described_inputs(fields.text("collection_name"));
    let conditions = fields.value("where").and_then(Value::as_object);
    for (column, value) in conditions.into_iter().flatten() {
        inputs.extend(described_inputs(column));
        inputs.extend(described_inputs(value.as_str().unwrap_or_default()));
    }
    let row = |field| vec![titled(row_schema(), fields.text(field))];
    let all = |field| {
        let schema = json!({"type": "array", "items": row_schema()});
        vec![titled(schema, fields.text(field))]
    };
    let outputs = match ty {
        "PluginDatastoreCreateNode" => {
            inputs.extend(row("ENTITY"));
            Fixed(row("CREATED_ENTITY"))
        }
        "PluginDatastoreListNode" if fields.flag("unpack_single_entity_from_list") => {
            Fixed(row("ENTITIES"))
        }
        "PluginDatastoreListNode" => Fixed(all("ENTITIES")),
        "PluginDatastoreUpdateNode" => {
            inputs.extend(row("UPDATE"));
            Fixed(all("ENTITIES"))
        }
        "PluginDatastoreQueryNode" => {
            inputs.push(titled(row_schema(), "bind_variables"));
            Fixed(all("RESULT"))
        }
        _ => Free(Vec::new()),
    };
    lists(Fixed(inputs), outputs)
}

/// Nodes that read or write the variables of a flow.
fn variables(ty: &str, fields: &Fields<'_>) -> Inferred {
    let operations = fields.value("write_operations").and_then(Value::as_object);
    let written = |variable: &Value, title: &str, operation: Option<&str>| {
        let schema = match (operation, variable.get("items")) {
            (Some("insert"), Some(items)) => element(variable, items),
            _ => variable.clone(),
        };
        titled(schema, title)
    };
    let list = |field| {
        let schemas = fields.value(field).and_then(Value::as_array);
        schemas.into_iter().flatten()
    };
    let title = |schema: &Value| {
        let title = schema.get("title").and_then(Value::as_str);
        title.unwrap_or_default().to_owned()
    };
    match (ty, fields.value("variable")) {
        ("PluginReadVariableNode", Some(variable)) => {
            lists(none(), Fixed(vec![titled(variable.clone(), "value")]))
        }
        ("PluginWriteVariableNode", Some(variable)) => {
            let operation = fields.value("operation").and_then(Value::as_str);
            lists(Fixed(vec![written(variable, "value", operation)]), none())
        }
        _ => {
            let inputs = list("write_variables").map(|variable| {
                let title = title(variable);
                let operation = operations.and_then(|all| all.get(&title)?.as_str());
                written(variable, &title, operation)
            });
            let outputs = list("read_variables").cloned().map(Property::from_schema);
            lists(Fixed(inputs.collect()), Fixed(outputs.collect()))
        }
    }
}

/// Nodes that run flows.
fn around_flows(ty: &str, fields: &Fields<'_>) -> Inferred {
    let flow = fields.component("flow");
    let inputs = flow.map_or(&[][..], |flow| flow.inputs()).to_vec();
    let mut outputs = flow.map_or(&[][..], |flow| flow.outputs()).to_vec();
    match ty {
        "PluginCatchExceptionNode" => {
            for title in ["exception_name", "exception_payload_name"] {
                let told = json!({"title": title, "type": "string", "default": ""});
                outputs.push(Property::from_schema(told));
            }
            let mut branches = own_ends(fields);
            let named = fields.value("except_on").and_then(Value::as_object);
            let named = named
                .into_iter()
                .flat_map(Map::values)
                .filter_map(Value::as_str);
            branches.extend(named.map(str::to_owned));
            if fields.flag("catch_all_exceptions") {
                branches.push(OTHER_EXCEPTION_BRANCH.to_owned());
            }
            Inferred {
                branches: Fixed(sorted(branches)),
                ..lists(Fixed(inputs), Fixed(outputs))
            }
        }
        "PluginRetryNode" => {
            outputs.retain(|output| output.title() != fields.text("success_condition"));
            outputs.extend([
                Property::from_schema(json!({
                    "title": "retry_step_num_retries",
                    "description": "Number of retries the retry step took to succeed or exit",
                    "type": "integer",
                })),
                Property::from_schema(json!({
                    "title": "retry_step_success",
                    "description": "Whether the retry step succeeded in the end or not",
                    "type": "boolean",
                })),
            ]);
            let mut branches = own_ends(fields);
            branches.push(FAILURE_BRANCH.to_owned());
            Inferred {
                branches: Fixed(sorted(branches)),
                ..lists(Fixed(inputs), Fixed(outputs))
            }
        }
        "ExtendedParallelFlowNode" => {
            let outputs = fields.components("flows").flat_map(|flow| flow.outputs());
            lists(
                Fixed(merged(fields.components("flows"))),
                Fixed(outputs.cloned().collect()),
            )
        }
        _ => lists(Fixed(unpacked(&inputs, fields)), Free(Vec::new())),
    }
}

/// The inputs of a map: those of its flow that stay the same, then the list that is gone through.
fn unpacked(inputs: &[Property], fields: &Fields<'_>) -> Vec<Property> {
    let unpacked = fields.value("unpack_input").and_then(Value::as_object);
    let Some((first, unpacked)) = unpacked.and_then(|map| Some((map.keys().next()?, map))) else {
        return Vec::new();
    };
    let element = inputs.iter().find(|input| input.title() == first);
    let list = json!({
        "title": "iterated_input",
        "description": "iterated input for the map step",
        "items": element.map_or(&Value::Null, |element| element.schema()),
        "type": "array",
    });
    let same = inputs
        .iter()
        .filter(|input| !unpacked.contains_key(input.title()));
    same.cloned().chain([Property::from_schema(list)]).collect()
}

/// The branches by which the inner flow can end; `next` if it says none.
fn own_ends(fields: &Fields<'_>) -> Vec<String> {
    let ends = end_branches(fields.component("flow").map(AsRef::as_ref));
    if ends.is_empty() {
        vec![NEXT_BRANCH.to_owned()]
    } else {
        ends
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

/// One output for each constant, of the type of its value.
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

/// One input for each variable of a Jinja template, texts before those whose type is open.
fn template_inputs(template: &str) -> Vec<Property> {
    let (texts, others): (Vec<_>, Vec<_>) = jinja::variables(template)
        .into_iter()
        .partition(|variable| variable.is_text);
    let input = |variable: &jinja::Variable| {
        let mut schema = Map::from_iter([("title".to_owned(), json!(variable.name))]);
        if variable.is_text {
            schema.insert("type".to_owned(), json!("string"));
        }
        if variable.is_optional {
            schema.insert("default".to_owned(), json!(""));
        }
        Property::from_schema(Value::Object(schema))
    };
    texts.iter().chain(&others).map(input).collect()
}

/// The same, each with a description.
fn described_inputs(template: &str) -> Vec<Property> {
    let described = |input: Property| {
        let description = format!("\"{}\" input variable for the template", input.title());
        let mut schema = Map::from_iter([("description".to_owned(), json!(description))]);
        schema.extend(input.into_schema().as_object().cloned().unwrap_or_default());
        Property::from_schema(Value::Object(schema))
    };
    template_inputs(template)
        .into_iter()
        .map(described)
        .collect()
}

/// The schema of a row of any collection.
fn row_schema() -> Value {
    json!({"type": "object", "additionalProperties": {}, "key_type": {"type": "string"}})
}

/// The schema of an element of a list variable.
fn element(variable: &Value, items: &Value) -> Value {
    let of = variable
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or("None");
    let description = format!("{of} (single element)");
    let mut schema = items.clone();
    if let Some(schema) = schema.as_object_mut() {
        schema
            .entry("description")
            .or_insert_with(|| json!(description));
    }
    schema
}

/// A schema under another title.
fn titled(schema: Value, title: &str) -> Property {
    let mut schema = schema;
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("title".to_owned(), json!(title));
    }
    Property::from_schema(schema)
}

/// A list under the names that a mapping gives.
fn renamed(list: ListRule<Property>, fields: &Fields<'_>, mapping: &str) -> ListRule<Property> {
    let Some(names) = fields.value(mapping).and_then(Value::as_object) else {
        return list;
    };
    let rename = |property: Property| match names.get(property.title()).and_then(Value::as_str) {
        Some(name) => titled(property.schema().clone(), name),
        None => property,
    };
    let rename_all = |list: Vec<Property>| list.into_iter().map(rename).collect();
    match list {
        Fixed(list) => Fixed(rename_all(list)),
        Free(list) => Free(rename_all(list)),
    }
}
