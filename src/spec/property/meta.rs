//! Validation of schemas: whether the language accepts a schema.
//!
//! A hand-written check of the JSON Schema 2020-12 keywords with a specific form, and of the
//! language's own rules for titles and defaults. Every problem has the path of its value inside the
//! schema, so that it can be shown in the text.

use serde_json::Value;

use super::{Property, declared, fits_default, type_text, validate, value_text};

/// The valid names of types.
pub(super) const TYPES: [&str; 7] = [
    "null", "boolean", "integer", "number", "string", "array", "object",
];

/// Common wrong names of types, each with the right one.
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

/// Characters that a title must not contain, each with its name for messages.
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

/// Keywords with schemas whose titles are not used as names.
const UNNAMED: [&str; 17] = [
    "$defs",
    "allOf",
    "contains",
    "contentSchema",
    "definitions",
    "dependencies",
    "dependentSchemas",
    "else",
    "if",
    "not",
    "oneOf",
    "patternProperties",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// The rule that a [`SchemaProblem`] violates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaRule {
    /// Not a valid schema (AS301).
    Schema,
    /// A title that is empty or has a forbidden character (AS302).
    Title,
    /// A default that does not fit (AS305).
    Default,
    /// A default that the reference SDK accepts, although it is not a value of the declared type
    /// (AS305, as a warning).
    LooseDefault,
}

/// A problem in a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaProblem {
    /// The violated rule.
    pub rule: SchemaRule,
    /// The path of the offending value inside the schema, from the outside in: keys, and indices as
    /// digits; empty for the schema itself. Like the segments of a JSON pointer, but not escaped.
    pub path: Vec<String>,
    /// The message.
    pub message: String,
    /// The suggested replacement, if there is one.
    pub help: Option<String>,
}

