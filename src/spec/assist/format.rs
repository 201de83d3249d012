//! Formatting: a document in its canonical form.

use crate::spec::diagnostic::Diagnostic;
use crate::spec::export::{ExportError, ExportOptions, Loss, THE_ID, export, losses};
use crate::spec::load::{LoadOptions, load};
use crate::spec::syntax::{Format, LineState, TokenKind, line_tokens};

/// A reason why a text has no canonical form: something would be lost, or there is nothing to
/// write.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// The text does not load.
    #[error("{place}: {message}", place = position(.0), message = .0.message)]
    Broken(Box<Diagnostic>),
    /// The text has no component, or more than one outermost component.
    #[error("only a document of one component has a canonical form")]
    NoComponent,
    /// The text has comments, which the canonical form has no room for.
    #[error("line {line} has a comment, which the canonical form has no room for")]
    Comment {
        /// The line of the first one, from 1.
        line: usize,
    },
    /// A part of the text has no meaning and would not be written.
    #[error("{place}: {message}, and this would be lost", place = position(.0), message = .0.message)]
    Meaningless(Box<Diagnostic>),
    /// Parts of the document are in other files, and would be copied into it.
    #[error("`{id}` is defined in another file, and would be copied into this one")]
    Supplied {
        /// The id of one such part.
        id: String,
    },
    /// A component without an id is referred to, and would get a generated id.
    #[error("{name} is referred to but has no `id`, and would get a random one: write one first")]
    NoId {
        /// The name of the component.
        name: String,
    },
    /// The component can't be written.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The written text would have another meaning.
    #[error("the canonical form would not say the same: {0}")]
    Lossy(Box<Loss>),
}

fn position(problem: &Diagnostic) -> String {
    format!("{}:{}", problem.place.line, problem.place.column)
}

/// Returns the canonical form of a document at its declared version, with secrets in clear text:
/// the text that an export writes. Loading it gives the same component.
///
/// # Errors
/// [`FormatError`], if anything would be lost.
pub fn format(text: &str, options: &LoadOptions) -> Result<String, FormatError> {
    let loaded = load(text, options);
    let mut problems = loaded.diagnostics.iter();
    if let Some(problem) = problems.find(|problem| problem.is_error()) {
        return Err(FormatError::Broken(Box::new(problem.clone())));
    }
    let component = loaded.component.as_ref().ok_or(FormatError::NoComponent)?;
    let format = options.format.unwrap_or_else(|| Format::guess(text));
    if format == Format::Yaml
        && let Some(line) = first_comment(text)
    {
        return Err(FormatError::Comment { line });
    }
    // Keys that mean nothing, and definitions that nobody uses, are not part of what was loaded.
    let mut problems = loaded.diagnostics.iter();
    let is_meaningless = |problem: &&Diagnostic| {
        ["AS006", "AS012", "AS107", "AS108", "AS205"].contains(&problem.code.0)
    };
    if let Some(problem) = problems.find(is_meaningless) {
        return Err(FormatError::Meaningless(Box::new(problem.clone())));
    }
    let parts = component.walk();
    if let Some(part) = parts.iter().find(|part| part.origin.source != 0) {
        let id = part.id().to_owned();
        return Err(FormatError::Supplied { id });
    }
    let export_options = ExportOptions {
        version: Some(component.document_version()),
        include_sensitive: true,
        unwritten_ids: parts
            .iter()
            .filter(|part| loaded.places().of(part).field("id").is_none())
            .map(|part| part.id().to_owned())
            .collect(),
        ..ExportOptions::new(format)
    };
    let written = export(component, &export_options)?;
    let made_up = &export_options.unwritten_ids;
    let mut named = parts.iter().filter(|part| made_up.contains(part.id()));
    if let Some(part) = named.find(|part| written.text.contains(part.id())) {
        let name = format!("`{}`", part.name());
        return Err(FormatError::NoId { name });
    }
    // What is without an id has another one each time it is read.
    let is_made_up = |loss: &Loss| matches!(loss, Loss::Changed { id, what } if what == THE_ID && made_up.contains(id));
    let mut losses = losses(component, &written, format).into_iter();
    if let Some(loss) = losses.find(|loss| !is_made_up(loss)) {
        return Err(FormatError::Lossy(Box::new(loss)));
    }
    Ok(written.text)
}

