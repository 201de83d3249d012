//! An agent as its loop reads it, whichever type it is written as.
//!
//! | type | what it adds |
//! |---|---|
//! | `Agent` | instructions, tools, outputs |
//! | `ExtendedAgent` | sub-agents, flows, context, limits and manners of its own (WayFlow's plugin) |
//! | `SpecializedAgent` | further instructions and tools for one of these |

use std::sync::Arc;

use super::seat::Seat;
use super::template::Template;
use crate::runtime::runnable::{not_yet, viewed};
use crate::spec::Component;
use crate::spec::language::{
    Agent, AgentSpecializationParameters, AgenticExecution, Execution, ExtendedAgent,
    SpecializedAgent,
};
use crate::spec::property::Property;
use crate::trace::{Failure, FailureKind};

/// The value that WayFlow writes for an initial message that was not set.
const NOT_SET: &str = "N/A";

/// The first message of WayFlow's agents if nothing else is set.
pub(in crate::runtime) const GREETING: &str = "Hi! How can I help you?";

/// An agent, ready to be executed.
#[derive(Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a field of the language, and any combination of them is a setup"
)]
pub(in crate::runtime) struct Setup {
    /// The component that the spans and outputs belong to.
    component: Arc<Component>,
    /// The outputs that the agent must come to.
    outputs: Vec<Property>,
    pub(super) llm_config: Arc<Component>,
    /// The instructions before the conversation; `{{name}}` takes an input or a value of a context
    /// provider.
    pub(super) instructions: String,
    pub(super) tools: Vec<Arc<Component>>,
    pub(super) toolboxes: Vec<Arc<Component>>,
    pub(super) agents: Vec<Arc<Component>>,
    pub(super) flows: Vec<Arc<Component>>,
    /// Whether it may turn to a person before its work is done.
    pub(super) may_ask: bool,
    /// The transforms that rewrite the conversation before the model sees it, in this order.
    pub(super) transforms: Vec<Arc<Component>>,
    pub(super) context_providers: Vec<Arc<Component>>,
    /// Model calls for one message; none leaves that to the run's limits.
    pub(super) max_iterations: Option<usize>,
    /// The message of the agent where nobody has said anything yet.
    pub(super) initial_message: Option<String>,
    pub(super) can_finish: bool,
    /// Whether a failure in its tools, flows and sub-agents ends the run; if not, the model gets it
    /// as the result.
    pub(super) raises: bool,
    /// How its messages are put to the model, where the spec says that.
    pub(super) template: Option<Template>,
    /// Whether outputs of a wrong type are sent back to the model and not converted.
    pub(super) is_strict: bool,
}

impl Setup {
    /// The setup of an agent.
    ///
    /// # Errors
    /// A `spec` failure: it is no agent that can be run, its fields contradict each other, or say what is not done here.
    pub(in crate::runtime) fn of(component: &Arc<Component>) -> Result<Self, Failure> {
        match component.execution() {
            Execution::Agentic(AgenticExecution::Agent) => Ok(Self::plain(&viewed(component)?)),
            Execution::Agentic(AgenticExecution::ExtendedAgent) => extended(&viewed(component)?),
            Execution::Agentic(AgenticExecution::SpecializedAgent) => {
                Self::specialized(component, &viewed(component)?)
            }
            _ => Err(not_yet(component)),
        }
    }

    fn plain(agent: &Agent) -> Self {
        Self {
            component: Arc::clone(agent.component()),
            outputs: agent.outputs().to_vec(),
            tools: owned(agent.tools()),
            toolboxes: owned(agent.toolboxes()),
            may_ask: agent.human_in_the_loop(),
            transforms: owned(agent.transforms()),
            ..Self::of_model(agent.llm_config(), agent.system_prompt())
        }
    }

    /// Makes an agent that is nothing but a model and its instructions.
    pub(in crate::runtime) fn of_model(llm_config: &Arc<Component>, instructions: &str) -> Self {
        Self {
            component: Arc::clone(llm_config),
            outputs: Vec::new(),
            llm_config: Arc::clone(llm_config),
            instructions: instructions.to_owned(),
            tools: Vec::new(),
            toolboxes: Vec::new(),
            agents: Vec::new(),
            flows: Vec::new(),
            may_ask: true,
            transforms: Vec::new(),
            context_providers: Vec::new(),
            max_iterations: None,
            initial_message: None,
            can_finish: false,
            raises: false,
            template: None,
            is_strict: false,
        }
    }

