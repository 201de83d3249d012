//! A parser for JSON as language models write it, with small mistakes.

use std::fmt;

use serde_json::Value;

use super::written::Written;

/// The maximum depth of nested values.
const MAX_DEPTH: usize = 64;

/// The reason why a text can't be parsed as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// The text contains no JSON.
    NoJson,
    /// The text ends in the middle of a value.
    Cut,
    /// A string has this escape, which JSON doesn't define.
    Escape(char),
    /// A string has half of a surrogate pair.
    Half,
    /// The text has a value that could only be guessed.
    Unclear,
    /// The text has several values instead of one.
    Several,
}

/// Writes the reason as the predicate after "the arguments" or "the answer".
impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoJson => f.write_str("is not JSON"),
            Self::Cut => f.write_str("is JSON that ends in the middle"),
            Self::Escape(letter) => write!(
                f,
                "is not JSON: `\\{}` is not an escape; a backslash in a string is written `\\\\`",
                letter.escape_debug()
            ),
            Self::Half => f.write_str("is not JSON: half of a surrogate pair is not a character"),
            Self::Unclear => f.write_str("is not JSON, and its meaning is not certain"),
            Self::Several => f.write_str("has more than one JSON value"),
        }
    }
}

/// Parses the only JSON value in a text, and repairs mistakes that need no guess: a code fence or
/// words around the value, single or missing quotes around keys, single-quoted strings, a trailing
/// comma, comments, raw line breaks in strings, halves of surrogate pairs, `True`, `False` and
/// `None`.
///
/// Correct JSON is parsed exactly, and a duplicate key is kept twice. An unclosed bracket or an
/// unknown escape is not repaired, because the intended value is uncertain.
///
/// # Errors
/// [`Unread`].
pub(crate) fn read(text: &str) -> Result<Written, Unread> {
    if let Ok(value) = Written::read(text) {
        return Ok(value);
    }
    let mut found: Option<Written> = None;
    for next in Search::of(text) {
        let value = next?;
        if found.as_ref().is_some_and(|earlier| *earlier != value) {
            return Err(Unread::Several);
        }
        found = Some(value);
    }
    found.ok_or(Unread::NoJson)
}

/// Parses every object and list in a text, in order, as by [`read`]; each one that can't be parsed
/// gives an error. After [`Unread::Cut`] there are no more results.
pub(crate) fn read_all(text: &str) -> Vec<Result<Written, Unread>> {
    if let Ok(value) = Written::read(text) {
        return vec![Ok(value)];
    }
    Search::of(text).collect()
}

/// A search for values between other words.
struct Search {
    reader: Reader,
    is_over: bool,
}

impl Search {
    fn of(text: &str) -> Self {
        Self {
            reader: Reader {
                text: text.chars().collect(),
                at: 0,
            },
            is_over: false,
        }
    }
}

impl Iterator for Search {
    type Item = Result<Written, Unread>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.is_over {
            let start = self.reader.find_bracket()?;
            self.reader.at = start;
            match self.reader.value(0) {
                Ok(_part) if self.reader.goes_on() => {
                    self.is_over = true;
                    return Some(Err(Unread::Unclear));
                }
                Ok(value) => return Some(Ok(value)),
                Err(Fault::Prose) => self.reader.at = start + 1,
                Err(Fault::Unread(unread)) => {
                    // What is inside of a broken value is none by itself.
                    match self.reader.matching_bracket(start) {
                        Some(end) if unread != Unread::Cut => self.reader.at = end + 1,
                        _ => self.is_over = true,
                    }
                    return Some(Err(unread));
                }
            }
        }
        None
    }
}

/// The reason why the parser stopped.
enum Fault {
    /// A bracket in a sentence, which is not the beginning of JSON.
    Prose,
    Unread(Unread),
}

const UNCLEAR: Fault = Fault::Unread(Unread::Unclear);
const CUT: Fault = Fault::Unread(Unread::Cut);

