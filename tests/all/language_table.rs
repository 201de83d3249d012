//! The language table against the reference's own declarations, extracted from pyagentspec and WayFlow 26.3.1.

use std::collections::{BTreeMap, BTreeSet};

use flowdeck::spec::AgentSpecVersion;
use flowdeck::spec::language::kind::{Bound, DefaultValue, FieldKind, FlagNames};
use flowdeck::spec::language::{
    self, Availability, ComponentKind, ComponentType, FieldDefinition, ObjectDefinition, TypeStatus,
};
use serde_json::{Map, Value, json};

/// What was extracted: types by name, plain objects under `$models`.
const EXTRACT: &str = include_str!("../data/components.json");

/// Types that the reference does not mark as abstract, although nothing loads them: families in all but name.
const UNMARKED_FAMILIES: [&str; 3] = [
    "PluginContextProvider",
    "PluginHTTPmTLSBaseTransport",
    "PluginOutputParser",
];

/// Fields whose kinds we give otherwise, each with what the extract says and the reason.
const OTHER_KINDS: [(&str, &str, &str); 3] = [
    (
        "PluginVectorRetrieverConfig.vectors",
        "PluginVectorConfig|null|string",
        "the extract has lost the mark that it is a component",
    ),
    (
        "PluginMessage.time_created",
        "string(datetime, ISO 8601)",
        "kept word for word, so that no export changes it",
    ),
    (
        "PluginMessage.time_updated",
        "string(datetime, ISO 8601)",
        "kept word for word, so that no export changes it",
    ),
];

/// Version rules that look at more than whether a field is set; `spec::requirements` has them.
const RULES_BEYOND_THE_TABLE: [&str; 6] = [
    "`data` not an object",
    "`provider` XAI",
    "exact type LlmConfig",
    "more than one output, or a single output whose `type` is not exactly \"string\"",
    "`data` not an object -> 25.4.2",
    "Agent's value rules are switched off; stays 25.4.1 (transforms still bring their own 26.1.2)",
];

/// Bounds that the extract does not have: the reference checks them by a rule of its own.
const FURTHER_BOUNDS: [&str; 3] = [
    "MessageSummarizationTransform.max_message_size",
    "MessageSummarizationTransform.max_cache_size",
    "MessageSummarizationTransform.max_cache_lifetime",
];

/// Plain objects whose bounds are checked together, by a rule of validation.
const BOUNDS_BY_RULE: [&str; 1] = ["RetryPolicy"];

fn extract() -> Map<String, Value> {
    serde_json::from_str(EXTRACT).unwrap()
}

/// The extract's types, without its own notes.
fn types(extract: &Map<String, Value>) -> impl Iterator<Item = (&str, &Value)> {
    let types = extract.iter().filter(|(name, _)| !name.starts_with('$'));
    types.map(|(name, ty)| (name.as_str(), ty))
}

#[test]
fn the_table_has_the_types_of_the_reference() {
    let extract = extract();
    let theirs: BTreeSet<&str> = types(&extract).map(|(name, _)| name).collect();
    let ours: BTreeSet<&str> = language::all().map(ComponentType::name).collect();
    assert_eq!(ours, theirs);
}

#[test]
fn types_are_declared_like_those_of_the_reference() {
    for (name, theirs) in types(&extract()) {
        let ours = language::find(name).unwrap();
        let parents: BTreeSet<&str> = strings(&theirs["parents"]).into_iter().collect();
        let ancestors: BTreeSet<&str> = ours.ancestors().map(ComponentKind::name).collect();
        assert_eq!(ancestors, parents, "{name}");
        let is_family = theirs["abstract"] == true || UNMARKED_FAMILIES.contains(&name);
        assert_eq!(ours.standing() == TypeStatus::Family, is_family, "{name}");
        assert_eq!(json!(ours.is_loadable()), theirs["loadable"], "{name}");
        assert_eq!(ours.since().as_str(), theirs["min_version"], "{name}");
        let plugin = theirs["plugin"].as_str().filter(|_| ours.is_loadable());
        assert_eq!(ours.plugin(), plugin, "{name}");
    }
}

