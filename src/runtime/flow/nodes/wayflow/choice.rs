//! The `PluginChoiceNode`: lets a model choose the branch.

use serde_json::{Map, Value, json};

use crate::conversation::Values;
use crate::runtime::flow::nodes::NodeResult;
use crate::runtime::flow::nodes::llm;
use crate::runtime::{Halt, RunContext, jinja};
use crate::spec::infer::DEFAULT_BRANCH;
use crate::spec::language::PluginChoiceNode;

/// The default question to the model.
const QUESTION: &str = "\
Choose the one task that fits a request. The tasks:
{% for task in next_steps -%}
- {{ task.displayed_step_name }}: {{ task.description }}
{% endfor %}
The request:
{{ input }}

Answer with the name of the task, and nothing else.";

/// Executes the node. The choice is the name that occurs first in the answer; without one, the
/// branch is `default`.
pub(super) async fn run(
    node: &PluginChoiceNode,
    inputs: &Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let choices: Vec<Choice<'_>> = node.next_branches().iter().filter_map(Choice::of).collect();
    let mut values = inputs.clone();
    values.insert(
        "next_steps".to_owned(),
        choices.iter().map(Choice::described).collect(),
    );
    let template = match node.prompt_template() {
        "" => QUESTION,
        own => own,
    };
    let asked = jinja::render(template, &values)?;
    let bound = Map::from_iter([("max_tokens".to_owned(), json!(node.num_tokens()))]);
    let answer = llm::ask_once(node.llm_config(), asked, bound, &context.at("try", 0)).await?;
    let found = choices
        .iter()
        .filter_map(|choice| Some((answer.find(choice.name)?, choice)))
        .min_by_key(|(at, _)| *at);
    let (name, branch) = found.map_or((DEFAULT_BRANCH, DEFAULT_BRANCH), |(_, choice)| {
        (choice.name, choice.branch)
    });
    let outputs = [
        ("selected_choice".to_owned(), name.into()),
        ("llm_output".to_owned(), answer.into()),
    ];
    Ok(NodeResult {
        outputs: outputs.into_iter().collect(),
        branch: branch.to_owned(),
    })
}

struct Choice<'n> {
    branch: &'n str,
    meaning: &'n str,
    /// The name of the branch for the model.
    name: &'n str,
}

impl<'n> Choice<'n> {
    fn of(written: &'n Value) -> Option<Self> {
        let part = |index: usize| written.get(index).and_then(Value::as_str);
        let branch = part(0)?;
        Some(Self {
            branch,
            meaning: part(1).unwrap_or_default(),
            name: part(2).unwrap_or(branch),
        })
    }

    fn described(&self) -> Value {
        json!({
            "step_name": self.branch, "description": self.meaning, "displayed_step_name": self.name,
        })
    }
}
