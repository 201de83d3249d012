//! A problem formatted for a terminal: the message on one line, the source line below, and carets
//! under the position.

use std::fmt::Write;

use unicode_segmentation::UnicodeSegmentation;

use super::{Diagnostic, Severity};
use crate::base::text::{is_hazardous, sanitised, width_cells};
use crate::spec::syntax::Place;

/// The maximum width of a source line, in cells; a longer line is cut around the problem.
const EXCERPT_CELLS: usize = 100;

/// The number of cells that a cut line shows before the problem.
const LEAD_CELLS: usize = 30;

/// The spaces that replace a tab in an excerpt.
const TAB: &str = "    ";

/// Whether the output may contain escape sequences for colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// Plain text, for files, pipes and `NO_COLOR`.
    Off,
    /// ANSI colours from the terminal's palette of sixteen.
    On,
}

impl Diagnostic {
    /// The problem for a person: `path:line:col: error[code]: message`, the line of `source` with a
    /// caret under the place, then notes and `help:` where there are any. Ends with a line break.
    ///
    /// `source` is the text that the places belong to; where it is another one (shorter, say), the
    /// excerpt is left out or wrong, but nothing fails.
    ///
    /// ```text
    /// weather.yaml:8:3: error[AS006]: OpenAiCompatibleConfig has no field `urll`
    ///   8 |   urll: http://localhost:11434/v1
    ///     |   ^^^^
    ///     help: did you mean `url`?
    /// ```
    pub fn render(&self, file: &str, source: &str, colours: Colours) -> String {
        let paint = Paint {
            colours,
            severity: self.severity,
        };
        let (its_file, place, message) = self.shown(file);
        let mut text = format!(
            "{}:{}:{}: {}: {}\n",
            one_line(its_file),
            place.line,
            place.column,
            paint.severity(&format!("{}[{}]", self.severity.name(), self.code)),
            paint.strong(&one_line(message)),
        );
        let number = place.line.to_string();
        let gutter = " ".repeat(number.len());
        // Other files may hold secrets, and are not shown.
        let source = self.elsewhere.is_none().then_some(source);
        if let Some(excerpt) = source.and_then(|source| Excerpt::of(source, &place)) {
            let bar = paint.dim("|");
            let carets = paint.severity(&"^".repeat(excerpt.underlined_cells));
            let indent = " ".repeat(excerpt.lead_cells);
            let _ = writeln!(text, "  {} {bar} {}", paint.dim(&number), excerpt.line);
            let _ = writeln!(text, "  {gutter} {bar} {indent}{carets}");
        }
        for (place, message) in &self.related {
            let at = format!("{}:{}:{}", one_line(file), place.line, place.column);
            let _ = writeln!(
                text,
                "  {gutter} {} {at}: {}",
                paint.dim("note:"),
                one_line(message)
            );
        }
        if let Some(help) = &self.help {
            let _ = writeln!(
                text,
                "  {gutter} {} {}",
                paint.help("help:"),
                one_line(help)
            );
        }
        text
    }
}

/// Makes a text printable on one line, without characters that control a terminal.
fn one_line(text: &str) -> String {
    sanitised(text).replace('\n', " ")
}

/// Adds colours to text if they are enabled.
struct Paint {
    colours: Colours,
    severity: Severity,
}

impl Paint {
    fn wrap(&self, sgr: &str, text: &str) -> String {
        match self.colours {
            Colours::Off => text.to_owned(),
            Colours::On => format!("\u{1b}[{sgr}m{text}\u{1b}[0m"),
        }
    }

    fn severity(&self, text: &str) -> String {
        let sgr = match self.severity {
            Severity::Error => "1;31",
            Severity::Warning => "1;33",
        };
        self.wrap(sgr, text)
    }

    fn strong(&self, text: &str) -> String {
        self.wrap("1", text)
    }

    fn dim(&self, text: &str) -> String {
        self.wrap("2", text)
    }

    fn help(&self, text: &str) -> String {
        self.wrap("36", text)
    }
}

/// The first source line of a problem, ready for display.
#[derive(Debug, PartialEq, Eq)]
struct Excerpt {
    /// The line, or a part of it with `…` at each cut.
    line: String,
    /// The number of cells before the problem.
    lead_cells: usize,
    /// The number of underlined cells on this line, at least 1.
    underlined_cells: usize,
}

impl Excerpt {
    /// Makes the excerpt for a position; `None` if the position is outside the text or the line is
    /// blank.
    fn of(source: &str, place: &Place) -> Option<Self> {
        let before = source.get(..place.start)?;
        let after = source.get(place.start..)?;
        let is_break = |character: char| matches!(character, '\n' | '\r');
        let line_start = before.rfind(is_break).map_or(0, |at| at + 1);
        let lead = source.get(line_start..place.start)?;
        let rest = after.split(is_break).next()?;
        if lead.trim().is_empty() && rest.trim().is_empty() {
            return None;
        }
        let marked_bytes = place.end.saturating_sub(place.start).min(rest.len());
        let (marked, tail) = rest.split_at_checked(marked_bytes)?;

        let (lead, lead_cut) = last_cells(
            lead,
            LEAD_CELLS.max(EXCERPT_CELLS.saturating_sub(width_cells_up_to(rest, EXCERPT_CELLS))),
        );
        let (marked, marked_cut) = first_cells(marked, EXCERPT_CELLS - LEAD_CELLS);
        let room = EXCERPT_CELLS.saturating_sub(width_cells(&lead) + width_cells(&marked));
        let (tail, tail_cut) = if marked_cut {
            (String::new(), true)
        } else {
            first_cells(tail, room)
        };

        let (opening, closing) = (
            if lead_cut { "…" } else { "" },
            if tail_cut { "…" } else { "" },
        );
        Some(Self {
            lead_cells: width_cells(opening) + width_cells(&lead),
            underlined_cells: width_cells(&marked).max(1),
            line: format!("{opening}{lead}{marked}{tail}{closing}")
                .trim_end()
                .to_owned(),
        })
    }
}

/// Returns a grapheme cluster in printable form.
fn shown(cluster: &str) -> String {
    let show = |character: char| match character {
        '\t' => TAB.to_owned(),
        hidden if is_hazardous(hidden) => '\u{fffd}'.to_string(),
        other => other.to_string(),
    };
    cluster.chars().map(show).collect()
}

/// Returns the start of a text in at most `cells` cells, and whether the rest was cut.
fn first_cells(text: &str, cells: usize) -> (String, bool) {
    let mut kept = String::new();
    let mut used = 0;
    for cluster in text.graphemes(true) {
        let cluster = shown(cluster);
        used += width_cells(&cluster);
        if used > cells {
            return (kept, true);
        }
        kept.push_str(&cluster);
    }
    (kept, false)
}

/// Returns the end of a text in at most `cells` cells, and whether the rest was cut.
fn last_cells(text: &str, cells: usize) -> (String, bool) {
    let mut kept: Vec<String> = Vec::new();
    let mut used = 0;
    let mut is_cut = false;
    for cluster in text.graphemes(true).rev() {
        let cluster = shown(cluster);
        used += width_cells(&cluster);
        if used > cells {
            is_cut = true;
            break;
        }
        kept.push(cluster);
    }
    kept.reverse();
    (kept.concat(), is_cut)
}

/// Returns the width of a text on the screen, at most `cells`; the rest of the text is not read.
fn width_cells_up_to(text: &str, cells: usize) -> usize {
    let (start, is_cut) = first_cells(text, cells);
    if is_cut { cells } else { width_cells(&start) }
}

#[cfg(test)]
mod tests;
