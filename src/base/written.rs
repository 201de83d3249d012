//! JSON values as they were written.
//!
//! A machine number forgets how it was written: `1.10` is `1.1`, and an integer beyond 64 bits is only near the one that
//! was meant. A text from outside is therefore read into a [`Written`] first, and becomes a plain value once its declared
//! type is known (see [`settle`](crate::spec::property::settle)).

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

use super::python_text::json_dumps;

/// A JSON value that still has the text of each scalar which a machine value would change, and each key that is given
/// twice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Written {
    /// A value of which nothing is lost.
    Plain(Value),
    /// A scalar that is written in another way than its machine value.
    Scalar {
        /// The text: `1.10`, `123456789012345678901234`, or `yes` in YAML.
        text: String,
        /// The machine value; none where there is none, as for an integer beyond 64 bits.
        value: Option<Value>,
    },
    /// A list.
    Array(Vec<Written>),
    /// An object, in the order in which it is written. A key may be there twice.
    Object(Vec<(String, Written)>),
}

impl Written {
    /// Reads JSON text.
    ///
    /// # Errors
    /// The text is not JSON.
    pub fn read(text: &str) -> Result<Self, serde_json::Error> {
        match serde_json::from_str(&mark(text)) {
            Ok(value) => Ok(Self::from_marked(value)),
            // Its places are those of the text itself.
            Err(_shifted) => serde_json::from_str(text).map(Self::Plain),
        }
    }

    /// A number, from its JSON text; none if the text is no number.
    pub fn number(text: &str) -> Option<Self> {
        if !is_number(text) {
            return None;
        }
        Some(Self::scalar(text, machine_number(text).map(Value::Number)))
    }

    /// A scalar that is written so; a plain one if that is how its value is written where it becomes text.
    pub fn scalar(text: &str, value: Option<Value>) -> Self {
        let usual = value.as_ref().map(json_dumps);
        match value {
            Some(value) if usual.as_deref() == Some(text) => Self::Plain(value),
            value => Self::Scalar {
                text: text.to_owned(),
                value,
            },
        }
    }

    /// A list; a plain one if nothing is lost of its items.
    pub fn of_items(items: Vec<Self>) -> Self {
        if !items.iter().all(Self::is_plain) {
            return Self::Array(items);
        }
        Self::Plain(Value::Array(
            items.into_iter().filter_map(Self::into_plain).collect(),
        ))
    }

    /// An object; a plain one if nothing is lost of its keys and values.
    pub fn of_entries(entries: Vec<(String, Self)>) -> Self {
        let mut names = HashSet::new();
        let mut all = entries.iter();
        if !all.all(|(name, value)| value.is_plain() && names.insert(name)) {
            return Self::Object(entries);
        }
        let entries = entries.into_iter();
        let plain = entries.filter_map(|(key, value)| Some((key, value.into_plain()?)));
        Self::Plain(Value::Object(plain.collect()))
    }

    fn is_plain(&self) -> bool {
        matches!(self, Self::Plain(_))
    }

    fn into_plain(self) -> Option<Value> {
        match self {
            Self::Plain(value) => Some(value),
            Self::Scalar { .. } | Self::Array(_) | Self::Object(_) => None,
        }
    }

    /// Undoes [`mark_within`] in a value that was read from such a text.
    pub fn from_marked(value: Value) -> Self {
        if has_marks(&value) {
            unmarked(value)
        } else {
            Self::Plain(value)
        }
    }

    /// The value of a key, if this is an object that has it; the first one.
    pub fn get(&self, key: &str) -> Option<Cow<'_, Self>> {
        match self {
            Self::Plain(value) => value.get(key).map(|value| Cow::Owned(value.clone().into())),
            Self::Object(entries) => entries
                .iter()
                .find(|(name, _)| name == key)
                .map(|(_, value)| Cow::Borrowed(value)),
            Self::Scalar { .. } | Self::Array(_) => None,
        }
    }

    /// How many keys it has; none if it is no object.
    pub fn n_keys(&self) -> Option<usize> {
        match self {
            Self::Plain(value) => value.as_object().map(Map::len),
            Self::Object(entries) => Some(entries.len()),
            Self::Scalar { .. } | Self::Array(_) => None,
        }
    }

    /// Its items.
    ///
    /// # Errors
    /// Itself, if it is no list.
    pub fn into_items(self) -> Result<Vec<Self>, Self> {
        match self {
            Self::Array(items) => Ok(items),
            Self::Plain(Value::Array(items)) => Ok(items.into_iter().map(Self::Plain).collect()),
            other => Err(other),
        }
    }

    /// Its keys and values; none if it is no object.
    pub fn into_entries(self) -> Option<Vec<(String, Self)>> {
        match self {
            Self::Object(entries) => Some(entries),
            Self::Plain(Value::Object(entries)) => {
                let entries = entries.into_iter();
                Some(
                    entries
                        .map(|(key, value)| (key, Self::Plain(value)))
                        .collect(),
                )
            }
            Self::Plain(_) | Self::Scalar { .. } | Self::Array(_) => None,
        }
    }

    /// Whether it is an object.
    pub fn is_object(&self) -> bool {
        self.n_keys().is_some()
    }

    /// Whether it is a list.
    pub fn is_array(&self) -> bool {
        matches!(self, Self::Array(_) | Self::Plain(Value::Array(_)))
    }

    /// The text, if it is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Plain(value) => value.as_str(),
            Self::Scalar { .. } | Self::Array(_) | Self::Object(_) => None,
        }
    }
}