struct Reader {
    text: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += 1;
        Some(next)
    }

    /// Returns the next bracket that could begin a value.
    fn find_bracket(&self) -> Option<usize> {
        let rest = self.text.get(self.at..)?;
        let offset = rest.iter().position(|c| matches!(c, '{' | '['))?;
        Some(self.at + offset)
    }

    /// Whether the text after a value belongs to it, because there is an unmatched bracket.
    fn goes_on(&self) -> bool {
        let rest = self.text.get(self.at..).unwrap_or_default().iter();
        let mut rest = rest.filter(|c| !c.is_whitespace());
        match rest.next() {
            Some('}' | ']' | ':') => true,
            Some(',') => rest.next() == Some(&'"'),
            _ => false,
        }
    }

    /// Returns the bracket that closes the one at `start`, by counting.
    fn matching_bracket(&self, start: usize) -> Option<usize> {
        let mut depth = 0_usize;
        let mut is_inside_text = false;
        let mut characters = (start..).zip(self.text.get(start..)?);
        while let Some((at, character)) = characters.next() {
            match character {
                '\\' if is_inside_text => {
                    characters.next();
                }
                '"' => is_inside_text = !is_inside_text,
                '{' | '[' if !is_inside_text => depth += 1,
                '}' | ']' if !is_inside_text => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(at);
                    }
                }
                _ => {}
            }
        }
        None
    }

    fn skip_space(&mut self) {
        while let Some(character) = self.peek() {
            match character {
                c if c.is_whitespace() => self.at += 1,
                '/' if self.text.get(self.at + 1) == Some(&'/') => {
                    while self.peek().is_some_and(|c| c != '\n') {
                        self.at += 1;
                    }
                }
                _ => return,
            }
        }
    }

    /// Skips space and returns the next character, which must exist.
    fn after_space(&mut self) -> Result<char, Fault> {
        self.skip_space();
        self.peek().ok_or(CUT)
    }

    fn value(&mut self, depth: usize) -> Result<Written, Fault> {
        if depth > MAX_DEPTH {
            return Err(UNCLEAR);
        }
        match self.after_space()? {
            '{' => self.object(depth),
            '[' => self.array(depth),
            quote @ ('"' | '\'') => Ok(Written::Plain(Value::String(self.string(quote)?))),
            _ => self.word(),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Written, Fault> {
        self.at += 1;
        let mut entries: Vec<(String, Written)> = Vec::new();
        loop {
            let is_first = entries.is_empty();
            let prose = |fault| {
                if is_first && depth == 0 {
                    Fault::Prose
                } else {
                    fault
                }
            };
            let key = match self.after_space()? {
                '}' => break,
                quote @ ('"' | '\'') => self.string(quote)?,
                _ => self.bare_key().ok_or(prose(UNCLEAR))?,
            };
            if self.after_space()? != ':' {
                return Err(prose(UNCLEAR));
            }
            self.at += 1;
            let value = self.value(depth + 1).map_err(within)?;
            entries.push((key, value));
            match self.after_space()? {
                '}' => break,
                ',' => self.at += 1,
                _ => return Err(UNCLEAR),
            }
        }
        self.at += 1;
        Ok(Written::of_entries(entries))
    }

    fn array(&mut self, depth: usize) -> Result<Written, Fault> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            if self.after_space()? == ']' {
                break;
            }
            let value = self.value(depth + 1);
            // A word in brackets is a word.
            let is_prose = items.is_empty() && depth == 0;
            items.push(value.map_err(|fault| match fault {
                Fault::Prose if is_prose => Fault::Prose,
                fault => within(fault),
            })?);
            match self.after_space()? {
                ']' => break,
                ',' => self.at += 1,
                _ => return Err(UNCLEAR),
            }
        }
        self.at += 1;
        Ok(Written::of_items(items))
    }

    fn bare_key(&mut self) -> Option<String> {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '$'))
        {
            self.at += 1;
        }
        let key: String = self.text.get(start..self.at)?.iter().collect();
        (!key.is_empty()).then_some(key)
    }

    fn string(&mut self, quote: char) -> Result<String, Fault> {
        self.at += 1;
        let mut text = String::new();
        loop {
            match self.next().ok_or(CUT)? {
                c if c == quote => return Ok(text),
                '\\' => text.push(self.escape(quote)?),
                other => text.push(other),
            }
        }
    }

    fn escape(&mut self, quote: char) -> Result<char, Fault> {
        match self.next().ok_or(CUT)? {
            'n' => Ok('\n'),
            't' => Ok('\t'),
            'r' => Ok('\r'),
            'b' => Ok('\u{8}'),
            'f' => Ok('\u{c}'),
            'u' => self.unicode_escape(),
            plain @ ('"' | '\\' | '/') => Ok(plain),
            '\'' if quote == '\'' => Ok('\''),
            other => Err(Fault::Unread(Unread::Escape(other))),
        }
    }

    /// Parses a Unicode escape, or two that form a surrogate pair. An unpaired half is no character
    /// and could only be guessed.
    fn unicode_escape(&mut self) -> Result<char, Fault> {
        let first = self.four_digits()?;
        if (0xd800..0xdc00).contains(&first)
            && self.peek() == Some('\\')
            && self.text.get(self.at + 1) == Some(&'u')
        {
            let before = self.at;
            self.at += 2;
            let second = self.four_digits()?;
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = before;
        }
        char::from_u32(first).ok_or(Fault::Unread(Unread::Half))
    }

    fn four_digits(&mut self) -> Result<u32, Fault> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.next().ok_or(CUT)?.to_digit(16);
            code = code * 16 + digit.ok_or(Fault::Unread(Unread::Escape('u')))?;
        }
        Ok(code)
    }

    /// Parses a number or a word for true, false or null, in JSON's or Python's notation.
    fn word(&mut self) -> Result<Written, Fault> {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|c| !c.is_whitespace() && !matches!(c, ',' | '}' | ']' | ':'))
        {
            self.at += 1;
        }
        let word: String = self
            .text
            .get(start..self.at)
            .unwrap_or_default()
            .iter()
            .collect();
        match word.as_str() {
            // The rest of it may be missing.
            _ if self.peek().is_none() => Err(CUT),
            "true" | "True" => Ok(Written::Plain(Value::Bool(true))),
            "false" | "False" => Ok(Written::Plain(Value::Bool(false))),
            "null" | "None" => Ok(Written::Plain(Value::Null)),
            other => Written::number(other).ok_or(Fault::Prose),
        }
    }
}

/// Returns the fault for the inside of a value, where an unknown word can't be part of a sentence.
fn within(fault: Fault) -> Fault {
    match fault {
        Fault::Prose => UNCLEAR,
        unread @ Fault::Unread(_) => unread,
    }
}

#[cfg(test)]
mod tests;
