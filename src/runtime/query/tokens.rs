//! The tokens of a query.

use std::fmt;

use serde_json::Value;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// `.name` or `."name"`
    Field(String),
    Name(String),
    Text(String),
    Number(Value),
    Sign(&'static str),
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => write!(f, ".{name}"),
            Self::Name(name) => f.write_str(name),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Number(number) => number.fmt(f),
            Self::Sign(sign) => f.write_str(sign),
        }
    }
}

/// Operators and punctuation, longer ones before their prefixes.
const SIGNS: [&str; 25] = [
    "//", "==", "!=", "<=", ">=", "..", ".", "[", "]", "{", "}", "(", ")", "|", ",", ":", ";", "?",
    "+", "-", "*", "/", "%", "<", ">",
];

/// # Errors
/// A description of the part that is not understood.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let token;
        (token, rest) = if first == '"' {
            let (text, rest) = string(rest)?;
            (Token::Text(text), rest)
        } else if first.is_ascii_digit() {
            let (number, rest) = split(rest, |it| it.is_ascii_alphanumeric() || it == '.');
            let value = serde_json::from_str(number);
            let value = value.map_err(|_unread| format!("`{number}` is not a number"))?;
            (Token::Number(value), rest)
        } else if is_name_start(first) {
            let (name, rest) = split(rest, is_in_name);
            (Token::Name(name.to_owned()), rest)
        } else {
            field_or_sign(rest)?
        };
        tokens.push(token);
        rest = rest.trim_start();
    }
    Ok(tokens)
}

fn field_or_sign(rest: &str) -> Result<(Token, &str), String> {
    if let Some(field) = rest.strip_prefix('.') {
        if field.starts_with(is_name_start) {
            let (name, rest) = split(field, is_in_name);
            return Ok((Token::Field(name.to_owned()), rest));
        }
        if field.starts_with('"') {
            let (name, rest) = string(field)?;
            return Ok((Token::Field(name), rest));
        }
    }
    let mut signs = SIGNS.iter();
    let found = signs.find_map(|sign| Some((*sign, rest.strip_prefix(sign)?)));
    let (sign, rest) = found.ok_or_else(|| {
        let first = rest.chars().next().unwrap_or_default();
        format!("`{first}` is not understood")
    })?;
    Ok((Token::Sign(sign), rest))
}

fn is_name_start(character: char) -> bool {
    character.is_ascii_alphabetic() || character == '_'
}

fn is_in_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// Splits a text after the characters that satisfy `is_in`.
fn split(text: &str, is_in: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|character| !is_in(character));
    text.split_at(end.unwrap_or(text.len()))
}

/// Parses a quoted string with JSON escapes; returns it with the rest of the text.
fn string(text: &str) -> Result<(String, &str), String> {
    let mut is_escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            '(' if is_escaped => return Err("`\\(` in a text is not understood".to_owned()),
            '"' if !is_escaped => {
                let (quoted, rest) = text.split_at(at + 1);
                let read = serde_json::from_str(quoted);
                let read = read.map_err(|error| format!("{quoted} is not a text: {error}"))?;
                return Ok((read, rest));
            }
            _ => is_escaped = character == '\\' && !is_escaped,
        }
    }
    Err("a text has no end".to_owned())
}
