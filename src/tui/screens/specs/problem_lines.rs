//! The problems as lines of their pane, each wrapped so that it can be read completely.

use ratatui::layout::Rect;

use super::state::State;
use crate::base::text::sanitised;
use crate::spec::Severity;
use crate::tui::check::Problem;
use crate::tui::glyphs::Glyphs;
use crate::tui::theme::Role;
use crate::tui::widgets::rows::{Indent, Piece, Row, Tone, wrap};

/// The indent of further lines of a problem, in cells.
const HANGING: usize = 3;

/// Returns a problem as lines of `width` cells.
fn rows(problem: &Problem, glyphs: &Glyphs, width: u16) -> Vec<Row> {
    let (sign, role) = match problem.severity {
        Severity::Error => (glyphs.error, Role::Error),
        Severity::Warning => (glyphs.warning, Role::Warning),
    };
    let place = problem.place;
    let place = place.map(|place| format!("{}:{} ", place.line, place.column));
    let message = sanitised(&problem.message).replace('\n', " ");
    let pieces = [
        Piece::new(place.unwrap_or_default(), Tone::of(Role::Muted)),
        Piece::new(message, Tone::of(Role::Text)),
    ];
    let indent = Indent {
        first: vec![Piece::new(format!(" {sign} "), Tone::of(role))],
        hanging_cells: HANGING,
    };
    wrap(&pieces, usize::from(width), &indent)
}

/// Returns the number of lines of all problems at a width, counted up to `most`.
pub(super) fn n_lines(problems: &[Problem], glyphs: &Glyphs, width: u16, most: usize) -> usize {
    let mut lines = 0;
    for problem in problems {
        lines += rows(problem, glyphs, width).len();
        if lines >= most {
            return most;
        }
    }
    lines
}

/// Returns the visible lines with the indexes of their problems. The selected problem is shown
/// completely, if it fits.
pub(super) fn in_view(state: &State, glyphs: &Glyphs, inner: Rect) -> Vec<(usize, Row)> {
    let problems = state.problems();
    let height = usize::from(inner.height);
    let selected = state
        .problems
        .selected()
        .min(problems.len().saturating_sub(1));
    let first = state.problems.in_view(problems.len(), height).start;
    let mut shown: Vec<(usize, Row)> = Vec::new();
    for (at, problem) in problems.iter().enumerate().skip(first) {
        if shown.len() >= height && at > selected {
            break;
        }
        let rows = rows(problem, glyphs, inner.width).into_iter();
        shown.extend(rows.map(|row| (at, row)));
        if at == selected {
            let of_it = shown.iter().filter(|(of, _)| *of == at).count();
            let above = shown.len().saturating_sub(height.max(1));
            let before_it = shown.len() - of_it;
            shown.drain(..above.min(before_it));
        }
    }
    shown.truncate(height);
    shown
}
