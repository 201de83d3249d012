//! One spec, what is said to it, and what its model and its tools answer.

use serde_json::{Map, Value, json};

use super::super::parts::llm;
use super::super::server::{Answer, Rule};

/// A spec and how it is run.
pub(super) struct Case {
    pub(super) name: String,
    spec: Value,
    pub(super) inputs: Value,
    /// What people say, in order.
    pub(super) messages: Vec<&'static str>,
    /// Whether the first of that starts the conversation.
    pub(super) starts: bool,
    pub(super) answers: Vec<Rule>,
    /// What WayFlow's model answers, where WayFlow asks it something else.
    theirs: Option<Vec<Rule>>,
    tools: Map<String, Value>,
    /// Whether the order of what happens is not fixed.
    pub(super) is_parallel: bool,
    /// A part of the error that both fail with.
    pub(super) fails: Option<&'static str>,
    /// Where the two come to something else.
    pub(super) differs: Option<Differs>,
}

/// A case that comes to something else in WayFlow on purpose.
pub(super) struct Differs {
    /// The beginning of the row that says it in `docs/differences.md`.
    pub(super) row: &'static str,
    /// What it comes to here: `{"outputs": …}`, or `{"error": …}` with a part of the error.
    pub(super) ours: Value,
    /// What it comes to in WayFlow.
    pub(super) theirs: Value,
}

impl Case {
    pub(super) fn of(name: impl Into<String>, spec: Value) -> Self {
        Self {
            name: name.into(),
            spec,
            inputs: json!({}),
            messages: Vec::new(),
            starts: false,
            answers: Vec::new(),
            theirs: None,
            tools: Map::new(),
            is_parallel: false,
            fails: None,
            differs: None,
        }
    }

    /// The same with another spec.
    pub(super) fn spec(self, spec: Value) -> Self {
        Self { spec, ..self }
    }

    pub(super) fn inputs(self, inputs: Value) -> Self {
        Self { inputs, ..self }
    }

    /// What people say to those who ask.
    pub(super) fn replies(self, messages: &[&'static str]) -> Self {
        let messages = messages.to_vec();
        Self { messages, ..self }
    }

    /// What people say, of which the first starts the conversation.
    pub(super) fn says(self, messages: &[&'static str]) -> Self {
        Self {
            starts: true,
            ..self.replies(messages)
        }
    }

    /// What the model answers, one after the other.
    pub(super) fn model(self, answers: &[Answer]) -> Self {
        let rules: Vec<Rule> = answers.iter().map(|answer| ("", answer.clone())).collect();
        self.rules(&rules)
    }

    /// What the model answers to requests whose last message has a text in it.
    pub(super) fn rules(self, rules: &[Rule]) -> Self {
        let answers = rules.to_vec();
        Self { answers, ..self }
    }

    /// What WayFlow's model answers in place of that.
    pub(super) fn theirs(self, answers: &[Answer]) -> Self {
        let theirs = answers.iter().map(|answer| ("", answer.clone())).collect();
        Self {
            theirs: Some(theirs),
            ..self
        }
    }

    /// What a tool gives; `{"raises": text}` makes it fail.
    pub(super) fn tool(mut self, name: &str, result: Value) -> Self {
        self.tools.insert(name.to_owned(), result);
        self
    }

    pub(super) fn parallel(self) -> Self {
        Self {
            is_parallel: true,
            ..self
        }
    }

    /// Both fail with an error that has this in it.
    pub(super) fn fails(self, part: &'static str) -> Self {
        Self {
            fails: Some(part),
            ..self
        }
    }

    pub(super) fn differs(self, row: &'static str, ours: Value, theirs: Value) -> Self {
        Self {
            differs: Some(Differs { row, ours, theirs }),
            ..self
        }
    }

    pub(super) fn their_answers(&self) -> Vec<Rule> {
        self.theirs.as_ref().unwrap_or(&self.answers).clone()
    }

    pub(super) fn tools(&self) -> &Map<String, Value> {
        &self.tools
    }

    /// The spec, with its model at an address.
    pub(super) fn document(&self, url: &str) -> Value {
        let mut document = self.spec.clone();
        document["agentspec_version"] = json!("26.1.2");
        let reference = json!({"$component_ref": "llm"}).to_string();
        if document.to_string().contains(&reference) {
            document["$referenced_components"]["llm"] = llm("llm", url, &json!({}));
        }
        document
    }
}
