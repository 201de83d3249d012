//! Positions in a text.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// A range of a source text, by line and column for people and by bytes for programs.
///
/// Lines and columns count from 1, columns in characters (not bytes, not screen cells). The end is
/// exclusive: a place of one character at the start of a text is `1:1` to `1:2`, bytes `0..1`. An
/// empty place has its end at its start. Places are ordered by their start, then by their end.
///
/// Invariant: `start..end` are byte offsets on character boundaries of the place's text, and the
/// lines and columns describe the same two points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The line of the first character, from 1.
    pub line: usize,
    /// The column of the first character, from 1.
    pub column: usize,
    /// The line of the character after the last one, from 1.
    pub end_line: usize,
    /// The column of the character after the last one, from 1.
    pub end_column: usize,
    /// The offset of the first byte, from 0.
    pub start: usize,
    /// The offset of the byte after the last one, from 0.
    pub end: usize,
}

impl Place {
    /// The empty range at the start of a text, for problems of the document as a whole.
    pub const START: Self = Self {
        line: 1,
        column: 1,
        end_line: 1,
        end_column: 1,
        start: 0,
        end: 0,
    };

    /// Returns the byte range, for slicing the text.
    pub fn bytes(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// A byte range of a text. A tree stores spans for its parts, and converts them to [`Place`]s on
/// request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// Makes a span from a byte range. Texts are shorter than 4 GiB (see
    /// [`MAX_TEXT_BYTES`](super::MAX_TEXT_BYTES)).
    pub(super) fn new(bytes: Range<usize>) -> Self {
        let offset = |at| u32::try_from(at).unwrap_or(u32::MAX);
        Self {
            start: offset(bytes.start),
            end: offset(bytes.end),
        }
    }

    /// Returns the offset of the first byte, from 0.
    pub fn start(self) -> usize {
        self.start as usize
    }

    /// Returns the offset of the byte after the last one, from 0.
    pub fn end(self) -> usize {
        self.end as usize
    }

    /// Returns the smallest span that covers this one and `other`.
    #[must_use]
    pub(super) fn to(self, other: Self) -> Self {
        Self {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }
}

/// A text with an index that converts byte offsets to lines and columns.
///
/// Line breaks are `\n`, `\r\n` and a lone `\r`, as in YAML and in editors.
#[derive(Clone, Debug, Default)]
pub struct LineIndex {
    text: Arc<str>,
    /// The start of each line and points within long lines, in ascending order, beginning with the
    /// start of the text. Computed on first use: a document without problems never needs it.
    marks: OnceLock<Vec<Mark>>,
}

impl PartialEq for LineIndex {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// A point whose line and column are known.
#[derive(Clone, Copy, Debug)]
struct Mark {
    offset: usize,
    line: usize,
    column: usize,
}

impl Mark {
    const START: Self = Self {
        offset: 0,
        line: 1,
        column: 1,
    };
}

/// The maximum number of bytes between two marks. Without marks inside long lines, which are common
/// in JSON, counting columns from the start of the line for each value would take quadratic time.
const MARK_EVERY: usize = 256;

impl LineIndex {
    /// Makes the index of a text.
    pub fn new(text: &str) -> Self {
        Self {
            text: text.into(),
            marks: OnceLock::new(),
        }
    }

    /// Returns the text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the place of a byte range. Offsets past the end or inside a character are moved back
    /// to the nearest boundary.
    pub fn place(&self, bytes: Range<usize>) -> Place {
        let start = self.locate(bytes.start);
        let end = self.locate(bytes.end.max(bytes.start));
        Place {
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            start: start.offset,
            end: end.offset,
        }
    }

    /// Returns the line and column of a byte.
    fn locate(&self, offset: usize) -> Mark {
        let offset = self.text.floor_char_boundary(offset);
        let marks = self.marks.get_or_init(|| marks(&self.text));
        let after = marks.partition_point(|mark| mark.offset <= offset);
        let mark = marks.get(after.saturating_sub(1)).unwrap_or(&Mark::START);
        let between = self.text.get(mark.offset..offset).unwrap_or_default();
        Mark {
            offset,
            line: mark.line,
            column: mark.column + between.chars().count(),
        }
    }
}

/// Computes the start of each line and points within long lines, in linear time.
fn marks(text: &str) -> Vec<Mark> {
    let mut marks = vec![Mark::START];
    let mut line = 1;
    let mut start = 0;
    for (at, byte) in text.bytes().enumerate() {
        let is_pair = byte == b'\r' && text.as_bytes().get(at + 1) == Some(&b'\n');
        if matches!(byte, b'\n' | b'\r') && !is_pair {
            mark_within(text, start..at, line, &mut marks);
            line += 1;
            start = at + 1;
            marks.push(Mark {
                offset: start,
                line,
                column: 1,
            });
        }
    }
    mark_within(text, start..text.len(), line, &mut marks);
    marks
}

/// Adds marks within a long line.
fn mark_within(text: &str, bytes: Range<usize>, line: usize, marks: &mut Vec<Mark>) {
    if bytes.len() < MARK_EVERY {
        return;
    }
    let mut last = bytes.start;
    let characters = text.get(bytes.clone()).unwrap_or_default().char_indices();
    for (column, (at, _)) in (1..).zip(characters) {
        let offset = bytes.start + at;
        if offset - last >= MARK_EVERY {
            marks.push(Mark {
                offset,
                line,
                column,
            });
            last = offset;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, bytes: Range<usize>, expected: (usize, usize, usize, usize)) {
        let place = LineIndex::new(text).place(bytes);
        assert_eq!(
            (place.line, place.column, place.end_line, place.end_column),
            expected
        );
    }

    #[test]
    fn columns_count_characters_and_lines_break_three_ways() {
        check("ab", 0..1, (1, 1, 1, 2));
        check("é=x", 2..3, (1, 2, 1, 3));
        check("a\nb\r\nc\rd", 7..8, (4, 1, 4, 2));
        check("a\n", 2..2, (2, 1, 2, 1));
        check("", 0..0, (1, 1, 1, 1));
    }

    #[test]
    fn offsets_outside_the_text_move_to_its_boundaries() {
        check("ab", 5..9, (1, 3, 1, 3));
        check("é", 1..2, (1, 1, 1, 2));
    }

    #[test]
    fn places_order_by_start() {
        let index = LineIndex::new("one two three");
        let (one, three) = (index.place(0..3), index.place(8..13));
        assert!(one < three);
    }
}
