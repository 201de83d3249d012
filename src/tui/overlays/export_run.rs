//! The export dialog of a run: as the result object, as its events, or to be read; into a file or
//! the clipboard.

use std::path::PathBuf;
use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::base::clock::Timestamp;
use crate::base::text::{ellipsis, sanitised};
use crate::runs::{Content, RunRecord, run_end, run_object, to_markdown};
use crate::trace::JsonLines;
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, Look};
use crate::tui::command::{Command, FileCommand, TerminalCommand};
use crate::tui::theme::Role;
use crate::tui::widgets::{dialog, text_field::TextField};

/// What a run is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Json,
    JsonLines,
    Markdown,
}

const FORMATS: [(Format, &str, &str); 3] = [
    (
        Format::Json,
        "json",
        "the result, as `flowdeck run --format json` has it",
    ),
    (
        Format::JsonLines,
        "jsonl",
        "every event, one a line (Agent Spec Tracing)",
    ),
    (Format::Markdown, "md", "the conversation, to be read"),
];

/// What is filled in. The run is as it was when the dialog was opened.
#[derive(Debug)]
pub struct State {
    run: Arc<RunRecord>,
    format: usize,
    path: TextField,
    /// Whether the ending of the path is still ours to change.
    is_path_ours: bool,
}

impl State {
    pub(super) fn new(run: Arc<RunRecord>) -> Self {
        let mut state = Self {
            run,
            format: 0,
            path: TextField::default(),
            is_path_ours: true,
        };
        state.choose(0);
        state
    }

    fn choose(&mut self, format: usize) {
        self.format = format.min(FORMATS.len() - 1);
        if self.is_path_ours {
            let (_, extension, _) = FORMATS[self.format];
            let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
            let name = &self.run.component.name;
            let name: String = name
                .chars()
                .map(|c| if is_plain(c) { c } else { '_' })
                .collect();
            self.path = TextField::new(format!("{name}-{}.{extension}", self.run.index + 1));
        }
    }

    fn text(&self, now: Timestamp) -> String {
        let run = self.run.as_ref();
        match FORMATS[self.format].0 {
            Format::Json => format!("{:#}\n", run_object(run, now, Content::Kept)),
            Format::Markdown => to_markdown(run, now),
            Format::JsonLines => {
                let mut writer = JsonLines::new(false);
                let mut text = String::new();
                for line in run.log.iter().filter_map(|event| writer.line(event)) {
                    text.push_str(&line.to_string());
                    text.push('\n');
                }
                if run.is_over() {
                    text.push_str(&run_end(run, now, Content::Kept).to_string());
                    text.push('\n');
                }
                text
            }
        }
    }

    fn write_file(&self, context: &Context<'_>) -> Vec<Command> {
        let name = self.path.text().trim();
        if name.is_empty() {
            return Vec::new();
        }
        // A path that is absolute stays so.
        let path: PathBuf = context.workspace.root.join(name);
        let text = Arc::from(self.text(context.now));
        vec![
            Command::close(),
            Command::File(FileCommand::Export { path, text }),
        ]
    }

    fn copy(&self, now: Timestamp) -> Vec<Command> {
        let copy = TerminalCommand::Copy {
            text: self.text(now),
            what: "the run".to_owned(),
        };
        vec![Command::close(), Command::Terminal(copy)]
    }
}

pub(super) fn contexts(_state: &State) -> Vec<KeyContext> {
    vec![KeyContext::ExportRun]
}

pub(super) fn update(state: &mut State, action: Action, context: &Context<'_>) -> Vec<Command> {
    match action {
        Action::Accept => state.write_file(context),
        Action::ExportToClipboard => state.copy(context.now),
        Action::NextFormat => {
            state.choose((state.format + 1) % FORMATS.len());
            Vec::new()
        }
        Action::Back => vec![Command::close()],
        _ => Vec::new(),
    }
}

pub(super) fn text(state: &mut State, key: KeyEvent, _context: &Context<'_>) -> Vec<Command> {
    match key.code {
        KeyCode::Up => state.choose(state.format.saturating_sub(1)),
        KeyCode::Down => state.choose(state.format + 1),
        _ => state.is_path_ours &= !state.path.input(key),
    }
    Vec::new()
}

pub(super) fn paste(state: &mut State, text: &str, _context: &Context<'_>) -> Vec<Command> {
    state.is_path_ours = false;
    state.path.insert(text);
    Vec::new()
}

pub(super) fn mouse(state: &mut State, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
    let first = inside(context.area).y + 2;
    if event.kind == MouseEventKind::Down(MouseButton::Left) && event.row >= first {
        let index = usize::from(event.row - first);
        if index < FORMATS.len() {
            state.choose(index);
        }
    }
    Vec::new()
}

fn outer(area: Rect) -> Rect {
    dialog::centred(area, 70, 11)
}

fn inside(area: Rect) -> Rect {
    let outer = outer(area);
    Rect {
        x: outer.x + 2,
        y: outer.y + 1,
        width: outer.width.saturating_sub(4),
        height: outer.height.saturating_sub(2),
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "overlays are drawn alike, and some take no text"
)]
pub(super) fn draw(
    state: &State,
    look: &Look<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    let theme = look.theme;
    let inner = dialog::draw("export run", outer(area), look, buffer);
    let line = |at: u16| {
        Rect {
            y: inner.y + at,
            height: 1,
            ..inner
        }
        .intersection(inner)
    };
    let run = format!("#{} {}", state.run.index + 1, state.run.label());
    let run = ellipsis(&sanitised(&run), usize::from(inner.width));
    Line::styled(run, theme.bold(Role::Text)).render(line(0), buffer);
    for (at, (index, (_, extension, words))) in (2..).zip(FORMATS.iter().enumerate()) {
        let is_chosen = index == state.format;
        let sign = if is_chosen { look.glyphs.closed } else { " " };
        let style = if is_chosen {
            theme.bold(Role::Accent)
        } else {
            theme.style(Role::Text)
        };
        let spans = vec![
            Span::styled(format!("{sign} {extension:<6} "), style),
            Span::styled((*words).to_owned(), theme.style(Role::Muted)),
        ];
        Line::from(spans).render(line(at), buffer);
    }
    Line::styled("file", theme.style(Role::Muted)).render(line(6), buffer);
    let field = Rect {
        x: inner.x + 6,
        width: inner.width.saturating_sub(6),
        ..line(6)
    };
    let cursor = state.path.draw(field, theme.style(Role::Text), buffer);
    let contexts = [KeyContext::ExportRun, KeyContext::Always];
    let mut spans = Vec::new();
    for (action, words) in [
        (Action::Accept, "write the file"),
        (Action::ExportToClipboard, "copy instead"),
        (Action::NextFormat, "format"),
        (Action::Back, "leave"),
    ] {
        if let Some(key) = look.context.keymap.key_in(&contexts, action) {
            spans.push(Span::styled(format!("[{key}]"), theme.bold(Role::Accent)));
            spans.push(Span::styled(
                format!(" {words}  "),
                theme.style(Role::Muted),
            ));
        }
    }
    Line::from(spans).render(line(8), buffer);
    Some(cursor)
}
