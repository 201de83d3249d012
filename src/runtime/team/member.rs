//! The members of a team.

use std::sync::Arc;

use super::Team;
use crate::conversation::Values;
use crate::runtime::agent::Setup;
use crate::runtime::remote::Remote;
use crate::spec::Component;
use crate::spec::language::{Flow, LlmConfig};
use crate::trace::{Failure, FailureKind};

/// A member of a team.
pub(super) struct Member {
    pub(super) component: Arc<Component>,
    pub(super) party: Party,
    /// The indices of the members that it can address.
    pub(super) recipients: Vec<usize>,
}

/// What a member is.
pub(super) enum Party {
    /// An agent.
    Agent(Box<Setup>),
    /// A nested team.
    Team(Box<Team>),
    /// A remote agent.
    Remote(Box<Remote>),
}

impl Member {
    /// # Errors
    /// A `spec` failure: it can't be executed, or nothing can be said to it.
    pub(super) fn of(component: &Arc<Component>) -> Result<Self, Failure> {
        if component.is::<Flow>() {
            let message = format!(
                "`{}` is a flow, which takes inputs and no messages",
                component.name()
            );
            return Err(Failure::new(FailureKind::Spec, message)
                .with_hint("give it to an agent that calls it"));
        }
        let party = if let Some(team) = Team::of(component)? {
            Party::Team(Box::new(team))
        } else if let Some(remote) = Remote::of(component)? {
            Party::Remote(Box::new(remote))
        } else {
            Party::Agent(Box::new(Setup::of(component)?))
        };
        Ok(Self {
            component: Arc::clone(component),
            party,
            recipients: Vec::new(),
        })
    }

    /// Makes the manager of a team: an agent, or one made from a model alone.
    ///
    /// # Errors
    /// As [`Member::of`].
    pub(super) fn manager(component: &Arc<Component>) -> Result<Self, Failure> {
        if !component.is::<LlmConfig>() {
            return Self::of(component);
        }
        Ok(Self {
            component: Arc::clone(component),
            party: Party::Agent(Box::new(Setup::of_model(
                component,
                "Split the work up, hand its parts to the others, and put what they answer together.",
            ))),
            recipients: Vec::new(),
        })
    }

    pub(super) fn name(&self) -> &str {
        self.component.name()
    }

    /// Returns the member's inputs, taken from those of the team.
    pub(super) fn inputs(&self, of_team: &Values) -> Values {
        let own = self.component.inputs().iter().filter_map(|input| {
            let value = of_team.get(input.title())?;
            Some((input.title().to_owned(), value.clone()))
        });
        own.collect()
    }
}
