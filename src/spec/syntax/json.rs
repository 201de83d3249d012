//! A JSON parser that follows RFC 8259 strictly.
//!
//! Hand-written because it needs no recursion, finds the position of each value and key in the same
//! pass, and has specific error messages. After an error with an obvious continuation (a trailing
//! comma, a comment, a missing comma), parsing continues; it stops at the first other error.

use std::ops::Range;

use compact_str::CompactString;
use serde_json::Number;

use super::builder::{Builder, Stop};
use super::{Scalar, Tree};
use crate::base::written::is_number;
use crate::spec::diagnostic::Diagnostic;

/// Parses a document. If it is broken, returns the part before the error.
pub(super) fn parse(text: &str) -> (Tree, Vec<Diagnostic>) {
    let mut reader = Reader {
        text,
        at: 0,
        builder: Builder::new(text),
        open: Vec::new(),
    };
    // The fault that ended the reading is among the problems already.
    let _stopped = reader.document();
    reader.builder.finish()
}

struct Reader<'t> {
    text: &'t str,
    /// The offset of the next byte; always on a character boundary.
    at: usize,
    builder: Builder,
    /// The closing brackets of the open arrays and objects.
    open: Vec<u8>,
}

impl<'t> Reader<'t> {
    fn document(&mut self) -> Result<(), Stop> {
        if self.text.starts_with('\u{feff}') {
            self.builder
                .malformed(0..3, "JSON may not begin with a byte-order mark");
            self.at = 3;
        }
        self.skip_space()?;
        if self.byte().is_none() {
            return Ok(());
        }
        self.value()?;
        while let Some(close) = self.open.last().copied() {
            self.part(close)?;
        }
        self.skip_space()?;
        match self.byte() {
            None => Ok(()),
            Some(_) => self.fault(self.at..self.text.len(), "nothing may follow the document"),
        }
    }

    /// Parses the next part of an array or object: its end, or its next item or entry.
    fn part(&mut self, close: u8) -> Result<(), Stop> {
        self.skip_space()?;
        let is_first = self.builder.is_at_start();
        if self.byte() == Some(close) {
            self.end();
            return Ok(());
        }
        if !is_first {
            if self.byte() == Some(b',') {
                let comma = self.at;
                self.at += 1;
                self.skip_space()?;
                if self.byte() == Some(close) {
                    let message = format!("trailing comma before `{}`", char::from(close));
                    self.builder.malformed(comma..comma + 1, message);
                    self.end();
                    return Ok(());
                }
                if self.byte() == Some(b',') {
                    return self.fault(comma..comma + 1, "there is no value before this comma");
                }
            } else if self.starts_value() {
                self.builder
                    .malformed(self.here(), "a comma is missing before this");
            } else {
                return self.unexpected(&format!("`,` or `{}`", char::from(close)));
            }
        }
        if close == b'}' {
            self.key()?;
        }
        self.value()
    }

    fn key(&mut self) -> Result<(), Stop> {
        if self.byte() != Some(b'"') {
            return self.unexpected("a key in double quotes");
        }
        let start = self.at;
        let key = self.string()?;
        self.builder.key(key, start..self.at);
        self.skip_space()?;
        if self.byte() != Some(b':') {
            return self.unexpected("`:` after the key");
        }
        self.at += 1;
        self.skip_space()
    }

    /// Parses a scalar, or the beginning of an array or object.
    fn value(&mut self) -> Result<(), Stop> {
        let start = self.at;
        match self.byte() {
            Some(b'{') => {
                self.builder.open_object(start..start + 1)?;
                self.at += 1;
                self.open.push(b'}');
            }
            Some(b'[') => {
                self.builder.open_array(start..start + 1)?;
                self.at += 1;
                self.open.push(b']');
            }
            Some(b'"') => {
                let text = self.string()?;
                self.builder.scalar(Scalar::String(text), start..self.at);
            }
            Some(b'-' | b'0'..=b'9') => {
                let number = self.number()?;
                self.builder.scalar(Scalar::Number(number), start..self.at);
            }
            Some(byte) if byte.is_ascii_alphabetic() => {
                let value = self.word()?;
                self.builder.scalar(value, start..self.at);
            }
            _ => return self.unexpected("a value"),
        }
        Ok(())
    }

