//! The tools that an agent's model is offered: its own, and those of the runtime.

use std::sync::Arc;

use crate::llm::{ToolChoice, ToolDeclaration};
use crate::runtime::agent::Ending;
use crate::spec::Component;
use crate::spec::language::Agent;
use crate::spec::property::{Property, parameters_schema};

/// What a model may call.
pub(super) struct Offer {
    /// The agent's tools, in its order; a name that comes twice stands for the first.
    tools: Vec<Arc<Component>>,
    /// The name under which the runtime's tool for the outputs is offered.
    submit: Option<String>,
    /// The name under which the runtime's tool for talking to the user is offered.
    talk: Option<String>,
    /// What `submit` takes.
    outputs: Vec<Property>,
    may_ask: bool,
}

/// What a name that a model called stands for.
pub(super) enum Offered<'o> {
    /// A tool of the agent.
    Tool(&'o Arc<Component>),
    /// The outputs are handed in.
    Submit,
    /// The user is told something.
    Talk,
    /// Nothing of that name was offered.
    Unknown,
}

impl Offer {
    pub(super) fn of(agent: &Agent, ending: Ending) -> Self {
        let tools: Vec<Arc<Component>> = agent.tools().into_iter().cloned().collect();
        let free_name = |wanted: &str| {
            let mut name = wanted.to_owned();
            while tools.iter().any(|tool| tool.name() == name) {
                name.insert(0, '_');
            }
            name
        };
        let may_ask = agent.human_in_the_loop();
        Self {
            submit: (ending == Ending::Submit).then(|| free_name("submit_result")),
            talk: (may_ask && !tools.is_empty()).then(|| free_name("talk_to_user")),
            outputs: agent.outputs().to_vec(),
            may_ask,
            tools,
        }
    }

    /// What a model calls by that name.
    pub(super) fn find(&self, name: &str) -> Offered<'_> {
        if let Some(tool) = self.tools.iter().find(|tool| tool.name() == name) {
            Offered::Tool(tool)
        } else if self.submit.as_deref() == Some(name) {
            Offered::Submit
        } else if self.talk.as_deref() == Some(name) {
            Offered::Talk
        } else {
            Offered::Unknown
        }
    }

    /// The tools as the model is offered them. On the last call that it may make, the agent's own are left out: their
    /// results could not be used any more.
    pub(super) fn declarations(&self, is_last: bool) -> Vec<ToolDeclaration> {
        let mut declared: Vec<ToolDeclaration> = Vec::new();
        if !is_last {
            for tool in &self.tools {
                if declared.iter().all(|earlier| earlier.name != tool.name()) {
                    declared.push(ToolDeclaration {
                        name: tool.name().to_owned(),
                        description: tool.description().unwrap_or_default().to_owned(),
                        parameters: parameters_schema(tool.inputs()),
                    });
                }
            }
        }
        declared.extend(self.talk.as_ref().map(|name| ToolDeclaration {
            name: name.clone(),
            description: "Say something to the user and wait for the answer.".to_owned(),
            parameters: parameters_schema(&talk_parameters()),
        }));
        declared.extend(self.submit.as_ref().map(|name| ToolDeclaration {
            name: name.clone(),
            description: self.submit_description().to_owned(),
            parameters: parameters_schema(&self.outputs),
        }));
        declared
    }

    /// On the last call the outputs are due.
    pub(super) fn choice(&self, is_last: bool) -> ToolChoice {
        match &self.submit {
            Some(name) if is_last => ToolChoice::Tool(name.clone()),
            _ => ToolChoice::Auto,
        }
    }

    fn submit_description(&self) -> &'static str {
        if self.may_ask {
            "Hand in the results when the work is done. If a fact is missing, ask the user for it first."
        } else {
            "Hand in the results when the work is done. There is nobody to ask: work with what you have."
        }
    }

    /// What a model is told that wrote text where nobody reads it.
    pub(super) fn submit_reminder(&self) -> String {
        let name = self.submit.as_deref().unwrap_or_default();
        format!(
            "Nobody reads your messages. Go on with the work, and when it is done call `{name}` with the results."
        )
    }

    /// What a model is told that called something unknown.
    pub(super) fn unknown(&self, name: &str) -> String {
        let names: Vec<String> = self
            .declarations(false)
            .into_iter()
            .map(|tool| format!("`{}`", tool.name))
            .collect();
        match names.as_slice() {
            [] => format!("There is no tool `{name}`, and no other one either."),
            [only] => format!("There is no tool `{name}`. The only tool is {only}."),
            _ => format!(
                "There is no tool `{name}`. The {} tools are {}.",
                names.len(),
                names.join(", ")
            ),
        }
    }
}

/// What talking to the user takes.
pub(super) fn talk_parameters() -> [Property; 1] {
    [Property::string("text")]
}
