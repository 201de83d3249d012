//! The conversations of a team's members between two messages of the user.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::base::lock::lock;
use crate::runtime::agent::Delegates;
use crate::runtime::context::SharedConversation;

/// The member with the user, and the conversations between members.
pub(super) struct Threads(Mutex<State>);

struct State {
    owner: usize,
    /// The open work of members in the user's conversation.
    of_owners: HashMap<usize, Asked>,
    /// The open work of recipients, by caller and recipient.
    of_pairs: HashMap<(usize, usize), Asked>,
}

/// The open work of a member in one conversation.
#[derive(Clone, Default)]
pub(super) struct Asked {
    pub(super) conversation: SharedConversation,
    /// The member's sub-agents.
    pub(super) delegates: Arc<Delegates>,
    /// The member's threads, if it is a team.
    inner: Arc<Mutex<Option<Arc<Threads>>>>,
}

impl Asked {
    /// Returns the threads of a member that is a team; its `first` member talks to the user first.
    pub(super) fn threads(&self, first: usize) -> Arc<Threads> {
        let mut inner = lock(&self.inner);
        let threads = inner.get_or_insert_with(|| Arc::new(Threads::new(first)));
        Arc::clone(threads)
    }
}

impl Threads {
    pub(super) fn new(first: usize) -> Self {
        Self(Mutex::new(State {
            owner: first,
            of_owners: HashMap::new(),
            of_pairs: HashMap::new(),
        }))
    }

    /// Returns the member with the user.
    pub(super) fn owner(&self) -> usize {
        lock(&self.0).owner
    }

    /// Hands the user over to another member.
    pub(super) fn give_over(&self, to: usize) {
        lock(&self.0).owner = to;
    }

    /// Returns the open work of a member in the user's conversation.
    pub(super) fn of_owner(&self, member: usize) -> Asked {
        let mut state = lock(&self.0);
        state.of_owners.entry(member).or_default().clone()
    }

    /// Returns the open work of a recipient for a caller. The conversation is a copy, to be stored
    /// after the answer.
    pub(super) fn of_pair(&self, pair: (usize, usize)) -> Asked {
        let asked = lock(&self.0).of_pairs.get(&pair).cloned();
        let asked = asked.unwrap_or_default();
        let conversation = lock(&asked.conversation).clone();
        Asked {
            conversation: Arc::new(Mutex::new(conversation)),
            ..asked
        }
    }

    pub(super) fn keep(&self, pair: (usize, usize), asked: Asked) {
        lock(&self.0).of_pairs.insert(pair, asked);
    }
}
