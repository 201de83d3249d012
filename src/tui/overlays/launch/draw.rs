//! Drawing of the launch dialog.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Paragraph, Widget, Wrap};

use super::form::Field;
use super::{Plan, Rows, State, below};
use crate::base::files::file_name;
use crate::base::text::{ellipsis, sanitised, width_cells};
use crate::profile::ModelSource;
use crate::runs::{PlanProblem, is_column_of};
use crate::tui::app::Look;
use crate::tui::theme::Role;
use crate::tui::widgets::dialog;

/// How wide the names of the fields are.
const LABEL: u16 = 15;

/// The widest that the dialog gets.
const MAX_WIDTH: u16 = 100;

/// Lines of a dialog beside those of its fields: count, blanks, button, tools, frame.
const OTHER_LINES: usize = 8;

/// Most files that are offered beside a name.
const MAX_OFFERED: usize = 12;

/// Where a field is, in the dialog's inside.
struct Place {
    field: Field,
    area: Rect,
    /// Where what is said of it goes.
    beside: Rect,
}

fn outer(state: &State, area: Rect) -> Rect {
    let fields = state.form.fields().count().saturating_sub(7);
    let width = MAX_WIDTH.min(area.width.saturating_sub(2));
    let inside = usize::from(width.saturating_sub(4));
    let lines = fields + below::n_lines(state, inside) + OTHER_LINES;
    let height = u16::try_from(lines).unwrap_or(u16::MAX);
    dialog::centred(area, width, height)
}

fn inside(outer: Rect) -> Rect {
    Rect {
        x: outer.x + 2,
        y: outer.y + 1,
        width: outer.width.saturating_sub(4),
        height: outer.height.saturating_sub(2),
    }
}

/// Where the fields are: profile, four and three numbers on a line, each further one on its own.
fn places(state: &State, inner: Rect) -> Vec<Place> {
    let value_width = (inner.width.saturating_sub(LABEL) * 3 / 5).max(12);
    let bottom = inner.bottom().saturating_sub(1);
    let mut places = Vec::new();
    let mut y = inner.y;
    let mut column = 0;
    for (field, _) in state.form.fields() {
        let (area, beside) = match field {
            Field::Runs
            | Field::AtOnce
            | Field::Timeout
            | Field::Seed
            | Field::Budget
            | Field::Canary
            | Field::Rate => {
                let label = u16::try_from(width_cells(label(field))).unwrap_or(LABEL);
                let at = match field {
                    Field::Runs | Field::Budget => LABEL,
                    _ => column + label + 1,
                };
                let width = match field {
                    Field::Runs => 7,
                    Field::Budget | Field::Rate => 10,
                    _ => 6,
                };
                if *field == Field::Budget {
                    y += 1;
                }
                column = at + width + 2;
                let area = Rect {
                    x: inner.x + at,
                    y,
                    width,
                    height: 1,
                };
                (area, Rect { width: 0, ..area })
            }
            Field::Launch => {
                let area = Rect {
                    x: inner.x,
                    y: bottom,
                    width: 12,
                    height: 1,
                };
                (area, Rect { width: 0, ..area })
            }
            Field::Profile
            | Field::Input(_)
            | Field::RowsFile
            | Field::Message
            | Field::Each
            | Field::Vary => {
                if *field != Field::Profile {
                    y += 1;
                }
                // A message is long, and little is said of it.
                let width = match field {
                    Field::Message => inner.width.saturating_sub(LABEL),
                    Field::Each | Field::Vary if !state.form.text(field).is_empty() => {
                        inner.width.saturating_sub(LABEL)
                    }
                    Field::RowsFile => value_width * 4 / 5,
                    _ => value_width,
                };
                let area = Rect {
                    x: inner.x + LABEL,
                    y,
                    width,
                    height: 1,
                };
                let beside = Rect {
                    x: area.right() + 1,
                    width: inner.right().saturating_sub(area.right() + 1),
                    ..area
                };
                if *field == Field::Profile {
                    y += 1;
                }
                (area, beside)
            }
        };
        places.push(Place {
            field: field.clone(),
            area: area.intersection(inner),
            beside: beside.intersection(inner),
        });
    }
    places
}

pub(super) fn label(field: &Field) -> &str {
    match field {
        Field::Profile => "profile",
        Field::Runs => "runs",
        Field::AtOnce => "at once",
        Field::Timeout => "timeout s",
        Field::Seed => "seed",
        Field::Budget => "token budget",
        Field::Canary => "canary",
        Field::Rate => "requests",
        Field::Input(name) => name,
        Field::RowsFile => "rows from",
        Field::Message => "first message",
        Field::Each => "combine",
        Field::Vary => "vary",
        Field::Launch => "",
    }
}

