//! Drawing of the launch dialog.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Paragraph, Widget, Wrap};

use super::beside::beside;
use super::form::Field;
use super::places::{MAX_WIDTH, Place, Places, inside, label, outer, places};
use super::{State, below};
use crate::base::text::{ellipsis, sanitised, width_cells};
use crate::tui::app::ViewContext;
use crate::tui::theme::Role;
use crate::tui::widgets::dialog;

/// The names of the fields that are folded at first.
const FOLDED: &str = "token budget, canary, rate of requests, answers, stubs";

/// Returns the field at a screen position, and the area of its text.
pub(super) fn field_at(state: &State, area: Rect, at: Position) -> Option<(Field, Rect)> {
    let places = places(state, inside(outer(state, area)));
    let found = places
        .seen
        .into_iter()
        .find(|place| place.area.contains(at));
    found.map(|place| (place.field, place.area))
}

pub(in crate::tui::overlays) fn draw(
    state: &State,
    look: &ViewContext<'_>,
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
    let Places { seen, end, hidden } = places(state, inner);
    for place in seen {
        let at = draw_field(state, &place, inner, look, buffer);
        if state.form.focus() == &place.field {
            cursor = at;
        }
    }
    let more = match hidden {
        (0, 0) => String::new(),
        (0, below) => format!("{below} more lines below: down goes there"),
        (above, 0) => format!("{above} more lines above"),
        (above, below) => format!("{above} more lines above, {below} below"),
    };
    let words = ellipsis(&more, usize::from(inner.width));
    buffer.set_string(inner.x, end, words, look.theme.style(Role::Muted));
    below::draw(state, end + 1, inner, look, buffer);
    cursor
}

/// Draws a field with its name and the text beside it. Returns the cursor position.
fn draw_field(
    state: &State,
    place: &Place,
    inner: Rect,
    look: &ViewContext<'_>,
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
    let name = if place.is_fold {
        "further".to_owned()
    } else {
        sanitised(label(&place.field))
    };
    let name_cells = usize::from(place.label);
    let name_x = place.area.x.saturating_sub(place.label).max(inner.x);
    buffer.set_string(
        name_x,
        place.area.y,
        ellipsis(&name, name_cells.saturating_sub(1)),
        name_style,
    );
    if place.is_fold {
        let fold = format!("{} {FOLDED}", look.glyphs.closed);
        let words = ellipsis(&fold, usize::from(place.area.width));
        let style = theme.style(Role::Muted);
        buffer.set_string(place.area.x, place.area.y, words, style);
        return None;
    }
    let cursor = match place.field {
        Field::Profile => {
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
                ellipsis(&sanitised(&state.models), room),
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
        _ => text_of(state, place, look, buffer),
    };
    let room = usize::from(place.beside.width);
    let (words, role) = beside(state, &place.field, room);
    let words = ellipsis(&words, room);
    buffer.set_string(place.beside.x, place.beside.y, words, theme.style(role));
    cursor
}

/// Draws the text of a field. Returns the cursor position.
fn text_of(
    state: &State,
    place: &Place,
    look: &ViewContext<'_>,
    buffer: &mut Buffer,
) -> Option<Position> {
    let theme = look.theme;
    let has_focus = state.form.focus() == &place.field;
    let mut fields = state.form.fields();
    let written = fields.find(|(field, _)| **field == place.field);
    buffer.set_style(place.area, theme.base());
    let (line_break, text) = (look.glyphs.line_break, theme.style(Role::Text));
    let cursor = written.map(|(_, field)| field.draw_with(line_break, place.area, text, buffer));
    if !has_focus && state.form.text(&place.field).is_empty() {
        let words = ellipsis(while_empty(&place.field), usize::from(place.area.width));
        let style = theme.style(Role::Muted);
        buffer.set_string(place.area.x, place.area.y, words, style);
    }
    if !has_focus && place.field == Field::Timeout {
        unit(state, place.area, look, buffer);
    }
    cursor
}

/// Draws the unit (seconds) behind the time limit, if there is room.
fn unit(state: &State, area: Rect, look: &ViewContext<'_>, buffer: &mut Buffer) {
    let cells = width_cells(state.form.text(&Field::Timeout));
    let x = area.x + u16::try_from(cells + 1).unwrap_or(u16::MAX - area.x);
    if cells > 0 && x < area.right() {
        buffer.set_string(x, area.y, "s", look.theme.style(Role::Muted));
    }
}

/// Returns the placeholder of an empty field.
const fn while_empty(field: &Field) -> &'static str {
    match field {
        Field::Seed | Field::Budget | Field::Canary | Field::Rate => "none",
        _ => "",
    }
}

/// Returns the text for the keys of the focused field.
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

/// Draws the reason why the spec can't be launched at all.
fn refused(state: &State, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) {
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
            "it only defines components for other documents; launch one of these documents",
            theme.style(Role::Error),
        ));
    }
    lines.push(Line::styled(
        "esc goes back to it",
        theme.style(Role::Muted),
    ));
    let height = u16::try_from(lines.len() + 4).unwrap_or(u16::MAX);
    let outer = dialog::centred(area, MAX_WIDTH.min(area.width), height);
    let inner = dialog::draw("launch", outer, look, buffer);
    Paragraph::new(lines)
        .wrap(Wrap { trim: false })
        .render(inner, buffer);
}
