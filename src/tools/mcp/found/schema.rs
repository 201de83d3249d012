//! Converts a server's schema of a tool's input to properties.

use serde_json::{Map, Value, json};

use crate::spec::property::{Property, standalone_of_server, validate};

/// The keyword for undeclared arguments.
const FURTHER: &str = "additionalProperties";

/// The arguments of a tool.
#[derive(Debug)]
pub(in crate::tools::mcp) struct Arguments {
    /// A property for each argument. An optional argument without a default accepts null, which
    /// becomes its default.
    pub(in crate::tools::mcp) properties: Vec<Property>,
    /// The arguments for which null means that they are left out.
    pub(in crate::tools::mcp) optional: Vec<String>,
    /// Whether definitions were left out of the schema because of its size.
    pub(super) is_shortened: bool,
    /// The property that stands for undeclared arguments, if the server accepts them.
    pub(super) further: Option<Property>,
}

impl Arguments {
    /// Reads the schema of a tool's input. References are expanded, because each property is used
    /// separately. `room` is the number of bytes left for schemas.
    ///
    /// # Errors
    /// The reason why the schema is unusable, for people.
    pub(in crate::tools::mcp) fn of(
        schema: Option<&Value>,
        room: &mut usize,
    ) -> Result<Self, String> {
        let Some(schema) = schema.filter(|schema| !schema.is_null()) else {
            return Err("it has no `inputSchema`".to_owned());
        };
        if !schema.is_object() {
            return Err("its `inputSchema` is not a JSON object".to_owned());
        }
        let said = schema;
        let (schema, is_shortened) =
            standalone_of_server(schema, room).map_err(|error| error.to_string())?;
        let takes_objects = match schema.get("type") {
            None => true,
            Some(Value::Array(types)) => types.iter().any(|ty| ty == "object"),
            Some(ty) => ty == "object",
        };
        if !takes_objects {
            return Err("its `inputSchema` is not that of an object".to_owned());
        }
        let mut named = Vec::new();
        name_all(&schema, true, &mut named);
        let mut arguments = Self {
            properties: Vec::new(),
            optional: Vec::new(),
            is_shortened,
            further: further(said, &schema),
        };
        for Named {
            name,
            argument,
            is_required,
        } in &named
        {
            let mut keywords = match argument {
                Value::Object(keywords) => keywords.clone(),
                // `true` takes anything.
                _ => Map::new(),
            };
            let has_default = keywords.contains_key("default");
            if !is_required && (!has_default || !validate(&Value::Null, argument).is_empty()) {
                arguments.optional.push(name.clone());
                if !has_default {
                    keywords = nullable(keywords);
                }
            }
            keywords.insert("title".to_owned(), Value::from(name.as_str()));
            let property = Property::from_schema(Value::Object(keywords));
            arguments.properties.push(property);
        }
        Ok(arguments)
    }
}

/// An argument and its schema, by name.
struct Named {
    name: String,
    argument: Value,
    is_required: bool,
}

/// Collects all arguments of a schema: its own, those of `allOf`, and those of `oneOf` and `anyOf`,
/// all of which count as optional there. The server checks which combinations are valid.
fn name_all(schema: &Value, is_certain: bool, named: &mut Vec<Named>) {
    let required = schema.get("required").and_then(Value::as_array);
    let is_required =
        |name: &str| is_certain && required.is_some_and(|all| all.iter().any(|one| one == name));
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, argument) in properties.into_iter().flatten() {
        let known = named.iter_mut().find(|known| known.name == *name);
        match known {
            None => named.push(Named {
                name: name.clone(),
                argument: argument.clone(),
                is_required: is_required(name),
            }),
            Some(known) => {
                if known.argument != *argument && !is_certain {
                    known.argument = json!({"anyOf": [known.argument.clone(), argument]});
                }
                known.is_required |= is_required(name);
            }
        }
    }
    for (keyword, is_certain) in [("allOf", is_certain), ("oneOf", false), ("anyOf", false)] {
        let parts = schema.get(keyword).and_then(Value::as_array);
        for part in parts.into_iter().flatten() {
            name_all(part, is_certain, named);
        }
    }
    // A name may be required without being described in the same part.
    for name in required.into_iter().flatten().filter_map(Value::as_str) {
        if let Some(known) = named.iter_mut().find(|known| known.name == name) {
            known.is_required |= is_certain;
        }
    }
}

