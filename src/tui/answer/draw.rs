//! Drawing of the answer box at the end of its pane.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph, Widget, Wrap};
use serde_json::Value;
use tui_textarea::TextArea;

use super::{Answer, Mode};
use crate::base::text::{ellipsis, sanitised, width_cells};
use crate::conversation::AuthorizationStep;
use crate::trace::RequestKind;
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::ViewContext;
use crate::tui::theme::Role;
use crate::tui::widgets::rows::{Indent, Piece, Row, Tone, wrap};
use crate::tui::widgets::{json_view, pane, problem};

/// Returns the height of the box at the end of the pane at `tile`, in lines. A question that is not
/// opened leaves the pane's upper frame visible, because it names the run.
pub(crate) fn height(answer: &Answer, is_open: bool, tile: Rect) -> u16 {
    let wanted = match &answer.mode {
        Mode::Confirm => confirm_rows(answer, tile).len() + 4,
        Mode::Message(area) | Mode::Refuse(area) => area.lines().len().clamp(2, 8) + 3,
        Mode::Result(area) | Mode::Arguments(area) => area.lines().len().clamp(3, 16) + 3,
    };
    let problem_lines = problem_rows(answer, tile).len().max(1);
    let most = if is_open {
        tile.height
    } else {
        tile.height.saturating_sub(1)
    };
    u16::try_from(wanted + problem_lines - 1)
        .unwrap_or(u16::MAX)
        .min(most)
}

/// Draws the box over the end of the pane at `tile`.
pub(crate) fn draw(answer: &Answer, tile: Rect, look: &ViewContext<'_>, buffer: &mut Buffer) {
    draw_box(answer, true, tile, look, buffer);
}

/// Draws the box of a question that appears without being opened: letters answer it, and no key
/// closes it.
pub(crate) fn draw_question(
    answer: &Answer,
    tile: Rect,
    look: &ViewContext<'_>,
    buffer: &mut Buffer,
) {
    draw_box(answer, false, tile, look, buffer);
}

fn draw_box(
    answer: &Answer,
    is_open: bool,
    tile: Rect,
    look: &ViewContext<'_>,
    buffer: &mut Buffer,
) {
    let theme = look.theme;
    let problem = problem_rows(answer, tile);
    let problem_lines = problem.len().max(1);
    let height = height(answer, is_open, tile);
    let area = Rect {
        y: tile.bottom() - height,
        height,
        ..tile
    };
    Clear.render(area, buffer);
    buffer.set_style(area, theme.surface());
    let heading = match answer.n_alike {
        1 => title(answer),
        many => format!("all {many} runs \u{b7} {}", title(answer)),
    };
    let block = pane::block(&heading, true, look).border_style(theme.bold(Role::Warning));
    let inner = block.inner(area);
    block.render(area, buffer);
    let inner = Rect {
        x: inner.x + inner.width.min(1),
        width: inner.width.saturating_sub(2),
        ..inner
    };
    // In the smallest box, what is typed is worth more than the hints, and a problem more than that.
    let most = match (&answer.mode, &answer.problem) {
        (Mode::Confirm, _) | (_, Some(_)) => inner.height,
        (_, None) => inner.height.saturating_sub(1),
    };
    let problem_lines = u16::try_from(problem_lines).unwrap_or(1).min(most);
    let body = Rect {
        height: inner.height - problem_lines,
        ..inner
    };
    let hints = Rect {
        y: body.bottom(),
        height: problem_lines,
        ..inner
    };
    match &answer.mode {
        Mode::Confirm => confirm(answer, body, look, buffer),
        Mode::Message(area) | Mode::Result(area) | Mode::Refuse(area) | Mode::Arguments(area) => {
            written(area, body, buffer);
        }
    }
    match &answer.problem {
        Some(_) => {
            for (y, row) in (hints.y..hints.bottom()).zip(&problem) {
                let line = pane::line(hints, y);
                row.draw(theme, line, buffer);
            }
        }
        None if answer.is_reading => {
            Line::styled("reading the picture", theme.style(Role::Muted)).render(hints, buffer);
        }
        None => {
            hints_line(answer, is_open, usize::from(hints.width), look).render(hints, buffer);
        }
    }
}

/// Returns the lines with the reason why the typed reply can't be sent.
fn problem_rows(answer: &Answer, tile: Rect) -> Vec<Row> {
    let width = usize::from(tile.width.saturating_sub(4));
    let problem = answer.problem.as_deref();
    problem.map_or_else(Vec::new, |words| problem::rows(words, width))
}

