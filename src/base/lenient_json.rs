//! Reading JSON as language models write it: nearly right.

use serde_json::{Map, Number, Value};

/// How deep values may be nested.
const MAX_DEPTH: usize = 64;

/// Reads the JSON value in a text, repairing what is commonly wrong: a code fence or words around
/// it, single or missing quotes around keys, single-quoted strings, trailing commas, comments,
/// raw line breaks in strings, halves of surrogate pairs, `True`, `False` and `None`, and brackets
/// or quotes that are missing at the end. None if there is nothing like JSON in it.
///
/// Right JSON is read exactly; a text that only becomes JSON by guessing values is not read.
///
/// ```
/// # use flowdeck::base::lenient_json::read;
/// # use serde_json::json;
/// assert_eq!(read("Sure: {'a': [1, 2,], b: None"), Some(json!({"a": [1, 2], "b": null})));
/// assert_eq!(read("no JSON here"), None);
/// ```
pub fn read(text: &str) -> Option<Value> {
    if let Ok(value) = serde_json::from_str(text) {
        return Some(value);
    }
    let inner = unfenced(text);
    let start = inner.find(['{', '[', '"'])?;
    let rest = inner.get(start..)?;
    let mut reader = Reader {
        rest: rest.chars().collect(),
        at: 0,
    };
    reader.value(0)
}

/// What is between the code fences, if there are any.
fn unfenced(text: &str) -> &str {
    let Some((_, after)) = text.split_once("```") else {
        return text;
    };
    let body = after
        .split_once('\n')
        .map_or(after, |(_language, body)| body);
    body.split_once("```").map_or(body, |(body, _)| body)
}

struct Reader {
    rest: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += 1;
        Some(next)
    }

    fn skip_space(&mut self) {
        while let Some(character) = self.peek() {
            match character {
                c if c.is_whitespace() => self.at += 1,
                '/' if self.rest.get(self.at + 1) == Some(&'/') => {
                    while self.peek().is_some_and(|c| c != '\n') {
                        self.at += 1;
                    }
                }
                _ => return,
            }
        }
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.skip_space();
        match self.peek()? {
            '{' => self.object(depth),
            '[' => self.array(depth),
            quote @ ('"' | '\'') => Some(Value::String(self.string(quote))),
            _ => self.word(),
        }
    }

    fn object(&mut self, depth: usize) -> Option<Value> {
        self.at += 1;
        let mut object = Map::new();
        loop {
            self.skip_space();
            match self.peek() {
                None => break,
                Some('}') => {
                    self.at += 1;
                    break;
                }
                Some(',') => {
                    self.at += 1;
                    continue;
                }
                Some(_) => {}
            }
            let key = match self.peek()? {
                quote @ ('"' | '\'') => self.string(quote),
                _ => self.bare_key()?,
            };
            self.skip_space();
            if self.peek() != Some(':') {
                // The text ends after a key: there is no value to guess.
                return self.peek().is_none().then_some(Value::Object(object));
            }
            self.at += 1;
            self.skip_space();
            if self.peek().is_none() {
                break;
            }
            let value = self.value(depth + 1)?;
            object.insert(key, value);
        }
        Some(Value::Object(object))
    }

    fn array(&mut self, depth: usize) -> Option<Value> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.skip_space();
            match self.peek() {
                None => break,
                Some(']') => {
                    self.at += 1;
                    break;
                }
                Some(',') => self.at += 1,
                Some(_) => items.push(self.value(depth + 1)?),
            }
        }
        Some(Value::Array(items))
    }

    fn bare_key(&mut self) -> Option<String> {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '$'))
        {
            self.at += 1;
        }
        let key: String = self.rest.get(start..self.at)?.iter().collect();
        (!key.is_empty()).then_some(key)
    }

    /// A string that may lack its end.
    fn string(&mut self, quote: char) -> String {
        self.at += 1;
        let mut text = String::new();
        while let Some(character) = self.next() {
            match character {
                c if c == quote => break,
                '\\' => self.escape(&mut text),
                other => text.push(other),
            }
        }
        text
    }

    fn escape(&mut self, text: &mut String) {
        match self.next() {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some('b') => text.push('\u{8}'),
            Some('f') => text.push('\u{c}'),
            Some('u') => text.push(self.unicode_escape()),
            Some(other) => text.push(other),
            None => {}
        }
    }

    /// The character of `\uXXXX`, or of two that are a surrogate pair; a lone half is `U+FFFD`.
    fn unicode_escape(&mut self) -> char {
        let first = self.four_digits();
        if (0xd800..0xdc00).contains(&first)
            && self.peek() == Some('\\')
            && self.rest.get(self.at + 1) == Some(&'u')
        {
            let before = self.at;
            self.at += 2;
            let second = self.four_digits();
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
            }
            self.at = before;
        }
        char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    fn four_digits(&mut self) -> u32 {
        let mut code = 0;
        for _ in 0..4 {
            let Some(digit) = self.peek().and_then(|c| c.to_digit(16)) else {
                break;
            };
            code = code * 16 + digit;
            self.at += 1;
        }
        code
    }

    /// A number or one of the words for true, false and null, as JSON or Python writes them.
    fn word(&mut self) -> Option<Value> {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|c| !c.is_whitespace() && !matches!(c, ',' | '}' | ']' | ':'))
        {
            self.at += 1;
        }
        let word: String = self.rest.get(start..self.at)?.iter().collect();
        match word.as_str() {
            "true" | "True" => Some(Value::Bool(true)),
            "false" | "False" => Some(Value::Bool(false)),
            "null" | "None" => Some(Value::Null),
            other => serde_json::from_str::<Number>(other)
                .ok()
                .map(Value::Number),
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_commonly_wrong_is_repaired() {
        for (text, expected) in [
            (r#"{"a": 1}"#, json!({"a": 1})),
            ("{'a': 'it\\'s'}", json!({"a": "it's"})),
            ("{a: True, b-c: None}", json!({"a": true, "b-c": null})),
            ("[1, 2, ]", json!([1, 2])),
            ("```json\n{\"a\": [1]}\n``` done", json!({"a": [1]})),
            ("Here you are: {\"a\": 1} — bye", json!({"a": 1})),
            ("{\"a\": \"line\nbreak\"}", json!({"a": "line\nbreak"})),
            ("{\"a\": {\"b\": [1, \"x", json!({"a": {"b": [1, "x"]}})),
            ("{\"a\": 1, \"b\":", json!({"a": 1})),
            ("{\"a\": 1 // one\n}", json!({"a": 1})),
            (
                r#"{"a": "\ud83d\ude00 \ud83d!", "b": .5}"#.replace(".5", "0.5").as_str(),
                json!({"a": "😀 \u{fffd}!", "b": 0.5}),
            ),
        ] {
            assert_eq!(read(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn nothing_is_guessed() {
        for text in [
            "",
            "hello",
            "{\"a\": maybe}",
            "[1 2 x]",
            &"[".repeat(100_000),
        ] {
            assert_eq!(read(text), None, "{}", text.len());
        }
    }
}