#[test]
fn fields_are_declared_like_those_of_the_reference() {
    for (name, theirs) in types(&extract()) {
        let ours = language::find(name).unwrap();
        let their_fields = theirs["fields"].as_object().unwrap();
        let order: Vec<&str> = ours.fields().map(|field| field.name).collect();
        assert_eq!(order, their_fields.keys().collect::<Vec<_>>(), "{name}");
        for field in ours.fields() {
            let theirs = &their_fields[field.name];
            let label = format!("{name}.{}", field.name);
            same_value(&label, field, theirs);
            if !FURTHER_BOUNDS.contains(&label.as_str()) {
                assert_eq!(constraints(&field.kind), *constrained(theirs), "{label}");
            }
            let is_written = theirs["exported"] != false;
            let since = match field.availability {
                Availability::Since(version) | Availability::DroppedBefore(version) => {
                    assert!(is_written, "{label}");
                    version.max(ours.since())
                }
                Availability::Unwritten => {
                    assert!(!is_written, "{label}");
                    ours.since()
                }
            };
            assert_eq!(since.as_str(), theirs["min_version"], "{label}");
        }
    }
}

#[test]
fn values_need_the_versions_that_they_need_in_the_reference() {
    for (name, theirs) in types(&extract()) {
        let ours = language::find(name).unwrap();
        let mut needed: BTreeMap<String, AgentSpecVersion> = BTreeMap::new();
        for rule in theirs.get("version_rules").map(strings).unwrap_or_default() {
            let (condition, version) = rule.split_once(" -> ").unwrap_or((rule, ""));
            if RULES_BEYOND_THE_TABLE.contains(&condition) {
                continue;
            }
            let version = AgentSpecVersion::ALL
                .into_iter()
                .find(|known| known.as_str() == version)
                .unwrap();
            let fields = condition.split('`').skip(1).step_by(2);
            needed.extend(fields.map(|field| (field.to_owned(), version)));
        }
        for field in ours.fields() {
            let rule = needed.remove(field.name).filter(|v| *v > ours.since());
            match field.availability {
                Availability::Since(version) if version > ours.since() => {
                    assert_eq!(rule, Some(version), "{name}.{}", field.name);
                }
                _ => assert_eq!(rule, None, "{name}.{}", field.name),
            }
        }
        assert!(needed.is_empty(), "{name}: {needed:?}");
    }
}

#[test]
fn plain_objects_are_declared_like_those_of_the_reference() {
    let extract = extract();
    let theirs = extract["$models"].as_object().unwrap();
    let ours: BTreeMap<&str, &ObjectDefinition> = language::plain_objects()
        .into_iter()
        .map(|object| (object.name, object))
        .collect();
    let names: BTreeSet<&str> = theirs.keys().map(String::as_str).collect();
    assert_eq!(ours.keys().copied().collect::<BTreeSet<_>>(), names);
    for (name, object) in ours {
        let theirs = &theirs[name];
        assert_eq!(
            object.keeps_extras,
            theirs["extra_keys"] == "kept",
            "{name}"
        );
        let their_fields = theirs["fields"].as_object().unwrap();
        let order: Vec<&str> = object.fields.iter().map(|field| field.name).collect();
        assert_eq!(order, their_fields.keys().collect::<Vec<_>>(), "{name}");
        for field in object.fields {
            let theirs = &their_fields[field.name];
            let label = format!("{name}.{}", field.name);
            same_value(&label, field, theirs);
            if !BOUNDS_BY_RULE.contains(&name) {
                assert_eq!(constraints(&field.kind), *constrained(theirs), "{label}");
            }
        }
    }
}

/// Kind, literals, default, secrecy and other name of a field.
#[track_caller]
fn same_value(label: &str, ours: &FieldDefinition, theirs: &Value) {
    let kind = theirs["type"].as_str().unwrap();
    match OTHER_KINDS.iter().find(|(field, ..)| *field == label) {
        Some((_, expected, _)) => assert_eq!(normal(kind), *expected, "{label}"),
        None => assert_eq!(normal(&notation(&ours.kind)), normal(kind), "{label}"),
    }
    let allowed = theirs.get("allowed").map(strings).unwrap_or_default();
    assert_eq!(literals(&ours.kind), allowed, "{label}");
    assert_eq!(
        json!(ours.default.is_required()),
        theirs["required"],
        "{label}"
    );
    if ours.name != "id" {
        assert_eq!(default(ours), theirs.get("default").cloned(), "{label}");
    }
    assert_eq!(
        json!(ours.kind.is_sensitive()),
        theirs["sensitive"],
        "{label}"
    );
    let alias = theirs.get("alias").and_then(Value::as_str);
    assert_eq!(ours.alias, alias, "{label}");
}

