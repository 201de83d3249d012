//! A document as JSON text, indented by two blanks.

use std::borrow::Cow;

use serde::Serialize;

use super::sink::{Leaf, Sink};
use crate::base::text::json_escaped;

/// JSON text under construction.
#[derive(Debug, Default)]
pub(super) struct JsonText {
    out: Vec<u8>,
    /// The depth of the innermost object or array.
    depth: usize,
    /// Whether the innermost object or array has an entry or item yet.
    is_filled: bool,
}

impl JsonText {
    fn begin(&mut self, bracket: u8) {
        self.out.push(bracket);
        self.depth += 1;
        self.is_filled = false;
    }

    fn next(&mut self) {
        if self.is_filled {
            self.out.push(b',');
        }
        self.is_filled = true;
        self.new_line();
    }

    fn end(&mut self, bracket: u8) {
        self.depth -= 1;
        self.new_line();
        self.out.push(bracket);
        self.is_filled = true;
    }

    fn new_line(&mut self) {
        self.out.push(b'\n');
        self.out.resize(self.out.len() + 2 * self.depth, b' ');
    }

    fn serialize(&mut self, value: &(impl Serialize + ?Sized)) {
        // Writing text and numbers to memory can't fail.
        let _ = serde_json::to_writer(&mut self.out, value);
    }
}

impl Sink for JsonText {
    fn begin_object(&mut self) {
        self.begin(b'{');
    }

    fn key(&mut self, key: &str) {
        self.next();
        self.serialize(key);
        self.out.extend_from_slice(b": ");
    }

    fn end_object(&mut self) {
        self.end(b'}');
    }

    fn begin_array(&mut self) {
        self.begin(b'[');
    }

    fn item(&mut self) {
        self.next();
    }

    fn end_array(&mut self) {
        self.end(b']');
    }

    fn leaf(&mut self, leaf: Leaf<'_>) {
        match leaf {
            Leaf::Null => self.out.extend_from_slice(b"null"),
            Leaf::Bool(true) => self.out.extend_from_slice(b"true"),
            Leaf::Bool(false) => self.out.extend_from_slice(b"false"),
            Leaf::Number(number) => self.serialize(number),
            Leaf::Text(text) => self.serialize(text),
            Leaf::EmptyArray => self.out.extend_from_slice(b"[]"),
            Leaf::EmptyObject => self.out.extend_from_slice(b"{}"),
        }
    }

    fn finish(mut self) -> String {
        self.out.push(b'\n');
        let text = String::from_utf8(self.out)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        match json_escaped(&text) {
            Cow::Borrowed(_) => text,
            Cow::Owned(escaped) => escaped,
        }
    }
}
