//! The reasoning of a model: one line `▸ reasoning The user wants …`, which unfolds to the whole
//! text.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::base::text::{ellipsis, sanitised};
use crate::runs::RunRecord;
use crate::tui::app::ViewContext;
use crate::tui::theme::Role;
use crate::tui::widgets::rows::{Indent, Piece, Row, Tone, wrap};

const TONE: Tone = Tone::of(Role::Muted);
/// The maximum length of the text in the folded line, in characters; the line is cut to the pane
/// anyway.
const SUMMARY_CHARACTERS: usize = 300;

/// The version of the lines: reasoning grows, and ends when the answer is complete.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Version {
    is_open: bool,
    is_over: bool,
    bytes: usize,
}

impl Version {
    /// Whether the whole text is shown.
    pub(super) const fn is_open(&self) -> bool {
        self.is_open
    }
}

pub(super) fn version(record: &RunRecord, call: usize, is_open: bool) -> Version {
    let of = record.model_calls.get(call);
    Version {
        is_open,
        is_over: of.is_none_or(|call| call.ended_at.is_some()),
        bytes: of.map_or(0, |call| call.reasoning.len()),
    }
}

/// The lines of one model call's reasoning.
#[derive(Debug)]
pub(super) struct Lines {
    call: usize,
    is_open: bool,
    /// The last words while the text grows, the first ones afterwards.
    summary: String,
    body: Vec<Row>,
}

impl Lines {
    pub(super) fn new(record: &RunRecord, call: usize, is_open: bool, width: usize) -> Self {
        let of = record.model_calls.get(call);
        let text = of.map_or("", |call| call.reasoning.as_str());
        let is_over = of.is_none_or(|call| call.ended_at.is_some());
        Self {
            call,
            is_open,
            summary: sanitised(&summary(text, is_over)),
            body: if is_open {
                body(text, width)
            } else {
                Vec::new()
            },
        }
    }

    pub(super) const fn call(&self) -> usize {
        self.call
    }

    pub(super) fn height(&self) -> usize {
        1 + self.body.len()
    }

    /// Returns the text of one line.
    pub(super) fn text(&self, line: usize) -> String {
        match line.checked_sub(1) {
            Some(index) => self.body.get(index).map_or_else(String::new, Row::text),
            None => self.summary.clone(),
        }
    }

    pub(super) fn draw_line(
        &self,
        line: usize,
        look: &ViewContext<'_>,
        area: Rect,
        buffer: &mut Buffer,
    ) {
        if line > 0 {
            if let Some(row) = self.body.get(line - 1) {
                row.draw(look.theme, area, buffer);
            }
            return;
        }
        let fold = if self.is_open {
            look.glyphs.open
        } else {
            look.glyphs.closed
        };
        let mut words = format!("{fold} reasoning");
        if !self.is_open {
            words = format!("{words}  {}", self.summary);
        }
        let words = ellipsis(&words, usize::from(area.width));
        Row::of([Piece::new(words, TONE.italic())]).draw(look.theme, area, buffer);
    }
}

/// Shortens a text to one line: its beginning, or its end while it is still growing.
fn summary(text: &str, is_over: bool) -> String {
    let text = text.trim();
    if is_over {
        return words(text.chars().take(SUMMARY_CHARACTERS));
    }
    let last = text.lines().next_back().unwrap_or("");
    let mut end: Vec<char> = last.chars().rev().take(SUMMARY_CHARACTERS).collect();
    end.reverse();
    words(end.into_iter())
}

/// Returns the words of a text with single blanks between them.
fn words(text: impl Iterator<Item = char>) -> String {
    let text: String = text.collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn body(text: &str, width: usize) -> Vec<Row> {
    let indent = Indent {
        first: vec![Piece::new("  ", TONE)],
        hanging_cells: 2,
    };
    let text = sanitised(text.trim());
    let lines = text.lines().map(|line| line.replace('\t', "    "));
    lines
        .flat_map(|line| wrap(&[Piece::new(line, TONE)], width, &indent))
        .collect()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn the_closed_line_tells_the_end_while_it_grows_and_the_beginning_afterwards() {
        let text = " The user\n\nwants  weather.\nI should call";
        assert_eq!(summary(text, true), "The user wants weather. I should call");
        assert_eq!(summary(text, false), "I should call");
        assert_eq!(summary("", false), "");
    }

    #[test]
    fn the_open_lines_are_wrapped_and_indented() {
        let rows = body("one two three\n\nfour", 9);
        let lines: Vec<String> = rows.iter().map(Row::text).collect();
        let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
        assert_eq!(lines, ["  one two", "  three", "", "  four"]);
    }
}
