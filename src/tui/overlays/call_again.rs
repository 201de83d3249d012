//! The dialog that repeats a tool call of a run in a new run, with editable arguments.

use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::Widget;
use serde_json::Value;
use tui_textarea::{CursorMove, TextArea};

use super::begun;
use crate::base::ids::{RequestId, RunId};
use crate::base::text::{ellipsis, sanitised};
use crate::runs::RunsCommand;
use crate::trace::ComponentName;
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, ViewContext};
use crate::tui::effect::Effect;
use crate::tui::fork::{CallReady, CallWish, ForkSource};
use crate::tui::launch_plan::Ticket;
use crate::tui::layer::Layer;
use crate::tui::message::{Command, Message};
use crate::tui::notices::Notice;
use crate::tui::theme::Role;
use crate::tui::widgets::rows::Row;
use crate::tui::widgets::{dialog, pane, problem, text_keys};

/// The id of a tool call: its run and its request.
pub(crate) type CallOf = (RunId, RequestId);

/// The tool, its arguments and the state of the dialog.
#[derive(Debug)]
pub(crate) struct State {
    /// The display name of the run.
    name: String,
    /// The call to be repeated.
    of: CallOf,
    /// The arguments of the original call.
    before: String,
    source: ForkSource,
    tool: ComponentName,
    /// The edited arguments, as JSON.
    arguments: TextArea<'static>,
    /// The reason why the call can't be made.
    problem: Option<String>,
    /// The ticket of the call that is being planned.
    awaited: Option<Ticket>,
}

impl State {
    pub(super) fn new(
        (name, of): (String, CallOf),
        source: ForkSource,
        tool: ComponentName,
        arguments: &Value,
        draft: Option<&str>,
    ) -> Self {
        let before = serde_json::to_string_pretty(arguments).unwrap_or_default();
        let mut arguments = *text_keys::text_area(draft.unwrap_or(&before));
        arguments.move_cursor(CursorMove::Down);
        arguments.move_cursor(CursorMove::End);
        Self {
            name,
            of,
            before,
            source,
            tool,
            arguments,
            problem: None,
            awaited: None,
        }
    }

    fn call(&mut self) -> Vec<Command> {
        if self.awaited.is_some() {
            return Vec::new();
        }
        let ticket = Ticket::default();
        self.awaited = Some(ticket.clone());
        self.problem = None;
        vec![Command::Outside(Effect::CallAgain(Box::new(CallWish {
            ticket,
            source: self.source.clone(),
            tool: self.tool.clone(),
            arguments: self.arguments.lines().join("\n"),
        })))]
    }

    /// Closes the dialog. The typed arguments are kept for the next time the same call is repeated.
    fn leave(&self) -> Vec<Command> {
        let text = self.arguments.lines().join("\n");
        let draft = (text != self.before).then_some(text);
        let words = "what you typed is kept: R on this call continues it";
        let notice = draft
            .is_some()
            .then(|| Command::notify(Notice::info(words)));
        let keep = Command::Tell(Message::KeepCall(self.of.clone(), draft));
        [Command::close(), keep].into_iter().chain(notice).collect()
    }

    /// Whether the dialog waits for this plan.
    pub(crate) fn awaits(&self, ticket: &Ticket) -> bool {
        self.awaited.as_ref() == Some(ticket)
    }

    /// Starts the planned call, or shows the error.
    pub(crate) fn take(
        &mut self,
        result: Result<Box<CallReady>, String>,
        context: &Context<'_>,
    ) -> Vec<Command> {
        self.awaited = None;
        let CallReady { plan, remark } = match result {
            Ok(ready) => *ready,
            Err(problem) => {
                self.problem = Some(problem);
                return Vec::new();
            }
        };
        let tool = sanitised(&self.tool.name).replace('\n', " ");
        let words = format!(
            "{tool} is called again in a run of its own; {} stays as it is",
            self.name
        );
        let batch = context.ids.batch();
        let mut commands = vec![Command::Tell(Message::KeepCall(self.of.clone(), None))];
        commands.extend(begun(RunsCommand::Launch { batch, plan }, words, remark));
        commands
    }

    /// Returns the rows with the reason why the call can't be made, `width` cells wide.
    fn problem_rows(&self, width: u16) -> Vec<Row> {
        let problem = self.problem.as_deref();
        problem.map_or_else(Vec::new, |words| problem::rows(words, usize::from(width)))
    }
}

impl Layer for State {
    fn contexts(&self) -> Vec<KeyContext> {
        vec![KeyContext::CallAgain]
    }

    fn update(&mut self, action: Action, _context: &Context<'_>) -> Vec<Command> {
        match action {
            Action::Accept => return self.call(),
            Action::Back => return self.leave(),
            Action::NewLine => self.arguments.insert_newline(),
            Action::Undo => {
                self.arguments.undo();
            }
            _ => {}
        }
        Vec::new()
    }

    fn text(&mut self, key: KeyEvent, _context: &Context<'_>) -> Vec<Command> {
        self.problem = None;
        text_keys::input(&mut self.arguments, key);
        Vec::new()
    }

    fn paste(&mut self, text: &str, _context: &Context<'_>) -> Vec<Command> {
        self.problem = None;
        self.arguments.insert_str(sanitised(text));
        Vec::new()
    }

    fn draw(&self, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let lines = u16::try_from(self.arguments.lines().len()).unwrap_or(u16::MAX);
        let height = lines.saturating_add(7).clamp(12, area.height.max(12));
        let outer = dialog::centred(area, 90, height);
        let room = usize::from(outer.width.saturating_sub(6));
        let tool = sanitised(&self.tool.name).replace('\n', " ");
        let title = ellipsis(&format!("call {tool} again, outside {}", self.name), room);
        let inner = dialog::draw(&title, outer, look, buffer);
        let problem_lines = self.problem_rows(inner.width);
        let below = u16::try_from(problem_lines.len().max(1))
            .unwrap_or(1)
            .min(inner.height / 2);
        let text = Rect {
            height: inner.height.saturating_sub(below + 1),
            ..inner
        };
        self.arguments.render(text, buffer);
        let first = inner.bottom().saturating_sub(below);
        for (y, row) in (first..inner.bottom()).zip(&problem_lines) {
            row.draw(look.theme, pane::line(inner, y), buffer);
        }
        if problem_lines.is_empty() {
            let words = if self.awaited.is_some() {
                "planning\u{2026}"
            } else {
                "the arguments as JSON; the call is a new run on Runs"
            };
            let words = ellipsis(words, usize::from(inner.width));
            Line::styled(words, look.theme.style(Role::Muted))
                .render(pane::line(inner, first), buffer);
        }
        None
    }
}
