//! A builder for lists of attributes.

use opentelemetry::{Array, KeyValue, StringValue, Value};

use super::content::{Shown, shown};
use super::names;

/// The attributes of a span.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    list: Vec<KeyValue>,
    has_content: bool,
    /// The names of attributes whose text was cut.
    cut: Vec<&'static str>,
}

impl Attributes {
    /// Makes a list that includes content or leaves it out.
    pub(super) fn new(has_content: bool) -> Self {
        Self {
            has_content,
            ..Self::default()
        }
    }

    /// Adds a text.
    pub(super) fn text(&mut self, name: &'static str, text: impl Into<String>) {
        self.list.push(KeyValue::new(name, text.into()));
    }

    /// Adds a list of texts.
    pub(super) fn texts(&mut self, name: &'static str, texts: impl IntoIterator<Item = String>) {
        let texts = texts.into_iter().map(StringValue::from).collect();
        let value = Value::Array(Array::String(texts));
        self.list.push(KeyValue::new(name, value));
    }

    /// Adds a count.
    pub(super) fn count(&mut self, name: &'static str, count: u64) {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.list.push(KeyValue::new(name, count));
    }

    /// Adds a JSON number or boolean; other values are not added.
    pub(super) fn number(&mut self, name: &'static str, number: &serde_json::Value) {
        if let Some(whole) = number.as_i64() {
            self.list.push(KeyValue::new(name, whole));
        } else if let Some(number) = number.as_f64() {
            self.list.push(KeyValue::new(name, number));
        }
    }

    /// Adds a fraction.
    pub(super) fn fraction(&mut self, name: &'static str, fraction: f64) {
        self.list.push(KeyValue::new(name, fraction));
    }

    /// Adds a flag.
    pub(super) fn flag(&mut self, name: &'static str, flag: bool) {
        self.list.push(KeyValue::new(name, flag));
    }

    /// Adds content under one or more names, if content is sent; otherwise the value isn't
    /// computed.
    pub(super) fn content<const N: usize>(
        &mut self,
        names: [&'static str; N],
        text: impl FnOnce() -> String,
    ) {
        self.content_if_any(names, || Some(text()));
    }

    /// Adds content like [`Self::content`], if there is any.
    pub(super) fn content_if_any<const N: usize>(
        &mut self,
        names: [&'static str; N],
        text: impl FnOnce() -> Option<String>,
    ) {
        if !self.has_content {
            return;
        }
        let Some(Shown { text, is_cut }) = text().map(shown) else {
            return;
        };
        for name in names {
            self.list.push(KeyValue::new(name, text.clone()));
            if is_cut {
                self.cut.push(name);
            }
        }
    }

    /// Returns all attributes.
    pub(super) fn finish(mut self) -> Vec<KeyValue> {
        if !self.cut.is_empty() {
            let cut = std::mem::take(&mut self.cut);
            self.texts(names::CUT, cut.into_iter().map(str::to_owned));
        }
        self.list
    }
}

/// Returns the approximate size of attributes, in bytes.
pub(super) fn bytes_of(attributes: &[KeyValue]) -> usize {
    let bytes = attributes.iter().map(|attribute| {
        let value = match &attribute.value {
            Value::String(text) => text.as_str().len(),
            Value::Array(Array::String(texts)) => {
                texts.iter().map(|text| text.as_str().len()).sum()
            }
            _ => 8,
        };
        attribute.key.as_str().len() + value
    });
    bytes.sum()
}