    fn end(&mut self) {
        self.at += 1;
        self.builder.close(Some(self.at));
        self.open.pop();
    }

    fn word(&mut self) -> Result<Scalar, Stop> {
        let rest = self.rest();
        let length = rest
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default();
        let value = match word {
            "null" => Scalar::Null,
            "true" => Scalar::Bool(true),
            "false" => Scalar::Bool(false),
            _ => {
                let message = match word {
                    "NaN" | "Infinity" => format!("`{word}` is not a JSON number"),
                    "True" | "False" | "None" => {
                        format!("`{word}` is Python; JSON has true, false and null")
                    }
                    _ => format!("`{word}` is not a value; write text in double quotes"),
                };
                return self.fault(self.at..self.at + length, message);
            }
        };
        self.at += length;
        Ok(value)
    }

    fn number(&mut self) -> Result<Number, Stop> {
        let rest = self.rest();
        let length = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')))
            .unwrap_or(rest.len());
        let written = rest.get(..length).unwrap_or_default();
        let number = match written {
            // A whole number like any other, though there is but one zero of these.
            "-0" => Some(Number::from(0)),
            _ if is_number(written) => serde_json::from_str(written).ok(),
            _ => None,
        };
        let Some(number) = number else {
            return self.fault(
                self.at..self.at + length,
                format!("`{written}` is not a number"),
            );
        };
        let bytes = self.at..self.at + length;
        self.at += length;
        self.builder.check_whole(written, &number, bytes);
        Ok(number)
    }

    /// Parses a string, from its opening quote to its closing one.
    fn string(&mut self) -> Result<CompactString, Stop> {
        let start = self.at;
        self.at += 1;
        let plain = self.plain(start)?;
        if self.byte() == Some(b'"') {
            self.at += 1;
            return Ok(plain.into());
        }
        let mut content = CompactString::from(plain);
        loop {
            content.push(self.escape()?);
            content.push_str(self.plain(start)?);
            if self.byte() == Some(b'"') {
                self.at += 1;
                return Ok(content);
            }
        }
    }

    /// Parses the next part of a string, up to an escape or the closing quote.
    fn plain(&mut self, start: usize) -> Result<&'t str, Stop> {
        let rest = self.rest();
        let length = plain_length(rest.as_bytes());
        let end = self.at + length.unwrap_or(rest.len());
        let message = match length.and_then(|length| rest.as_bytes().get(length)) {
            Some(b'"' | b'\\') => {
                let plain = rest.get(..end - self.at).unwrap_or_default();
                self.at = end;
                return Ok(plain);
            }
            None => return self.fault(start..end, "the text is never closed"),
            Some(b'\n' | b'\r') => {
                let message = "the text is not closed on its line; a line break is `\\n`";
                return self.fault(start..end, message);
            }
            Some(b'\t') => "a tab in text is written `\\t`",
            Some(_) => "a control character in text is written `\\u00XX`",
        };
        self.fault(end..end + 1, message)
    }

    /// Parses an escape, from its backslash.
    fn escape(&mut self) -> Result<char, Stop> {
        let start = self.at;
        let letter = self.rest().chars().nth(1);
        self.at += 1 + letter.map_or(0, char::len_utf8);
        Ok(match letter {
            Some('"') => '"',
            Some('\\') => '\\',
            Some('/') => '/',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => return self.unicode_escape(start),
            _ => return self.fault(start..self.at, "no such escape; a backslash is `\\\\`"),
        })
    }

    /// Parses `\uXXXX` or a surrogate pair, after the first `u`. An unpaired surrogate is an error,
    /// after which parsing continues.
    fn unicode_escape(&mut self, start: usize) -> Result<char, Stop> {
        let first = self.hex_digits(start)?;
        let half = 0xD800..0xDC00;
        if half.contains(&first) && self.rest().starts_with("\\u") {
            let before_second = self.at;
            self.at += 2;
            let second = self.hex_digits(before_second)?;
            if (0xDC00..0xE000).contains(&second) {
                let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = before_second;
        }
        Ok(char::from_u32(first).unwrap_or_else(|| {
            let message = "half of a surrogate pair is not a character; write the character itself";
            self.builder.malformed(start..self.at, message);
            char::REPLACEMENT_CHARACTER
        }))
    }

    fn hex_digits(&mut self, start: usize) -> Result<u32, Stop> {
        let digits = self
            .rest()
            .get(..4)
            .filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        match digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
            Some(code) => {
                self.at += 4;
                Ok(code)
            }
            None => self.fault(start..self.at, "`\\u` takes four hexadecimal digits"),
        }
    }

    /// Skips white space, and reports comments.
    fn skip_space(&mut self) -> Result<(), Stop> {
        loop {
            match self.byte() {
                Some(b'\n') => {
                    self.at += 1 + spaces(self.text.as_bytes().get(self.at + 1..));
                    continue;
                }
                Some(b' ' | b'\t' | b'\r') => {
                    self.at += 1;
                    continue;
                }
                Some(b'/' | b'#') => {}
                _ => return Ok(()),
            }
            let rest = self.rest();
            let length = if rest.starts_with("//") || rest.starts_with('#') {
                rest.find(['\n', '\r']).unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                match rest.find("*/") {
                    Some(end) => end + 2,
                    None => {
                        return self.fault(self.at..self.text.len(), "a comment is never closed");
                    }
                }
            } else {
                return Ok(());
            };
            self.builder
                .malformed(self.at..self.at + length, "JSON has no comments");
            self.at += length;
        }
    }

    fn starts_value(&self) -> bool {
        matches!(
            self.byte(),
            Some(b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b'a'..=b'z')
        )
    }

    fn unexpected<T>(&mut self, expected: &str) -> Result<T, Stop> {
        let message = match self.peek() {
            None => {
                let closing: String = self.open.iter().rev().copied().map(char::from).collect();
                format!("the text ends where {expected} should be; still open: `{closing}`")
            }
            Some('\'') => format!("`'` where {expected} should be; JSON quotes with `\"`"),
            Some(found) => format!("`{}` where {expected} should be", found.escape_default()),
        };
        self.fault(self.here(), message)
    }

    fn fault<T>(&mut self, bytes: Range<usize>, message: impl Into<String>) -> Result<T, Stop> {
        self.builder.malformed(bytes, message);
        Err(Stop)
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Returns the range of the next character.
    fn here(&self) -> Range<usize> {
        self.at..self.at + self.peek().map_or(0, char::len_utf8)
    }
}

