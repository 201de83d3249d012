//! Secrets in a text that can't be parsed, found line by line.

use std::ops::Range;

use super::{is_nearly_sensitive, is_secret_name};

/// Finds the values of sensitive fields: the rest of the line and the following lines, up to the
/// next field or to the closing bracket or quotation mark.
pub(super) fn find(text: &str, found: &mut Vec<Range<usize>>) {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        for name in names(line) {
            let value = start + name.end;
            let end = value + end_of_value(text.get(value..).unwrap_or_default(), indent_of(line));
            found.push(value..end);
        }
        start += line.len();
    }
}

/// Returns the sensitive names of a line: each is followed by a colon or equals sign, or begins the
/// line. A range ends where the value begins.
fn names(line: &str) -> Vec<Range<usize>> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '$');
    let mut names = Vec::new();
    let mut rest = line;
    let mut at = 0;
    let mut is_first = true;
    while let Some(skipped) = rest.find(is_part) {
        let (_, word_on) = rest.split_at(skipped);
        let length = word_on.find(|c| !is_part(c)).unwrap_or(word_on.len());
        let (word, after) = word_on.split_at(length);
        let start = at + skipped;
        let value = after
            .trim_start_matches(['"', '\''])
            .trim_start_matches([' ', '\t']);
        let has_mark = value.starts_with([':', '=']);
        let name = word
            .trim_start_matches(['-', '$'])
            .rsplit('.')
            .next()
            .unwrap_or_default();
        if (has_mark || is_first) && (is_nearly_sensitive(name) || is_secret_name(name)) {
            let value = value.trim_start_matches([':', '=']);
            names.push(start..at + skipped + length + (after.len() - value.len()));
        }
        // The dash of an item is no word.
        is_first = is_first && word.trim_matches('-').is_empty();
        at = start + length;
        rest = after;
    }
    names
}

/// Returns the length of a value that begins here, on a line with this indent.
fn end_of_value(rest: &str, indent: usize) -> usize {
    let lead = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let value = rest.get(lead..).unwrap_or_default();
    let closed = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => end_of_quoted(value, quote),
        Some('{' | '[') => end_of_brackets(value),
        _ => None,
    };
    closed.map_or_else(|| end_of_lines(rest, indent), |end| lead + end)
}

/// Returns the end of a quoted text; `None` if it is not closed on its line.
fn end_of_quoted(value: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    for (at, character) in value.char_indices().skip(1) {
        match character {
            '\n' => return None,
            '\\' if quote == '"' && !is_escaped => is_escaped = true,
            character if character == quote && !is_escaped => return Some(at + 1),
            _ => is_escaped = false,
        }
    }
    None
}

/// Returns the end of a value in brackets; `None` if the brackets are not closed.
fn end_of_brackets(value: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, character) in value.char_indices() {
        match character {
            '{' | '[' => depth += 1,
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// Returns the end of a value that spans lines: the next field with the same or a smaller indent.
/// Lines that are not fields belong to the value even if they are indented less or by tabs, because
/// a wrong indent may be what breaks the text.
fn end_of_lines(rest: &str, indent: usize) -> usize {
    let mut lines = rest.split_inclusive('\n');
    let mut end = lines.next().map_or(0, str::len);
    for line in lines {
        let lead = line.len() - line.trim_start().len();
        let has_tab = line.get(..lead).is_some_and(|lead| lead.contains('\t'));
        if !has_tab && indent_of(line) <= indent && is_field(line) {
            break;
        }
        end += line.len();
    }
    end
}

/// Returns whether a line begins with a name and a colon, or begins or ends a document or an
/// object.
fn is_field(line: &str) -> bool {
    let line = line.trim_start_matches([' ', '\t', '-']);
    let name = line.trim_start_matches(['"', '\'']);
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '$');
    let after = name.trim_start_matches(is_part);
    let value = after
        .trim_start_matches(['"', '\''])
        .trim_start()
        .strip_prefix(':');
    let has_name = after.len() < name.len();
    has_name
        && value.is_some_and(|value| value.is_empty() || value.starts_with(char::is_whitespace))
        || line.starts_with(['{', '}', ']'])
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t', '-']).len()
}
