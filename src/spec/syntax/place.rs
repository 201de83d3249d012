//! Where something stands in a text.

use std::cell::Cell;
use std::ops::Range;

/// A stretch of a source text, by line and column for people and by bytes for programs.
///
/// Lines and columns count from 1, columns in characters (not bytes, not screen cells). The end is exclusive: a
/// place of one character at the start of a text is `1:1` to `1:2`, bytes `0..1`. An empty place has its end at its
/// start. Places order by where they start, then by where they end.
///
/// Invariant: `start..end` are byte offsets on character boundaries of the text that the place was made for, and the
/// lines and columns describe the same two points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Line of the first character, from 1.
    pub line: usize,
    /// Column of the first character, from 1.
    pub column: usize,
    /// Line of the character after the last one, from 1.
    pub end_line: usize,
    /// Column of the character after the last one, from 1.
    pub end_column: usize,
    /// Offset of the first byte, from 0.
    pub start: usize,
    /// Offset of the byte after the last one, from 0.
    pub end: usize,
}

impl Place {
    /// The empty place at the start of a text: for problems that concern the document as a whole.
    pub const START: Self = Self {
        line: 1,
        column: 1,
        end_line: 1,
        end_column: 1,
        start: 0,
        end: 0,
    };

    /// The bytes covered, to cut the text by.
    pub fn bytes(&self) -> Range<usize> {
        self.start..self.end
    }

    /// The smallest place that covers this one and `other`.
    #[must_use]
    pub fn to(&self, other: &Self) -> Self {
        let first = if other.start < self.start {
            other
        } else {
            self
        };
        let last = if other.end > self.end { other } else { self };
        Self {
            line: first.line,
            column: first.column,
            end_line: last.end_line,
            end_column: last.end_column,
            start: first.start,
            end: last.end,
        }
    }
}

/// Turns byte offsets of one text into lines and columns.
///
/// Line breaks are `\n`, `\r\n` and a lone `\r`, as YAML and editors count them.
#[derive(Clone, Debug)]
pub struct LineIndex<'t> {
    text: &'t str,
    /// The start of each line and points within long lines, ascending; the first is the start of the text.
    marks: Vec<Mark>,
    /// The mark of the last question.
    last: Cell<usize>,
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

/// So many bytes of a line at most lie between two marks: a document of one long line is common in JSON, and counting
/// from its start for each value would take quadratic time.
const MARK_EVERY: usize = 256;

impl<'t> LineIndex<'t> {
    /// Finds the lines of `text`; linear in its length.
    pub fn new(text: &'t str) -> Self {
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
        Self {
            text,
            marks,
            last: Cell::new(0),
        }
    }

    /// The place of a range of bytes. Offsets past the end, or inside a character, move back to the nearest boundary.
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

    /// Line and column of a byte.
    fn locate(&self, offset: usize) -> Mark {
        let offset = self.text.floor_char_boundary(offset);
        let mark = self.mark_before(offset);
        let between = self.text.get(mark.offset..offset).unwrap_or_default();
        let is_continuation = |byte: &u8| byte & 0xC0 == 0x80;
        let continuations = between
            .as_bytes()
            .iter()
            .filter(|byte| is_continuation(byte));
        Mark {
            offset,
            line: mark.line,
            column: mark.column + between.len() - continuations.count(),
        }
    }

    /// The last mark up to a byte. Places are mostly asked for in the order of the text, so that it is often the one of
    /// the last question, or the next.
    fn mark_before(&self, offset: usize) -> Mark {
        let holds = |at: usize| {
            let next = self.marks.get(at + 1);
            let mark = self.marks.get(at).filter(|mark| mark.offset <= offset)?;
            next.is_none_or(|next| offset < next.offset)
                .then_some(*mark)
        };
        let last = self.last.get();
        for at in [last, last + 1] {
            if let Some(mark) = holds(at) {
                self.last.set(at);
                return mark;
            }
        }
        let after = self.marks.partition_point(|mark| mark.offset <= offset);
        let at = after.saturating_sub(1);
        self.last.set(at);
        self.marks.get(at).copied().unwrap_or(Mark::START)
    }
}

/// Marks points within a long line.
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
    fn places_join_and_order_by_start() {
        let index = LineIndex::new("one two three");
        let (one, three) = (index.place(0..3), index.place(8..13));
        assert_eq!(three.to(&one), index.place(0..13));
        assert!(one < three);
    }
}
