//! Whether a schema is one that the language accepts.
//!
//! A hand-written check of the keywords of JSON Schema 2020-12 that have a form of their own, and the
//! language's own rules on titles and defaults. Every problem has the place of its value inside the
//! schema, so that a reader can point at it.

use serde_json::{Map, Value};

use super::{fits_default, type_text, value_text};

/// The names that `type` may have.
const TYPES: [&str; 7] = [
    "null", "boolean", "integer", "number", "string", "array", "object",
];

/// Names that people write for a type, with the right one.
const MISTAKEN_TYPES: [(&str, &str); 14] = [
    ("int", "integer"),
    ("long", "integer"),
    ("float", "number"),
    ("double", "number"),
    ("decimal", "number"),
    ("str", "string"),
    ("text", "string"),
    ("bool", "boolean"),
    ("list", "array"),
    ("tuple", "array"),
    ("dict", "object"),
    ("map", "object"),
    ("None", "null"),
    ("any", "no `type` at all"),
];

/// Characters that no title may contain, each with its name for a message.
const FORBIDDEN: [(char, &str); 8] = [
    ('.', "`.`"),
    (',', "`,`"),
    ('{', "`{`"),
    ('}', "`}`"),
    (' ', "a space"),
    ('\n', "a newline"),
    ('\'', "`'`"),
    ('"', "`\"`"),
];

/// The rule that a [`SchemaProblem`] breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaRule {
    /// Not a valid schema (AS301).
    Schema,
    /// A title that is empty or has a forbidden character (AS302).
    Title,
    /// A default that does not fit (AS305).
    Default,
}

/// One thing that is wrong with a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaProblem {
    /// The rule.
    pub rule: SchemaRule,
    /// The path of the offending value inside the schema: keys, and indices as digits, from the
    /// outside in; empty for the schema itself. Like the segments of a JSON pointer, not escaped.
    pub path: Vec<String>,
    /// What is wrong.
    pub message: String,
    /// What to write instead, where that is known.
    pub help: Option<String>,
}

/// All problems of a property's schema; empty for one that the reference SDK accepts.
pub fn check_schema(schema: &Value) -> Vec<SchemaProblem> {
    let mut checker = Checker {
        path: Vec::new(),
        problems: Vec::new(),
    };
    checker.schema(schema);
    if checker.problems.is_empty()
        && let Some(default) = schema.get("default")
        && !fits_default(default, schema)
    {
        let message = format!("default {default} does not fit type {}", type_text(schema));
        checker.below("default", |checker| {
            checker.problem(SchemaRule::Default, message, None);
        });
    }
    checker.problems
}

/// Walks a schema and collects its problems, with the path to where it is.
struct Checker {
    path: Vec<String>,
    problems: Vec<SchemaProblem>,
}

impl Checker {
    fn problem(&mut self, rule: SchemaRule, message: impl Into<String>, help: Option<String>) {
        let path = self.path.clone();
        self.problems.push(SchemaProblem {
            rule,
            path,
            message: message.into(),
            help,
        });
    }

    fn below(&mut self, segment: impl Into<String>, check: impl FnOnce(&mut Self)) {
        self.path.push(segment.into());
        check(self);
        self.path.pop();
    }

    fn schema(&mut self, schema: &Value) {
        let Value::Object(keywords) = schema else {
            let message = format!(
                "a property is a JSON Schema object; found {}",
                value_text(schema)
            );
            return self.problem(SchemaRule::Schema, message, None);
        };
        for (keyword, value) in keywords {
            self.below(keyword.as_str(), |checker| checker.keyword(keyword, value));
        }
    }

