//! The messages and actions of runs as lines that fit their columns.

use crate::base::text::{ellipsis, sanitised};
use crate::runs::{ComparedPart, Comparison, Words};
use crate::tui::theme::Role;
use crate::tui::widgets::rows::{Indent, Piece, Row, Tone, wrap};

/// The maximum number of lines of a part that is the same in all runs.
const SAME_LINES: usize = 3;

/// The maximum number of lines of a part that differs, and the maximum number of its bytes that are
/// compared; Inspect shows all of it.
const MAX_LINES: usize = 200;
const MAX_BYTES: usize = 16 << 10;

/// A row across all columns.
#[derive(Debug)]
pub(super) enum BodyRow {
    /// The line above a turn, with its number; `None` above the results of the runs.
    Rule(Option<usize>),
    /// A line of a part.
    Line {
        /// The title of the part, in its first line only.
        title: String,
        /// The line of each run.
        sides: Vec<Option<Row>>,
        /// Whether a different part begins here.
        begins_difference: bool,
    },
}

impl BodyRow {
    pub(super) const fn begins_difference(&self) -> bool {
        matches!(
            self,
            Self::Line {
                begins_difference: true,
                ..
            }
        )
    }
}

/// Returns the rows of a comparison for columns of `cells` cells.
pub(super) fn body_rows(comparison: &Comparison, cells: usize) -> Vec<BodyRow> {
    let mut rows = Vec::new();
    for turn in &comparison.turns {
        rows.push(BodyRow::Rule(turn.number));
        for part in &turn.parts {
            add_part(part, turn.number.is_some(), cells, &mut rows);
        }
    }
    rows
}

fn add_part(part: &ComparedPart, has_title: bool, cells: usize, rows: &mut Vec<BodyRow>) {
    let sides = part.sides.iter().enumerate();
    let sides: Vec<Vec<Row>> = sides
        .map(|(run, words)| match words {
            Some(words) => lines(words, run, part.is_same, cells),
            None => vec![Row::of([Piece::new("-", Tone::of(Role::Muted))])],
        })
        .collect();
    let height = sides.iter().map(Vec::len).max().unwrap_or(0);
    let mut sides: Vec<_> = sides.into_iter().map(Vec::into_iter).collect();
    for line in 0..height {
        rows.push(BodyRow::Line {
            title: match line {
                0 if has_title => sanitised(&part.title).replace('\n', " "),
                _ => String::new(),
            },
            sides: sides.iter_mut().map(Iterator::next).collect(),
            begins_difference: line == 0 && !part.is_same,
        });
    }
}

/// Returns the words of a run as lines. Words of only the first run have another colour than words
/// of only the others.
fn lines(words: &[Words], run: usize, is_same: bool, cells: usize) -> Vec<Row> {
    let tone = |differs: bool| match (differs, is_same, run) {
        (false, true, _) => Tone::of(Role::Muted),
        (false, false, _) => Tone::of(Role::Text),
        (true, _, 0) => Tone::of(Role::Error).bold(),
        (true, ..) => Tone::of(Role::Success).bold(),
    };
    let mut paragraphs: Vec<Vec<Piece>> = vec![Vec::new()];
    let mut room = MAX_BYTES;
    for Words { text, differs } in words {
        let end = text.floor_char_boundary(room);
        room -= end;
        let shown = sanitised(text.get(..end).unwrap_or_default()).replace('\t', "    ");
        for (at, line) in shown.split('\n').enumerate() {
            if at > 0 {
                paragraphs.push(Vec::new());
            }
            if let Some(paragraph) = paragraphs.last_mut()
                && !line.is_empty()
            {
                paragraph.push(Piece::new(line, tone(*differs)));
            }
        }
    }
    while paragraphs.len() > 1 && paragraphs.last().is_some_and(Vec::is_empty) {
        paragraphs.pop();
    }
    let most = if is_same { SAME_LINES } else { MAX_LINES };
    let mut lines: Vec<Row> = Vec::new();
    for paragraph in &paragraphs {
        lines.extend(wrap(paragraph, cells, &Indent::default()));
        if lines.len() > most {
            break;
        }
    }
    let is_cut = lines.len() > most || room == 0;
    lines.truncate(most);
    if let Some(last) = lines.last_mut().filter(|_| is_cut) {
        let text = ellipsis(&format!("{} \u{2026}", last.text()), cells);
        *last = Row::of([Piece::new(text, tone(false))]);
    }
    lines
}
