//! Where the fields of the launch dialog are: those that do not fit scroll, so that the one with the focus is seen.

use ratatui::layout::Rect;

use super::State;
use super::below;
use super::form::Field;
use crate::tui::widgets::dialog;

/// How wide the names of the fields are.
pub(super) const LABEL: u16 = 15;

/// The widest that the dialog gets.
pub(super) const MAX_WIDTH: u16 = 100;

/// Lines of a dialog beside those of its fields: frame, blanks, count, button.
const OTHER_LINES: usize = 6;

/// Lines below the fields that are always there: a blank, the count, the button.
const KEPT_BELOW: u16 = 3;

/// Where the numbers are that share a line, one below the other: the cells before the name, before the value, and those of it.
const SLOTS: [(u16, u16, u16); 4] = [(0, LABEL, 8), (25, 35, 6), (43, 52, 8), (62, 68, 7)];

/// Where a field is, in the dialog's inside.
pub(super) struct Place {
    pub(super) field: Field,
    pub(super) area: Rect,
    /// How many cells before it its name begins.
    pub(super) label: u16,
    /// Where what is said of it goes.
    pub(super) beside: Rect,
    /// Whether it is the fold of all further fields, which are folded away.
    pub(super) is_fold: bool,
}

/// The place of a field among those that share a line.
const fn slot(field: &Field) -> Option<usize> {
    match field {
        Field::Runs | Field::Budget => Some(0),
        Field::AtOnce | Field::Canary => Some(1),
        Field::Timeout | Field::Rate => Some(2),
        Field::Seed => Some(3),
        _ => None,
    }
}

/// The fields that are seen.
pub(super) struct Places {
    pub(super) seen: Vec<Place>,
    /// The line below the last of them.
    pub(super) end: u16,
    /// How many lines of fields are above those that are seen, and how many below.
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

/// The line of each field: numbers share one, so do further fields while they are folded; each other field but the button has
/// its own.
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

/// How many lines all fields take.
fn n_lines(state: &State) -> u16 {
    lines(state).map(|(_, line)| line + 1).max().unwrap_or(0)
}

/// Where the fields are.
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
