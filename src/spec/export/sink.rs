//! The interface for writing a document piece by piece, and the conversion of plain values.

use serde_json::{Number, Value};

/// The keys that come first in every object.
const LEADING_KEYS: [&str; 4] = ["component_type", "id", "name", "description"];

/// Writes a document piece by piece, in the order of the text, without an intermediate tree.
///
/// The caller writes exactly one value: a leaf, or an object or array that is begun, filled and
/// ended.
pub(super) trait Sink: Default {
    /// Begins an object with at least one entry.
    fn begin_object(&mut self);
    /// Writes the key of the next entry; the value follows.
    fn key(&mut self, key: &str);
    /// Ends the innermost object.
    fn end_object(&mut self);
    /// Begins an array with at least one item.
    fn begin_array(&mut self);
    /// Begins the next item; the value follows.
    fn item(&mut self);
    /// Ends the innermost array.
    fn end_array(&mut self);
    /// Writes a null, boolean, number, string, or empty list or object.
    fn leaf(&mut self, leaf: Leaf<'_>);
    /// Returns the text, ending in a line break.
    fn finish(self) -> String;
}

/// A value without parts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Leaf<'v> {
    Null,
    Bool(bool),
    Number(&'v Number),
    Text(&'v str),
    EmptyArray,
    EmptyObject,
}

/// Writes a plain value; in each object the leading keys come first and the others keep their
/// order.
pub(super) fn value(sink: &mut impl Sink, value: &Value) {
    match value {
        Value::Null => sink.leaf(Leaf::Null),
        Value::Bool(flag) => sink.leaf(Leaf::Bool(*flag)),
        Value::Number(number) => sink.leaf(Leaf::Number(number)),
        Value::String(text) => sink.leaf(Leaf::Text(text)),
        Value::Array(items) => array(sink, items, self::value),
        Value::Object(entries) if entries.is_empty() => sink.leaf(Leaf::EmptyObject),
        Value::Object(entries) => {
            sink.begin_object();
            for (key, entry) in leading_first(|| entries.iter()) {
                sink.key(key);
                self::value(sink, entry);
            }
            sink.end_object();
        }
    }
}

/// Writes an array; `write` writes each item.
pub(super) fn array<S: Sink, T>(sink: &mut S, items: &[T], mut write: impl FnMut(&mut S, &T)) {
    if items.is_empty() {
        return sink.leaf(Leaf::EmptyArray);
    }
    sink.begin_array();
    for item in items {
        sink.item();
        write(sink, item);
    }
    sink.end_array();
}

/// Sorts entries: the leading keys first, then the others in their order.
pub(super) fn leading_first<'v, V, I>(
    entries: impl Fn() -> I,
) -> impl Iterator<Item = (&'v String, V)>
where
    I: Iterator<Item = (&'v String, V)>,
{
    // Most objects have one leading key or none.
    let is_leading = |key: &str| LEADING_KEYS.contains(&key);
    let mut leading: Vec<_> = entries().filter(|(key, _)| is_leading(key)).collect();
    leading.sort_by_key(|(key, _)| LEADING_KEYS.iter().position(|leading| leading == key));
    let others = entries().filter(move |(key, _)| !is_leading(key));
    leading.into_iter().chain(others)
}
