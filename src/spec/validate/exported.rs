//! Rules for known changes by the exporters of other tools.

use serde_json::Value;

use super::subject::Subject;
use super::wording::called;
use crate::spec::component::FieldValue;
use crate::spec::diagnostic::Diagnostic;
use crate::spec::language::{Agent, ServerTool};

/// AS308: inputs of tools have the names of the function's parameters. pyagentspec's exporter for
/// `AutoGen` agents writes the titles that Pydantic generates, such as `City` for `city`.
///
/// Source: pyagentspec 26.3.1, `adapters/autogen`. The exporter also adds a sentence with an input
/// of the agent's name to the prompt, by which its files are recognized.
pub(super) fn autogen_titles(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let prompt = subject.component.field("system_prompt");
    let prompt = prompt
        .and_then(FieldValue::as_value)
        .and_then(Value::as_str);
    let name = subject.component.name();
    let sentence = format!("This is the user input: {{{{{name}_input}}}}");
    let is_exported = prompt.is_some_and(|prompt| prompt.contains(&sentence));
    if !subject.component.is::<Agent>() || !is_exported {
        return;
    }
    let tools = subject
        .component
        .field("tools")
        .and_then(FieldValue::as_list);
    for tool in tools
        .into_iter()
        .flatten()
        .filter_map(FieldValue::as_component)
    {
        let inputs = tool.inputs();
        if !tool.is::<ServerTool>() || !inputs.iter().all(|input| is_title(input.title())) {
            continue;
        }
        for input in inputs {
            let title = input.title();
            let message = format!(
                "input `{title}` of {} has the title that AutoGen makes of a parameter; a function that takes `{}` can't be called so",
                called(tool),
                title.to_lowercase(),
            );
            let subject = subject.other(tool);
            let problem = subject.warning("AS308", subject.input_place(title), message);
            found.push(problem.with_help("write the name of the parameter as the function has it"));
        }
    }
}

/// Returns whether a name looks like a title that Pydantic generates for a parameter of one word.
fn is_title(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(char::is_uppercase) && !letters.any(char::is_uppercase)
}