fn title(answer: &Answer) -> String {
    let tool = |tool: &str| sanitised(tool).replace('\n', " ");
    match (&answer.request.kind, &answer.mode) {
        (RequestKind::UserMessage { .. }, _) => {
            "your message, with /image FILE a picture".to_owned()
        }
        (RequestKind::ToolResult { tool: name, .. }, _) => format!("the result of {}", tool(name)),
        (RequestKind::ToolConfirmation { tool: name, .. }, Mode::Refuse(_)) => {
            format!("why not {}? (may be empty)", tool(name))
        }
        (RequestKind::ToolConfirmation { tool: name, .. }, Mode::Arguments(_)) => {
            format!("the arguments of {}", tool(name))
        }
        (RequestKind::ToolConfirmation { tool: name, .. }, _) => {
            format!("? {} wants your yes", tool(name))
        }
        (RequestKind::CallInDoubt { tool: name, .. }, Mode::Refuse(_)) => {
            format!("why did {} fail? (may be empty)", tool(name))
        }
        (RequestKind::CallInDoubt { tool: name, .. }, Mode::Arguments(_)) => {
            format!("the result of {}", tool(name))
        }
        (RequestKind::CallInDoubt { tool: name, .. }, _) => {
            format!("? {} may have been called", tool(name))
        }
        (RequestKind::Authorization { .. } | RequestKind::Elicitation { .. }, Mode::Refuse(_)) => {
            "why not? (may be empty)".to_owned()
        }
        (RequestKind::Elicitation { .. }, Mode::Arguments(_)) => "your answer".to_owned(),
        (RequestKind::Elicitation { .. }, _) => "? a server asks you".to_owned(),
        (RequestKind::Authorization { step, .. }, _) => match step {
            AuthorizationStep::Register(_) => "? may flowdeck register itself".to_owned(),
            AuthorizationStep::SignIn(_) => "? sign in".to_owned(),
        },
    }
}

fn written(area: &TextArea<'_>, place: Rect, buffer: &mut Buffer) {
    area.render(place, buffer);
}

fn confirm_rows(answer: &Answer, tile: Rect) -> Vec<Row> {
    match &answer.request.kind {
        RequestKind::ToolConfirmation { arguments, .. }
        | RequestKind::CallInDoubt { arguments, .. } => {
            json_view::rows_of(arguments, usize::from(tile.width.saturating_sub(4)))
        }
        RequestKind::Authorization {
            step: AuthorizationStep::Register(address) | AuthorizationStep::SignIn(address),
            ..
        } => wrapped(
            &sanitised(address),
            usize::from(tile.width.saturating_sub(4)),
        ),
        RequestKind::Elicitation {
            message,
            values,
            inputs,
            ..
        } => {
            let width = usize::from(tile.width.saturating_sub(4));
            let said = inputs.iter().filter_map(wanted);
            let lines = std::iter::once(message.clone()).chain(said);
            let mut rows: Vec<Row> = lines.flat_map(|line| in_rows(&line, width)).collect();
            rows.extend(json_view::rows_of(values, width));
            rows
        }
        RequestKind::UserMessage { .. } | RequestKind::ToolResult { .. } => Vec::new(),
    }
}

/// Returns the description of a value that a server asks for, if it has one.
fn wanted(input: &Value) -> Option<String> {
    let name = input.get("title")?.as_str()?;
    let description = input.get("description")?.as_str()?;
    Some(format!("{name}: {description}"))
}

/// Wraps a text into lines of `width` cells.
fn in_rows(text: &str, width: usize) -> Vec<Row> {
    let text = sanitised(text);
    let wrapped = |line: &str| {
        let piece = Piece::new(line.to_owned(), Tone::of(Role::Text));
        wrap(&[piece], width, &Indent::default())
    };
    text.lines().flat_map(wrapped).collect()
}

/// Wraps an address, which has no blanks, into lines of `width` cells.
fn wrapped(address: &str, width: usize) -> Vec<Row> {
    let characters: Vec<char> = address.chars().collect();
    characters
        .chunks(width.max(1))
        .map(|line| {
            Row::of([Piece::new(
                line.iter().collect::<String>(),
                Tone::of(Role::Text),
            )])
        })
        .collect()
}

/// Returns the question of the request, in one line.
fn question(request: &RequestKind) -> String {
    match request {
        RequestKind::Authorization { server, step } => {
            let server = sanitised(server).replace('\n', " ");
            match step {
                AuthorizationStep::Register(_) => format!("For {server}, with:"),
                AuthorizationStep::SignIn(_) => {
                    format!("For {server}, in a browser here, at:")
                }
            }
        }
        RequestKind::Elicitation { server, .. } => {
            format!("Asked by {}:", sanitised(server).replace('\n', " "))
        }
        RequestKind::CallInDoubt { .. } => {
            "When flowdeck ended it was under way, with these arguments:".to_owned()
        }
        RequestKind::UserMessage { .. }
        | RequestKind::ToolResult { .. }
        | RequestKind::ToolConfirmation { .. } => "It runs with these arguments:".to_owned(),
    }
}

