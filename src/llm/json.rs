//! JSON with unpaired surrogates, as model servers send it.
//!
//! Servers that stream token by token escape text as UTF-16 and may split a surrogate pair, so that
//! one chunk ends in `\ud83d` and the next begins with `\ude00`. Strict JSON parsers reject both.
//! Here the halves are accepted and joined across chunks. If the other half never comes, text gets
//! U+FFFD, which is reported; in JSON that the model wrote, the escape is kept, so that parsing it
//! fails.

use std::borrow::Cow;

use serde_json::Value;

use crate::base::written::mark_within;

/// A JSON value whose strings may contain placeholders for unpaired surrogates.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lenient {
    /// The value.
    pub(super) value: Value,
    /// Whether there are placeholders, so that [`HalfJoiner`] is needed.
    pub(super) has_halves: bool,
}

/// The placeholder for the unpaired surrogate `0xD800 + n` is this character plus `n`. It is in a
/// private-use plane, and only texts of a [`Lenient`] with halves are searched for it.
const STAND_IN: u32 = 0x0010_F000;

/// Parses JSON, allowing unpaired surrogates.
///
/// # Errors
/// The parser's error if the text is invalid for another reason.
pub(super) fn parse(text: &str) -> Result<Lenient, serde_json::Error> {
    // Arguments that come as a value keep their numbers as they are written.
    let text = mark_within(text, &["arguments", "args", "input", "parameters"]);
    match serde_json::from_str(&text) {
        Ok(value) => Ok(Lenient {
            value,
            has_halves: false,
        }),
        Err(error) => {
            let repaired = with_stand_ins(&text);
            if repaired == text {
                return Err(error);
            }
            Ok(Lenient {
                value: serde_json::from_str(&repaired)?,
                has_halves: true,
            })
        }
    }
}

fn with_stand_ins(text: &str) -> String {
    replace_halves(text, |unit, repaired| {
        let stand_in = char::from_u32(STAND_IN + u32::from(unit) - 0xD800);
        repaired.push(stand_in.unwrap_or(char::REPLACEMENT_CHARACTER));
    })
}

/// Copies JSON text; `replace` writes the replacement for each `\uXXXX` that is an unpaired
/// surrogate.
fn replace_halves(text: &str, replace: impl Fn(u16, &mut String)) -> String {
    let mut repaired = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        repaired.push_str(before);
        let escape = unit(after);
        match (escape, escape.and_then(|_| second_unit(after))) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => {
                repaired.push('\\');
                let (pair, remaining) = after.split_at(PAIR_BYTES);
                repaired.push_str(pair);
                rest = remaining;
            }
            (Some(half @ 0xD800..=0xDFFF), _) => {
                replace(half, &mut repaired);
                rest = after.split_at(UNIT_BYTES).1;
            }
            _ => {
                // Any other escape: its second character is copied with it, so that the `u` of
                // `\\ud800` (an escaped backslash, then letters) is not taken for an escape.
                repaired.push('\\');
                let mut characters = after.chars();
                repaired.extend(characters.next());
                rest = characters.as_str();
            }
        }
    }
    repaired.push_str(rest);
    repaired
}

/// The length of `u` and four hexadecimal digits.
const UNIT_BYTES: usize = 5;
/// The length of `uXXXX\uXXXX`.
const PAIR_BYTES: usize = 2 * UNIT_BYTES + 1;

/// Returns the code unit of `uXXXX` at the start of the text after a backslash.
fn unit(after: &str) -> Option<u16> {
    let digits = after.strip_prefix('u')?.get(..4)?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u16::from_str_radix(digits, 16).ok()
}

/// Returns the code unit of a second `\uXXXX` directly after the first.
fn second_unit(after: &str) -> Option<u16> {
    unit(after.get(UNIT_BYTES..)?.strip_prefix('\\')?)
}

/// Joins surrogate pairs across the pieces of one text.
#[derive(Clone, Debug, Default)]
pub(super) struct HalfJoiner {
    high: Option<u16>,
    /// Whether the text is JSON.
    is_json: bool,
    has_lost_some: bool,
}

impl HalfJoiner {
    /// Makes a joiner for JSON text, in which an unpaired surrogate stays escaped.
    pub(super) fn of_json() -> Self {
        Self {
            is_json: true,
            ..Self::default()
        }
    }

    /// Returns whether the text contains U+FFFD in place of an unpaired surrogate.
    pub(super) fn has_lost_some(&self) -> bool {
        self.has_lost_some
    }

