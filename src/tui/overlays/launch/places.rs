//! The positions of the fields in the launch dialog. If they don't all fit, they scroll so that the
//! focused field is visible.

use ratatui::layout::Rect;

use super::State;
use super::below;
use super::form::Field;
use crate::tui::widgets::dialog;

/// The width of the fields' names, in cells.
pub(super) const LABEL: u16 = 15;

/// The maximum width of the dialog, in cells.
pub(super) const MAX_WIDTH: u16 = 100;

/// The number of lines of the dialog besides the fields: border, blanks, count, button.
const OTHER_LINES: usize = 6;

/// The number of lines below the fields that are always visible: a blank, the count, the button.
const KEPT_BELOW: u16 = 3;

/// The columns of the number fields that share a line: the column of the name, the column of the
/// value, and the width of the value, in cells.
const SLOTS: [(u16, u16, u16); 4] = [(0, LABEL, 8), (25, 35, 6), (43, 52, 8), (62, 68, 7)];

/// The position of a field, within the dialog's border.
pub(super) struct Place {
    pub(super) field: Field,
    pub(super) area: Rect,
    /// The number of cells between the beginning of the field's name and its value.
    pub(super) label: u16,
    /// The area for the text beside the field.
    pub(super) beside: Rect,
    /// Whether this line stands for all further fields, which are folded.
    pub(super) is_fold: bool,
}

/// Returns the index of a field among the ones that share a line.
const fn slot(field: &Field) -> Option<usize> {
    match field {
        Field::Runs | Field::Budget => Some(0),
        Field::AtOnce | Field::Canary => Some(1),
        Field::Timeout | Field::Rate => Some(2),
        Field::Seed => Some(3),
        _ => None,
    }
}

/// The visible fields.
pub(super) struct Places {
    pub(super) seen: Vec<Place>,
    /// The line below the last visible field.
    pub(super) end: u16,
    /// The number of lines of fields above and below the visible ones.
    pub(super) hidden: (u16, u16),
}

pub(super) fn outer(state: &State, area: Rect) -> Rect {
    let width = dialog::fitted(MAX_WIDTH.min(area.width), area.width);
    let inside = usize::from(width.saturating_sub(4));
    let lines = usize::from(n_lines(state)) + below::n_lines(state, inside) + OTHER_LINES;
    let height = u16::try_from(lines).unwrap_or(u16::MAX);
    dialog::centred(area, width, height)
}

pub(super) const fn inside(outer: Rect) -> Rect {
    Rect {
        x: outer.x + 2,
        y: outer.y + 1,
        width: outer.width.saturating_sub(4),
        height: outer.height.saturating_sub(2),
    }
}

/// Returns the line of each field. Number fields share a line, and so do further fields while they
/// are folded; all others but the button have their own.
fn lines(state: &State) -> impl Iterator<Item = (&Field, u16)> {
    let is_folded = !state.form.is_unfolded();
    let mut line = 0;
    state.form.fields().map(move |(field, _)| {
        let shares = match field {
            Field::Profile | Field::Launch => true,
            _ if is_folded && field.is_further() => *field != Field::Budget,
            _ => slot(field).is_some_and(|slot| slot > 0),
        };
        line += u16::from(!shares);
        (field, line)
    })
}

/// Returns the number of lines of all fields.
fn n_lines(state: &State) -> u16 {
    lines(state).map(|(_, line)| line + 1).max().unwrap_or(0)
}

/// Returns the positions of the fields.
pub(super) fn places(state: &State, inner: Rect) -> Places {
    let value_width = (inner.width.saturating_sub(LABEL) * 3 / 5).max(12);
    // A field that is out of view can't say what is wrong with it.
    let kept_below = KEPT_BELOW + u16::from(!state.has_no_problem());
    let room = inner.height.saturating_sub(kept_below);
    let n_lines = n_lines(state);
    let focus = state.form.focus();
    let focused = lines(state).find(|(field, _)| *field == focus);
    let focused = focused.map_or(0, |(_, line)| line);
    let first = if focus == &Field::Launch {
        0
    } else {
        (focused + 1).saturating_sub(room)
    };
    let is_folded = !state.form.is_unfolded();
    let mut places = Vec::new();
    for (field, line) in lines(state) {
        if *field == Field::Launch {
            let area = Rect {
                x: inner.x,
                y: inner.bottom().saturating_sub(1),
                width: 12,
                height: 1,
            };
            places.push(Place {
                field: field.clone(),
                area: area.intersection(inner),
                label: 0,
                beside: Rect { width: 0, ..area },
                is_fold: false,
            });
            continue;
        }
        let row = Rect {
            x: inner.x + LABEL,
            y: inner.y + line.saturating_sub(first),
            width: inner.width.saturating_sub(LABEL),
            height: 1,
        };
        let is_fold = is_folded && field.is_further();
        if is_fold && *field != Field::Budget {
            continue;
        }
        let (area, label) = match slot(field).filter(|_| !is_fold) {
            Some(slot) => {
                let (name, value, width) = SLOTS[slot];
                let area = Rect {
                    x: inner.x + value,
                    width,
                    ..row
                };
                (area, value - name)
            }
            // A message is long, and little is said of it.
            None if is_fold || *field == Field::Message => (row, LABEL),
            None if is_list(field) && !state.form.text(field).is_empty() => (row, LABEL),
            None => {
                let area = Rect {
                    width: value_width,
                    ..row
                };
                (area, LABEL)
            }
        };
        let beside = Rect {
            x: area.right() + 1,
            width: match slot(field) {
                Some(_) => 0,
                None => inner.right().saturating_sub(area.right() + 1),
            },
            ..area
        };
        if (first..first + room).contains(&line) {
            places.push(Place {
                field: field.clone(),
                area: area.intersection(inner),
                label,
                beside: beside.intersection(inner),
                is_fold,
            });
        }
    }
    let shown = n_lines.saturating_sub(first).min(room);
    Places {
        seen: places,
        end: inner.y + shown,
        hidden: (first, n_lines.saturating_sub(first + shown)),
    }
}

/// Whether a field takes a list, which gets the whole line.
const fn is_list(field: &Field) -> bool {
    matches!(field, Field::Each | Field::Vary | Field::Stubs)
}

pub(super) fn label(field: &Field) -> &str {
    match field {
        Field::Profile => "profile",
        Field::Runs => "runs",
        Field::AtOnce => "at once",
        Field::Timeout => "timeout",
        Field::Seed => "seed",
        Field::Budget => "token budget",
        Field::Canary => "canary",
        Field::Rate => "requests",
        Field::Input(name) => name,
        Field::RowsFile => "rows from",
        Field::Message => "first message",
        Field::Each => "combine",
        Field::Vary => "vary",
        Field::Answers => "answers from",
        Field::Stubs => "stubs",
        Field::Launch => "",
    }
}
