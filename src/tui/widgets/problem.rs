//! The problem of a typed text, shown below it.

use super::rows::{Indent, Piece, Row, Tone, wrap};
use crate::base::text::{ellipsis, sanitised};
use crate::tui::theme::Role;

/// The maximum number of rows of a problem.
const MAX_ROWS: usize = 3;

/// Wraps a problem into at most three rows of `width` cells.
pub(crate) fn rows(problem: &str, width: usize) -> Vec<Row> {
    let tone = Tone::of(Role::Error);
    let words = Piece::new(sanitised(problem).replace('\n', " "), tone);
    let mut rows = wrap(&[words], width.max(1), &Indent::default());
    if rows.len() > MAX_ROWS {
        rows.truncate(MAX_ROWS);
        if let Some(last) = rows.last_mut() {
            let cut = ellipsis(&format!("{} \u{2026}", last.text()), width);
            *last = Row::of([Piece::new(cut, tone)]);
        }
    }
    rows
}
