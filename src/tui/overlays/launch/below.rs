//! The lines below the fields of the launch dialog: what will be started, the problems, how the
//! rows were read, and what the tools will do.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::places::label;
use super::{Plan, Rows, State};
use crate::base::text::{ellipsis, ellipsis_in_paths, sanitised, width_cells};
use crate::tui::app::ViewContext;
use crate::tui::launch_plan::Goal;
use crate::tui::theme::Role;
use crate::tui::widgets::pane;
use crate::tui::widgets::rows::{Indent, Piece, Row, Tone, wrap};

/// The maximum number of lines for tools.
const MAX_TOOL_LINES: usize = 4;

/// The maximum number of remarks about the rows, and the maximum number of their lines.
const MAX_NOTES: usize = 3;
const MAX_NOTE_LINES: usize = 6;

/// The maximum number of problems, and the maximum number of their lines.
const MAX_PROBLEMS: usize = 4;
const MAX_PROBLEM_LINES: usize = 8;

/// Returns the number of lines besides the one that says what will be started.
pub(super) fn n_lines(state: &State, width: usize) -> usize {
    let tools = state.tools.len().min(MAX_TOOL_LINES);
    let rows = first_rows(state).len();
    tools + rows + problem_rows(state, width).len() + note_rows(state, width).len()
}

/// Returns the first rows as they were read.
fn first_rows(state: &State) -> &[String] {
    match &state.plan {
        Plan::Made(Ok(preview)) => &preview.rows,
        Plan::Unknown | Plan::Making(..) | Plan::Made(Err(_)) => &[],
    }
}

/// Returns the problems in rows of `width` cells, each with whether a problem begins there.
fn problem_rows(state: &State, width: usize) -> Vec<(bool, String)> {
    let mut problems = problems(state);
    let named = problems.texts.len();
    if named + problems.n_unnamed > MAX_PROBLEMS {
        problems.texts.truncate(MAX_PROBLEMS - 1);
    }
    let more = named + problems.n_unnamed - problems.texts.len();
    // Before each row there is a sign, or blanks.
    let mut rows = in_few_rows(&problems.texts, width.saturating_sub(2), MAX_PROBLEM_LINES);
    if more > 0 {
        rows.push((false, format!("and {more} more")));
    }
    rows
}

/// Returns the texts in at most `at_most` rows of `width` cells, each with whether a text begins
/// there. Few texts may take several rows each; if there is not enough space, paths are shortened
/// first and then the ends.
fn in_few_rows(texts: &[String], width: usize, at_most: usize) -> Vec<(bool, String)> {
    let most = at_most / texts.len().max(1);
    let mut rows = Vec::new();
    for text in texts {
        let words = sanitised(text).replace('\n', " ");
        let mut wrapped = in_rows(&words, width);
        if wrapped.len() > most {
            let cells = if most > 1 {
                width * most * 3 / 4
            } else {
                width
            };
            wrapped = in_rows(&ellipsis_in_paths(&words, cells), width);
        }
        rows.extend(wrapped.into_iter().zip(0..).map(|(row, at)| (at == 0, row)));
    }
    rows
}

fn in_rows(words: &str, width: usize) -> Vec<String> {
    let piece = Piece::new(words, Tone::of(Role::Error));
    let rows = wrap(&[piece], width, &Indent::default());
    rows.iter().map(Row::text).collect()
}

/// The problems that prevent a launch.
pub(super) struct Problems {
    /// The full texts, because a problem may not fit beside its field.
    pub(super) texts: Vec<String>,
    /// The number of further problems.
    n_unnamed: usize,
}

/// Returns the problems that prevent a launch.
pub(super) fn problems(state: &State) -> Problems {
    let of_fields = state.form.problems().into_iter();
    let of_fields = of_fields.map(|(field, problem)| format!("{}: {problem}", label(&field)));
    let of_profile = state.checked.profile_problem.iter().cloned();
    let mut texts: Vec<String> = of_profile.chain(of_fields).collect();
    if let Rows::Failed(_, problem) = &state.rows {
        texts.push(problem.clone());
    }
    let mut n_unnamed = 0;
    if let Plan::Made(Err(error)) = &state.plan {
        texts.extend(error.problems().iter().map(ToString::to_string));
        n_unnamed = error.n_more();
    }
    Problems { texts, n_unnamed }
}

