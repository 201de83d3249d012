//! The inbox: all requests of all runs that wait for the person, the oldest first. Equal requests
//! can be answered together.

mod answering;
mod detail;
mod draw;
mod list;

use std::collections::HashSet;

use crossterm::event::{KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use self::list::{Asked, List};
use crate::base::clock::Timestamp;
use crate::runs::{KeptRun, RunsCommand, Target};
use crate::tui::action::{Action, KeyContext};
use crate::tui::answer::Answer;
use crate::tui::app::{Context, ViewContext};
use crate::tui::layer::Layer;
use crate::tui::message::{Command, Message};
use crate::tui::notices::Notice;
use crate::tui::screens::inspect::copy_command;
use crate::tui::screens::runs::{fork_run, pause_waiting};

/// The state of the open inbox.
#[derive(Debug, Default)]
pub(crate) struct State {
    list: List,
    /// The open answer box, and the requests that receive the answer.
    answer: Option<(Answer, Vec<Asked>)>,
    /// Closed answer boxes with typed text.
    drafts: Vec<Answer>,
    /// The requests that were answered but are still open, because the answer has not arrived yet.
    sent: HashSet<Asked>,
    /// The number of lines of the detail above the view.
    scrolled: usize,
    /// The shown request and the time since when it is shown. Letters that answer it are ignored
    /// for a moment.
    shown: Option<Shown>,
}

/// The request under the cursor; for a group, its oldest one.
#[derive(Debug)]
struct Shown {
    asked: Asked,
    since: Timestamp,
    /// The context of the letters that answer the request; `None` if a text must be typed.
    letters: Option<KeyContext>,
}

impl State {
    /// Cancels the run under the cursor.
    fn cancel(&self) -> Vec<Command> {
        let one = self.list.selected_one();
        one.map_or_else(Vec::new, |asked| {
            let target = Target::Runs(vec![asked.run]);
            vec![Command::runs(RunsCommand::Cancel(target))]
        })
    }

    /// Shows the run under the cursor on the Runs screen.
    fn go_to_run(&mut self, context: &Context<'_>) -> Vec<Command> {
        self.list.go_to_one(context.runs);
        let Some(asked) = self.list.selected_one() else {
            return Vec::new();
        };
        let mut commands = self.close();
        commands.push(Command::Tell(Message::ShowRun(asked.run)));
        commands
    }

    /// Pauses the run under the cursor once it is answered, or lets it continue; on a group all of its runs.
    fn pause(&self, context: &Context<'_>) -> Vec<Command> {
        let is_group = self.list.row().is_some_and(|row| row.count > 1);
        let asked = if is_group {
            self.list.alike(context.runs)
        } else {
            self.list.one(context.runs).into_iter().collect()
        };
        let mut seen = HashSet::new();
        let runs: Vec<&KeptRun> = asked
            .iter()
            .filter(|asked| seen.insert(&asked.run))
            .filter_map(|asked| context.runs.get(&asked.run))
            .collect();
        pause_waiting(runs, context)
    }

    /// Records which request is under the cursor.
    fn see(&mut self, context: &Context<'_>) {
        let Some(asked) = self.list.one(context.runs) else {
            self.shown = None;
            return;
        };
        if self
            .shown
            .as_ref()
            .is_some_and(|shown| shown.asked == asked)
        {
            return;
        }
        let request = detail::request(&asked, context).map(|(_, request)| request.clone());
        self.shown = request.map(|request| {
            let answer = Answer::new(asked.run.clone(), request, true, context.now);
            Shown {
                asked,
                since: context.now,
                letters: answer.is_question().then(|| answer.context()),
            }
        });
    }

    /// Handles the closing of the inbox; typed answers that were not sent are kept with their runs.
    fn close(&mut self) -> Vec<Command> {
        let mut commands = vec![Command::close()];
        if !self.drafts.is_empty() {
            let drafts = std::mem::take(&mut self.drafts);
            commands.push(Command::Tell(Message::KeepAnswers(drafts)));
        }
        commands
    }
}

impl Layer for State {
    fn contexts(&self) -> Vec<KeyContext> {
        if let Some((answer, _)) = &self.answer {
            return vec![answer.context()];
        }
        let letters = self.shown.as_ref().and_then(|shown| shown.letters);
        let contexts = letters.into_iter();
        contexts
            .chain([KeyContext::Inbox, KeyContext::Moving])
            .collect()
    }

    fn update(&mut self, action: Action, context: &Context<'_>) -> Vec<Command> {
        if let Some((answer, _)) = &mut self.answer {
            let outcome = answer.act(action, context.now);
            return self.after_answer(outcome, context.runs);
        }
        // Keys may come faster than frames.
        self.list.catch_up(context.runs);
        self.see(context);
        if let Some(reason) = self.refusal(action, context) {
            return vec![Command::notify(Notice::refused(action, reason))];
        }
        let areas = draw::areas(context.area);
        match action {
            Action::Back | Action::Close => return self.close(),
            Action::AnswerRun => self.answer_one(context),
            Action::AnswerAlike => self.answer_alike(context),
            Action::ConfirmCall
            | Action::Register
            | Action::RefuseCall
            | Action::EditArguments
            | Action::CopyAddress => return self.answer_at_once(action, context),
            Action::GoToRun => return self.go_to_run(context),
            Action::PauseRuns => return self.pause(context),
            // Over the inbox, which is there again afterwards.
            Action::ForkRun => {
                let asked = self.list.one(context.runs);
                let run = asked.and_then(|asked| context.runs.get(&asked.run));
                return run.into_iter().map(|run| fork_run(run, context)).collect();
            }
            Action::CancelRun => return self.cancel(),
            Action::CopyCommand => {
                let one = self.list.one(context.runs).into_iter();
                return one.map(|asked| copy_command(&asked.run, context)).collect();
            }
            Action::Accept => self.list.toggle(context.runs),
            Action::Right => self.list.fold(false, context.runs),
            Action::Left => self.list.fold(true, context.runs),
            Action::HalfPageDown => self.scrolled += usize::from(areas.detail.height / 2),
            Action::HalfPageUp => {
                let half = usize::from(areas.detail.height / 2);
                self.scrolled = self.scrolled.saturating_sub(half);
            }
            other => {
                if self.list.act(other, draw::rows_height(areas.list)) {
                    self.scrolled = 0;
                }
            }
        }
        Vec::new()
    }

    fn text(&mut self, key: KeyEvent, _context: &Context<'_>) -> Vec<Command> {
        let answer = self.answer.as_mut();
        let command = answer.and_then(|(answer, _)| answer.text(key));
        command.into_iter().collect()
    }

    fn paste(&mut self, text: &str, _context: &Context<'_>) -> Vec<Command> {
        if let Some((answer, _)) = &mut self.answer {
            answer.paste(text);
        }
        Vec::new()
    }

    fn mouse(&mut self, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
        let areas = draw::areas(context.area);
        let at = Position::new(event.column, event.row);
        let steps: isize = match event.kind {
            MouseEventKind::ScrollDown => 3,
            MouseEventKind::ScrollUp => -3,
            MouseEventKind::Down(MouseButton::Left) => 0,
            _ => return Vec::new(),
        };
        if areas.detail.contains(at) {
            self.scrolled = self.scrolled.saturating_add_signed(steps);
        } else if areas.list.contains(at) && self.answer.is_none() {
            let height = draw::rows_height(areas.list);
            if steps != 0 {
                self.list.wheel(steps, height);
            } else if let Some(line) = at.y.checked_sub(areas.list.y + 1)
                && self.list.click(line.into(), height)
            {
                self.list.toggle(context.runs);
            }
            self.scrolled = 0;
        }
        Vec::new()
    }

    fn refusal(&self, action: Action, context: &Context<'_>) -> Option<&'static str> {
        match action {
            Action::AnswerRun
            | Action::AnswerAlike
            | Action::GoToRun
            | Action::Accept
            | Action::CancelRun
            | Action::PauseRuns
            | Action::ForkRun
            | Action::CopyCommand
                if self.list.rows().is_empty() =>
            {
                Some("nothing waits for you")
            }
            Action::CancelRun if self.list.selected_one().is_none() => {
                Some("one run at a time: enter opens the group")
            }
            Action::AnswerRun
            | Action::AnswerAlike
            | Action::ConfirmCall
            | Action::Register
            | Action::RefuseCall
            | Action::EditArguments => {
                let is_group = self.list.row().is_some_and(|row| row.count > 1);
                let is_one =
                    action == Action::AnswerRun || (action != Action::AnswerAlike && !is_group);
                let asked = if is_one {
                    self.list.one(context.runs).into_iter().collect()
                } else {
                    self.list.alike(context.runs)
                };
                let is_sent = asked.iter().all(|asked| self.sent.contains(asked));
                is_sent.then_some("it is answered already")
            }
            _ => None,
        }
    }

    fn prepare(&mut self, context: &Context<'_>) {
        let runs = context.runs;
        self.list.catch_up(runs);
        let is_open = |asked: &Asked| {
            let run = runs.get(&asked.run);
            run.is_some_and(|run| run.requests.iter().any(|open| open.id == asked.request))
        };
        self.sent.retain(is_open);
        let is_stale = |answer: &(Answer, Vec<Asked>)| !answer.1.iter().any(is_open);
        if self.answer.as_ref().is_some_and(is_stale) {
            self.answer = None;
        }
        self.drafts.retain(|draft| {
            let run = runs.get(&draft.run);
            run.is_some_and(|run| draft.is_for(&run.requests))
        });
        self.see(context);
        let inner = draw::areas(context.area).detail;
        let rows = detail::rows(self, context, usize::from(inner.width.saturating_sub(4)));
        let most = rows
            .len()
            .saturating_sub(usize::from(inner.height.saturating_sub(2)));
        self.scrolled = self.scrolled.min(most);
    }

    fn changes_at(&self, context: &Context<'_>) -> Option<Timestamp> {
        // How long it waits is shown in seconds.
        let is_any = !self.list.rows().is_empty();
        let second = 1_000_000_000;
        is_any.then(|| Timestamp::from_ns((context.now.as_ns() / second + 1) * second))
    }

    fn draw(&self, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        draw::draw(self, look, area, buffer);
        None
    }
}
