//! The `COMPONENT.FIELD=VALUE` option: changes a document before it is loaded.

mod wanted;

use serde_json::{Map, Value};

use self::wanted::Wanted;
use crate::base::suggest::closest;
use crate::spec::language;

/// A reason why a field could not be set.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SetError {
    /// No component has the id or name; contains a similar name, if there is one.
    #[error("no component of the spec has this id or name{}", help(.0.as_deref()))]
    UnknownComponent(Option<String>),
    /// Several components have the name and the field.
    #[error("{} components are called `{name}` and have this field: {}; say which one by its id", components.len(), components.join(", "))]
    Ambiguous {
        /// The name in question.
        name: String,
        /// The components, each by id and type.
        components: Vec<String>,
    },
    /// The path names a component but no field.
    #[error("say which field of the component to set, as in `{0}.name=…`")]
    NoField(String),
    /// The path leads through a value without fields.
    #[error("`{0}` has no fields")]
    NoFields(String),
    /// The value is ambiguous.
    #[error("{0}")]
    Unclear(String),
    /// The path names an item that the list does not have.
    #[error("the list has no item `{0}`")]
    NoItem(String),
}

fn help(name: Option<&str>) -> String {
    name.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// Sets a field of a document. `path` is a component's id or name (the longest match), followed by
/// a dotted path of fields and list indices, which may lead through references. If several
/// components have the name, the one with the field is used. `text` is parsed as JSON if the field
/// accepts the result, else it is a string.
///
/// # Errors
/// [`SetError`]; the document is unchanged. Whether the value is valid is checked when the document
/// is loaded.
pub(crate) fn set_field(document: &mut Value, path: &str, text: &str) -> Result<(), SetError> {
    let names = names(document);
    let (key, name, fields) = ["id", "name"]
        .into_iter()
        .find_map(|key| {
            let of_key = names.iter().filter(|(its_key, _)| *its_key == key);
            of_key
                .filter_map(|(_, name)| Some((key, name, fields_behind(path, name)?)))
                .max_by_key(|(_, name, _)| name.len())
        })
        .ok_or_else(|| {
            let written = path.split('.').next().unwrap_or(path);
            let near = closest(written, names.iter().map(|(_, name)| name.as_str()));
            SetError::UnknownComponent(near.map(str::to_owned))
        })?;
    if fields.is_empty() {
        return Err(SetError::NoField(name.clone()));
    }
    let fields: Vec<&str> = fields.split('.').collect();
    let pointer = meant(document, (key, name), fields.first().copied())?;
    // Equal copies are one component, so they change together.
    let mut copies = Vec::new();
    if let Some(component) = document.pointer(&pointer) {
        collect_copies(document, component, String::new(), &mut copies);
    }
    for copy in copies {
        set_at(document, &copy, &fields, text)?;
    }
    Ok(())
}

/// Returns the JSON pointer of the component whose `key` is `name`. If several different ones
/// match, returns the one with the field.
fn meant(
    document: &Value,
    (key, name): (&str, &str),
    field: Option<&str>,
) -> Result<String, SetError> {
    let mut found = Vec::new();
    collect_named(document, (key, name), "", &mut found);
    let mut distinct: Vec<(String, &Value)> = Vec::new();
    for (pointer, component) in found {
        let is_same = |other: &Value| {
            let id = component.get("id");
            component == other || id.is_some() && id == other.get("id")
        };
        if !distinct.iter().any(|(_, other)| is_same(other)) {
            distinct.push((pointer, component));
        }
    }
    let may_be_meant = |component: &Value| field.is_none_or(|field| has_field(component, field));
    let able: Vec<_> = distinct.iter().filter(|(_, it)| may_be_meant(it)).collect();
    match (able.as_slice(), distinct.first()) {
        ([(pointer, _)], _) | ([], Some((pointer, _))) => Ok(pointer.clone()),
        ([], None) => Err(SetError::UnknownComponent(None)),
        (several, _) => Err(SetError::Ambiguous {
            name: name.to_owned(),
            components: several.iter().map(|(_, it)| by_id(it)).collect(),
        }),
    }
}

/// Returns whether a component has or may have a field; for types of unknown plugins, any field is
/// possible.
fn has_field(component: &Value, field: &str) -> bool {
    let component_type = component.get("component_type").and_then(Value::as_str);
    let known = component_type.and_then(language::find);
    component.get(field).is_some() || known.is_none_or(|known| known.field(field).is_some())
}

/// Formats a component by its id and type: `` `n1` (AgentNode) ``.
fn by_id(component: &Value) -> String {
    let text = |key| component.get(key).and_then(Value::as_str);
    let component_type = text("component_type").unwrap_or_default();
    match text("id") {
        Some(id) => format!("`{id}` ({component_type})"),
        None => format!("one without an id ({component_type})"),
    }
}

/// Collects all components whose `key` is `name`, with their JSON pointers.
fn collect_named<'d>(
    value: &'d Value,
    (key, name): (&str, &str),
    pointer: &str,
    found: &mut Vec<(String, &'d Value)>,
) {
    if is_named(value, key, name) {
        found.push((pointer.to_owned(), value));
    }
    for (step, child) in children(value) {
        collect_named(child, (key, name), &format!("{pointer}/{step}"), found);
    }
}

fn is_named(value: &Value, key: &str, name: &str) -> bool {
    value.get("component_type").is_some() && value.get(key).and_then(Value::as_str) == Some(name)
}

/// Collects the JSON pointers of all values that are equal to a component.
fn collect_copies(value: &Value, component: &Value, pointer: String, copies: &mut Vec<String>) {
    if value == component {
        copies.push(pointer);
        return;
    }
    for (step, child) in children(value) {
        collect_copies(child, component, format!("{pointer}/{step}"), copies);
    }
}

/// Returns the rest of the path after a component's name, without the dot.
fn fields_behind<'p>(path: &'p str, name: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(name)?;
    if rest.is_empty() {
        return Some(rest);
    }
    rest.strip_prefix('.')
}

