//! Rules of WayFlow's plugins for their own types: AS707, except for rules that also apply to types
//! of the specification.
//!
//! Source: `wayflowcore` 26.3.1.

use serde_json::Value;

use super::known::knows_its_lists;
use super::subject::Subject;
use super::wording::{called, list};
use crate::base::hash::HashSet;
use crate::base::suggest::closest;
use crate::spec::component::FieldValue;
use crate::spec::diagnostic::Diagnostic;
use crate::spec::language::{
    ExtendedAgent, ExtendedLlmNode, ExtendedNode, PluginContextProvider, PluginPromptTemplate,
    PluginVariableNode, PluginWriteVariableNode,
};
use crate::spec::places::PathSegment;
use crate::spec::property::{Property, SchemaRule, check_schema};

/// AS707: a prompt is given either as text in the node or as a template object, but not both.
pub(super) fn prompt_is_given_once(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let node = subject.component;
    if !node.is::<ExtendedLlmNode>() || !node.is_complete() {
        return;
    }
    let has_text = subject
        .text("prompt_template")
        .is_some_and(|text| !text.is_empty());
    let has_object = node
        .field("prompt_template_object")
        .is_some_and(|object| object.as_component().is_some());
    if has_text == has_object {
        let place = subject.places.field_or_type("prompt_template_object");
        let message = format!(
            "{} needs one of `prompt_template` and `prompt_template_object`",
            called(node)
        );
        found.push(subject.error("AS707", place, message));
    }
}

/// AS707, a warning: an agent that may not ask the user has no initial message, because nobody
/// would receive it; such an agent can't be run.
pub(super) fn first_words_are_heard(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let Some(agent) = ExtendedAgent::of(subject.component) else {
        return;
    };
    let may_ask = agent.human_in_the_loop() && agent.caller_input_mode() != "never";
    if may_ask || agent.initial_message().is_none_or(|text| text == "N/A") {
        return;
    }
    let place = subject.places.field_or_type("initial_message");
    let message = format!(
        "{} has an `initial_message`, but may not talk to the user",
        called(subject.component)
    );
    let problem = subject.warning("AS707", place, message);
    found.push(problem.with_help("set `initial_message` to null, or let it ask"));
}

/// AS707: a template that does not use the model's native tool calls or structured output has a
/// parser for the answers.
pub(super) fn answers_are_parsed(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let template = subject.component;
    let has_parser = match template.field("output_parser") {
        None | Some(FieldValue::Value(Value::Null)) => false,
        Some(_) => true,
    };
    if has_parser || !template.is::<PluginPromptTemplate>() {
        return;
    }
    for field in ["native_tool_calling", "native_structured_generation"] {
        let is_native = template.field(field).and_then(FieldValue::as_value);
        if is_native == Some(&Value::Bool(false)) {
            let place = subject.places.field_or_type(field);
            let message = format!(
                "without `{field}`, {} needs an `output_parser`",
                called(template)
            );
            found.push(subject.error("AS707", place, message));
        }
    }
}

/// AS707: a context provider has no inputs.
pub(super) fn providers_take_nothing(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let provider = subject.component;
    if provider.is::<PluginContextProvider>() && !provider.inputs().is_empty() {
        let place = subject.places.field_or_type("inputs");
        let message = format!("{} provides context and takes no inputs", called(provider));
        found.push(subject.error("AS707", place, message));
    }
}

/// AS707: each written variable has an operation, and no other name has one; `insert` is only for
/// lists.
pub(super) fn variables_have_operations(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let field = |name| subject.component.field(name).and_then(FieldValue::as_value);
    if subject.component.is::<PluginWriteVariableNode>() {
        let inserts = subject.text("operation") == Some("insert");
        if let Some(variable) = field("variable").filter(|variable| inserts && !is_list(variable)) {
            let place = subject.places.field_or_type("operation");
            found.push(subject.error("AS707", place, only_lists(variable)));
        }
    }
    if !subject.component.is::<PluginVariableNode>() {
        return;
    }
    let written = field("write_variables").and_then(Value::as_array);
    let operations = field("write_operations").and_then(Value::as_object);
    let written = written.map_or(&[][..], Vec::as_slice);
    let titles: HashSet<&str> = written.iter().map(title).collect();
    for (index, variable) in written.iter().enumerate() {
        let path = [
            PathSegment::Key("write_variables"),
            PathSegment::Index(index),
        ];
        let place = || subject.places.nearest(&path);
        let operation = operations.and_then(|operations| operations.get(title(variable)));
        if operation.is_none() {
            let message = format!("`write_operations` has none for `{}`", title(variable));
            found.push(subject.error("AS707", place(), message));
        } else if operation == Some(&Value::from("insert")) && !is_list(variable) {
            found.push(subject.error("AS707", place(), only_lists(variable)));
        }
    }
    for name in operations.into_iter().flat_map(serde_json::Map::keys) {
        if !titles.contains(name.as_str()) {
            let path = [PathSegment::Key("write_operations"), PathSegment::Key(name)];
            let place = subject
                .places
                .key_at(&path)
                .unwrap_or_else(|| subject.places.field_or_type("write_operations"));
            let message = format!("no variable `{name}` is written");
            found.push(subject.error("AS707", place, message));
        }
    }
}

