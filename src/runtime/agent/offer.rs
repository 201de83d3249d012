//! The tools that an agent's model can call: the agent's own and those of the runtime.

use std::sync::{Arc, OnceLock};

use serde_json::json;

use super::seat::{HAND_OFF, SEND, Seat};
use super::setup::{Ending, Setup};
use crate::conversation::ToolDeclaration;
use crate::llm::{ToolChoice, wire_names};
use crate::runtime::inputs::needed_inputs;
use crate::spec::Component;
use crate::spec::property::{Property, parameters_schema};
use crate::trace::{Failure, FailureKind};

/// The default name of the tool that ends a conversation.
const END: &str = "end_conversation";

/// The parameter that contains the task of a sub-agent.
pub(super) const TASK: &str = "context";

/// The tools, flows and agents that a model can call.
pub(super) struct Offer {
    /// The agent's tools, flows and sub-agents, in this order.
    helpers: Vec<Helper>,
    /// The name of the runtime's tool that ends the conversation, if available.
    end: Option<String>,
    /// The name of the runtime's tool for messages to the user, if available.
    talk: Option<String>,
    /// The name of the runtime's tool for submitting the outputs, if available.
    submit: Option<String>,
    /// The tools of a team member for asking another member and for handing the conversation over,
    /// each with its parameters, if available.
    send: Option<(String, Vec<Property>)>,
    hand_off: Option<(String, Vec<Property>)>,
    /// The parameters of `submit`.
    outputs: Vec<Property>,
    may_ask: bool,
    /// The tool declarations for the last model call that is allowed.
    last_declarations: OnceLock<Arc<[ToolDeclaration]>>,
    declarations: OnceLock<Arc<[ToolDeclaration]>>,
}

/// A component that the model can call by name.
struct Helper {
    /// The component's name, adapted to the rules of providers; see [`wire_names`].
    name: String,
    kind: HelperKind,
    component: Arc<Component>,
    parameters: Vec<Property>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HelperKind {
    Tool,
    Flow,
    Agent,
}

impl HelperKind {
    const fn in_words(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Flow => "flow",
            Self::Agent => "sub-agent",
        }
    }
}

