//! A light form of Markdown, as models write it: headings, lists, quotes, fenced code, bold,
//! italic, code.
//!
//! It works line by line, so that only the last line of a growing text is read again. Unknown
//! syntax is shown as it is written: no text is ever hidden.

use ratatui::style::Modifier;

use crate::base::text::{sanitised, width_cells};
use crate::tui::theme::Role;
use crate::tui::widgets::rows::{Indent, Piece, Row, Tone, wrap};

const PLAIN: Tone = Tone::of(Role::Text);
const CODE: Tone = Tone::of(Role::String);

/// The effect of the previous lines on the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Context {
    /// Whether the next line is inside a code fence.
    is_code: bool,
    /// Whether the last line was blank; a second blank one is left out.
    is_after_blank: bool,
}

/// A text that is wrapped to a width and may grow at its end.
///
/// Invariant: `rows` up to `stable` come from the first `consumed` bytes, which end with a line
/// break; the rest comes from the line that may still grow.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Prose {
    rows: Vec<Row>,
    stable: usize,
    consumed: usize,
    context: Context,
}

impl Prose {
    /// Adds the new part of a text that begins with the text of the last call.
    pub(crate) fn extend(&mut self, text: &str, width: usize, bullet: &str) {
        self.rows.truncate(self.stable);
        let Some(new) = text.get(self.consumed..) else {
            return;
        };
        let (whole, open) = match new.rfind('\n') {
            Some(at) => new.split_at(at + 1),
            None => ("", new),
        };
        for line in sanitised(whole).lines() {
            self.line(line, width, bullet);
        }
        self.consumed += whole.len();
        self.stable = self.rows.len();
        let after_whole = self.context;
        if !open.trim().is_empty() {
            for line in sanitised(open).lines() {
                self.line(line, width, bullet);
            }
        }
        self.context = after_whole;
    }

    /// Returns the lines without blank ones at the end.
    pub(crate) fn rows(&self) -> &[Row] {
        let blank = self.rows.iter().rev().take_while(|row| row.width() == 0);
        let kept = self.rows.len() - blank.count();
        self.rows.get(..kept).unwrap_or_default()
    }

    fn line(&mut self, line: &str, width: usize, bullet: &str) {
        let line = line.replace('\t', "    ");
        let content = line.trim();
        if content.starts_with("```") || content.starts_with("~~~") {
            self.context.is_code = !self.context.is_code;
            return;
        }
        if self.context.is_code {
            let piece = Piece::new(line.as_str(), CODE);
            let indent = Indent {
                first: vec![Piece::new("  ", PLAIN)],
                hanging_cells: 2,
            };
            self.rows.extend(wrap(&[piece], width, &indent));
            self.context.is_after_blank = false;
            return;
        }
        if content.is_empty() {
            if !self.context.is_after_blank && !self.rows.is_empty() {
                self.rows.push(Row::default());
            }
            self.context.is_after_blank = true;
            return;
        }
        self.context.is_after_blank = false;
        let (indent, rest, tone) = block(&line, bullet);
        self.rows.extend(wrap(&inline(rest, tone), width, &indent));
    }
}

/// Returns the text as lines of a width.
#[cfg(test)]
fn rows_of(text: &str, width: usize, bullet: &str) -> Vec<Row> {
    let mut prose = Prose::default();
    prose.extend(text, width, bullet);
    prose.rows().to_vec()
}

/// Returns the parts of a line: its indent, its text and its tone.
fn block<'l>(line: &'l str, bullet: &str) -> (Indent, &'l str, Tone) {
    let content = line.trim_start();
    let depth = width_cells(line)
        .saturating_sub(width_cells(content))
        .min(12);
    let lead = |marker: String, tone: Tone| {
        let marker = format!("{}{marker} ", " ".repeat(depth));
        Indent {
            hanging_cells: width_cells(&marker),
            first: vec![Piece::new(marker, tone)],
        }
    };
    let level = content.bytes().take_while(|byte| *byte == b'#').count();
    if (1..=6).contains(&level)
        && let Some(heading) = content.trim_start_matches('#').strip_prefix(' ')
    {
        let tone = Tone::of(Role::Accent).bold();
        return (Indent::default(), heading.trim(), tone);
    }
    for marker in ["- ", "* ", "+ "] {
        if let Some(item) = content.strip_prefix(marker) {
            return (
                lead(bullet.to_owned(), Tone::of(Role::Muted)),
                item.trim_start(),
                PLAIN,
            );
        }
    }
    if let Some((number, item)) = content.split_once(". ")
        && number.len() <= 3
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
    {
        return (
            lead(format!("{number}."), Tone::of(Role::Muted)),
            item.trim_start(),
            PLAIN,
        );
    }
    if let Some(quote) = content.strip_prefix("> ") {
        let tone = Tone::of(Role::Muted).italic();
        return (lead(">".to_owned(), Tone::of(Role::Muted)), quote, tone);
    }
    let indent = Indent {
        first: vec![Piece::new(" ".repeat(depth), PLAIN)],
        hanging_cells: depth,
    };
    (indent, content.trim_end(), PLAIN)
}