/// Returns the line that says what exactly will be started.
fn what_starts(state: &State) -> String {
    let runs = state.count();
    let noun = if runs == 1 { "run" } else { "runs" };
    if let Some(path) = state.reading() {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let then = if state.is_launch_due {
            " and then starting"
        } else {
            ""
        };
        return format!("= reading {}…{then}", sanitised(&name));
    }
    match &state.plan {
        _ if !state.has_no_problem() => "= nothing yet".to_owned(),
        Plan::Unknown | Plan::Making(_, Goal::Preview) => "= reading…".to_owned(),
        Plan::Making(_, Goal::Launch) => format!("= starting {runs} {noun}…"),
        Plan::Made(_) => {
            let at_once = state.at_once();
            let first = match state.form.canary() {
                Some(canary) if canary.n_runs < runs => {
                    format!(", {} of them first", canary.n_runs)
                }
                Some(_) | None => String::new(),
            };
            format!(
                "= {runs} {noun} in 1 batch, {} at once{first}",
                at_once.min(runs)
            )
        }
    }
}

/// Returns the remarks on how rows and columns were read, as many as fit.
fn note_rows(state: &State, width: usize) -> Vec<String> {
    let read = state.rows.read().into_iter().flat_map(|read| &read.notes);
    let of_plan = match &state.plan {
        Plan::Made(Ok(preview)) => preview.notes.as_slice(),
        Plan::Unknown | Plan::Making(..) | Plan::Made(Err(_)) => &[],
    };
    let mut notes: Vec<String> = read.chain(of_plan).cloned().collect();
    let more = notes.len().saturating_sub(MAX_NOTES);
    notes.truncate(MAX_NOTES);
    let rows = in_few_rows(&notes, width, MAX_NOTE_LINES).into_iter();
    let mut rows: Vec<String> = rows.map(|(_, row)| row).collect();
    if more > 0 {
        rows.push(format!("and {more} more"));
    }
    rows
}

/// Returns a text without line breaks.
fn in_line(text: &str) -> String {
    sanitised(text).replace('\n', " ")
}

/// Draws what will be started, the problems, and what the tools will do.
pub(super) fn draw(
    state: &State,
    first: u16,
    inner: Rect,
    look: &ViewContext<'_>,
    buffer: &mut Buffer,
) {
    let theme = look.theme;
    let mut lines: Vec<Line<'_>> = Vec::new();
    let runs = state.count();
    let width = usize::from(inner.width);
    let starts = ellipsis(&what_starts(state), width);
    let beside = width.saturating_sub(width_cells(&starts));
    let mut count = vec![Span::styled(starts, theme.bold(Role::Text))];
    if state.is_ready()
        && let Some(bound) = state.profile.at_once
        && bound < state.at_once().min(runs)
    {
        let words = format!("  (instead of the profile's {bound})");
        let words = ellipsis(&words, beside);
        count.push(Span::styled(words, theme.style(Role::Muted)));
    }
    lines.push(Line::from(count));
    let notes = note_rows(state, width).into_iter();
    lines.extend(notes.map(|note| Line::styled(note, theme.style(Role::Warning))));
    for (is_first, words) in problem_rows(state, width) {
        let sign = if is_first { look.glyphs.error } else { " " };
        lines.push(Line::styled(
            format!("{sign} {words}"),
            theme.style(Role::Error),
        ));
    }
    for (row, number) in first_rows(state).iter().zip(1..) {
        let number = format!("row {number}  ");
        let room = width.saturating_sub(width_cells(&number));
        lines.push(Line::from(vec![
            Span::styled(number, theme.style(Role::Muted)),
            Span::styled(ellipsis(&in_line(row), room), theme.style(Role::Info)),
        ]));
    }
    let more = match state.tools.len().saturating_sub(MAX_TOOL_LINES) {
        0 => String::new(),
        more => format!("  and {more} more"),
    };
    let n_tools = state.tools.len().min(MAX_TOOL_LINES);
    for (tool, at) in state.tools.iter().take(n_tools).zip(1..) {
        let role = if tool.is_unbound {
            Role::Warning
        } else {
            Role::Muted
        };
        let more = if at == n_tools { more.as_str() } else { "" };
        let room = width.saturating_sub(width_cells(more));
        let name = ellipsis(&sanitised(&tool.name), room / 2);
        let room = room.saturating_sub(width_cells(&name) + 2);
        lines.push(Line::from(vec![
            Span::styled(format!("{name}  "), theme.style(Role::Text)),
            Span::styled(ellipsis(&sanitised(&tool.words), room), theme.style(role)),
            Span::styled(more.to_owned(), theme.style(Role::Muted)),
        ]));
    }
    let bottom = inner.bottom().saturating_sub(1);
    for (y, line) in (first..bottom).zip(lines) {
        line.render(pane::line(inner, y), buffer);
    }
}
