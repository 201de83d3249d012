//! Reading JSON as language models write it: nearly right.

use std::fmt;

use serde_json::Value;

use super::written::Written;

/// How deep values may be nested.
const MAX_DEPTH: usize = 64;

/// Why a text is not read as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// There is nothing like JSON in it.
    NoJson,
    /// The text ends in the middle of a value.
    Cut,
    /// The text has this escape in a string, which JSON does not know.
    Escape(char),
    /// A string has half of a surrogate pair.
    Half,
    /// The text has a value that only a guess could read.
    Unclear,
    /// The text has several values, and one is wanted.
    Several,
}

/// The words after "the arguments" or "the answer".
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

/// Reads the one JSON value of a text, repairing what can be repaired without a guess: a code fence or words around it,
/// single or missing quotes around keys, single-quoted strings, a trailing comma, comments, raw line breaks in strings,
/// halves of surrogate pairs, `True`, `False` and `None`.
///
/// Right JSON is read exactly, and a key that is given twice is there twice. Nothing is closed that is not closed, and no escape is read that JSON does not have: the
/// value could be another one.
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

/// Reads every object and list in a text, in order, each read as by [`read`]; an error in place of one that can't be
/// read. After [`Unread::Cut`] there is nothing more.
pub(crate) fn read_all(text: &str) -> Vec<Result<Written, Unread>> {
    if let Ok(value) = Written::read(text) {
        return vec![Ok(value)];
    }
    Search::of(text).collect()
}

/// Looks for values among other words.
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

/// Why a reader stopped.
enum Fault {
    /// A bracket of a sentence: nothing of JSON follows it.
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

    /// The next bracket that could open a value.
    fn find_bracket(&self) -> Option<usize> {
        let rest = self.text.get(self.at..)?;
        let offset = rest.iter().position(|c| matches!(c, '{' | '['))?;
        Some(self.at + offset)
    }

    /// Whether what follows a value belongs to it: there is a bracket too many, or too few before.
    fn goes_on(&self) -> bool {
        let rest = self.text.get(self.at..).unwrap_or_default().iter();
        let mut rest = rest.filter(|c| !c.is_whitespace());
        match rest.next() {
            Some('}' | ']' | ':') => true,
            Some(',') => rest.next() == Some(&'"'),
            _ => false,
        }
    }

    /// The bracket that closes the one at `start`, by counting.
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

    /// Skips space; the character after it, of which there must be one.
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

    /// The character of an escape by its code, or of two that are a surrogate pair. A lone half means no character, so
    /// what was meant can only be guessed.
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

    /// A number or one of the words for true, false and null, as JSON or Python writes them.
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

/// A fault inside a value, where a strange word is no sentence any more.
fn within(fault: Fault) -> Fault {
    match fault {
        Fault::Prose => UNCLEAR,
        unread @ Fault::Unread(_) => unread,
    }
}

#[cfg(test)]
mod tests;