/// Counts the spaces at the beginning; may return up to seven too few, because it checks eight
/// bytes at a time for speed.
fn spaces(mut bytes: Option<&[u8]>) -> usize {
    let mut count = 0;
    while let Some((chunk, rest)) = bytes.and_then(<[u8]>::split_first_chunk) {
        // Spaces become 0. The number is little-endian, so that its low end is the text's beginning.
        let others = u64::from_le_bytes(*chunk) ^ u64::from_ne_bytes([b' '; 8]);
        if others != 0 {
            return count + (others.trailing_zeros() / 8) as usize;
        }
        count += 8;
        bytes = Some(rest);
    }
    count
}

/// Returns the number of bytes before the first quote, backslash or control character; `None` if
/// there is none.
///
/// Works on eight bytes at a time: the highest bit of each byte of `found` says whether that byte
/// is such a character. Because of borrows in the subtraction, the byte after a match may be marked
/// falsely, so only the first mark is used.
fn plain_length(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    let mut at = 0;
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        // Little-endian on every machine, so that the text's first byte is the lowest one and the zeros at the low end are
        // the bytes before the first find.
        let chunk = u64::from_le_bytes(*chunk);
        // The subtraction sets the highest bit of each byte below the bound. In bytes beyond ASCII, none of which is looked
        // for, that bit was set before and may stay: `!value` drops them.
        let is_below = |value: u64, bound: u8| {
            value.wrapping_sub(ONES * u64::from(bound)) & !value & (ONES * 0x80)
        };
        // The exclusive or turns the byte that is looked for into 0, and no other: below 1 is only that one.
        let quotes = is_below(chunk ^ (ONES * u64::from(b'"')), 1);
        let backslashes = is_below(chunk ^ (ONES * u64::from(b'\\')), 1);
        let found = quotes | backslashes | is_below(chunk, b' ');
        if found != 0 {
            return Some(at + (found.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | ..b' ');
    let tail = bytes.get(at..).unwrap_or_default();
    tail.iter().position(is_special).map(|tail| at + tail)
}