impl From<Value> for Written {
    fn from(value: Value) -> Self {
        Self::Plain(value)
    }
}

/// Compact JSON with every number as it was written.
impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(value) => write!(f, "{value}"),
            Self::Scalar { text, .. } if is_number(text) => f.write_str(text),
            Self::Scalar { text, .. } => write!(f, "{}", Value::String(text.clone())),
            Self::Array(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    let comma = if index > 0 { "," } else { "" };
                    write!(f, "{comma}{item}")?;
                }
                f.write_str("]")
            }
            Self::Object(entries) => {
                f.write_str("{")?;
                for (index, (key, value)) in entries.iter().enumerate() {
                    let comma = if index > 0 { "," } else { "" };
                    write!(f, "{comma}{}:{value}", Value::String(key.clone()))?;
                }
                f.write_str("}")
            }
        }
    }
}

/// Marks what a machine value would change or lose in the values of these keys, at any depth of a JSON text, so that a reader
/// which knows no [`Written`] carries it along to [`Written::from_marked`]. Outside of them the text stays as it is.
pub fn mark_within<'t>(text: &'t str, keys: &[&str]) -> Cow<'t, str> {
    marked(text, Scope::Keys(keys))
}

/// The same for the whole text.
pub fn mark(text: &str) -> Cow<'_, str> {
    marked(text, Scope::Everything)
}

/// Whether a text is a number by JSON's grammar.
pub fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent
            .is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

/// The machine number of a JSON number; none for an integer beyond 64 bits and for what is too large to be a float.
fn machine_number(text: &str) -> Option<Number> {
    if text == "-0" {
        return Some(Number::from(0));
    }
    if text.contains(['.', 'e', 'E']) {
        return text.parse().ok().and_then(Number::from_f64);
    }
    let signed = text.parse::<i64>().map(Number::from);
    signed
        .or_else(|_| text.parse::<u64>().map(Number::from))
        .ok()
}

/// A string that begins with this noncharacter stands for a number; one that begins with two of them, for the string
/// from the second on. A key that begins with it is the key after it.
const MARK: char = '\u{fdd0}';

/// A key that begins with this noncharacter is one that its object has before it, too.
const TWICE: char = '\u{fdd1}';

/// Where numbers are marked.
#[derive(Clone, Copy)]
enum Scope<'k> {
    Everything,
    Keys(&'k [&'k str]),
}

fn marked<'t>(text: &'t str, scope: Scope<'_>) -> Cow<'t, str> {
    let mut marker = Marker {
        text,
        scope,
        depth: 0,
        since: matches!(scope, Scope::Everything).then_some(0),
        copied: 0,
        out: String::new(),
        keys: Vec::new(),
    };
    marker.run();
    if marker.copied == 0 {
        return Cow::Borrowed(text);
    }
    let rest = text.get(marker.copied..).unwrap_or_default();
    marker.out.push_str(rest);
    Cow::Owned(marker.out)
}

/// One pass over a text. What is no JSON in it stays as it is.
struct Marker<'t, 'k> {
    text: &'t str,
    scope: Scope<'k>,
    depth: usize,
    /// The depth from which on is marked, if anything is.
    since: Option<usize>,
    /// Up to where the text is in `out`.
    copied: usize,
    out: String,
    /// The keys so far of each object and list that is open.
    keys: Vec<HashSet<Cow<'t, str>>>,
}