/// Splits a line at `**bold**`, `*italic*` and `` `code` `` if the marks are closed.
fn inline(text: &str, tone: Tone) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some((marked, inside, after)) = span(rest, tone, plain.chars().next_back()) {
            if !plain.is_empty() {
                pieces.push(Piece::new(std::mem::take(&mut plain), tone));
            }
            pieces.push(Piece::new(inside, marked));
            rest = after;
        } else {
            plain.push(first);
            rest = rest.strip_prefix(first).unwrap_or_default();
        }
    }
    if !plain.is_empty() {
        pieces.push(Piece::new(plain, tone));
    }
    pieces
}

/// Returns the marked text at the start of a line: its tone, its contents and the rest.
fn span(text: &str, tone: Tone, before: Option<char>) -> Option<(Tone, &str, &str)> {
    let with = |modifier: Modifier| Tone {
        modifier: tone.modifier.union(modifier),
        ..tone
    };
    if let Some(rest) = text.strip_prefix('`') {
        let (inside, after) = rest.split_once('`')?;
        return (!inside.is_empty()).then_some((CODE, inside, after));
    }
    for (marker, modifier) in [
        ("**", Modifier::BOLD),
        ("__", Modifier::BOLD),
        ("*", Modifier::ITALIC),
    ] {
        if let Some(rest) = text.strip_prefix(marker) {
            let is_word = marker == "__" && before.is_some_and(char::is_alphanumeric);
            let (inside, after) = rest.split_once(marker)?;
            let is_tight = !inside.is_empty()
                && !inside.starts_with([' ', '*', '_'])
                && !inside.ends_with(' ');
            return (is_tight && !is_word).then_some((with(modifier), inside, after));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, width: usize, expected: &[&str]) {
        let lines: Vec<String> = rows_of(text, width, "·").iter().map(Row::text).collect();
        assert_eq!(lines, expected, "{text:?}");
    }

    #[test]
    fn blocks_lose_their_markers_and_hang() {
        check("# Head\n\n\n\ntext\n\n", 20, &["Head", "", "text"]);
        check("- one two\n- three", 7, &["· one", "  two", "· three"]);
        check("12. long item", 9, &["12. long", "    item"]);
        check(
            "```rust\nlet x = 1;\n\n  y\n```\nafter",
            20,
            &["  let x = 1;", "  ", "    y", "after"],
        );
        check("> said", 20, &["> said"]);
        check("1.5 is no list", 20, &["1.5 is no list"]);
        check("\u{1b}[31mred\u{202e}", 20, &["red"]);
    }

    #[test]
    fn marked_words_have_their_tone_and_open_marks_stay() {
        let tones = |text: &str| {
            let pieces = inline(text, PLAIN);
            let shown = |piece: &Piece| {
                let mark = match (piece.tone.role, piece.tone.modifier) {
                    (Role::String, _) => 'c',
                    (_, Modifier::BOLD) => 'b',
                    (_, Modifier::ITALIC) => 'i',
                    _ => 'p',
                };
                format!("{mark}:{}", piece.text)
            };
            pieces.iter().map(shown).collect::<Vec<_>>().join("|")
        };
        assert_eq!(tones("a **b c** `d` *e*"), "p:a |b:b c|p: |c:d|p: |i:e");
        assert_eq!(tones("2 * 3 * 4 and **open"), "p:2 * 3 * 4 and **open");
        assert_eq!(tones("snake__case__name"), "p:snake__case__name");
    }

    proptest! {
        #[test]
        fn a_text_that_grows_ends_like_one_that_was_there_at_once(
            parts in proptest::collection::vec("[ a-z#*`\\-\n>.1日👍]{0,12}", 0..12), width in 1_usize..40,
        ) {
            let mut growing = Prose::default();
            let mut text = String::new();
            for part in &parts {
                text.push_str(part);
                growing.extend(&text, width, "·");
            }
            let rows = rows_of(&text, width, "·");
            prop_assert_eq!(growing.rows(), rows.as_slice());
        }

        #[test]
        fn any_text_fits_any_width(text in "\\PC{0,120}", width in 8_usize..60) {
            for row in rows_of(&text, width, "·") {
                prop_assert!(row.width() <= width.max(16));
            }
        }
    }
}