/// Returns all problems of a property's schema; empty if the reference SDK accepts it.
pub fn check_schema(schema: &Value) -> Vec<SchemaProblem> {
    let mut checker = Checker {
        path: Vec::new(),
        problems: Vec::new(),
        has_names: true,
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
    if checker.problems.is_empty() {
        checker.loose_defaults(schema);
    }
    checker.problems
}

/// Returns whether a number is beyond the range of integers. Integers in text that are out of range
/// are already rejected when they are read (AS008).
fn is_beyond_integers(value: &Value) -> bool {
    /// 2 to the power of 63.
    const BOUND: f64 = 9_223_372_036_854_775_808.0;
    value.is_f64() && value.as_f64().is_some_and(|number| number.abs() >= BOUND)
}

/// Walks a schema and collects its problems, with their paths.
struct Checker {
    path: Vec<String>,
    problems: Vec<SchemaProblem>,
    /// Whether the current schema is that of a property or of its parts, whose titles are names.
    /// Titles in other schemas are unrestricted.
    has_names: bool,
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
        let has_names = self.has_names;
        for (keyword, value) in keywords {
            self.has_names = has_names && !UNNAMED.contains(&keyword.as_str());
            self.below(keyword.as_str(), |checker| checker.keyword(keyword, value));
        }
        self.has_names = has_names;
    }

    fn keyword(&mut self, keyword: &str, value: &Value) {
        match keyword {
            "type" => self.types(value),
            "title" => self.title(value),
            "items"
            | "additionalProperties"
            | "unevaluatedItems"
            | "unevaluatedProperties"
            | "contentSchema"
            | "not"
            | "contains"
            | "propertyNames"
            | "if"
            | "then"
            | "else" => self.subschema(keyword, value),
            "anyOf" | "oneOf" | "allOf" | "prefixItems" => self.members(keyword, value),
            "properties" | "$defs" | "definitions" | "patternProperties" | "dependentSchemas" => {
                self.named(keyword, value);
            }
            "required" => self.names(keyword, value),
            "dependentRequired" => self.dependent_names(value),
            "dependencies" => self.dependencies(value),
            "enum" | "examples" => self.must(value.is_array(), keyword, "an array", value),
            "$id" => {
                // A place within a document is what `$anchor` names.
                let is_whole = |id: &str| id.find('#').is_none_or(|at| at + 1 == id.len());
                let is_id = value.as_str().is_some_and(is_whole);
                self.must(is_id, keyword, "an address without a fragment", value);
            }
            "description" | "$schema" | "$ref" | "$dynamicRef" | "$recursiveRef" | "$comment"
            | "format" | "pattern" | "contentEncoding" | "contentMediaType" => {
                self.must(value.is_string(), keyword, "a string", value);
            }
            "$anchor" | "$dynamicAnchor" | "$recursiveAnchor" => {
                let is_anchor = value.as_str().is_some_and(is_anchor);
                self.must(is_anchor, keyword, "a name of letters and digits", value);
            }
            "$vocabulary" => {
                let is_map = value
                    .as_object()
                    .is_some_and(|uses| uses.values().all(Value::is_boolean));
                self.must(is_map, keyword, "an object of booleans", value);
            }
            "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => {
                self.must(value.is_number(), keyword, "a number", value);
            }
            "multipleOf" => {
                let positive = value.as_f64().is_some_and(|number| number > 0.0);
                self.must(positive, keyword, "a number above 0", value);
            }
            "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties"
            | "maxProperties" | "minContains" | "maxContains" => {
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

    /// Reports defaults that are not values of their declared type, here and in nested schemas.
    fn loose_defaults(&mut self, schema: &Value) {
        let property = Property::from_schema(schema.clone());
        if let Some(written) = schema.get("default")
            && !validate(written, schema).is_empty()
            && !is_beyond_integers(written)
        {
            let (message, help) = match property.fitting_default() {
                Some(Ok(taken)) => (
                    format!(
                        "default {written} is not of type {}; runs take {taken}",
                        type_text(schema)
                    ),
                    Some(format!("write `default: {taken}`")),
                ),
                Some(Err(misfit)) => (format!("{misfit}; what needs it fails"), None),
                None => return,
            };
            self.below("default", |checker| {
                checker.problem(SchemaRule::LooseDefault, message, help);
            });
        }
        for (name, member) in declared(schema) {
            self.below("properties", |checker| {
                checker.below(name.as_str(), |checker| checker.loose_defaults(member));
            });
        }
        if let Some(items) = schema.get("items") {
            self.below("items", |checker| checker.loose_defaults(items));
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
        let forbidden = FORBIDDEN
            .iter()
            .find(|(character, _)| title.contains(*character));
        if let Some((_, name)) = forbidden.filter(|_| self.has_names) {
            let message = format!("title {} contains {name}", Value::from(title.as_str()));
            let help = "titles may not contain . , { } space newline ' or \"".to_owned();
            self.problem(SchemaRule::Title, message, Some(help));
        }
    }

    /// Checks a nested schema. Booleans are valid schemas, but the reference SDK rejects them as
    /// types of parts.
    fn subschema(&mut self, keyword: &str, value: &Value) {
        let is_type = matches!(keyword, "items" | "anyOf" | "properties");
        match value {
            Value::Object(_) => self.schema(value),
            Value::Bool(_) if !is_type => {}
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
            self.below(index.to_string(), |checker| {
                checker.subschema(keyword, member);
            });
        }
    }

    fn named(&mut self, keyword: &str, value: &Value) {
        match value {
            Value::Object(named) => {
                for (name, schema) in named {
                    self.below(name.as_str(), |checker| checker.subschema(keyword, schema));
                }
            }
            _ => self.must(false, keyword, "an object of schemas", value),
        }
    }

    fn names(&mut self, keyword: &str, value: &Value) {
        let names = value.as_array();
        let of_strings = names.is_some_and(|names| names.iter().all(Value::is_string));
        self.must(of_strings, keyword, "an array of property names", value);
        let is_repeated = |at: usize| names.is_some_and(|names| names[..at].contains(&names[at]));
        for index in (0..names.map_or(0, Vec::len)).filter(|at| is_repeated(*at)) {
            self.below(index.to_string(), |checker| {
                let message = format!("{} is listed twice", value_text(&value[index]));
                checker.problem(SchemaRule::Schema, message, None);
            });
        }
    }

    fn dependent_names(&mut self, value: &Value) {
        let Value::Object(dependents) = value else {
            return self.must(false, "dependentRequired", "an object", value);
        };
        for (name, names) in dependents {
            self.below(name.as_str(), |checker| checker.names(name, names));
        }
    }

    /// Checks the old keyword `dependencies`, whose values are lists of names or schemas.
    fn dependencies(&mut self, value: &Value) {
        let Value::Object(dependents) = value else {
            return self.must(false, "dependencies", "an object", value);
        };
        for (name, dependent) in dependents {
            self.below(name.as_str(), |checker| match dependent {
                Value::Array(_) => checker.names(name, dependent),
                _ => checker.subschema(name, dependent),
            });
        }
    }
}

/// Returns whether a text is a valid name for `$anchor`.
fn is_anchor(text: &str) -> bool {
    let mut characters = text.chars();
    let begins = characters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    begins && characters.all(|c| c.is_ascii_alphanumeric() || "-._".contains(c))
}

#[cfg(test)]
mod tests;
