//! The execution of a team: who speaks, on which thread, and who gets the messages.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::member::{Member, Party};
use super::threads::{Asked, Threads};
use super::{Team, TeamManner, in_span};
use crate::conversation::Values;
use crate::runtime::agent::{
    self, AgentOverrides, ExchangeEnd, Post, Recipient, Seat, outputs_as_text,
};
use crate::runtime::{Halt, RunContext, execute, remote};
use crate::trace::{Failure, FailureKind};

/// The maximum number of hand-overs of the user's conversation before an answer.
const MAX_HAND_OFFS: usize = 32;

/// A team in execution.
#[derive(Clone, Copy)]
pub(super) struct Session<'a> {
    pub(super) team: &'a Team,
    pub(super) inputs: &'a Values,
    pub(super) threads: &'a Threads,
}

/// A member that is speaking.
pub(super) struct Speaker<'a> {
    pub(super) session: Session<'a>,
    pub(super) member: usize,
    /// The member that asked; `None` in the user's conversation.
    pub(super) caller: Option<usize>,
    /// The chain of members that wait for an answer, from the user's conversation on, with this
    /// member last.
    waiting: Vec<usize>,
}

impl Session<'_> {
    /// Lets members speak in the user's conversation until one of them replies or is finished.
    pub(super) async fn exchange(self, place: &RunContext) -> Result<ExchangeEnd, Halt> {
        for step in 0..MAX_HAND_OFFS {
            let member = self.threads.owner();
            let speaker = Speaker {
                session: self,
                member,
                caller: None,
                waiting: vec![member],
            };
            let asked = self.threads.of_owner(member);
            match speaker
                .speak(&place.at("speaker", step), &asked, None)
                .await?
            {
                ExchangeEnd::HandedOff(to) => self.threads.give_over(to),
                end => return Ok(end),
            }
        }
        let failure = Failure::new(
            FailureKind::Limit,
            format!("the conversation changed hands {MAX_HAND_OFFS} times and was not answered"),
        );
        Err(failure
            .with_hint("look at its last hand-offs: often two members give the user to each other")
            .in_component(self.team.component.name())
            .into())
    }
}

impl Speaker<'_> {
    /// Executes the member until it replies, is finished, or hands the conversation over. `message`
    /// is the caller's message, if any.
    fn speak<'s>(
        &'s self,
        place: &'s RunContext,
        asked: &'s Asked,
        message: Option<(String, String)>,
    ) -> BoxFuture<'s, Result<ExchangeEnd, Halt>> {
        async move {
            let Some(member) = self.session.team.members.get(self.member) else {
                return Ok(ExchangeEnd::Replied(String::new()));
            };
            let context = execute::enter(&member.component, place)?;
            let inputs = member.inputs(self.session.inputs);
            match &member.party {
                Party::Agent(setup) => {
                    let setup = setup.clone().with_overrides(self.overrides());
                    let seat = self.seat();
                    agent::consult(
                        &setup,
                        inputs,
                        &context,
                        &asked.delegates,
                        (message, Some(&seat)),
                    )
                    .await
                }
                Party::Remote(remote) => {
                    let remote = remote.clone().with_overrides(self.overrides());
                    remote::consult(&remote, inputs, &context, message).await
                }
                Party::Team(team) => {
                    let threads = asked.threads(team.first);
                    in_span(team, inputs, &context, |inputs, span| {
                        async move {
                            if let Some(message) = message {
                                agent::add_message_from(message, member.name(), &span).await?;
                            }
                            let session = Session {
                                team,
                                inputs: &inputs,
                                threads: &threads,
                            };
                            session.exchange(&span).await
                        }
                        .boxed()
                    })
                    .await
                }
            }
        }
        .boxed()
    }

    /// Returns the settings with which the team overrides those of its member: the member with the
    /// user produces the team's outputs, and a member of a swarm that was asked by another one
    /// answers with text.
    fn overrides(&self) -> AgentOverrides {
        let outputs = match (self.caller, self.session.team.overrides) {
            (None, _) => Some(self.session.team.outputs.clone()),
            (Some(_), TeamManner::Swarm { .. }) => Some(Vec::new()),
            (Some(_), TeamManner::Managed) => None,
        };
        AgentOverrides {
            outputs,
            may_ask: None,
        }
    }

    /// Returns whether the member may ask others, and whether it may hand the user over.
    pub(super) const fn ways(&self) -> (bool, bool) {
        match self.session.team.overrides {
            TeamManner::Swarm { sends, hands_off } => (sends, hands_off && self.caller.is_none()),
            TeamManner::Managed => (true, false),
        }
    }

    fn seat(&self) -> Seat<'_> {
        let team = self.session.team;
        let own = team.members.get(self.member);
        let recipients = own.map(|member| member.recipients.as_slice());
        let recipients = recipients.unwrap_or_default().iter().filter_map(|other| {
            Some(Recipient {
                member: *other,
                name: team.members.get(*other)?.name().to_owned(),
            })
        });
        let (sends, hands_off) = self.ways();
        Seat {
            introduction: self.introduction(),
            recipients: recipients.collect(),
            sends,
            hands_off,
            post: self,
        }
    }
}

impl Post for Speaker<'_> {
    fn send<'p>(
        &'p self,
        member: usize,
        message: String,
        place: &'p RunContext,
    ) -> BoxFuture<'p, Result<String, Halt>> {
        async move {
            let team = self.session.team;
            let name_of = |member: usize| team.members.get(member).map_or("", Member::name);
            let name = name_of(member);
            // It would wait for itself.
            if self.caller == Some(member) {
                return Ok(format!(
                    "`{name}` is who asks you. Answer in words instead of sending a message."
                ));
            }
            if self.waiting.contains(&member) {
                return Ok(format!(
                    "`{name}` waits for an answer itself, and can't be asked before it has one."
                ));
            }
            let pair = (self.member, member);
            let asked = self.session.threads.of_pair(pair);
            let speaker = Speaker {
                session: self.session,
                member,
                caller: Some(self.member),
                waiting: self.waiting.iter().copied().chain([member]).collect(),
            };
            let thread = place.with_conversation(&asked.conversation);
            let last_words = (name_of(self.member).to_owned(), message);
            let end = speaker.speak(&thread, &asked, Some(last_words)).await?;
            // Kept only now, so that a message that fails leaves nothing half done.
            self.session.threads.keep(pair, asked);
            Ok(match end {
                ExchangeEnd::Finished { outputs, .. } if !outputs.is_empty() => {
                    outputs_as_text(&outputs)
                }
                ExchangeEnd::Finished { last_words, .. } | ExchangeEnd::Replied(last_words) => {
                    last_words
                }
                // Only who has the user can give the conversation over.
                ExchangeEnd::HandedOff(_) => String::new(),
            })
        }
        .boxed()
    }
}
