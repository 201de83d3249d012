//! Rules for transforms that rewrite conversations, and for their caches.

use serde_json::{Map, Value, json};

use super::subject::Subject;
use super::wording::{called, list};
use crate::spec::component::FieldValue;
use crate::spec::diagnostic::Diagnostic;
use crate::spec::language::{ConversationSummarizationTransform, MessageSummarizationTransform};
use crate::spec::places::PathSegment;
use crate::spec::property::castable;

/// AS703: a conversation is summarized by its number of messages or of characters, not both, and
/// the threshold is larger than the number of messages that are kept.
pub(super) fn one_threshold(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let transform = subject.component;
    if !transform.is::<ConversationSummarizationTransform>() {
        return;
    }
    let number = |field| transform.field(field).and_then(FieldValue::as_value);
    let (Some(messages), Some(characters)) =
        (number("max_num_messages"), number("max_num_characters"))
    else {
        return;
    };
    match (messages.is_null(), characters.is_null()) {
        (false, false) => {
            let place = subject.places.field_or_type("max_num_characters");
            let message =
                "`max_num_messages` and `max_num_characters` exclude each other".to_owned();
            let problem = subject.error("AS703", place, message);
            found.push(problem.with_help("set the other to null"));
        }
        (true, true) => {
            let place = subject.places.field_or_type("max_num_messages");
            let message = "one of `max_num_messages` and `max_num_characters` is needed".to_owned();
            found.push(subject.error("AS703", place, message));
        }
        _ => {}
    }
    let kept = number("min_num_messages").and_then(Value::as_i64);
    if let Some((most, kept)) = messages.as_i64().zip(kept)
        && most <= kept
    {
        let place = subject
            .places
            .field("max_num_messages")
            .unwrap_or_else(|| subject.places.field_or_type("min_num_messages"));
        let message =
            format!("`max_num_messages` ({most}) must be more than `min_num_messages` ({kept})");
        found.push(subject.error("AS703", place, message));
    }
}

/// AS704: the rows of a datastore are objects with properties.
pub(super) fn rows_are_objects(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for (name, schema) in collections(subject.component.field("datastore_schema")) {
        let is_object = schema.get("type") == Some(&json!("object"));
        if !is_object || schema.get("properties").is_none() {
            let path = [PathSegment::Key("datastore_schema"), PathSegment::Key(name)];
            let message = format!("the rows of `{name}` must be objects with `properties`");
            let problem = subject.error("AS704", subject.places.nearest(&path), message);
            found.push(problem.with_help("write `type: object` and `properties`"));
        }
    }
}

/// AS704: the datastore of a transform has the transform's collection, with the columns that the
/// transform writes.
pub(super) fn caches_have_their_columns(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let transform = subject.component;
    let has_prefix = transform.is::<ConversationSummarizationTransform>();
    let is_cached = has_prefix || transform.is::<MessageSummarizationTransform>();
    // The one that the table makes fits, whatever its collection is called.
    let given = subject.places.field("datastore").filter(|_| is_cached);
    let datastore = transform
        .field("datastore")
        .and_then(FieldValue::as_component);
    let (Some(place), Some(datastore), Some(name)) =
        (given, datastore, subject.text("cache_collection_name"))
    else {
        return;
    };
    let mut columns = vec![
        ("cache_key", "string"),
        ("cache_content", "string"),
        ("created_at", "number"),
        ("last_used_at", "number"),
    ];
    columns.extend(has_prefix.then_some(("prefix_size", "integer")));
    let mut known = collections(datastore.field("datastore_schema"));
    let Some((_, rows)) = known.find(|(known, _)| *known == name) else {
        let known = collections(datastore.field("datastore_schema"));
        let message = format!(
            "{} has no collection `{name}`; it has {}",
            called(datastore),
            list(known.map(|(known, _)| known)),
        );
        found.push(subject.error("AS704", place, message));
        return;
    };
    let has = rows.get("properties").and_then(Value::as_object);
    for (column, wanted) in columns {
        let message = match has.and_then(|has| has.get(column)) {
            None => format!("`{name}` of {} has no column `{column}`", called(datastore)),
            Some(schema) if castable(&json!({"type": wanted}), schema) != Ok(true) => format!(
                "column `{column}` of `{name}` in {} must take {wanted}",
                called(datastore)
            ),
            Some(_) => continue,
        };
        found.push(subject.error("AS704", place, message));
    }
}

/// Returns the collections of a datastore by name, each with the schema of its rows.
fn collections(schema: Option<&FieldValue>) -> impl Iterator<Item = (&str, &Value)> {
    schema
        .and_then(FieldValue::as_value)
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::iter)
        .map(|(name, rows)| (name.as_str(), rows))
}
