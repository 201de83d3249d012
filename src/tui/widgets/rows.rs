//! Lines of styled text that are kept between drawings. They are wrapped to a width and contain
//! roles instead of colours, so that a change of theme needs no new layout.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use unicode_segmentation::UnicodeSegmentation;

use crate::base::text::width_cells;
use crate::tui::theme::{Role, Theme};

/// The style of a text, independent of a theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tone {
    /// The role of its colour.
    pub(crate) role: Role,
    /// Bold, italic and the like.
    pub(crate) modifier: Modifier,
}

impl Tone {
    /// Returns the tone for a role.
    pub(crate) const fn of(role: Role) -> Self {
        Self {
            role,
            modifier: Modifier::empty(),
        }
    }

    /// Returns the tone in bold.
    pub(crate) const fn bold(mut self) -> Self {
        self.modifier = self.modifier.union(Modifier::BOLD);
        self
    }

    /// Returns the tone in italic.
    pub(crate) const fn italic(mut self) -> Self {
        self.modifier = self.modifier.union(Modifier::ITALIC);
        self
    }

    /// Returns the style in a theme.
    pub(crate) fn style(self, theme: &Theme) -> Style {
        theme.style(self.role).add_modifier(self.modifier)
    }
}

/// A text in one tone, without line breaks and control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) text: String,
    pub(crate) tone: Tone,
}

impl Piece {
    pub(crate) fn new(text: impl Into<String>, tone: Tone) -> Self {
        Self {
            text: text.into(),
            tone,
        }
    }
}

/// A line that fits its width.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row {
    pieces: Vec<Piece>,
}

impl Row {
    /// Makes a line of pieces; the caller must ensure that they fit.
    pub(crate) fn of(pieces: impl IntoIterator<Item = Piece>) -> Self {
        Self {
            pieces: pieces.into_iter().collect(),
        }
    }

    /// Returns the width of the line, in cells.
    pub(crate) fn width(&self) -> usize {
        self.pieces
            .iter()
            .map(|piece| width_cells(&piece.text))
            .sum()
    }

    /// Returns the line with `cells` blanks before it.
    pub(crate) fn indented(mut self, cells: usize) -> Self {
        self.pieces
            .insert(0, Piece::new(" ".repeat(cells), Tone::of(Role::Text)));
        self
    }

    /// Returns the text without tones.
    pub(crate) fn text(&self) -> String {
        self.pieces
            .iter()
            .map(|piece| piece.text.as_str())
            .collect()
    }

    fn push(&mut self, text: &str, tone: Tone) {
        match self.pieces.last_mut() {
            Some(last) if last.tone == tone => last.text.push_str(text),
            _ => self.pieces.push(Piece::new(text, tone)),
        }
    }

    /// Draws the line at the top of `area`. Returns the column after it.
    pub(crate) fn draw(&self, theme: &Theme, area: Rect, buffer: &mut Buffer) -> u16 {
        let mut x = area.x;
        for piece in &self.pieces {
            if x >= area.right() || area.height == 0 {
                break;
            }
            let room = usize::from(area.right() - x);
            (x, _) = buffer.set_stringn(x, area.y, &piece.text, room, piece.tone.style(theme));
        }
        x
    }
}

/// The indent of a paragraph's lines.
#[derive(Clone, Debug, Default)]
pub(crate) struct Indent {
    /// The pieces before the first line.
    pub(crate) first: Vec<Piece>,
    /// The number of blanks before all further lines.
    pub(crate) hanging_cells: usize,
}

/// Wraps a paragraph between words to lines of at most `width` cells. A longer word is broken
/// between grapheme clusters. Returns at least one line. A cluster wider than `width` is left out.
pub(crate) fn wrap(pieces: &[Piece], width: usize, indent: &Indent) -> Vec<Row> {
    let hanging = indent.hanging_cells.min(width.saturating_sub(1));
    let mut wrapping = Wrapping {
        rows: Vec::new(),
        row: Row::default(),
        used: 0,
        width: width.max(1),
        hanging,
        is_at_start: true,
    };
    for piece in &indent.first {
        wrapping.row.push(&piece.text, piece.tone);
        wrapping.used += width_cells(&piece.text);
    }
    for (word, blanks) in words(pieces) {
        wrapping.word(&word, &blanks);
    }
    wrapping.rows.push(wrapping.row);
    wrapping.rows
}

struct Wrapping {
    rows: Vec<Row>,
    row: Row,
    used: usize,
    width: usize,
    hanging: usize,
    /// Whether the line has no word yet.
    is_at_start: bool,
}