    /// Returns the piece with pairs joined; a high surrogate at its end is kept for the next piece.
    pub(super) fn push<'p>(&mut self, piece: &'p str, has_halves: bool) -> Cow<'p, str> {
        if !has_halves && self.high.is_none() {
            return Cow::Borrowed(piece);
        }
        let mut joined = String::with_capacity(piece.len());
        for character in piece.chars() {
            match half(character).filter(|_| has_halves) {
                Some(high @ 0xD800..=0xDBFF) => {
                    self.give_up(&mut joined);
                    self.high = Some(high);
                }
                Some(low) => match self.high.take() {
                    Some(high) => joined.extend(
                        char::decode_utf16([high, low])
                            .map(|read| read.unwrap_or(char::REPLACEMENT_CHARACTER)),
                    ),
                    None => self.leave(low, &mut joined),
                },
                None => {
                    self.give_up(&mut joined);
                    joined.push(character);
                }
            }
        }
        Cow::Owned(joined)
    }

    /// Ends the text; returns the replacement for a pending surrogate, or an empty string.
    pub(super) fn finish(&mut self) -> String {
        let mut rest = String::new();
        self.give_up(&mut rest);
        rest
    }

    fn give_up(&mut self, text: &mut String) {
        if let Some(high) = self.high.take() {
            self.leave(high, text);
        }
    }

    /// Writes the replacement for an unpaired surrogate.
    fn leave(&mut self, half: u16, text: &mut String) {
        if self.is_json {
            let escape = format!("\\u{half:04x}");
            text.push_str(&escape);
        } else {
            self.has_lost_some = true;
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
}

/// Returns the unpaired surrogate that a placeholder stands for.
fn half(character: char) -> Option<u16> {
    let offset = u32::from(character).checked_sub(STAND_IN)?;
    u16::try_from(offset)
        .ok()
        .filter(|&offset| offset < 0x800)
        .map(|offset| 0xD800 + offset)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    /// Returns what a client sees of one text that comes in the JSON strings given.
    fn joined(pieces: &[&str]) -> String {
        let mut joiner = HalfJoiner::default();
        let mut text = String::new();
        for piece in pieces {
            let lenient = parse(piece).unwrap();
            text += &joiner.push(lenient.value.as_str().unwrap(), lenient.has_halves);
        }
        text + &joiner.finish()
    }

    #[test]
    fn halves_are_joined_or_replaced() {
        let cases: &[(&[&str], &str)] = &[
            (&[r#""a \ud83d\ude00 b""#], "a 😀 b"),
            (&[r#""a \ud83d""#, r#""\ude00 b""#], "a 😀 b"),
            (&[r#""a \uD83D""#, r#""""#, r#""\uDE00""#], "a 😀"),
            (&[r#""a \ud83d""#, r#""b""#], "a \u{fffd}b"),
            (&[r#""\ude00""#], "\u{fffd}"),
            (&[r#""\ud83d""#], "\u{fffd}"),
            (&[r#""\ud83d\ud83d\ude00""#], "\u{fffd}😀"),
            (&[r#""\\ud83d""#], r"\ud83d"),
            (&[r#""\ud83d\n""#], "\u{fffd}\n"),
        ];
        for (pieces, expected) in cases {
            assert_eq!(joined(pieces), *expected, "{pieces:?}");
        }
    }

    #[test]
    fn a_half_that_is_alone_is_told_of_in_text_and_kept_in_json() {
        for (pieces, in_text, in_json) in [
            (vec![r#""a \ud83d""#, r#""b""#], "a \u{fffd}b", r"a \ud83db"),
            (vec![r#""\ude00""#], "\u{fffd}", r"\ude00"),
            (vec![r#""a \ud83d""#, r#""\ude00""#], "a 😀", "a 😀"),
        ] {
            for (mut joiner, expected) in [
                (HalfJoiner::default(), in_text),
                (HalfJoiner::of_json(), in_json),
            ] {
                let mut text = String::new();
                for piece in &pieces {
                    let lenient = parse(piece).unwrap();
                    text += &joiner.push(lenient.value.as_str().unwrap(), lenient.has_halves);
                }
                text += &joiner.finish();
                assert_eq!(text, expected);
                assert_eq!(joiner.has_lost_some(), text.contains('\u{fffd}'));
            }
        }
    }

    #[test]
    fn what_is_no_json_stays_an_error() {
        for text in ["", "{", r#"{"a": \ud83d}"#, "<html>", r#""\ud8"#] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_taken_without_panic(text in r#"["\\u0-9a-fdD{}é]{0,40}"#) {
            let _read = parse(&text);
        }
    }
}
