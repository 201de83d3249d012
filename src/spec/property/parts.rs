//! The schemas that apply to the parts of a value: the members of an object, the items of an array.

use regex::{Regex, RegexBuilder};
use serde_json::Value;

/// The maximum size of a compiled pattern in bytes, because patterns come from documents and
/// servers.
const MAX_PATTERN_BYTES: usize = 256 * 1024;

/// The member declarations of an object schema.
pub(super) struct Members<'s> {
    schema: &'s Value,
    /// The patterns of `patternProperties`, each with its schema. A pattern that can't be compiled,
    /// for example one with look-ahead, is `None`: it matches every name and its schema accepts
    /// every value, so that nothing valid is rejected.
    patterns: Vec<(Option<Regex>, &'s Value)>,
}

/// The schemas that apply to one member.
#[derive(Debug, PartialEq)]
pub(super) enum Member<'s> {
    /// The member is declared by its name or by patterns, and all these schemas apply. May be
    /// empty.
    Declared(Vec<&'s Value>),
    /// The member is not declared; contains `additionalProperties`, if present.
    Further(Option<&'s Value>),
}

impl<'s> Members<'s> {
    pub(super) fn of(schema: &'s Value) -> Self {
        let patterns = schema.get("patternProperties").and_then(Value::as_object);
        let patterns = patterns.into_iter().flatten().map(|(pattern, member)| {
            let read = RegexBuilder::new(pattern)
                .size_limit(MAX_PATTERN_BYTES)
                .build();
            (read.ok(), member)
        });
        Self {
            schema,
            patterns: patterns.collect(),
        }
    }

    /// Returns the schemas that apply to the member with a name.
    pub(super) fn find(&self, name: &str) -> Member<'s> {
        let by_name = self.schema.get("properties").and_then(|all| all.get(name));
        let mut is_declared = by_name.is_some();
        let mut schemas: Vec<&'s Value> = by_name.into_iter().collect();
        for (pattern, member) in &self.patterns {
            match pattern {
                Some(pattern) if pattern.is_match(name) => {
                    is_declared = true;
                    schemas.push(member);
                }
                Some(_) => {}
                None => is_declared = true,
            }
        }
        if is_declared {
            Member::Declared(schemas)
        } else {
            Member::Further(self.schema.get("additionalProperties"))
        }
    }

    /// Returns the first schema that applies to the member with a name.
    pub(super) fn first(&self, name: &str) -> Option<&'s Value> {
        match self.find(name) {
            Member::Declared(schemas) => schemas.first().copied(),
            Member::Further(schema) => schema,
        }
    }
}

/// Returns the schema that applies to an item: the one for its index (`prefixItems`, or `items` as
/// a list before 2020-12), else the one for all remaining items.
pub(super) fn item_schema(schema: &Value, index: usize) -> Option<&Value> {
    let items = schema.get("items");
    let of_places = schema
        .get("prefixItems")
        .or(items)
        .and_then(Value::as_array);
    if let Some(schema) = of_places.and_then(|places| places.get(index)) {
        return Some(schema);
    }
    match items {
        Some(Value::Array(_)) => schema.get("additionalItems"),
        items => items,
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    #[test]
    fn an_item_has_the_schema_of_its_place() {
        let later = json!({"prefixItems": [{"type": "string"}], "items": {"type": "integer"}});
        let earlier =
            json!({"items": [{"type": "string"}], "additionalItems": {"type": "integer"}});
        for schema in [later, earlier] {
            assert_eq!(item_schema(&schema, 0), Some(&json!({"type": "string"})));
            assert_eq!(item_schema(&schema, 1), Some(&json!({"type": "integer"})));
        }
        assert_eq!(item_schema(&json!({"prefixItems": []}), 0), None);
    }

    #[test]
    fn a_member_has_the_schemas_of_its_name_and_of_the_patterns_that_fit() {
        let schema = json!({
            "properties": {"a1": {"type": "string"}},
            "patternProperties": {"^a": {"minLength": 1}, "1$": {"maxLength": 2}},
            "additionalProperties": false,
        });
        let members = Members::of(&schema);
        assert_eq!(
            members.find("a1"),
            Member::Declared(vec![
                &json!({"type": "string"}),
                &json!({"minLength": 1}),
                &json!({"maxLength": 2}),
            ])
        );
        assert_eq!(members.find("b"), Member::Further(Some(&json!(false))));
        let unreadable = json!({"patternProperties": {"^(?!x)": {"type": "string"}}, "additionalProperties": false});
        assert_eq!(
            Members::of(&unreadable).find("a"),
            Member::Declared(Vec::new())
        );
    }
}