impl<'t> Marker<'t, '_> {
    fn run(&mut self) {
        let bytes = self.text.as_bytes();
        let mut at = 0;
        // Whether a value may begin here.
        let mut is_start = true;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'"' => {
                    let end = string_end(bytes, at);
                    self.string(at, end);
                    at = end;
                    is_start = false;
                }
                b'-' | b'0'..=b'9' => {
                    let end = at
                        + bytes[at..]
                            .iter()
                            .take_while(|byte| is_of_number(**byte))
                            .count();
                    if is_start {
                        self.number(at, end);
                    }
                    at = end;
                    is_start = false;
                }
                b'{' | b'[' => {
                    self.depth += 1;
                    self.keys.push(HashSet::new());
                    is_start = byte == b'[';
                    at += 1;
                }
                b'}' | b']' => {
                    self.leave(self.depth);
                    self.depth = self.depth.saturating_sub(1);
                    self.keys.pop();
                    is_start = false;
                    at += 1;
                }
                b',' => {
                    self.leave(self.depth);
                    is_start = true;
                    at += 1;
                }
                b':' => {
                    is_start = true;
                    at += 1;
                }
                _ => {
                    is_start = is_start && byte.is_ascii_whitespace();
                    at += 1;
                }
            }
        }
    }

    /// Ends what a key began, where the next key or the end of its object is at its depth.
    fn leave(&mut self, depth: usize) {
        if matches!(self.scope, Scope::Keys(_)) && self.since.is_some_and(|since| depth <= since) {
            self.since = None;
        }
    }

    fn is_marking(&self) -> bool {
        self.since.is_some_and(|since| self.depth >= since)
    }

    fn string(&mut self, start: usize, end: usize) {
        let is_key = self.next_byte(end) == Some(b':');
        let content = self.text.get(start + 1..end).unwrap_or_default();
        if is_key {
            if self.is_marking() {
                self.key(start, end);
            } else if let Scope::Keys(keys) = self.scope
                && keys
                    .iter()
                    .any(|key| content.strip_suffix('"') == Some(key))
            {
                self.since = Some(self.depth);
            }
        } else if self.is_marking() && begins_with_mark(content) {
            self.copy_to(start + 1);
            self.out.push(MARK);
        }
    }

    /// Marks a key that its object has already, and one that could be taken for a mark.
    fn key(&mut self, start: usize, end: usize) {
        let text: &'t str = self.text;
        let Some(quoted) = text.get(start..end) else {
            return;
        };
        let name = if quoted.contains('\\') {
            serde_json::from_str(quoted).ok().map(Cow::Owned)
        } else {
            text.get(start + 1..end - 1).map(Cow::Borrowed)
        };
        let (Some(name), Some(keys)) = (name, self.keys.last_mut()) else {
            return;
        };
        let is_like_mark = name.starts_with([MARK, TWICE]);
        let is_there = !keys.insert(name);
        if is_there || is_like_mark {
            self.copy_to(start + 1);
            self.out.extend(is_there.then_some(TWICE));
            self.out.extend(is_like_mark.then_some(MARK));
        }
    }

    fn number(&mut self, start: usize, end: usize) {
        let Some(literal) = self.text.get(start..end) else {
            return;
        };
        let is_value = matches!(self.next_byte(end), None | Some(b',' | b']' | b'}'));
        if !self.is_marking() || !is_value || !is_number(literal) {
            return;
        }
        let number = machine_number(literal).map(Value::Number);
        if number.is_some_and(|number| json_dumps(&number) == literal) {
            return;
        }
        self.copy_to(start);
        self.out.extend(['"', MARK]);
        self.copy_to(end);
        self.out.push('"');
    }

    /// The first byte from here on that is no blank.
    fn next_byte(&self, from: usize) -> Option<u8> {
        let rest = self.text.as_bytes().get(from..)?;
        rest.iter()
            .copied()
            .find(|byte| !byte.is_ascii_whitespace())
    }

    fn copy_to(&mut self, end: usize) {
        let piece = self.text.get(self.copied..end).unwrap_or_default();
        self.out.push_str(piece);
        self.copied = end;
    }
}

fn is_of_number(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')
}

/// Where a string ends, after its closing quote.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn begins_with_mark(content: &str) -> bool {
    content.starts_with(MARK)
        || content
            .get(..6)
            .is_some_and(|escape| escape.eq_ignore_ascii_case("\\ufdd0"))
}

fn has_marks(value: &Value) -> bool {
    match value {
        Value::String(text) => text.starts_with(MARK),
        Value::Array(items) => items.iter().any(has_marks),
        Value::Object(entries) => entries
            .iter()
            .any(|(key, value)| key.starts_with([MARK, TWICE]) || has_marks(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn unmarked(value: Value) -> Written {
    match value {
        Value::String(text) => match text.strip_prefix(MARK) {
            Some(rest) if rest.starts_with(MARK) => Written::Plain(rest.into()),
            Some(rest) => Written::number(rest).unwrap_or(Written::Plain(Value::String(text))),
            None => Written::Plain(Value::String(text)),
        },
        Value::Array(items) => Written::of_items(items.into_iter().map(unmarked).collect()),
        Value::Object(entries) => {
            let entries = entries.into_iter();
            let unmarked = entries.map(|(key, value)| (unmarked_key(&key), unmarked(value)));
            Written::of_entries(unmarked.collect())
        }
        scalar @ (Value::Null | Value::Bool(_) | Value::Number(_)) => Written::Plain(scalar),
    }
}

fn unmarked_key(key: &str) -> String {
    let key = key.strip_prefix(TWICE).unwrap_or(key);
    key.strip_prefix(MARK).unwrap_or(key).to_owned()
}

#[cfg(test)]
mod tests;