/// The field at a place of the screen.
pub(super) fn field_at(state: &State, area: Rect, at: Position) -> Option<Field> {
    let places = places(state, inside(outer(state, area)));
    let found = places.into_iter().find(|place| place.area.contains(at));
    found.map(|place| place.field)
}

pub(in crate::tui::overlays) fn draw(
    state: &State,
    look: &Look<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    let Some(component) = &state.component else {
        refused(state, look, area, buffer);
        return None;
    };
    let title = format!("launch {}", sanitised(component.name()).replace('\n', " "));
    let outer = outer(state, area);
    dialog::draw(&title, outer, look, buffer);
    let inner = inside(outer);
    let mut cursor = None;
    let mut last = inner.y;
    for place in places(state, inner) {
        let at = draw_field(state, &place, inner, look, buffer);
        if state.form.focus() == &place.field {
            cursor = at;
        }
        if place.field != Field::Launch {
            last = last.max(place.area.y);
        }
    }
    below::draw(state, last + 2, inner, look, buffer);
    cursor
}

/// Draws a field with its name and what is to say of it. Returns where its cursor stands.
fn draw_field(
    state: &State,
    place: &Place,
    inner: Rect,
    look: &Look<'_>,
    buffer: &mut Buffer,
) -> Option<Position> {
    let theme = look.theme;
    let has_focus = state.form.focus() == &place.field;
    if place.area.is_empty() {
        return None;
    }
    let name_style = if has_focus {
        theme.bold(Role::Accent)
    } else {
        theme.style(Role::Muted)
    };
    let name = sanitised(label(&place.field));
    let name_cells = match place.field {
        Field::AtOnce | Field::Timeout | Field::Seed | Field::Canary | Field::Rate => {
            width_cells(&name) + 1
        }
        _ => usize::from(LABEL),
    };
    let name_x = place
        .area
        .x
        .saturating_sub(u16::try_from(name_cells).unwrap_or(0))
        .max(inner.x);
    buffer.set_string(
        name_x,
        place.area.y,
        ellipsis(&name, name_cells.saturating_sub(1)),
        name_style,
    );
    let text = theme.style(Role::Text);
    let cursor = match place.field {
        Field::Profile => {
            let model = match state.profile.model {
                ModelSource::Offline => "offline model, real tools",
                ModelSource::Spec => "models as the spec and the profile name them",
            };
            let style = if has_focus {
                theme.selection()
            } else {
                theme.bold(Role::Text)
            };
            let (before, after) = (look.glyphs.turn_back, look.glyphs.turn_on);
            let name = format!("{before} {} {after}", sanitised(&state.form.profile));
            let (x, _) = buffer.set_stringn(
                place.area.x,
                place.area.y,
                name,
                usize::from(place.area.width),
                style,
            );
            let room = usize::from(inner.right().saturating_sub(x + 1));
            buffer.set_string(
                x + 1,
                place.area.y,
                ellipsis(model, room),
                theme.style(Role::Muted),
            );
            return None;
        }
        Field::Launch => {
            let style = if !state.is_ready() {
                theme.style(Role::Muted)
            } else if has_focus {
                theme.selection()
            } else {
                theme.bold(Role::Accent)
            };
            buffer.set_string(place.area.x, place.area.y, " [ launch ] ", style);
            let words = key_words(state);
            let room = usize::from(inner.right().saturating_sub(place.area.right() + 2));
            let style = theme.style(Role::Muted);
            buffer.set_string(
                place.area.right() + 2,
                place.area.y,
                ellipsis(words, room),
                style,
            );
            return None;
        }
        _ => {
            let written = state
                .form
                .fields()
                .find(|(field, _)| **field == place.field);
            buffer.set_style(place.area, theme.base());
            let line_break = look.glyphs.line_break;
            written.map(|(_, field)| field.draw_with(line_break, place.area, text, buffer))
        }
    };
    let room = usize::from(place.beside.width);
    let (words, role) = beside(state, &place.field, room);
    let words = ellipsis(&words, room);
    buffer.set_string(place.beside.x, place.beside.y, words, theme.style(role));
    cursor
}

/// What the keys do that lead on from the field that has the focus.
fn key_words(state: &State) -> &'static str {
    let can_start = state.reading().is_some() || state.has_no_problem();
    match (can_start, state.tab_completes()) {
        _ if state.form.focus() == &Field::Profile => {
            "left and right choose the profile, enter starts"
        }
        (false, true) => "nothing to start yet, tab completes, esc leaves",
        (false, false) => "nothing to start yet, tab to the fields, esc leaves",
        (true, true) => "tab completes, enter starts, esc leaves",
        (true, false) => "enter starts, tab to the fields, esc leaves",
    }
}

