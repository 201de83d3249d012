//! Parts of a line of JSON.

use super::Token;
use crate::tui::theme::Role;

/// The parts of a line. A string in JSON never goes over a line's end.
pub(super) fn line(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..)
        && let Some(first) = rest.chars().next()
    {
        let (length, role) = match first {
            '"' => {
                let length = string_length(rest);
                let after = rest.get(length..).unwrap_or_default().trim_start();
                let role = if after.starts_with(':') {
                    Role::Key
                } else {
                    Role::String
                };
                (length, Some(role))
            }
            '-' | '0'..='9' => (length_while(rest, is_number_part), Some(Role::Number)),
            'a'..='z' => (
                length_while(rest, |c| c.is_ascii_alphabetic()),
                Some(Role::Keyword),
            ),
            '{' | '}' | '[' | ']' | ',' | ':' => (1, Some(Role::Muted)),
            other => (other.len_utf8(), None),
        };
        if let Some(role) = role {
            tokens.push((at..at + length, role));
        }
        at += length;
    }
    tokens
}

/// How long the quoted string at the beginning of `text` is, in bytes, with its quotes.
pub(super) fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            '"' if !is_escaped => return at + 1,
            '\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    text.len()
}

fn length_while(text: &str, is_part: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is_part(c)).unwrap_or(text.len())
}

fn is_number_part(character: char) -> bool {
    character.is_ascii_digit() || matches!(character, '-' | '+' | '.' | 'e' | 'E')
}
