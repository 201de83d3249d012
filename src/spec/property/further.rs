//! Further properties: values whose names no property declares.

use serde_json::{Map, Value, json};

use super::Property;
use super::parts::{Member, Members};

/// The keyword that marks such a property.
const MARK: &str = "x-further";
/// The keywords of JSON Schema for undeclared members of an object.
const KEYWORDS: [&str; 2] = ["additionalProperties", "patternProperties"];

impl Property {
    /// Makes the property that stands for all values with undeclared names, like `**arguments` in
    /// Python. The `additionalProperties` and `patternProperties` of the schema define their types.
    /// `None` if the schema allows no such values.
    pub fn further(schema: &Value) -> Option<Self> {
        let declares_some = |keyword: &str| match schema.get(keyword) {
            Some(Value::Object(members)) => keyword == KEYWORDS[0] || !members.is_empty(),
            Some(other) => keyword == KEYWORDS[0] && *other == json!(true),
            None => false,
        };
        if !KEYWORDS.into_iter().any(declares_some) {
            return None;
        }
        let mut keywords = Map::new();
        keywords.insert("title".to_owned(), "further arguments".into());
        keywords.insert(MARK.to_owned(), true.into());
        keywords.extend(of_further(schema));
        Some(Self::from_schema(Value::Object(keywords)))
    }

    /// Returns whether the property stands for values with undeclared names.
    pub fn is_further(&self) -> bool {
        self.schema.get(MARK).is_some()
    }

    /// Returns the schema for a value with an undeclared name; `None` if such a name is not
    /// allowed.
    pub fn further_schema(&self, name: &str) -> Option<Value> {
        match Members::of(&self.schema).find(name) {
            Member::Declared(schemas) => match schemas.as_slice() {
                [only] => Some((*only).clone()),
                all => Some(json!({ "allOf": all })),
            },
            Member::Further(None | Some(Value::Bool(false))) => None,
            Member::Further(Some(schema)) => Some(schema.clone()),
        }
    }
}

/// Returns the keywords that define the types of undeclared members.
pub(super) fn of_further(schema: &Value) -> impl Iterator<Item = (String, Value)> {
    let keywords = KEYWORDS.into_iter();
    keywords.filter_map(|keyword| Some((keyword.to_owned(), schema.get(keyword)?.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn further_values_are_those_that_a_schema_declares() {
        let text = json!({"type": "string"});
        for (schema, fits, unfit) in [
            (
                json!({"additionalProperties": true}),
                vec![("a", json!(true))],
                vec![],
            ),
            (
                json!({"additionalProperties": text}),
                vec![("a", text.clone())],
                vec![],
            ),
            (
                json!({"patternProperties": {"^x-": text}}),
                vec![("x-a", text.clone())],
                vec!["a"],
            ),
            (
                json!({"patternProperties": {"^x-": text, "a$": true}, "additionalProperties": false}),
                vec![
                    ("x-b", text.clone()),
                    ("a", json!(true)),
                    ("x-a", json!({"allOf": [text, true]})),
                ],
                vec!["b"],
            ),
        ] {
            let further = Property::further(&schema).unwrap();
            assert!(further.is_further());
            for (name, expected) in fits {
                assert_eq!(further.further_schema(name), Some(expected), "{schema}");
            }
            for name in unfit {
                assert_eq!(further.further_schema(name), None, "{schema}");
            }
        }
        for schema in [
            json!({}),
            json!({"additionalProperties": false}),
            json!({"patternProperties": {}}),
        ] {
            assert_eq!(Property::further(&schema), None, "{schema}");
        }
    }
}
