//! The tags of a template, and the tokens of their expressions.

/// A tag of Jinja: `{{ … }}`, `{% … %}` or `{# … #}`.
pub(super) enum Tag<'t> {
    Output(&'t str),
    Statement(&'t str),
    Comment,
}

/// A token of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    Name(&'t str),
    /// An operator or punctuation; `==` and similar ones are single tokens.
    Sign(&'t str),
    /// A number or a string.
    Literal,
}

/// Returns the first tag of a text and the rest of the text after it.
pub(super) fn next_tag(text: &str) -> Option<(Tag<'_>, &str)> {
    let start = text
        .match_indices('{')
        .map(|(at, _)| at)
        .find(|at| matches!(text.get(at + 1..at + 2), Some("{" | "%" | "#")))?;
    let inner = text.get(start + 2..)?;
    let close = match text.get(start + 1..start + 2)? {
        "{" => "}}",
        "%" => "%}",
        _ => "#}",
    };
    let end = if close == "#}" {
        inner.find(close)?
    } else {
        end_outside_strings(inner, close)?
    };
    let content = inner.get(..end)?;
    let after = inner.get(end + close.len()..)?;
    let tag = match close {
        "}}" => Tag::Output(content),
        "%}" => Tag::Statement(content),
        _ => Tag::Comment,
    };
    Some((tag, after))
}

/// Returns the position of the first closing mark that is not inside a string.
fn end_outside_strings(text: &str, close: &str) -> Option<usize> {
    let mut quote = None;
    let mut is_escaped = false;
    for (at, letter) in text.char_indices() {
        match quote {
            Some(_) if is_escaped => is_escaped = false,
            Some(_) if letter == '\\' => is_escaped = true,
            Some(open) if letter == open => quote = None,
            None if matches!(letter, '"' | '\'') => quote = Some(letter),
            None if text.get(at..)?.starts_with(close) => return Some(at),
            Some(_) | None => {}
        }
    }
    None
}

/// Returns the text after `{% endraw %}`; empty if there is none.
pub(super) fn after_raw(text: &str) -> &str {
    let mut rest = text;
    while let Some(start) = rest.find("{%") {
        let after = rest.get(start + 2..).unwrap_or_default();
        let word = after.trim_start_matches(['-', '+']).trim_start();
        if word.starts_with("endraw") {
            return after.split_once("%}").map_or("", |(_, after)| after);
        }
        rest = after;
    }
    ""
}

pub(super) fn tokens(expression: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = expression.trim_matches(['-', '+']).trim();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' | '\'' => {
                let inner = rest.get(1..).unwrap_or_default();
                let end = end_outside_strings_of(inner, first);
                tokens.push(Token::Literal);
                end + 1
            }
            letter if letter.is_alphabetic() || letter == '_' => {
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
                let name = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
                tokens.push(Token::Name(name));
                name.len()
            }
            letter if letter.is_ascii_digit() => {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                tokens.push(Token::Literal);
                end.unwrap_or(rest.len())
            }
            letter if letter.is_whitespace() => letter.len_utf8(),
            letter => {
                let pair = ["==", "!=", "<=", ">="];
                let length = if pair.iter().any(|pair| rest.starts_with(pair)) {
                    2
                } else {
                    letter.len_utf8()
                };
                tokens.push(Token::Sign(rest.get(..length).unwrap_or_default()));
                length
            }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    tokens
}

/// Returns the length of a string's content with its closing quote.
fn end_outside_strings_of(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, letter) in text.char_indices() {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if letter == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}
