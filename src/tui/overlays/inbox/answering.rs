//! Answering from the inbox: the answer box for one request or for a group of equal ones, and the
//! sending of the answer.

use super::State;
use super::list::Asked;
use crate::base::ids::RequestId;
use crate::base::plural::counted;
use crate::conversation::Image;
use crate::runs::RunsCommand;
use crate::tui::action::Action;
use crate::tui::answer::{Answer, Outcome};
use crate::tui::app::Context;
use crate::tui::message::Command;
use crate::tui::notices::Notice;
use crate::tui::runs_model::RunsModel;

impl State {
    /// Opens the answer box for the request under the cursor; in a group for the oldest request,
    /// which is then shown.
    pub(super) fn answer_one(&mut self, context: &Context<'_>) {
        self.list.go_to_one(context.runs);
        let Some(asked) = self.list.selected_one() else {
            return;
        };
        self.open(vec![asked], context);
    }

    /// Opens the answer box for all requests that equal the one under the cursor.
    pub(super) fn answer_alike(&mut self, context: &Context<'_>) {
        let alike = self.list.alike(context.runs);
        self.open(alike, context);
    }

    /// Performs the action of a letter that answers a question. For a group it applies to all its
    /// requests, and an approval must be confirmed.
    pub(super) fn answer_at_once(&mut self, action: Action, context: &Context<'_>) -> Vec<Command> {
        let Some(shown) = &self.shown else {
            return Vec::new();
        };
        let since = shown.since;
        let is_group = self.list.row().is_some_and(|row| row.count > 1);
        self.answer_alike_or_one(is_group, context);
        let Some((answer, asked)) = self.answer.take() else {
            return Vec::new();
        };
        let is_asked_again = is_group && action == Action::ConfirmCall;
        let answer = if is_asked_again || !answer.is_question() {
            answer
        } else {
            answer.seen_since(since)
        };
        let (answer, _) = self.answer.insert((answer, asked));
        let outcome = answer.act(action, context.now);
        self.after_answer(outcome, context.runs)
    }

    /// Opens the answer box for a whole group or for one request.
    fn answer_alike_or_one(&mut self, is_group: bool, context: &Context<'_>) {
        if is_group {
            self.answer_alike(context);
        } else {
            self.answer_one(context);
        }
    }

    fn open(&mut self, mut asked: Vec<Asked>, context: &Context<'_>) {
        asked.retain(|asked| !self.sent.contains(asked));
        let Some(first) = asked.first() else { return };
        let request = context.runs.get(&first.run).and_then(|run| {
            let mut requests = run.requests.iter();
            requests.find(|request| request.id == first.request)
        });
        let Some(request) = request else { return };
        let drafts = &mut self.drafts;
        let draft = drafts.iter().position(|draft| {
            draft.run == first.run && draft.is_for(std::slice::from_ref(request))
        });
        let answer = match draft {
            Some(draft) => drafts.swap_remove(draft).opened(true, context.now),
            None => Answer::new(first.run.clone(), request.clone(), true, context.now),
        };
        self.answer = Some((answer.for_alike(asked.len()), asked));
    }

    /// Whether all waiting requests have just been answered.
    fn is_done(&self, runs: &RunsModel) -> bool {
        runs.inbox().groups().into_iter().all(|(_, pending)| {
            let asked = pending
                .iter()
                .filter_map(|pending| Asked::of(pending, runs));
            asked.into_iter().all(|asked| self.sent.contains(&asked))
        })
    }

    pub(super) fn after_answer(&mut self, outcome: Outcome, runs: &RunsModel) -> Vec<Command> {
        match outcome {
            Outcome::Stays => Vec::new(),
            Outcome::Does(command) => vec![command],
            Outcome::Closes => {
                let left = self.answer.take().map(|(answer, _)| answer);
                self.drafts.extend(left.filter(Answer::is_filled_in));
                Vec::new()
            }
            Outcome::Answers(reply) => {
                let Some((_, asked)) = self.answer.take() else {
                    return Vec::new();
                };
                self.sent.extend(asked.iter().cloned());
                self.list.leave(&self.sent);
                let requests: Vec<_> = asked
                    .into_iter()
                    .map(|asked| (asked.run, asked.request))
                    .collect();
                let to = counted(requests.len(), "run");
                let mut commands =
                    vec![Command::runs(RunsCommand::AnswerAlike { requests, reply })];
                if self.is_done(runs) {
                    let words = format!("the answer goes to {to}; nothing else waits for you");
                    commands.extend(self.close());
                    commands.push(Command::notify(Notice::info(words)));
                } else {
                    let words = format!("the answer goes to {to}");
                    commands.push(Command::notify(Notice::info(words)));
                }
                commands
            }
        }
    }

    /// Handles the pictures of a message that were read.
    pub(crate) fn pictures_read(
        &mut self,
        request: &RequestId,
        text: String,
        result: Result<Vec<Image>, String>,
        runs: &RunsModel,
    ) -> Vec<Command> {
        let Some((answer, _)) = &mut self.answer else {
            return Vec::new();
        };
        let outcome = answer.take_pictures(request, text, result);
        self.after_answer(outcome, runs)
    }

    /// Handles the picture files that were found while a path is typed.
    pub(crate) fn pictures_found(&mut self, typed: &str, found: Vec<String>) {
        if let Some((answer, _)) = &mut self.answer {
            answer.take_paths(typed, found);
        }
    }
}
