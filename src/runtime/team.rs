//! Teams: agents that speak to each other, and to the user as one.
//!
//! | type | who is asked first | who may ask whom | who may give the user over |
//! |---|---|---|---|
//! | `Swarm` | `first_agent` | the recipients of its relationships (not with handoff `always`) | who has the user, to those (not with `never`) |
//! | `ManagerWorkers` | `group_manager` | the manager each worker | nobody |
//!
//! The user's conversation is one thread; each pair of a caller and a recipient has one of its own, which continues with the
//! next message. Where we differ from the reference runtime: messages of one turn to different members are answered at the
//! same time; a member that is done, or has outputs, answers its caller and does not end the team; members may be teams.

mod introduction;
mod member;
mod session;
mod threads;

use std::sync::Arc;

use futures_util::future::BoxFuture;

use self::member::{Member, Party};
use self::session::Session;
use self::threads::Threads;
use super::agent::{AgentOverrides, ExchangeEnd, converse};
use super::runnable::{incomplete, viewed};
use super::{Halt, RunContext};
use crate::conversation::Values;
use crate::spec::Component;
use crate::spec::component::FieldValue;
use crate::spec::language::{
    AgenticExecution, Execution, ManagerWorkers, PluginManagerWorkers, PluginSwarm, Swarm,
};
use crate::spec::property::Property;
use crate::trace::{ComponentName, Event, Failure, FailureKind, SpanKind};

/// A team that is ready to be executed.
pub(in crate::runtime) struct Team {
    component: Arc<Component>,
    /// The outputs that the team must produce.
    outputs: Vec<Property>,
    members: Vec<Member>,
    /// The index of the member that talks to the user first.
    first: usize,
    overrides: TeamManner,
}

/// How the members of a team communicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TeamManner {
    /// A swarm: whether members may ask each other, and whether the member with the user may hand
    /// over.
    Swarm { sends: bool, hands_off: bool },
    /// A manager asks workers, which do not know about the team.
    Managed,
}