/// Returns the ids and names of all components of a document.
fn names(document: &Value) -> Vec<(&'static str, String)> {
    let mut names = Vec::new();
    let mut pending = vec![document];
    while let Some(value) = pending.pop() {
        if let Value::Object(fields) = value
            && fields.contains_key("component_type")
        {
            for key in ["id", "name"] {
                if let Some(Value::String(name)) = fields.get(key)
                    && !name.is_empty()
                {
                    names.push((key, name.clone()));
                }
            }
        }
        pending.extend(children(value).into_iter().map(|(_, child)| child));
    }
    names
}

/// Returns the JSON pointer of the component whose `key` is `name`.
fn find(value: &Value, key: &str, name: &str, pointer: &str) -> Option<String> {
    if is_named(value, key, name) {
        return Some(pointer.to_owned());
    }
    children(value)
        .into_iter()
        .find_map(|(step, child)| find(child, key, name, &format!("{pointer}/{step}")))
}

/// Returns the values inside a value, each with its segment of a JSON pointer.
fn children(value: &Value) -> Vec<(String, &Value)> {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.replace('~', "~0").replace('/', "~1"), value))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| (index.to_string(), item))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

/// Sets the value at a path of fields, starting at a component.
fn set_at(
    document: &mut Value,
    pointer: &str,
    fields: &[&str],
    text: &str,
) -> Result<(), SetError> {
    let mut pointer = pointer.to_owned();
    let mut wanted = Wanted::Free;
    for (index, field) in fields.iter().enumerate() {
        let Some(here) = document.pointer(&pointer) else {
            return Err(SetError::NoFields((*field).to_owned()));
        };
        if let Some(id) = here.get("$component_ref").and_then(Value::as_str) {
            let named = find(document, "id", id, "");
            let supplied = format!("/$referenced_components/{id}");
            let is_there = document.pointer(&supplied).is_some();
            pointer = named
                .or_else(|| is_there.then_some(supplied))
                .ok_or_else(|| SetError::UnknownComponent(Some(id.to_owned())))?;
        }
        let is_last = index + 1 == fields.len();
        let here = document.pointer(&pointer).unwrap_or(&Value::Null);
        let value = is_last
            .then(|| wanted.read(here, field, text))
            .transpose()?;
        wanted = wanted.step(here, field);
        let step = field.replace('~', "~0").replace('/', "~1");
        match document.pointer_mut(&pointer) {
            Some(Value::Object(object)) => {
                if let Some(value) = value {
                    object.insert((*field).to_owned(), value);
                    return Ok(());
                }
                let inner = object
                    .entry(*field)
                    .or_insert_with(|| Value::Object(Map::new()));
                if inner.is_null() {
                    *inner = Value::Object(Map::new());
                }
            }
            Some(Value::Array(items)) => {
                let item = field
                    .parse()
                    .ok()
                    .and_then(|item: usize| items.get_mut(item));
                let item = item.ok_or_else(|| SetError::NoItem((*field).to_owned()))?;
                if let Some(value) = value {
                    *item = value;
                    return Ok(());
                }
            }
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => {
                let before = fields
                    .get(index.wrapping_sub(1))
                    .copied()
                    .unwrap_or_default();
                return Err(SetError::NoFields(before.to_owned()));
            }
        }
        pointer = format!("{pointer}/{step}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        json!({
            "component_type": "Agent", "id": "a1", "name": "weather.v2", "system_prompt": "x",
            "llm_config": {"$component_ref": "m1"},
            "tools": [{"component_type": "ServerTool", "id": "t1", "name": "look"}],
            "$referenced_components": {
                "m1": {"component_type": "OllamaConfig", "id": "m1", "name": "weather",
                       "default_generation_parameters": null},
            },
        })
    }

    #[test]
    fn a_field_is_set_by_id_or_by_the_longest_name_and_through_references() {
        let mut edited = document();
        for (path, text) in [
            ("a1.system_prompt", "new words"),
            ("weather.v2.human_in_the_loop", "false"),
            (
                "a1.llm_config.default_generation_parameters.temperature",
                "0.5",
            ),
            ("weather.model_id", "llama"),
            ("weather.v2.tools.0.name", "see"),
        ] {
            assert_eq!(set_field(&mut edited, path, text), Ok(()), "{path}");
        }
        assert_eq!(edited["system_prompt"], "new words");
        assert_eq!(edited["human_in_the_loop"], false);
        let model = &edited["$referenced_components"]["m1"];
        assert_eq!(model["default_generation_parameters"]["temperature"], 0.5);
        assert_eq!(model["model_id"], "llama");
        assert_eq!(edited["tools"][0]["name"], "see");
    }

    #[test]
    fn of_components_of_one_name_the_one_that_has_the_field_is_meant() {
        let agent = |id: &str| json!({"component_type": "Agent", "id": id, "name": "writer", "system_prompt": "x"});
        let mut edited = json!({
            "component_type": "Flow", "name": "f",
            "nodes": [{"component_type": "AgentNode", "id": "n", "name": "writer", "agent": {"$component_ref": "a"}}],
            "$referenced_components": {"a": agent("a")},
        });
        assert_eq!(set_field(&mut edited, "writer.system_prompt", "y"), Ok(()));
        assert_eq!(edited["$referenced_components"]["a"]["system_prompt"], "y");
        assert_eq!(
            set_field(&mut edited, "writer.agent.description", "d"),
            Ok(())
        );
        assert_eq!(edited["$referenced_components"]["a"]["description"], "d");
        // Which one is uncertain where both have the field: neither is changed.
        edited["$referenced_components"]["b"] = agent("b");
        let before = edited.clone();
        let refused = set_field(&mut edited, "writer.system_prompt", "z").unwrap_err();
        assert_eq!(
            refused.to_string(),
            "2 components are called `writer` and have this field: `a` (Agent), `b` (Agent); say which one by its id"
        );
        assert_eq!(edited, before);
        assert_eq!(set_field(&mut edited, "b.system_prompt", "z"), Ok(()));
        // A field that none of them has is reported of the first.
        assert_eq!(set_field(&mut edited, "writer.promt", "z"), Ok(()));
        assert_eq!(edited["nodes"][0]["promt"], "z");
    }

    #[test]
    fn a_field_that_is_text_keeps_what_is_written() {
        let mut edited = document();
        edited["inputs"] =
            json!([{"title": "v", "type": "string"}, {"title": "n", "type": "number"}]);
        for (path, text) in [
            ("a1.system_prompt", "1.10"),
            ("a1.description", "123456789012345678901234"),
            ("weather.url", "null"),
            ("weather.model_id", "\"4\""),
            ("weather.api_key", "1e3"),
            ("weather.api_type", "1.0"),
            ("weather.retry_policy.jitter", "full"),
            ("a1.inputs.0.default", "1.10"),
            ("a1.inputs.1.default", "1.10"),
            ("a1.inputs.1.description", "7"),
            ("a1.metadata.n", "1.50"),
            ("a1.id", "1.10"),
        ] {
            assert_eq!(set_field(&mut edited, path, text), Ok(()), "{path}");
        }
        assert_eq!(edited["system_prompt"], "1.10");
        assert_eq!(edited["description"], "123456789012345678901234");
        let model = &edited["$referenced_components"]["m1"];
        assert_eq!(model["url"], "null");
        assert_eq!(model["model_id"], "4");
        assert_eq!(model["api_key"], "1e3");
        assert_eq!(model["api_type"], 1.0);
        assert_eq!(model["retry_policy"]["jitter"], "full");
        assert_eq!(edited["inputs"][0]["default"], "1.10");
        assert_eq!(edited["inputs"][1]["default"], 1.1);
        assert_eq!(edited["inputs"][1]["description"], "7");
        assert_eq!(edited["metadata"]["n"], 1.5);
        assert_eq!(edited["id"], "1.10");
        let twice = set_field(&mut edited, "weather.metadata", r#"{"a": 1, "a": 2}"#);
        assert_eq!(
            twice,
            Err(SetError::Unclear("`a`: is given twice".to_owned()))
        );
    }

    #[test]
    fn equal_copies_change_together() {
        let model = json!({"component_type": "OllamaConfig", "id": "m", "name": "m", "url": "u"});
        let mut edited = json!({"workers": [{"llm_config": model}, {"llm_config": model}]});
        assert_eq!(set_field(&mut edited, "m.url", "v"), Ok(()));
        for worker in [0, 1] {
            assert_eq!(edited["workers"][worker]["llm_config"]["url"], "v");
        }
        let before = edited.clone();
        assert_eq!(set_field(&mut edited, "m.url", "v"), Ok(()));
        assert_eq!(edited, before);
    }

    #[test]
    fn what_is_not_there_is_told() {
        let cases = [
            ("wether.x", "did you mean `weather`?"),
            ("zzzzzz.x", "no component"),
            ("a1", "say which field"),
            ("a1.system_prompt.x", "`system_prompt` has no fields"),
            ("a1.tools.7", "no item `7`"),
        ];
        for (path, expected) in cases {
            let mut edited = document();
            let error = set_field(&mut edited, path, "1")
                .expect_err(path)
                .to_string();
            assert!(error.contains(expected), "{path}: {error}");
            assert_eq!(edited, document());
        }
    }
}