    fn keyword(&mut self, keyword: &str, value: &Value) {
        match keyword {
            "type" => self.types(value),
            "title" => self.title(value),
            "items"
            | "additionalProperties"
            | "not"
            | "contains"
            | "propertyNames"
            | "if"
            | "then"
            | "else" => self.subschema(keyword, value),
            "anyOf" | "oneOf" | "allOf" | "prefixItems" => self.members(keyword, value),
            "properties" | "$defs" | "patternProperties" | "dependentSchemas" => {
                self.named(keyword, value);
            }
            "required" => self.names(value),
            "enum" | "examples" => self.must(value.is_array(), keyword, "an array", value),
            "description" | "$ref" | "$comment" | "format" | "pattern" => {
                self.must(value.is_string(), keyword, "a string", value);
            }
            "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => {
                self.must(value.is_number(), keyword, "a number", value);
            }
            "multipleOf" => {
                let positive = value.as_f64().is_some_and(|number| number > 0.0);
                self.must(positive, keyword, "a number above 0", value);
            }
            "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties"
            | "maxProperties" => {
                let whole = value
                    .as_f64()
                    .is_some_and(|size| size >= 0.0 && size.fract() == 0.0);
                self.must(whole, keyword, "a whole number from 0", value);
            }
            "uniqueItems" | "readOnly" | "writeOnly" | "deprecated" => {
                self.must(value.is_boolean(), keyword, "a boolean", value);
            }
            _ => {}
        }
    }

    fn must(&mut self, holds: bool, keyword: &str, kind: &str, value: &Value) {
        if !holds {
            let message = format!("`{keyword}` must be {kind}; found {}", value_text(value));
            self.problem(SchemaRule::Schema, message, None);
        }
    }

    fn types(&mut self, value: &Value) {
        match value {
            Value::String(name) => self.type_name(name),
            Value::Array(names) if !names.is_empty() => {
                for (index, name) in names.iter().enumerate() {
                    self.below(index.to_string(), |checker| match name {
                        Value::String(text)
                            if names.iter().take(index).any(|other| other == name) =>
                        {
                            let message = format!("type `{text}` is listed twice");
                            checker.problem(SchemaRule::Schema, message, None);
                        }
                        Value::String(text) => checker.type_name(text),
                        other => checker.must(false, "type", "the name of a type", other),
                    });
                }
            }
            other => self.must(
                false,
                "type",
                "the name of a type, or a list of them",
                other,
            ),
        }
    }

    fn type_name(&mut self, name: &str) {
        if TYPES.contains(&name) {
            return;
        }
        let lower = name.to_lowercase();
        let meant = MISTAKEN_TYPES
            .iter()
            .find(|(mistaken, _)| name == *mistaken || lower == *mistaken)
            .map(|(_, right)| *right)
            .or_else(|| TYPES.into_iter().find(|known| **known == lower));
        let help = match meant {
            Some(right) if right.contains(' ') => format!("write {right}"),
            Some(right) => format!("did you mean `{right}`?"),
            None => format!("types are {}", TYPES.join(", ")),
        };
        let message = format!("{} is not a JSON Schema type", Value::from(name));
        self.problem(SchemaRule::Schema, message, Some(help));
    }

    fn title(&mut self, value: &Value) {
        let Value::String(title) = value else {
            return self.must(false, "title", "a string", value);
        };
        if title.is_empty() && self.path.len() == 1 {
            return self.problem(
                SchemaRule::Title,
                "a property's title must not be empty",
                None,
            );
        }
        if let Some((_, name)) = FORBIDDEN
            .iter()
            .find(|(character, _)| title.contains(*character))
        {
            let message = format!("title {} contains {name}", Value::from(title.as_str()));
            let help = "titles may not contain . , { } space newline ' or \"".to_owned();
            self.problem(SchemaRule::Title, message, Some(help));
        }
    }

    /// A schema below this one. Booleans are schemas, but the reference SDK refuses them under `items`.
    fn subschema(&mut self, keyword: &str, value: &Value) {
        match value {
            Value::Object(_) => self.schema(value),
            Value::Bool(_) if keyword != "items" => {}
            _ => self.must(false, keyword, "a schema object", value),
        }
    }

    fn members(&mut self, keyword: &str, value: &Value) {
        let Value::Array(members) = value else {
            return self.must(false, keyword, "an array of schemas", value);
        };
        if members.is_empty() {
            let message = format!("`{keyword}` must not be empty");
            self.problem(SchemaRule::Schema, message, None);
        }
        for (index, member) in members.iter().enumerate() {
            self.below(index.to_string(), |checker| checker.schema(member));
        }
    }

    fn named(&mut self, keyword: &str, value: &Value) {
        match value {
            Value::Object(named) => self.each(named),
            _ => self.must(false, keyword, "an object of schemas", value),
        }
    }

    fn each(&mut self, named: &Map<String, Value>) {
        for (name, schema) in named {
            self.below(name.as_str(), |checker| checker.schema(schema));
        }
    }

    fn names(&mut self, value: &Value) {
        let of_strings = value
            .as_array()
            .is_some_and(|names| names.iter().all(Value::is_string));
        self.must(of_strings, "required", "an array of property names", value);
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    /// Each problem as `rule path: message (help)`.
    fn told(schema: &Value) -> Vec<String> {
        let tell = |problem: SchemaProblem| {
            let help = problem
                .help
                .map(|help| format!(" ({help})"))
                .unwrap_or_default();
            format!(
                "{:?} /{}: {}{help}",
                problem.rule,
                problem.path.join("/"),
                problem.message
            )
        };
        check_schema(schema).into_iter().map(tell).collect()
    }

    #[test]
    fn what_the_reference_accepts_has_no_problem() {
        for schema in [
            json!({"title": "a"}),
            json!({"title": "a-b/c$\tü", "type": ["string", "null"], "default": null}),
            json!({"title": "a", "type": "string", "enum": ["x"], "x-widget": {"any": 1}}),
            json!({"title": "a", "type": "integer", "default": true}),
            json!({"type": "object", "properties": {"any key.": {"title": ""}}}),
            json!({"title": "a", "type": "array", "items": {}, "minItems": 1.0}),
            json!({"title": "a", "additionalProperties": false}),
        ] {
            assert_eq!(told(&schema), Vec::<String>::new(), "{schema}");
        }
    }

    #[test]
    fn each_problem_is_told_at_its_value() {
        for (schema, expected) in [
            (
                json!(true),
                "Schema /: a property is a JSON Schema object; found boolean true",
            ),
            (
                json!({"type": "int"}),
                r#"Schema /type: "int" is not a JSON Schema type (did you mean `integer`?)"#,
            ),
            (
                json!({"type": "String"}),
                r#"Schema /type: "String" is not a JSON Schema type (did you mean `string`?)"#,
            ),
            (
                json!({"type": "any"}),
                r#"Schema /type: "any" is not a JSON Schema type (write no `type` at all)"#,
            ),
            (
                json!({"type": ["string", "string"]}),
                "Schema /type/1: type `string` is listed twice",
            ),
            (
                json!({"type": null}),
                "Schema /type: `type` must be the name of a type, or a list of them; found null",
            ),
            (
                json!({"description": null}),
                "Schema /description: `description` must be a string; found null",
            ),
            (
                json!({"title": 3}),
                "Schema /title: `title` must be a string; found number 3",
            ),
            (
                json!({"title": ""}),
                "Title /title: a property's title must not be empty",
            ),
            (
                json!({"title": "a", "items": {"title": "user name"}}),
                "Title /items/title: title \"user name\" contains a space \
                 (titles may not contain . , { } space newline ' or \")",
            ),
            (
                json!({"properties": {"x": {"type": "list"}}}),
                r#"Schema /properties/x/type: "list" is not a JSON Schema type (did you mean `array`?)"#,
            ),
            (
                json!({"anyOf": [{}, 1]}),
                "Schema /anyOf/1: a property is a JSON Schema object; found number 1",
            ),
            (
                json!({"anyOf": []}),
                "Schema /anyOf: `anyOf` must not be empty",
            ),
            (
                json!({"items": true}),
                "Schema /items: `items` must be a schema object; found boolean true",
            ),
            (
                json!({"required": "x"}),
                r#"Schema /required: `required` must be an array of property names; found string "x""#,
            ),
            (
                json!({"minLength": -1}),
                "Schema /minLength: `minLength` must be a whole number from 0; found number -1",
            ),
            (
                json!({"type": "integer", "default": "5"}),
                r#"Default /default: default "5" does not fit type integer"#,
            ),
        ] {
            assert_eq!(told(&schema), [expected], "{schema}");
        }
    }
}