fn confirm(answer: &Answer, area: Rect, look: &ViewContext<'_>, buffer: &mut Buffer) {
    let question = question(&answer.request.kind);
    Paragraph::new(ellipsis(&question, usize::from(area.width)))
        .wrap(Wrap { trim: true })
        .style(look.theme.style(Role::Text))
        .render(
            Rect {
                height: area.height.min(1),
                ..area
            },
            buffer,
        );
    let tile = Rect {
        width: area.width + 4,
        ..area
    };
    let rows = confirm_rows(answer, tile);
    let room = usize::from(area.height.saturating_sub(1));
    for (line, row) in rows.iter().take(room).enumerate() {
        let y = area.y + 1 + u16::try_from(line).unwrap_or(0);
        row.draw(look.theme, pane::line(area, y), buffer);
    }
    if rows.len() > room && room > 0 {
        // What is asked for a yes is never shown in part without saying so.
        let (action, does) = if answer.address().is_some() {
            (Action::CopyAddress, "copies it")
        } else {
            (Action::EditArguments, "shows all")
        };
        let key = look.context.keymap.key_in(&[answer.context()], action);
        let how = key.map_or_else(String::new, |key| format!(": {key} {does}"));
        let words = format!(
            " {} {} more lines{how} ",
            look.glyphs.more_below,
            rows.len() - room + 1
        );
        let y = area.bottom().saturating_sub(1);
        let style = look.theme.bold(Role::Warning);
        buffer.set_stringn(area.x, y, words, usize::from(area.width), style);
    }
}

/// Returns the line with the most important keys. When space is short, the distances shrink first,
/// then the labels are dropped from the last one on, then the keys in the middle. The key that
/// leaves the box is always shown.
fn hints_line<'a>(
    answer: &Answer,
    is_open: bool,
    width: usize,
    look: &ViewContext<'_>,
) -> Line<'a> {
    let theme = look.theme;
    let contexts = [answer.context(), KeyContext::Always];
    let actions: &[(Action, &'static str)] = match answer.mode {
        // Those that have no key here are left out.
        Mode::Confirm if answer.address().is_some() => &[
            (Action::Register, "register"),
            (Action::RefuseCall, "refuse"),
            (Action::CopyAddress, "copy it"),
            (Action::Back, "later"),
        ],
        Mode::Confirm if answer.is_form() => &[
            (Action::ConfirmCall, "send it"),
            (Action::EditArguments, "fill in"),
            (Action::RefuseCall, "give nothing"),
            (Action::Back, "later"),
        ],
        Mode::Confirm if answer.is_in_doubt() => &[
            (Action::ConfirmCall, "call it again"),
            (Action::EditArguments, "give its result"),
            (Action::RefuseCall, "let it fail"),
            (Action::Back, "later"),
        ],
        Mode::Confirm => &[
            (Action::ConfirmCall, "run it"),
            (Action::RefuseCall, "refuse"),
            (Action::EditArguments, "edit the arguments"),
            (Action::Back, "later"),
        ],
        Mode::Message(_) | Mode::Result(_) | Mode::Arguments(_) => &[
            (Action::Accept, "send"),
            (Action::NewLine, "new line"),
            (Action::Back, "leave"),
        ],
        Mode::Refuse(_) => &[(Action::Accept, "refuse"), (Action::Back, "back")],
    };
    let actions = actions
        .iter()
        .filter(|(action, _)| is_open || *action != Action::Back);
    let keyed = actions.filter_map(|(action, words)| {
        let key = look.context.keymap.key_in(&contexts, *action)?;
        Some((format!("[{key}]"), *words))
    });
    let mut hints: Vec<(String, &'static str)> = keyed.collect();
    let line = |hints: &[(String, &'static str)], gap: usize| {
        let mut spans = Vec::new();
        for (key, words) in hints {
            if !spans.is_empty() {
                spans.push(Span::raw(" ".repeat(gap)));
            }
            spans.push(Span::styled(key.clone(), theme.bold(Role::Accent)));
            if !words.is_empty() {
                spans.push(Span::styled(format!(" {words}"), theme.style(Role::Text)));
            }
        }
        Line::from(spans)
    };
    let fits = |line: &Line<'_>| line.width() <= width;
    let mut laid_out = line(&hints, 3);
    if !fits(&laid_out) {
        laid_out = line(&hints, 2);
    }
    // The longest is shown as a single word first.
    while !fits(&laid_out) {
        let long = hints.iter_mut().filter(|(_, words)| words.contains(' '));
        let Some((_, words)) = long.max_by_key(|(_, words)| words.len()) else {
            break;
        };
        *words = words.split(' ').next().unwrap_or(words);
        laid_out = line(&hints, 2);
    }
    for at in (0..hints.len()).rev() {
        if fits(&laid_out) {
            break;
        }
        hints[at].1 = "";
        laid_out = line(&hints, 1);
    }
    while !fits(&laid_out) && hints.len() > 1 {
        hints.remove(hints.len() - 2);
        laid_out = line(&hints, 1);
    }
    let mut line = laid_out;
    if answer.context() == KeyContext::AnswerSignIn {
        let words = "   the run continues when you have signed in";
        if line.width() + width_cells(words) <= width {
            line.push_span(Span::styled(words, theme.style(Role::Muted)));
        }
    }
    line
}