/// A kind in the words of the extract.
fn notation(kind: &FieldKind) -> String {
    match kind {
        FieldKind::Text => "string".to_owned(),
        FieldKind::Flag => "boolean".to_owned(),
        FieldKind::Integer => "integer".to_owned(),
        FieldKind::Number => "number".to_owned(),
        FieldKind::Any => "any".to_owned(),
        FieldKind::OneOf(_) => "enum".to_owned(),
        FieldKind::OneOfOrFlag(_) => "boolean|enum".to_owned(),
        FieldKind::Schema => "JsonSchema".to_owned(),
        FieldKind::Object(object) => format!("model:{}", object.name),
        FieldKind::Component(family) => format!("component:{family}"),
        FieldKind::List(inner) => format!("array<{}>", notation(inner)),
        FieldKind::Map(inner) => format!("map<{}>", notation(inner)),
        FieldKind::Pair(inner) => format!("tuple<{0},{0}>", notation(inner)),
        FieldKind::AnyOf(members) => members.iter().map(notation).collect::<Vec<_>>().join("|"),
        FieldKind::Nullable(inner) => format!("{}|null", notation(inner)),
        FieldKind::Bounded(inner, _) | FieldKind::Sensitive(inner) => notation(inner),
        FieldKind::Properties => "array<JsonSchema>|null".to_owned(),
        FieldKind::Branches => "array<string>".to_owned(),
    }
}

/// The same notation with alternatives in alphabetical order and enumerations without their names.
fn normal(notation: &str) -> String {
    let mut members: Vec<String> = split(notation, '|')
        .into_iter()
        .map(|member| match member.split_once('<') {
            Some((outer, inner)) => {
                let inner = inner.strip_suffix('>').unwrap();
                let parts: Vec<_> = split(inner, ',').into_iter().map(normal).collect();
                format!("{outer}<{}>", parts.join(","))
            }
            None if member.starts_with("enum") => "enum".to_owned(),
            None => member.to_owned(),
        })
        .collect();
    members.sort();
    members.join("|")
}

/// Splits at a separator outside of brackets.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut depth = 0_usize;
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, letter) in text.char_indices() {
        match letter {
            '<' | '(' => depth += 1,
            '>' | ')' => depth -= 1,
            _ if letter == separator && depth == 0 => {
                parts.extend(text.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(text.get(start..));
    parts
}

/// The strings that a kind allows, wherever in it.
fn literals(kind: &FieldKind) -> Vec<&'static str> {
    match kind.inner() {
        FieldKind::OneOf(names) | FieldKind::OneOfOrFlag(FlagNames { names, .. }) => names.to_vec(),
        FieldKind::List(inner) | FieldKind::Map(inner) => literals(inner),
        _ => Vec::new(),
    }
}

/// The bounds of a kind in the words of the extract, which does not tell of times.
fn constraints(kind: &FieldKind) -> Value {
    match kind {
        FieldKind::Bounded(_, Bound::Positive) => json!({"gt": 0}),
        FieldKind::Bounded(_, Bound::NotNegative) => json!({"ge": 0}),
        FieldKind::Bounded(_, Bound::NotEmpty) => json!({"min_length": 1}),
        FieldKind::Nullable(inner) | FieldKind::Sensitive(inner) => constraints(inner),
        _ => Value::Null,
    }
}

fn constrained(theirs: &Value) -> &Value {
    theirs.get("constraints").unwrap_or(&Value::Null)
}

/// A default in the words of the extract.
fn default(field: &FieldDefinition) -> Option<Value> {
    match field.default {
        DefaultValue::Component(made) => {
            Some(json!({"$generated": made.ty.name(), "name": made.name}))
        }
        DefaultValue::Unset => Some(json!({"$generated": "now"})),
        default => default.to_json(&field.kind),
    }
}

fn strings(list: &Value) -> Vec<&str> {
    let list = list.as_array().unwrap();
    list.iter().filter_map(Value::as_str).collect()
}