/// What is said beside a field: what is wrong with it, else what it is.
fn beside(state: &State, field: &Field, room: usize) -> (String, Role) {
    match field {
        Field::Input(name) => {
            let of_this = |problem: &&PlanProblem| problem.name.as_ref() == Some(name);
            if let Plan::Made(Err(error)) = &state.plan
                && let Some(problem) = error.problems().iter().find(of_this)
            {
                let row = problem
                    .row
                    .map_or_else(String::new, |row| format!("row {row}: "));
                return (format!("{row}{}", sanitised(&problem.message)), Role::Error);
            }
            (about_input(state, name, room), Role::Muted)
        }
        Field::Each if state.form.text(field).is_empty() => {
            ("INPUT=A,B; INPUT=C,D".to_owned(), Role::Muted)
        }
        Field::Vary if state.form.text(field).is_empty() => {
            ("COMPONENT.FIELD=A,B; …".to_owned(), Role::Muted)
        }
        Field::RowsFile if state.form.focus() == field && is_offered(state) => {
            let offered = state.rows_files.offered(state.form.text(field));
            let names: Vec<&str> = offered.take(MAX_OFFERED).collect();
            (sanitised(&names.join("  ")), Role::Accent)
        }
        Field::RowsFile => match &state.rows {
            Rows::None => (".csv .json .jsonl .yaml".to_owned(), Role::Muted),
            Rows::Reading(_) => ("reading…".to_owned(), Role::Muted),
            Rows::Read(_, read) => {
                let columns = sanitised(&read.columns().join(", "));
                let words = match read.rows.len() {
                    1 => format!("1 row: {columns}"),
                    rows => format!("{rows} rows: {columns}"),
                };
                (words, Role::Success)
            }
            Rows::Failed(_, problem) => (sanitised(problem), Role::Error),
        },
        _ => (String::new(), Role::Muted),
    }
}

/// Whether there are files that the typed name may go on with, and it is none of them.
fn is_offered(state: &State) -> bool {
    let text = state.form.text(&Field::RowsFile);
    !matches!(state.rows, Rows::Read(..)) && state.rows_files.offered(text).next().is_some()
}

/// Type and description of an input, or that the rows give it, where there is no room for it without their file.
fn about_input(state: &State, name: &str, room: usize) -> String {
    let lists = state.form.lists().unwrap_or_default();
    if let Some(list) = lists.iter().find(|list| list.name == name) {
        return match list.values.len() {
            1 => "combined: 1 value".to_owned(),
            count => format!("combined: {count} values"),
        };
    }
    if let Rows::Read(path, read) = &state.rows
        && let Some(column) = column_of(read.columns(), name)
    {
        let column = sanitised(&format!("from column `{column}`"));
        let whole = format!("{column} of {}", sanitised(&file_name(path)));
        return if width_cells(&whole) <= room {
            whole
        } else {
            column
        };
    }
    let inputs = state
        .component
        .iter()
        .flat_map(|component| component.inputs());
    let Some(input) = inputs.into_iter().find(|input| input.title() == name) else {
        return String::new();
    };
    match input.description() {
        Some(words) => format!("{}: {}", input.type_text(), sanitised(words)),
        None => input.type_text(),
    }
}

/// The column that gives an input.
fn column_of<'c>(columns: &'c [String], name: &str) -> Option<&'c str> {
    let columns = columns.iter().map(String::as_str);
    let mut alike = columns.filter(|column| is_column_of(column, name));
    let first = alike.next();
    alike.find(|column| *column == name).or(first)
}

/// Why the spec can't be launched at all.
fn refused(state: &State, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let theme = look.theme;
    let diagnostics = &state.checked.loaded.diagnostics;
    let errors: Vec<_> = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.is_error())
        .collect();
    let mut lines = vec![Line::styled(
        "This spec can't be launched yet:",
        theme.style(Role::Text),
    )];
    for error in errors.iter().take(8) {
        let words = format!(
            "{} {}:{} {}",
            look.glyphs.error,
            error.place.line,
            error.place.column,
            sanitised(&error.message)
        );
        lines.push(Line::styled(words, theme.style(Role::Error)));
    }
    if errors.is_empty() {
        lines.push(Line::styled(
            "it only defines components for other documents; launch one of these",
            theme.style(Role::Error),
        ));
    }
    lines.push(Line::styled(
        "esc goes back to it",
        theme.style(Role::Muted),
    ));
    let height = u16::try_from(lines.len() + 4).unwrap_or(u16::MAX);
    let outer = dialog::centred(area, MAX_WIDTH.min(area.width.saturating_sub(2)), height);
    let inner = dialog::draw("launch", outer, look, buffer);
    Paragraph::new(lines)
        .wrap(Wrap { trim: false })
        .render(inner, buffer);
}