    /// Instructions follow on each other, tools on tools, and a word about people overrides the agent's own (Agent
    /// Spec, *`SpecializedAgent`*).
    fn specialized(component: &Arc<Component>, agent: &SpecializedAgent) -> Result<Self, Failure> {
        let mut setup = Self::of(agent.agent())?;
        let parameters: AgentSpecializationParameters =
            viewed(agent.agent_specialization_parameters())?;
        setup.component = Arc::clone(component);
        setup.outputs = component.outputs().to_vec();
        if let Some(instructions) = parameters.additional_instructions() {
            if !setup.instructions.is_empty() {
                setup.instructions.push_str("\n\n");
            }
            setup.instructions.push_str(instructions);
        }
        setup
            .tools
            .extend(owned(parameters.additional_tools().unwrap_or_default()));
        setup.may_ask = parameters.human_in_the_loop().unwrap_or(setup.may_ask);
        Ok(setup)
    }

    /// Takes the outputs that a step of a flow wants, and whether a person may be asked there.
    pub(in crate::runtime) fn with_overrides(mut self, overrides: AgentOverrides) -> Self {
        self.outputs = overrides.outputs.unwrap_or(self.outputs);
        self.may_ask = overrides.may_ask.unwrap_or(self.may_ask);
        // Where nobody is asked, nobody hears first words.
        self.initial_message = self.initial_message.filter(|_| self.may_ask);
        self
    }

    pub(super) fn component(&self) -> &Arc<Component> {
        &self.component
    }

    pub(super) fn name(&self) -> &str {
        self.component.name()
    }

    pub(super) fn outputs(&self) -> &[Property] {
        &self.outputs
    }

    /// Returns how the agent comes to its outputs, in this seat of a team.
    pub(super) fn ending(&self, seat: Option<&Seat<'_>>) -> Ending {
        let tools = [&self.tools, &self.toolboxes, &self.agents, &self.flows];
        let has_tools = tools.iter().any(|kind| !kind.is_empty())
            || seat.is_some_and(|seat| seat.may_send() || seat.may_hand_off());
        match self.outputs() {
            [] => Ending::Text,
            // A template says how tools are offered, and nothing about formats of answers.
            _ if has_tools || self.template.is_some() => Ending::Submit,
            _ => Ending::Structured,
        }
    }
}

/// How an agent comes to its outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The agent has no outputs: it ends with text.
    Text,
    /// Every answer is to be the outputs.
    Structured,
    /// The agent calls a tool of ours with its outputs.
    Submit,
}

/// The wishes of a flow's step for its agent, beside what the agent itself says.
#[derive(Default)]
pub(in crate::runtime) struct AgentOverrides {
    /// The outputs that the agent must come to.
    pub(in crate::runtime) outputs: Option<Vec<Property>>,
    /// Whether it may turn to a person before its work is done.
    pub(in crate::runtime) may_ask: Option<bool>,
}

fn extended(agent: &ExtendedAgent) -> Result<Setup, Failure> {
    let refused = |message: String| {
        Failure::new(FailureKind::Spec, message).in_component(agent.component().name())
    };
    let max_iterations = agent.max_iterations();
    let max_iterations = usize::try_from(max_iterations)
        .ok()
        .filter(|number| *number > 0)
        .ok_or_else(|| {
            refused(format!(
                "`max_iterations` is {max_iterations}, not 1 or more"
            ))
        })?;
    let plain = Setup::plain(agent);
    let may_ask = plain.may_ask && agent.caller_input_mode() != "never";
    let initial_message = match agent.initial_message() {
        Some(NOT_SET) => may_ask.then(|| GREETING.to_owned()),
        Some(_) if !may_ask => {
            return Err(refused(
                "the agent has an `initial_message`, but may not talk to the user".to_owned(),
            )
            .with_hint("set `initial_message` to null, or let it ask"));
        }
        other => other.map(str::to_owned),
    };
    Ok(Setup {
        may_ask,
        agents: owned(agent.agents()),
        flows: owned(agent.flows()),
        context_providers: owned(agent.context_providers().unwrap_or_default()),
        max_iterations: Some(max_iterations),
        initial_message,
        can_finish: agent.can_finish_conversation(),
        raises: agent.raise_exceptions(),
        template: agent.agent_template().map(Template::of).transpose()?,
        is_strict: agent.strict_output_validation(),
        ..plain
    })
}

fn owned(components: Vec<&Arc<Component>>) -> Vec<Arc<Component>> {
    components.into_iter().cloned().collect()
}
