//! Search in wrapped lines; only matches are marked.

use std::collections::HashMap;
use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use unicode_segmentation::UnicodeSegmentation;

use crate::base::text::{ellipsis, width_cells};

/// A drawn row of text, to be searched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hay {
    pub(crate) text: String,
    /// Whether the row continues the previous one, which was full.
    pub(crate) continues: bool,
}

/// The matches of a search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// The rows in which matches begin, in order; a row with two matches occurs twice.
    begins: Vec<usize>,
    /// The matching cells of each row.
    marks: HashMap<usize, Vec<Range<usize>>>,
}

/// Returns the text about a search: `/ rain 3 of 17`.
pub(crate) fn found_words(needle: &str, (which, all): (usize, usize), cells: usize) -> String {
    let count = match all {
        0 => "no match".to_owned(),
        all => format!("{which} of {all}"),
    };
    let room = cells.saturating_sub(count.len() + 6);
    format!(" / {}  {count} ", ellipsis(needle, room))
}

/// The choice of a match to move to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The first match from here on.
    Here,
    /// The first match in a row further down.
    Next,
    /// The last match in a row further up.
    Previous,
}

impl Found {
    /// Returns the row of the match to move to from a row, wrapping around; `None` if there is no
    /// match.
    pub(crate) fn go(&self, from: usize, step: Step) -> Option<usize> {
        let (first, last) = (self.begins.first()?, self.begins.last()?);
        let mut rows = self.begins.iter();
        let row = match step {
            Step::Here => rows.find(|row| **row >= from).unwrap_or(first),
            Step::Next => rows.find(|row| **row > from).unwrap_or(first),
            Step::Previous => rows.rfind(|row| **row < from).unwrap_or(last),
        };
        Some(*row)
    }

    /// Returns the number of the match at a row, from 1, and the number of all matches; 0 above the
    /// first match.
    pub(crate) fn numbered(&self, row: usize) -> (usize, usize) {
        let upto = self.begins.iter().filter(|begin| **begin <= row);
        (upto.count(), self.begins.len())
    }

    /// Marks the matches in a row that is drawn in `area`.
    pub(crate) fn mark(&self, row: usize, area: Rect, buffer: &mut Buffer) {
        // In a row that is selected without colours, and so reversed already, the underline shows
        // it.
        let marked = Modifier::REVERSED | Modifier::BOLD | Modifier::UNDERLINED;
        let style = Style::new().add_modifier(marked);
        for cells in self.marks.get(&row).into_iter().flatten() {
            let cell = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
            let place = Rect {
                x: area.x.saturating_add(cell(cells.start)),
                width: cell(cells.len()),
                ..area
            };
            buffer.set_style(place.intersection(area), style);
        }
    }
}

/// A character of a row, and the cells of its grapheme cluster.
struct Letter {
    character: char,
    row: usize,
    cells: Range<usize>,
    /// Whether the row was broken before this character; if so, whether the break may be within a
    /// word.
    is_after_break: Option<bool>,
}

/// Returns all matches of a text in rows of `width` cells, ignoring case. Matches may continue in
/// the next row of a wrapped line.
pub(crate) fn find_all(rows: &[Hay], width: usize, wanted: &str) -> Found {
    let wanted: Vec<char> = wanted.chars().collect();
    let mut found = Found::default();
    let mut first = 0;
    while first < rows.len() && !wanted.is_empty() {
        let further = rows.iter().skip(first + 1);
        let end = first + 1 + further.take_while(|row| row.continues).count();
        let letters = letters(rows, first..end, width);
        let mut at = 0;
        while at < letters.len() {
            match length_of_match(letters.get(at..).unwrap_or_default(), &wanted) {
                Some(length) => {
                    found.add(letters.get(at..at + length).unwrap_or_default());
                    at += length;
                }
                None => at += 1,
            }
        }
        first = end;
    }
    found
}

impl Found {
    fn add(&mut self, letters: &[Letter]) {
        self.begins.extend(letters.first().map(|letter| letter.row));
        for letter in letters {
            let of_row = self.marks.entry(letter.row).or_default();
            match of_row.last_mut() {
                Some(last) if last.end >= letter.cells.start => last.end = letter.cells.end,
                _ => of_row.push(letter.cells.clone()),
            }
        }
    }
}

