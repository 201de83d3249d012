//! Where the fields of the launch dialog are: those that do not fit scroll, so that the one with the focus is seen.

use ratatui::layout::Rect;

use super::State;
use super::below;
use super::form::Field;
use crate::base::text::width_cells;
use crate::tui::widgets::dialog;

/// How wide the names of the fields are.
pub(super) const LABEL: u16 = 15;

/// The widest that the dialog gets.
pub(super) const MAX_WIDTH: u16 = 100;

/// Lines of a dialog beside those of its fields: frame, blanks, count, button.
const OTHER_LINES: usize = 6;

/// Lines below the fields that are always there: a blank, the count, the button.
const KEPT_BELOW: u16 = 3;

/// Where a field is, in the dialog's inside.
pub(super) struct Place {
    pub(super) field: Field,
    pub(super) area: Rect,
    /// Where what is said of it goes.
    pub(super) beside: Rect,
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
    let width = MAX_WIDTH.min(area.width.saturating_sub(2));
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

/// The line of each field: numbers share one, each other field but the button has its own.
fn lines(state: &State) -> impl Iterator<Item = (&Field, u16)> {
    let mut line = 0;
    state.form.fields().map(move |(field, _)| {
        if !matches!(
            field,
            Field::Profile
                | Field::AtOnce
                | Field::Timeout
                | Field::Seed
                | Field::Canary
                | Field::Rate
                | Field::Launch
        ) {
            line += 1;
        }
        (field, line)
    })
}

/// How many lines all fields take.
fn n_lines(state: &State) -> u16 {
    lines(state).map(|(_, line)| line + 1).max().unwrap_or(0)
}

/// Where the fields are: profile, four and three numbers on a line, each further one on its own.
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
    let mut places = Vec::new();
    let mut column = 0;
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
                beside: Rect { width: 0, ..area },
            });
            continue;
        }
        let row = Rect {
            x: inner.x + LABEL,
            y: inner.y + line.saturating_sub(first),
            width: inner.width.saturating_sub(LABEL),
            height: 1,
        };
        let is_number = matches!(
            field,
            Field::Runs
                | Field::AtOnce
                | Field::Timeout
                | Field::Seed
                | Field::Budget
                | Field::Canary
                | Field::Rate
        );
        let area = match field {
            _ if is_number => {
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
                column = at + width + 2;
                Rect {
                    x: inner.x + at,
                    width,
                    ..row
                }
            }
            // A message is long, and little is said of it.
            Field::Message => row,
            Field::Each | Field::Vary | Field::Stubs if !state.form.text(field).is_empty() => row,
            Field::RowsFile | Field::Answers => Rect {
                width: value_width * 4 / 5,
                ..row
            },
            Field::Profile | Field::Input(_) | Field::Each | Field::Vary | Field::Stubs => Rect {
                width: value_width,
                ..row
            },
            _ => continue,
        };
        let beside = if is_number {
            Rect { width: 0, ..area }
        } else {
            Rect {
                x: area.right() + 1,
                width: inner.right().saturating_sub(area.right() + 1),
                ..area
            }
        };
        if (first..first + room).contains(&line) {
            places.push(Place {
                field: field.clone(),
                area: area.intersection(inner),
                beside: beside.intersection(inner),
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
        Field::Answers => "answers from",
        Field::Stubs => "stubs",
        Field::Launch => "",
    }
}