/// Returns the property for undeclared arguments, from the schema itself or from `allOf`. `made` is
/// the same schema after expansion, where `{}` may also mean that there is no statement about them.
fn further(schema: &Value, made: &Value) -> Option<Property> {
    let mut own = made.clone();
    if schema.get(FURTHER).is_none()
        && made.get(FURTHER) == Some(&json!({}))
        && let Some(keywords) = own.as_object_mut()
    {
        keywords.shift_remove(FURTHER);
    }
    let parts = |schema: &Value| schema.get("allOf")?.as_array().cloned();
    let in_parts = || {
        let parts = std::iter::zip(parts(schema)?, parts(made)?);
        let mut found = parts.filter_map(|(schema, made)| further(&schema, &made));
        found.next()
    };
    Property::further(&own).or_else(in_parts)
}

/// Makes a schema that also accepts null, which becomes the default.
fn nullable(mut schema: Map<String, Value>) -> Map<String, Value> {
    let description = schema.shift_remove("description");
    schema.shift_remove("title");
    let mut nullable = Map::new();
    if !schema.is_empty() {
        nullable.insert("anyOf".to_owned(), json!([schema, {"type": "null"}]));
    }
    nullable.extend(description.map(|description| ("description".to_owned(), description)));
    nullable.insert("default".to_owned(), Value::Null);
    nullable
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    /// Names, those that may be left out marked.
    fn read(schema: &Value) -> Vec<String> {
        let arguments = Arguments::of(Some(schema), &mut 100_000).unwrap();
        assert_eq!(arguments.further, None);
        let names = arguments.properties.iter().map(|property| {
            let name = property.title().to_owned();
            let mark = if arguments.optional.contains(&name) {
                "?"
            } else {
                ""
            };
            format!("{name}{mark}")
        });
        names.collect()
    }

    #[test]
    fn arguments_are_found_wherever_a_schema_names_them() {
        let x = json!({"properties": {"x": {"type": "string"}}, "required": ["x"]});
        let y = json!({"properties": {"y": {"type": "integer"}}, "required": ["y"]});
        let both =
            json!({"type": "object", "allOf": [{"$ref": "#/$defs/x"}, y], "$defs": {"x": x}});
        assert_eq!(read(&both), ["x", "y"]);
        let one = json!({"type": "object", "oneOf": [x, y]});
        assert_eq!(read(&one), ["x?", "y?"]);
        let one = json!({"type": "object", "required": ["x"], "anyOf": [
            {"properties": {"x": {"type": "string"}}}, {"properties": {"x": {"type": "integer"}}},
        ]});
        let arguments = Arguments::of(Some(&one), &mut 100_000).unwrap();
        let either = json!([{"type": "string"}, {"type": "integer"}]);
        assert_eq!(arguments.properties[0].schema()["anyOf"], either);
    }

    #[test]
    fn arguments_that_have_no_names_are_found_too() {
        let text = json!({"type": "string"});
        let x = json!({"x": true});
        for (schema, expected) in [
            (
                json!({"type": "object", "additionalProperties": text}),
                text.clone(),
            ),
            (
                json!({"properties": x, "additionalProperties": {}}),
                json!({}),
            ),
            (
                json!({"properties": x, "additionalProperties": true}),
                json!(true),
            ),
            (
                json!({"allOf": [{"properties": x}, {"additionalProperties": {"$ref": "#/$defs/t"}}], "$defs": {"t": text}}),
                text.clone(),
            ),
        ] {
            let arguments = Arguments::of(Some(&schema), &mut 100_000).unwrap();
            let further = arguments.further.unwrap();
            assert_eq!(further.further_schema("y"), Some(expected), "{schema}");
        }
    }
}
