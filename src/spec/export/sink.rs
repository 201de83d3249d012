//! Where a document goes piece by piece, and how plain values are cut into pieces.

use serde_json::{Number, Value};

/// These keys come first in every object, components or not.
const LEADING_KEYS: [&str; 4] = ["component_type", "id", "name", "description"];

/// Writes a document whose pieces come in the order of the text. No tree of it is ever made.
///
/// One value is given: a leaf, or an object or array, begun, filled and ended.
pub(super) trait Sink: Default {
    /// Begins an object that has entries.
    fn begin_object(&mut self);
    /// Writes the key of the next entry; its value follows.
    fn key(&mut self, key: &str);
    /// Ends the innermost object.
    fn end_object(&mut self);
    /// Begins an array that has items.
    fn begin_array(&mut self);
    /// Begins the next item; its value follows.
    fn item(&mut self);
    /// Ends the innermost array.
    fn end_array(&mut self);
    /// Writes a value without parts.
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

/// Writes a plain value with the leading keys of each object first and the others in their order.
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

/// Writes an array, each of whose items is given by `write`.
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

/// Entries with the leading keys first, in their order, and the others as they come.
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