impl Team {
    /// Returns the team of a component; `None` if the component is not a team.
    ///
    /// # Errors
    /// A `spec` failure, if a component can't be a member.
    pub(in crate::runtime) fn of(component: &Arc<Component>) -> Result<Option<Self>, Failure> {
        match component.execution() {
            Execution::Agentic(AgenticExecution::Swarm) => {
                let swarm: Swarm = viewed(component)?;
                let pairs = swarm.relationships();
                let pairs = pairs.iter().map(|[from, to]| (*from, *to));
                let handoff = swarm.handoff();
                Self::swarm(component, swarm.first_agent(), pairs, handoff).map(Some)
            }
            Execution::Agentic(AgenticExecution::PluginSwarm) => {
                let swarm: PluginSwarm = viewed(component)?;
                let pairs = swarm.relationships();
                let pairs = pairs.iter().filter_map(|pair| pair_of(pair));
                let handoff = if swarm.handoff() { "optional" } else { "never" };
                Self::swarm(component, swarm.first_agent(), pairs, handoff).map(Some)
            }
            Execution::Agentic(AgenticExecution::ManagerWorkers) => {
                let group: ManagerWorkers = viewed(component)?;
                let manager = group.group_manager();
                Self::managed(component, manager, &group.workers()).map(Some)
            }
            Execution::Agentic(AgenticExecution::PluginManagerWorkers) => {
                let group: PluginManagerWorkers = viewed(component)?;
                let manager = group.group_manager().as_component();
                let manager = manager.ok_or_else(|| incomplete(component))?;
                Self::managed(component, manager, &group.workers()).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn swarm<'c>(
        component: &Arc<Component>,
        first: &'c Arc<Component>,
        pairs: impl Iterator<Item = (&'c Arc<Component>, &'c Arc<Component>)>,
        handoff: &str,
    ) -> Result<Self, Failure> {
        let mut members = vec![Member::of(first)?];
        for (from, to) in pairs {
            let from = member_of(from, &mut members)?;
            let to = member_of(to, &mut members)?;
            if let Some(member) = members.get_mut(from) {
                member.recipients.push(to);
            }
        }
        let team = Self {
            component: Arc::clone(component),
            outputs: component.outputs().to_vec(),
            members,
            first: 0,
            overrides: TeamManner::Swarm {
                sends: handoff != "always",
                hands_off: handoff != "never",
            },
        };
        team.checked()
    }

    fn managed(
        component: &Arc<Component>,
        manager: &Arc<Component>,
        workers: &[&Arc<Component>],
    ) -> Result<Self, Failure> {
        let mut members = vec![Member::manager(manager)?];
        for worker in workers {
            let worker = member_of(worker, &mut members)?;
            if let Some(manager) = members.first_mut() {
                manager.recipients.push(worker);
            }
        }
        let team = Self {
            component: Arc::clone(component),
            outputs: component.outputs().to_vec(),
            members,
            first: 0,
            overrides: TeamManner::Managed,
        };
        team.checked()
    }

    /// Checks that members have different names, and that a member that addresses others is an
    /// agent.
    fn checked(self) -> Result<Self, Failure> {
        let refused = |message: String, hint: &str| {
            let failure = Failure::new(FailureKind::Spec, message).with_hint(hint);
            Err(failure.in_component(self.component.name()))
        };
        for (index, member) in self.members.iter().enumerate() {
            let mut before = self.members.iter().take(index);
            if before.any(|other| other.name() == member.name()) {
                let message = format!("two members of the team are called `{}`", member.name());
                return refused(message, "rename one of them: they are addressed by name");
            }
            if !member.recipients.is_empty() && !matches!(member.party, Party::Agent(_)) {
                let (what, hint) = match member.party {
                    Party::Remote(_) => (
                        "runs elsewhere",
                        "let an agent of this file address the other members, and this one, too",
                    ),
                    Party::Team(_) | Party::Agent(_) => {
                        ("is a team", "let one of the agents of this team address it")
                    }
                };
                let message = format!(
                    "`{}` {what}, and only an agent can address other members",
                    member.name()
                );
                return refused(message, hint);
            }
        }
        Ok(self)
    }

    /// Applies the outputs that a step of a flow needs.
    pub(in crate::runtime) fn with_overrides(mut self, overrides: AgentOverrides) -> Self {
        self.outputs = overrides.outputs.unwrap_or(self.outputs);
        self
    }

    const fn span_kind(&self) -> SpanKind {
        match self.overrides {
            TeamManner::Swarm { .. } => SpanKind::SwarmExecutionSpan,
            TeamManner::Managed => SpanKind::ManagerWorkersExecutionSpan,
        }
    }
}

/// Returns the caller and the recipient of a relationship.
fn pair_of(pair: &FieldValue) -> Option<(&Arc<Component>, &Arc<Component>)> {
    match pair {
        FieldValue::List(members) => match members.as_slice() {
            [from, to] => Some((from.as_component()?, to.as_component()?)),
            _ => None,
        },
        _ => None,
    }
}

/// Returns the index of a component among the members, and adds it if necessary.
fn member_of(component: &Arc<Component>, members: &mut Vec<Member>) -> Result<usize, Failure> {
    let found = members
        .iter()
        .position(|member| Arc::ptr_eq(&member.component, component));
    if let Some(found) = found {
        return Ok(found);
    }
    members.push(Member::of(component)?);
    Ok(members.len() - 1)
}

/// Executes a team on the conversation of `context`.
///
/// # Errors
/// [`Halt`].
pub(in crate::runtime) async fn run(
    team: &Team,
    inputs: Values,
    context: &RunContext,
) -> Result<Values, Halt> {
    let end = in_span(team, inputs, context, |inputs, span| {
        Box::pin(async move {
            let is_root = span.depth() == 1;
            if is_root {
                for message in span.opening() {
                    span.add_message(message).await?;
                }
            }
            let threads = Threads::new(team.first);
            let session = Session {
                team,
                inputs: &inputs,
                threads: &threads,
            };
            let exchange = |number| {
                let place = span.at("exchange", number);
                async move { session.exchange(&place).await }
            };
            converse(&span, is_root && team.outputs.is_empty(), exchange).await
        })
    });
    match end.await? {
        ExchangeEnd::Finished { outputs, .. } => Ok(outputs),
        ExchangeEnd::Replied(_) | ExchangeEnd::HandedOff(_) => Ok(Values::new()),
    }
}

/// Executes a team's work in a span of the team.
async fn in_span<'a, W>(
    team: &'a Team,
    inputs: Values,
    context: &'a RunContext,
    work: W,
) -> Result<ExchangeEnd, Halt>
where
    W: FnOnce(Values, RunContext) -> BoxFuture<'a, Result<ExchangeEnd, Halt>> + Send,
{
    let work = |span: RunContext| async move {
        span.trace(team.start_event(inputs.clone())).await?;
        let end = work(inputs, span.clone()).await?;
        let outputs = match &end {
            ExchangeEnd::Finished { outputs, .. } => outputs.clone(),
            ExchangeEnd::Replied(_) | ExchangeEnd::HandedOff(_) => Values::new(),
        };
        span.trace(team.end_event(outputs)).await?;
        Ok(end)
    };
    context
        .in_span(team.span_kind(), &team.component, work)
        .await
}

impl Team {
    fn start_event(&self, inputs: Values) -> Event {
        let name = ComponentName::of(&self.component);
        let inputs = Arc::new(inputs.into());
        match self.overrides {
            TeamManner::Swarm { .. } => Event::SwarmExecutionStart {
                swarm: name,
                inputs,
            },
            TeamManner::Managed => Event::ManagerWorkersExecutionStart {
                managerworkers: name,
                inputs,
            },
        }
    }

    fn end_event(&self, outputs: Values) -> Event {
        let name = ComponentName::of(&self.component);
        let outputs = Arc::new(outputs.into());
        match self.overrides {
            TeamManner::Swarm { .. } => Event::SwarmExecutionEnd {
                swarm: name,
                outputs,
            },
            TeamManner::Managed => Event::ManagerWorkersExecutionEnd {
                managerworkers: name,
                outputs,
            },
        }
    }
}
