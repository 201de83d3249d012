//! Colours of YAML and JSON, line by line, for text that may be broken at any place.
//!
//! What a line's colours depend on from the lines above is one small [`LineState`], so that only
//! lines in view need be looked at closely.

mod json;
mod yaml;

use std::ops::Range;

use crate::spec::Format;
use crate::tui::theme::Role;

/// What a line begins inside of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum LineState {
    /// Nothing.
    #[default]
    Plain,
    /// A block scalar whose owner is indented so many columns.
    Block {
        /// Lines that are indented more belong to it.
        indent: usize,
    },
    /// A quoted scalar that goes on.
    Quoted(char),
}

/// A coloured part of a line: bytes, and what they are. Parts are in order and do not overlap; what
/// lies between them is plain text.
pub(crate) type Token = (Range<usize>, Role);

/// The parts of a line, and the state in which the next line begins.
pub(crate) fn line(text: &str, format: Format, state: LineState) -> (Vec<Token>, LineState) {
    match format {
        Format::Yaml => {
            let (tokens, next) = yaml::line(text, state);
            (with_placeholders(text, tokens), next)
        }
        Format::Json => (with_placeholders(text, json::line(text)), LineState::Plain),
    }
}

/// The state in which each line begins.
pub(crate) fn states(lines: &[String], format: Format) -> Vec<LineState> {
    match format {
        Format::Json => Vec::new(),
        Format::Yaml => {
            let mut state = LineState::Plain;
            lines
                .iter()
                .map(|line| {
                    let begins = state;
                    state = yaml::next_state(line, state);
                    begins
                })
                .collect()
        }
    }
}

/// Takes each `{{name}}` out of the strings it stands in.
fn with_placeholders(text: &str, tokens: Vec<Token>) -> Vec<Token> {
    if !text.contains("{{") {
        return tokens;
    }
    let mut split = Vec::with_capacity(tokens.len() + 2);
    for (range, role) in tokens {
        if role != Role::String {
            split.push((range, role));
            continue;
        }
        let mut at = range.start;
        while let Some(rest) = text.get(at..range.end)
            && let Some(open) = rest.find("{{")
            && let Some(length) = rest.get(open..).and_then(|rest| rest.find("}}"))
        {
            split.push((at..at + open, role));
            split.push((at + open..at + open + length + 2, Role::Accent));
            at += open + length + 2;
        }
        split.push((at..range.end, role));
    }
    split.retain(|(range, _)| !range.is_empty());
    split
}

#[cfg(test)]
mod tests;