/// Returns the line of the first comment of a YAML text, counted from 1.
fn first_comment(text: &str) -> Option<usize> {
    let mut state = LineState::default();
    for (at, line) in text.lines().enumerate() {
        let (tokens, next) = line_tokens(line, Format::Yaml, state);
        if tokens.iter().any(|token| token.kind == TokenKind::Comment) {
            return Some(at + 1);
        }
        state = next;
    }
    None
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const AGENT: &str = "name: weather\ncomponent_type: Agent\nid: a\nagentspec_version: \"26.1.2\"\nsystem_prompt: |-\n  # no comment\n  You tell the weather.\nllm_config: {id: m, component_type: OllamaConfig, name: m, url: \"http://h\", model_id: x}\n";

    #[track_caller]
    fn refused(text: &str) -> String {
        format(text, &LoadOptions::default())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_document_is_put_in_the_order_of_the_table_and_says_the_same() {
        let formatted = format(AGENT, &LoadOptions::default()).unwrap();
        assert!(
            formatted.starts_with("component_type: Agent\n"),
            "{formatted}"
        );
        assert!(formatted.contains("# no comment"), "{formatted}");
        assert!(
            formatted.contains("26.1.2"),
            "the version stays: {formatted}"
        );
        let component = |text: &str| load(text, &LoadOptions::default()).component.unwrap();
        assert_eq!(component(&formatted), component(AGENT));
        assert_eq!(
            format(&formatted, &LoadOptions::default()),
            Ok(formatted.clone())
        );
    }

    #[test]
    fn secrets_stay_where_they_are() {
        let text = "component_type: OpenAiConfig\nagentspec_version: 26.3.1\nid: m\nname: m\nmodel_id: x\napi_key: sk-1\n";
        let formatted = format(text, &LoadOptions::default()).unwrap();
        assert!(formatted.contains("api_key: sk-1"), "{formatted}");
    }

    #[test]
    fn ids_that_are_not_there_are_not_made_up() {
        let bare = AGENT.replace("id: a\n", "").replace("id: m, ", "");
        let formatted = format(&bare, &LoadOptions::default()).unwrap();
        let ids = formatted
            .lines()
            .filter(|line| line.trim_start().starts_with("id:"));
        assert_eq!(ids.count(), 0, "{formatted}");
        assert_eq!(
            format(&formatted, &LoadOptions::default()),
            Ok(formatted.clone())
        );
        let json = "{\"component_type\": \"ServerTool\", \"name\": \"t\", \"agentspec_version\": \"26.3.1\"}";
        let formatted = format(json, &LoadOptions::default()).unwrap();
        assert!(!formatted.contains("\"id\""), "{formatted}");
        // A reference needs an id to go by.
        let shared = "component_type: Swarm\nagentspec_version: 26.3.1\nname: s\nfirst_agent: &a {component_type: Agent, name: a, system_prompt: s, llm_config: {component_type: LlmConfig, name: m, model_id: m}}\nrelationships: [[*a, {component_type: Agent, name: b, system_prompt: s, llm_config: {component_type: LlmConfig, name: n, model_id: m}}]]\n";
        assert_eq!(
            refused(shared),
            "`a` is referred to but has no `id`, and would get a random one: write one first"
        );
    }

    #[test]
    fn what_would_be_lost_is_named_and_nothing_is_written() {
        assert_eq!(
            refused(&AGENT.replace("id: a\n", "id: a # why\n")),
            "line 3 has a comment, which the canonical form has no room for"
        );
        assert!(
            refused(&AGENT.replace("id: a\n", "id: a\ncolour: red\n"))
                .contains("has no field `colour`")
        );
        assert!(
            refused(&AGENT.replace("system_prompt", "prompt")).contains("needs `system_prompt`")
        );
        assert!(refused("a: [").starts_with("1:"));
    }
}