fn letters(rows: &[Hay], group: Range<usize>, width: usize) -> Vec<Letter> {
    let mut letters = Vec::new();
    let mut is_after_break = None;
    for (row, hay) in rows.iter().enumerate().take(group.end).skip(group.start) {
        let text = hay.text.trim_end();
        let is_further = row > group.start;
        let mut column = 0;
        let mut is_leading = is_further;
        for cluster in text.graphemes(true) {
            let cells = column..column + width_cells(cluster);
            column = cells.end;
            is_leading &= cluster == " ";
            // The blanks before a continued row do not belong to the text.
            if is_leading {
                continue;
            }
            for character in cluster.chars() {
                letters.push(Letter {
                    character,
                    row,
                    cells: cells.clone(),
                    is_after_break: is_after_break.take(),
                });
            }
        }
        // A wide character may leave one cell of a full row free.
        is_after_break = Some(column + 1 >= width);
    }
    letters
}

/// Returns the length of a match at this position, in letters, if there is one. The end of a row
/// counts as the blank at which it was broken.
fn length_of_match(letters: &[Letter], wanted: &[char]) -> Option<usize> {
    let mut length = 0;
    let mut wanted = wanted.iter().peekable();
    while let Some(character) = wanted.next() {
        let letter = letters.get(length)?;
        if length > 0
            && let Some(may_be_in_word) = letter.is_after_break
        {
            if *character == ' ' {
                wanted.next_if(|next| is_same(**next, letter.character))?;
                length += 1;
                continue;
            }
            if !may_be_in_word {
                return None;
            }
        }
        if !is_same(*character, letter.character) {
            return None;
        }
        length += 1;
    }
    (length > 0).then_some(length)
}

fn is_same(one: char, other: char) -> bool {
    one == other || one.to_lowercase().eq(other.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is marked, by row.
    #[track_caller]
    fn check(rows: &[&str], width: usize, wanted: &str, expected: &[(usize, Range<usize>)]) {
        let rows: Vec<Hay> = rows
            .iter()
            .map(|row| Hay {
                text: row.trim_start_matches('>').to_owned(),
                continues: row.starts_with('>'),
            })
            .collect();
        let found = find_all(&rows, width, wanted);
        let mut marks: Vec<(usize, Range<usize>)> = found
            .marks
            .into_iter()
            .flat_map(|(row, cells)| cells.into_iter().map(move |cells| (row, cells)))
            .collect();
        marks.sort_by_key(|(row, cells)| (*row, cells.start));
        assert_eq!(marks, expected, "{wanted}");
    }

    #[test]
    fn only_the_match_is_marked_in_any_case_of_letters() {
        check(
            &["Light rain, then RAIN"],
            40,
            "rain",
            &[(0, 6..10), (0, 17..21)],
        );
        check(&["nothing here"], 40, "rain", &[]);
        check(&["東京の天気"], 40, "天気", &[(0, 6..10)]);
        check(&["a 👨‍👩‍👧 b"], 40, "b", &[(0, 5..6)]);
        check(&["anything"], 40, "", &[]);
    }

    #[test]
    fn a_match_goes_over_the_ends_of_rows_that_were_wrapped() {
        check(
            &["some light", ">  rain falls"],
            14,
            "light rain",
            &[(0, 5..10), (1, 2..6)],
        );
        check(
            &["https://exam", ">  ple.org"],
            12,
            "example",
            &[(0, 8..12), (1, 2..5)],
        );
        // A row that is not full was broken at a blank, and another line is another line.
        check(&["light", ">rain"], 14, "lightrain", &[]);
        check(&["light", "rain"], 5, "lightrain", &[]);
        check(&["light", "rain"], 5, "light rain", &[]);
    }

    #[test]
    fn places_are_gone_through_round_and_round() {
        let rows = ["a", "b", "a", "a"].map(|text| Hay {
            text: text.to_owned(),
            continues: false,
        });
        let found = find_all(&rows, 9, "a");
        assert_eq!(found.go(1, Step::Here), Some(2));
        assert_eq!(found.go(2, Step::Next), Some(3));
        assert_eq!(found.go(3, Step::Next), Some(0));
        assert_eq!(found.go(0, Step::Previous), Some(3));
        assert_eq!(find_all(&rows, 9, "x").go(0, Step::Here), None);
    }
}