/// AS707: constants have types that an output can have.
pub(super) fn constants_are_plain(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let node = subject.component;
    let constants = node.field("constant_values").and_then(FieldValue::as_value);
    let Some(constants) = constants.and_then(Value::as_object) else {
        return;
    };
    let has_own = node.declared().outputs && !node.outputs().is_empty();
    for (name, value) in constants.iter().filter(|_| !has_own) {
        if value.is_null() || value.is_array() || value.is_object() {
            let path = [PathSegment::Key("constant_values"), PathSegment::Key(name)];
            let message =
                format!("`{name}` must be a boolean, a number or text, or declare `outputs`");
            found.push(subject.error("AS707", subject.places.nearest(&path), message));
        }
    }
}

/// AS707: the inputs that a map unpacks from its elements exist in its flow.
pub(super) fn unpacked_inputs_exist(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let field = |name| subject.component.field(name);
    let unpacked = field("unpack_input")
        .and_then(FieldValue::as_value)
        .and_then(Value::as_object);
    let flow = field("flow").and_then(FieldValue::as_component);
    let (Some(unpacked), Some(flow)) = (unpacked, flow.filter(|flow| knows_its_lists(flow))) else {
        return;
    };
    for name in unpacked.keys() {
        let titles = || flow.inputs().iter().map(Property::title);
        if titles().all(|title| title != name) {
            let path = [PathSegment::Key("unpack_input"), PathSegment::Key(name)];
            let place = subject
                .places
                .key_at(&path)
                .unwrap_or_else(|| subject.places.field_or_type("unpack_input"));
            let message = format!(
                "the flow {} has no input `{name}`; it has {}",
                called(flow),
                list(titles())
            );
            let problem = subject.error("AS707", place, message);
            found.push(match closest(name, titles()) {
                Some(meant) => problem.with_help(format!("did you mean `{meant}`?")),
                None => problem,
            });
        }
    }
}

/// AS302: the names that fields give to inputs and outputs have no forbidden characters.
pub(super) fn names_are_titles(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let node = subject.component;
    if !node.is::<ExtendedNode>() {
        return;
    }
    let declared = node.declared();
    let inferred = [
        (!declared.inputs).then(|| node.inputs()),
        (!declared.outputs).then(|| node.outputs()),
    ];
    for property in inferred.into_iter().flatten().flatten() {
        let problems = check_schema(property.schema()).into_iter();
        for problem in problems.filter(|it| it.rule == SchemaRule::Title && it.path == ["title"]) {
            let names_it = |(_, value): &(&str, &FieldValue)| {
                value
                    .as_value()
                    .is_some_and(|value| names(value, property.title()))
            };
            let field = node.fields().find(names_it).map(|(field, _)| field);
            let place = subject.places.field_or_type(field.unwrap_or_default());
            let mut diagnostic = subject.error("AS302", place, problem.message);
            diagnostic.help = problem.help;
            found.push(diagnostic);
        }
    }
}

/// Returns whether a value is a name, or an object that has the name as a key or value.
fn names(value: &Value, name: &str) -> bool {
    match value {
        Value::Object(entries) => {
            let is_name = |(key, value): (&String, &Value)| key == name || names(value, name);
            entries.iter().any(is_name)
        }
        value => value == name,
    }
}

fn title(variable: &Value) -> &str {
    let title = variable.get("title").and_then(Value::as_str);
    title.unwrap_or("property")
}

fn is_list(variable: &Value) -> bool {
    variable.get("type") == Some(&Value::from("array"))
}

fn only_lists(variable: &Value) -> String {
    format!(
        "only lists can be inserted into, and `{}` is none",
        title(variable)
    )
}