impl Wrapping {
    fn word(&mut self, word: &[Piece], blanks_before: &[Piece]) {
        let word_width: usize = word.iter().map(|piece| width_cells(&piece.text)).sum();
        let blanks: usize = blanks_before
            .iter()
            .map(|piece| width_cells(&piece.text))
            .sum();
        let is_first_line = self.rows.is_empty();
        let keeps_blanks = !self.is_at_start || is_first_line;
        let lead = if keeps_blanks { blanks } else { 0 };
        if self.used + lead + word_width <= self.width {
            if keeps_blanks {
                self.append(blanks_before);
            }
            self.append(word);
            return;
        }
        if !self.is_at_start {
            self.break_line();
        }
        for piece in word {
            for cluster in piece.text.graphemes(true) {
                let cells = width_cells(cluster);
                if self.used + cells > self.width {
                    if self.is_at_start && self.used <= self.hanging {
                        continue;
                    }
                    self.break_line();
                    if self.used + cells > self.width {
                        continue;
                    }
                }
                self.row.push(cluster, piece.tone);
                self.used += cells;
                self.is_at_start = false;
            }
        }
    }

    fn append(&mut self, pieces: &[Piece]) {
        for piece in pieces {
            self.row.push(&piece.text, piece.tone);
            self.used += width_cells(&piece.text);
            self.is_at_start = false;
        }
    }

    fn break_line(&mut self) {
        self.rows.push(std::mem::take(&mut self.row));
        self.used = self.hanging;
        self.is_at_start = true;
        if self.hanging > 0 {
            self.row
                .push(&" ".repeat(self.hanging), Tone::of(Role::Text));
        }
    }
}

/// Splits pieces into words, each with the blanks before it; a word may consist of several pieces.
/// A line may also be broken between two wide characters (CJK), so each of them is a word.
fn words(pieces: &[Piece]) -> Vec<(Vec<Piece>, Vec<Piece>)> {
    let mut words: Vec<(Vec<Piece>, Vec<Piece>)> = Vec::new();
    let (mut word, mut blanks) = (Row::default(), Row::default());
    for piece in pieces {
        for cluster in piece.text.graphemes(true) {
            let is_blank = cluster == " ";
            let is_wide = width_cells(cluster) > 1;
            if (is_blank || is_wide) && !word.pieces.is_empty() {
                words.push((
                    std::mem::take(&mut word).pieces,
                    std::mem::take(&mut blanks).pieces,
                ));
            }
            if is_blank {
                blanks.push(cluster, piece.tone);
            } else {
                word.push(cluster, piece.tone);
            }
            if is_wide {
                words.push((
                    std::mem::take(&mut word).pieces,
                    std::mem::take(&mut blanks).pieces,
                ));
            }
        }
    }
    if !word.pieces.is_empty() {
        words.push((word.pieces, blanks.pieces));
    }
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> Vec<Piece> {
        vec![Piece::new(text, Tone::of(Role::Text))]
    }

    #[track_caller]
    fn check(words: &str, width: usize, hanging_cells: usize, expected: &[&str]) {
        let indent = Indent {
            first: Vec::new(),
            hanging_cells,
        };
        let rows = wrap(&text(words), width, &indent);
        let lines: Vec<String> = rows.iter().map(Row::text).collect();
        assert_eq!(lines, expected, "{words:?} in {width}");
    }

    #[test]
    fn lines_break_between_words_and_wide_characters() {
        check("one two three", 7, 0, &["one two", "three"]);
        check("one two three", 7, 2, &["one two", "  three"]);
        check("abcdefgh", 3, 0, &["abc", "def", "gh"]);
        check("日本語です", 5, 0, &["日本", "語で", "す"]);
        check("a 👨‍👩‍👧 b", 4, 0, &["a 👨‍👩‍👧", "b"]);
        check("", 5, 0, &[""]);
        check("  kept", 9, 0, &["  kept"]);
        check("日", 1, 0, &[""]);
    }

    #[test]
    fn a_word_of_several_tones_stays_together() {
        let pieces = [
            Piece::new("see co", Tone::of(Role::Text)),
            Piece::new("de", Tone::of(Role::Text).bold()),
        ];
        let rows = wrap(&pieces, 6, &Indent::default());
        let lines: Vec<String> = rows.iter().map(Row::text).collect();
        assert_eq!(lines, ["see", "code"]);
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_asked_and_no_word_is_lost(
            words in "[ a-zäöü日本👍]{0,80}", width in 2_usize..30, hanging in 0_usize..8,
        ) {
            let indent = Indent { first: Vec::new(), hanging_cells: hanging.min(width.saturating_sub(2)) };
            let rows = wrap(&text(&words), width, &indent);
            prop_assert!(rows.iter().all(|row| row.width() <= width));
            let kept: String = rows.iter().map(Row::text).collect::<String>().replace(' ', "");
            prop_assert_eq!(kept, words.replace(' ', ""));
        }
    }
}
