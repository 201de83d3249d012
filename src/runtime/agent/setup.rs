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

/// The value that WayFlow writes for an unset initial message.
const NOT_SET: &str = "N/A";

/// The default initial message of WayFlow's agents.
pub(in crate::runtime) const GREETING: &str = "Hi! How can I help you?";

/// An agent that is ready to be executed.
#[derive(Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a field of the language, and any combination of them is a setup"
)]
pub(in crate::runtime) struct Setup {
    /// The component to which the spans and outputs belong.
    component: Arc<Component>,
    /// The outputs that the agent must produce.
    outputs: Vec<Property>,
    pub(super) llm_config: Arc<Component>,
    /// The instructions before the conversation; `{{name}}` inserts an input or a value of a
    /// context provider.
    pub(super) instructions: String,
    pub(super) tools: Vec<Arc<Component>>,
    pub(super) toolboxes: Vec<Arc<Component>>,
    pub(super) agents: Vec<Arc<Component>>,
    pub(super) flows: Vec<Arc<Component>>,
    /// Whether the agent may ask a person before it is finished.
    pub(super) may_ask: bool,
    /// The transforms that rewrite the conversation for the model, in this order.
    pub(super) transforms: Vec<Arc<Component>>,
    pub(super) context_providers: Vec<Arc<Component>>,
    /// The maximum number of model calls for one message; `None` uses the run's limit.
    pub(super) max_iterations: Option<usize>,
    /// The first message of the agent in an empty conversation.
    pub(super) initial_message: Option<String>,
    pub(super) can_finish: bool,
    /// Whether a failure of a tool, flow or sub-agent ends the run; otherwise the model gets the
    /// failure as the result.
    pub(super) raises: bool,
    /// The template of the messages to the model, if the spec has one.
    pub(super) template: Option<Template>,
    /// Whether outputs of a wrong type are sent back to the model instead of being converted.
    pub(super) is_strict: bool,
}

impl Setup {
    /// Makes the setup of an agent.
    ///
    /// # Errors
    /// A `spec` failure, if the component is not an executable agent, or its fields are
    /// contradictory or not supported.
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

    /// Makes an agent that consists only of a model and instructions.
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

    /// Makes the setup of a specialized agent: instructions and tools are appended, and the setting
    /// for questions to people overrides the agent's own (Agent Spec, *`SpecializedAgent`*).
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

    /// Applies the settings of a flow's step: the outputs that it needs, and whether a person may
    /// be asked.
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

    /// Returns how the agent produces its outputs, in this seat of a team.
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

/// How an agent produces its outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The agent has no outputs and ends with text.
    Text,
    /// Each answer of the model must be the outputs.
    Structured,
    /// The model calls a tool of the runtime with its outputs.
    Submit,
}

/// The settings of a flow's step that override those of its agent.
#[derive(Default)]
pub(in crate::runtime) struct AgentOverrides {
    /// The outputs that the agent must produce.
    pub(in crate::runtime) outputs: Option<Vec<Property>>,
    /// Whether the agent may ask a person before it is finished.
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