/// The meaning of a name that a model called, with its parameters.
pub(super) enum Offered<'o> {
    /// A tool of the agent.
    Tool(&'o Arc<Component>, &'o [Property]),
    /// A flow of the agent.
    Flow(&'o Arc<Component>, &'o [Property]),
    /// A sub-agent.
    Agent(&'o Arc<Component>, &'o [Property]),
    /// Submits the outputs.
    Submit,
    /// Sends a message to the user.
    Talk,
    /// Asks another member of the team.
    Send(&'o [Property]),
    /// Hands the conversation over to another member of the team.
    HandOff(&'o [Property]),
    /// Ends the conversation.
    End,
    /// No tool has this name.
    Unknown,
}

impl Offer {
    /// Makes the offer of an agent with these tools.
    ///
    /// # Errors
    /// A `spec` failure, if two of the tools, flows and sub-agents have the same name.
    pub(super) fn of(
        setup: &Setup,
        tools: &[Arc<Component>],
        ending: Ending,
        seat: Option<&Seat<'_>>,
    ) -> Result<Self, Failure> {
        let mut helpers: Vec<(HelperKind, &Arc<Component>)> = Vec::new();
        helpers.extend(tools.iter().map(|tool| (HelperKind::Tool, tool)));
        helpers.extend(setup.flows.iter().map(|flow| (HelperKind::Flow, flow)));
        helpers.extend(setup.agents.iter().map(|agent| (HelperKind::Agent, agent)));
        let names: Vec<&str> = helpers.iter().map(|(_, helper)| helper.name()).collect();
        let helpers: Vec<Helper> = std::iter::zip(wire_names(&names), helpers)
            .map(|(name, (kind, component))| Helper::new(name, kind, component))
            .collect();
        check_names(&helpers)?;
        let free_name = |wanted: &str| {
            let mut name = wanted.to_owned();
            while helpers.iter().any(|helper| helper.name == name) {
                name.insert(0, '_');
            }
            name
        };
        let end = (setup.can_finish && ending == Ending::Text).then(|| free_name(END));
        let send = seat.filter(|seat| seat.may_send());
        let send = send.map(|seat| (free_name(SEND), seat.send_parameters()));
        let hand_off = seat.filter(|seat| seat.may_hand_off());
        let hand_off = hand_off.map(|seat| (free_name(HAND_OFF), seat.hand_off_parameters()));
        let has_others =
            !helpers.is_empty() || end.is_some() || send.is_some() || hand_off.is_some();
        let may_talk = setup.may_ask && has_others;
        Ok(Self {
            send,
            hand_off,
            talk: may_talk.then(|| free_name("talk_to_user")),
            submit: (ending == Ending::Submit).then(|| free_name("submit_result")),
            outputs: setup.outputs().to_vec(),
            may_ask: setup.may_ask,
            end,
            helpers,
            last_declarations: OnceLock::new(),
            declarations: OnceLock::new(),
        })
    }

    /// Returns whether the offer was made from these tools.
    pub(super) fn is_of(&self, tools: &[Arc<Component>]) -> bool {
        let own = self.helpers.iter();
        let own = own.filter(|helper| helper.kind == HelperKind::Tool);
        own.map(|helper| Arc::as_ptr(&helper.component))
            .eq(tools.iter().map(Arc::as_ptr))
    }

    /// Returns the meaning of a name that a model called.
    pub(super) fn find(&self, name: &str) -> Offered<'_> {
        let is = |own: &Option<String>| own.as_deref() == Some(name);
        match self.helpers.iter().find(|helper| helper.name == name) {
            Some(helper) => helper.offered(),
            None if is(&self.submit) => Offered::Submit,
            None if is(&self.talk) => Offered::Talk,
            None if is(&self.end) => Offered::End,
            None => self.find_of_team(name),
        }
    }

    /// Returns the meaning of a name among the tools of a team member.
    fn find_of_team(&self, name: &str) -> Offered<'_> {
        match (&self.send, &self.hand_off) {
            (Some((send, parameters)), _) if send == name => Offered::Send(parameters),
            (_, Some((hand_off, parameters))) if hand_off == name => Offered::HandOff(parameters),
            _ => Offered::Unknown,
        }
    }

    /// Returns the declarations for the model. On the last allowed call, the agent's own tools are
    /// left out, because their results could not be used.
    pub(super) fn declarations(&self, is_last: bool) -> &Arc<[ToolDeclaration]> {
        let written = if is_last {
            &self.last_declarations
        } else {
            &self.declarations
        };
        written.get_or_init(|| self.declare(is_last).into())
    }

    fn declare(&self, is_last: bool) -> Vec<ToolDeclaration> {
        let mut declared: Vec<ToolDeclaration> = Vec::new();
        if !is_last {
            for helper in &self.helpers {
                if declared.iter().all(|earlier| earlier.name != helper.name) {
                    declared.push(ToolDeclaration {
                        name: helper.name.clone(),
                        description: helper
                            .component
                            .description()
                            .unwrap_or_default()
                            .to_owned(),
                        parameters: parameters_schema(&helper.parameters),
                    });
                }
            }
        }
        let of_team = [
            (
                &self.send,
                "Ask another agent something and get its answer.",
            ),
            (
                &self.hand_off,
                "Give the whole conversation over to another agent, which goes on with it. The last call of an answer.",
            ),
        ];
        for (tool, description) in of_team {
            declared.extend(tool.iter().filter(|_| !is_last).map(|(name, parameters)| {
                ToolDeclaration {
                    name: name.clone(),
                    description: description.to_owned(),
                    parameters: parameters_schema(parameters),
                }
            }));
        }
        declared.extend(self.end.as_ref().map(|name| ToolDeclaration {
            name: name.clone(),
            description: "End the conversation, when the user asks for that.".to_owned(),
            parameters: parameters_schema(&[]),
        }));
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

    /// Returns the tool choice; on the last allowed call, the model must submit the outputs.
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

    /// Returns the reminder for a model that wrote text instead of submitting its outputs.
    pub(super) fn submit_reminder(&self) -> String {
        let name = self.submit.as_deref().unwrap_or_default();
        format!(
            "Nobody reads your messages. Go on with the work, and when it is done call `{name}` with the results."
        )
    }

    /// Returns the message for a model that called an unknown tool.
    pub(super) fn unknown(&self, name: &str) -> String {
        let names: Vec<String> = self
            .declarations(false)
            .iter()
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

impl Helper {
    fn new(name: String, kind: HelperKind, component: &Arc<Component>) -> Self {
        Self {
            name,
            kind,
            parameters: match kind {
                HelperKind::Tool | HelperKind::Flow => component.inputs().to_vec(),
                HelperKind::Agent => sub_agent_parameters(component),
            },
            component: Arc::clone(component),
        }
    }

    fn offered(&self) -> Offered<'_> {
        match self.kind {
            HelperKind::Tool => Offered::Tool(&self.component, &self.parameters),
            HelperKind::Flow => Offered::Flow(&self.component, &self.parameters),
            HelperKind::Agent => Offered::Agent(&self.component, &self.parameters),
        }
    }
}

/// Checks that all names are different, as WayFlow requires too, because of two equal names one
/// could never be called. A component that is listed twice counts once.
fn check_names(helpers: &[Helper]) -> Result<(), Failure> {
    for (index, helper) in helpers.iter().enumerate() {
        let is_same_name = |other: &&Helper| {
            other.name == helper.name && !Arc::ptr_eq(&other.component, &helper.component)
        };
        if let Some(other) = helpers.iter().take(index).find(is_same_name) {
            let (one, two) = (other.kind.in_words(), helper.kind.in_words());
            let both = if one == two {
                format!("two {one}s")
            } else {
                format!("a {one} and a {two}")
            };
            let message = format!(
                "{both} are called `{}`; the model can't tell them apart",
                helper.component.name()
            );
            return Err(Failure::new(FailureKind::Spec, message).with_hint("rename one of them"));
        }
        if helper.kind == HelperKind::Agent {
            check_parameters(helper)?;
        }
    }
    Ok(())
}

fn check_parameters(agent: &Helper) -> Result<(), Failure> {
    let Some((first, inputs)) = agent.parameters.split_first() else {
        return Ok(());
    };
    if inputs.iter().all(|input| input.title() != first.title()) {
        return Ok(());
    }
    Err(Failure::new(
        FailureKind::Spec,
        format!(
            "`{}` is a sub-agent and has an input `{}`, the name under which it gets its task",
            agent.component.name(),
            first.title()
        ),
    )
    .with_hint("rename the placeholder in its prompt"))
}

/// Returns the parameters of a sub-agent's call: the task, then the agent's inputs.
fn sub_agent_parameters(agent: &Arc<Component>) -> Vec<Property> {
    let task = json!({
        "title": TASK,
        "type": "string",
        "description": "The task or question, with everything that is needed to see to it.",
    });
    let mut parameters = vec![Property::from_schema(task)];
    parameters.extend(needed_inputs(agent));
    parameters
}

/// Returns the parameters of the tool for talking to the user.
pub(super) fn talk_parameters() -> [Property; 1] {
    [Property::string("text")]
}
