//! From a server's schema of a tool's input to properties.

use serde_json::{Map, Value, json};

use crate::spec::property::{Property, standalone_of_server, validate};

/// What a tool takes.
#[derive(Debug)]
pub(in crate::tools::mcp) struct Arguments {
    /// A property for each argument. One that may be left out and has no default gets null as its default, and may be
    /// null.
    pub(in crate::tools::mcp) properties: Vec<Property>,
    /// The arguments for which null means that they are left out.
    pub(in crate::tools::mcp) optional: Vec<String>,
    /// Whether definitions were left out because their text would have become too large.
    pub(super) is_shortened: bool,
}

impl Arguments {
    /// By the schema of a tool's input. References are replaced by what they refer to, because each property stands
    /// alone. `room` is how many bytes of schemas may still be made.
    ///
    /// # Errors
    /// Why it can't be used, in words for people.
    pub(in crate::tools::mcp) fn of(
        schema: Option<&Value>,
        room: &mut usize,
    ) -> Result<Self, String> {
        let Some(schema) = schema.filter(|schema| !schema.is_null()) else {
            return Err("it has no `inputSchema`".to_owned());
        };
        if !schema.is_object() {
            return Err("its `inputSchema` is no JSON object".to_owned());
        }
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
        let required = schema.get("required").and_then(Value::as_array);
        let is_required =
            |name: &str| required.is_some_and(|all| all.iter().any(|one| one == name));
        let mut arguments = Self {
            properties: Vec::new(),
            optional: Vec::new(),
            is_shortened,
        };
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, argument) in properties.into_iter().flatten() {
            let mut keywords = match argument {
                Value::Object(keywords) => keywords.clone(),
                // `true` takes anything.
                _ => Map::new(),
            };
            let has_default = keywords.contains_key("default");
            if !is_required(name) && (!has_default || !validate(&Value::Null, argument).is_empty())
            {
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

/// The same schema, or null, which is the default.
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
