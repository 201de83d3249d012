//! Makes values for a JSON Schema from the words of a text.

use serde_json::{Map, Value, json};

use super::words;

/// The maximum depth of schemas; deeper ones (recursive definitions) get their simplest value.
const MAX_DEPTH: usize = 16;

/// Makes values for schemas from one text.
#[derive(Debug)]
pub(super) struct ValueMaker<'t> {
    text: &'t str,
    root: &'t Value,
    random: fastrand::Rng,
    numbers: std::vec::IntoIter<f64>,
    /// The names in the text that were not used yet, so that two fields get different ones.
    names: Vec<String>,
}

impl<'t> ValueMaker<'t> {
    /// Makes a value maker for one schema. The same text, schema and seed give the same value.
    pub(super) fn new(text: &'t str, root: &'t Value, seed: u64) -> Self {
        Self {
            text,
            root,
            random: fastrand::Rng::with_seed(seed),
            numbers: words::numbers(text).into_iter(),
            names: words::names(text),
        }
    }

    /// Returns the value of the whole schema.
    pub(super) fn make(&mut self) -> Value {
        let root = self.root;
        self.value(root, "", 0)
    }

    fn value(&mut self, schema: &Value, name: &str, depth: usize) -> Value {
        let schema = self.resolved(schema);
        if let Some(constant) = schema.get("const") {
            return constant.clone();
        }
        if let Some(Value::Array(allowed)) = schema.get("enum") {
            let fallback = schema.get("default");
            return self.pick(allowed, fallback);
        }
        if depth >= MAX_DEPTH {
            return schema.get("default").cloned().unwrap_or(Value::Null);
        }
        for union in ["anyOf", "oneOf"] {
            if let Some(Value::Array(variants)) = schema.get(union) {
                let variant = variants
                    .iter()
                    .find(|variant| variant.get("type").and_then(Value::as_str) != Some("null"))
                    .or(variants.first());
                return variant.map_or(Value::Null, |variant| self.value(variant, name, depth + 1));
            }
        }
        if let Some(Value::Array(parts)) = schema.get("allOf") {
            let mut merged = Map::new();
            for part in parts {
                if let Value::Object(fields) = self.value(part, name, depth + 1) {
                    merged.extend(fields);
                }
            }
            return Value::Object(merged);
        }
        match type_of(schema) {
            "object" => self.object(schema, depth),
            "array" => self.array(schema, name, depth),
            "integer" => self.integer(schema),
            "number" => self.number(schema),
            "boolean" => schema
                .get("default")
                .filter(|default| default.is_boolean())
                .cloned()
                .unwrap_or_else(|| json!(self.random.bool())),
            "null" => Value::Null,
            _ => Value::String(self.string(schema, name)),
        }
    }

    /// Returns the schema that a `$ref` into the same document refers to.
    fn resolved<'s>(&self, schema: &'s Value) -> &'s Value
    where
        't: 's,
    {
        let mut schema = schema;
        for _ in 0..MAX_DEPTH {
            let Some(reference) = schema.get("$ref").and_then(Value::as_str) else {
                break;
            };
            let target = reference
                .strip_prefix('#')
                .and_then(|path| self.root.pointer(path));
            let Some(target) = target else { break };
            schema = target;
        }
        schema
    }

    /// Returns the allowed value whose words are in the text, else the default, else any allowed
    /// value.
    fn pick(&mut self, allowed: &[Value], default: Option<&Value>) -> Value {
        let texts: Vec<&str> = allowed.iter().filter_map(Value::as_str).collect();
        if let Some(at) = best_mention(self.text, &texts)
            && let Some(text) = texts.get(at)
        {
            return json!(text);
        }
        if let Some(default) = default.filter(|default| !default.is_null()) {
            return default.clone();
        }
        let any = self.random.choice(allowed);
        any.cloned().unwrap_or(Value::Null)
    }

    fn object(&mut self, schema: &Value, depth: usize) -> Value {
        let mut fields = Map::new();
        if let Some(Value::Object(properties)) = schema.get("properties") {
            for (name, property) in properties {
                fields.insert(name.clone(), self.value(property, name, depth + 1));
            }
        }
        if let Some(Value::Array(required)) = schema.get("required") {
            for name in required.iter().filter_map(Value::as_str) {
                if !fields.contains_key(name) {
                    let text = self.string(&Value::Null, name);
                    fields.insert(name.to_owned(), Value::String(text));
                }
            }
        }
        if fields.is_empty()
            && let Some(extra @ Value::Object(_)) = schema.get("additionalProperties")
        {
            let value = self.value(extra, "value", depth + 1);
            fields.insert(words::topic(self.text), value);
        }
        Value::Object(fields)
    }

    fn array(&mut self, schema: &Value, name: &str, depth: usize) -> Value {
        if let Some(default @ Value::Array(_)) = schema.get("default") {
            return default.clone();
        }
        let bound = |key| {
            schema
                .get(key)
                .and_then(Value::as_u64)
                .and_then(|bound| usize::try_from(bound).ok())
        };
        let least = bound("minItems").unwrap_or(0).min(64);
        let most = bound("maxItems").unwrap_or(usize::MAX);
        let count = 2.clamp(least, most.max(least));
        let no_items = Value::Null;
        let items = schema.get("items").unwrap_or(&no_items);
        let made = (0..count)
            .map(|at| match self.value(items, name, depth + 1) {
                // Items that are told apart are easier to follow through a map or a loop.
                Value::String(text) if at > 0 && items.get("enum").is_none() => {
                    Value::String(self.names.pop().unwrap_or(format!("{text} ({})", at + 1)))
                }
                other => other,
            })
            .collect();
        Value::Array(made)
    }

    fn integer(&mut self, schema: &Value) -> Value {
        if let Some(default) = self.default_without_numbers(schema) {
            return default;
        }
        let whole = self.numbers.find(|number| number.fract() == 0.0);
        let number = within(
            schema,
            whole.unwrap_or_else(|| f64::from(self.random.u8(1..10))),
            1.0,
        );
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a cast of floats saturates, and the value is whole"
        )]
        let number = number as i64;
        json!(number)
    }

    fn number(&mut self, schema: &Value) -> Value {
        if let Some(default) = self.default_without_numbers(schema) {
            return default;
        }
        let invented = f64::from(self.random.u16(10..1_000)) / 10.0;
        let number = self.numbers.next().unwrap_or(invented);
        json!(within(schema, number, 0.1))
    }

    /// Returns the default, if the text has no unused number.
    fn default_without_numbers(&self, schema: &Value) -> Option<Value> {
        let default = schema
            .get("default")
            .filter(|default| default.is_number())?;
        self.numbers.as_slice().is_empty().then(|| default.clone())
    }

    fn string(&mut self, schema: &Value, name: &str) -> String {
        let description = schema
            .get("description")
            .and_then(Value::as_str)
            .unwrap_or("");
        let default = schema.get("default").and_then(Value::as_str);
        let text = self
            .formatted(schema)
            .or_else(|| default.map(str::to_owned))
            .or_else(|| example(description).map(|example| self.like_example(example)))
            .unwrap_or_else(|| self.by_name(name));
        fitted(schema, text)
    }

    fn formatted(&self, schema: &Value) -> Option<String> {
        let like = |example: &str| {
            Some(words::shaped_like(self.text, example).unwrap_or_else(|| example.to_owned()))
        };
        match schema.get("format").and_then(Value::as_str)? {
            "date" => like("2026-01-15"),
            "date-time" => Some("2026-01-15T12:00:00Z".to_owned()),
            "time" => Some("12:00:00".to_owned()),
            "email" => Some("someone@example.org".to_owned()),
            "uri" | "url" => Some("https://example.org/".to_owned()),
            "uuid" => Some("00000000-0000-4000-8000-000000000000".to_owned()),
            _ => None,
        }
    }

    /// Returns a word of the text with the same form as the example in a description, else the
    /// example.
    fn like_example(&mut self, example: &str) -> String {
        let found = words::shaped_like(self.text, example);
        if let Some(found) = &found {
            self.names.retain(|name| name != found);
        }
        found.unwrap_or_else(|| example.to_owned())
    }

    /// Returns a string for a field of which only the name is known.
    fn by_name(&mut self, name: &str) -> String {
        let stems = words::stems(name);
        let is_one_of = |names: &[&str]| stems.iter().any(|stem| names.contains(&stem.as_str()));
        let wants_text = [
            "text", "question", "prompt", "query", "input", "request", "content", "body",
        ];
        if is_one_of(&wants_text) && !self.text.trim().is_empty() {
            return words::first_words(self.text.trim(), 60);
        }
        let wants_name = [
            "city", "country", "place", "location", "name", "person", "town", "day", "supplier",
            "customer", "company", "author", "brand", "capital",
        ];
        if is_one_of(&wants_name) && !self.names.is_empty() {
            return self.names.remove(0);
        }
        let topic = words::topic(self.text);
        if topic.is_empty() {
            return format!(
                "an offline {}",
                if name.is_empty() { "value" } else { name }
            );
        }
        topic
    }
}

/// Returns the index of the text in `allowed` that is mentioned last, since prompts list the
/// allowed values first and end with the case in question.
pub(super) fn best_mention(text: &str, allowed: &[&str]) -> Option<usize> {
    let stems = words::stems(text);
    let mentioned = |allowed: &&str| {
        let wanted = words::stems(allowed);
        if wanted.is_empty() {
            return None;
        }
        stems
            .windows(wanted.len())
            .rposition(|window| window == wanted.as_slice())
    };
    allowed
        .iter()
        .enumerate()
        .filter_map(|(at, allowed)| Some((mentioned(allowed)?, at)))
        .max()
        .map(|(_, at)| at)
}

fn type_of(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(name)) => name,
        Some(Value::Array(names)) => names
            .iter()
            .filter_map(Value::as_str)
            .find(|name| *name != "null")
            .unwrap_or("null"),
        _ if schema.get("properties").is_some() => "object",
        _ if schema.get("items").is_some() => "array",
        _ => "string",
    }
}

/// Returns the example in a description: `A-1042` of `The number, for example A-1042`.
fn example(description: &str) -> Option<&str> {
    let (_, rest) = ["for example ", "e.g. ", "such as "]
        .iter()
        .find_map(|phrase| description.split_once(phrase))?;
    let end = rest.find([',', ';', ')', '\n']).unwrap_or(rest.len());
    let example = rest.get(..end)?.trim().trim_matches(['`', '"', '\'']);
    let example = example.trim_end_matches('.');
    (!example.is_empty()).then_some(example)
}

fn within(schema: &Value, number: f64, step: f64) -> f64 {
    let bound = |key| schema.get(key).and_then(Value::as_f64);
    let mut number = number;
    if let Some(least) = bound("minimum") {
        number = number.max(least);
    }
    if let Some(least) = bound("exclusiveMinimum") {
        number = number.max(least + step);
    }
    if let Some(most) = bound("maximum") {
        number = number.min(most);
    }
    if let Some(most) = bound("exclusiveMaximum") {
        number = number.min(most - step);
    }
    if let Some(unit) = bound("multipleOf").filter(|unit| *unit > 0.0) {
        let rounded = (number / unit).round() * unit;
        number = match bound("minimum") {
            Some(least) if rounded < least => rounded + unit,
            _ => rounded,
        };
    }
    number
}

fn fitted(schema: &Value, mut text: String) -> String {
    let bound = |key| {
        schema
            .get(key)
            .and_then(Value::as_u64)
            .and_then(|bound| usize::try_from(bound).ok())
    };
    let missing = bound("minLength")
        .unwrap_or(0)
        .min(10_000)
        .saturating_sub(text.chars().count());
    text.extend(std::iter::repeat_n('.', missing));
    match bound("maxLength") {
        Some(most) if text.chars().count() > most => text.chars().take(most).collect(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn made(text: &str, schema: &Value) -> Value {
        ValueMaker::new(text, schema, 1).make()
    }

    #[test]
    fn arguments_come_from_the_words_of_the_message() {
        let order = json!({"type": "object", "properties": {
            "order": {"type": "string", "description": "The number, for example A-1"},
            "reason": {"type": "string", "default": "not given"},
            "copies": {"type": "integer"},
            "unit": {"enum": ["C", "F"], "default": "C"},
            "size": {"type": "string", "enum": ["small", "large"]},
        }});
        assert_eq!(
            made("Please refund order B-77, 3 large lamps", &order),
            json!({"order": "B-77", "reason": "not given", "copies": 3, "unit": "C", "size": "large"})
        );
        let weather = json!({"type": "object", "properties": {
            "city": {"type": "string", "description": "for example Paris"},
            "destination": {"type": "string", "default": "the airport"},
        }, "required": ["city"]});
        assert_eq!(
            made("I need the weather in São Paulo, please.", &weather),
            json!({"city": "São Paulo", "destination": "the airport"})
        );
    }

    #[test]
    fn every_kind_of_schema_gets_a_value_that_fits() {
        let cases = [
            (json!({"const": 5}), json!(5)),
            (
                json!({"type": "integer", "minimum": 20, "maximum": 20}),
                json!(20),
            ),
            (json!({"type": "number", "default": 1.5}), json!(1.5)),
            (json!({"type": "boolean", "default": false}), json!(false)),
            (json!({"type": "null"}), json!(null)),
            (
                json!({"type": ["null", "boolean"], "default": true}),
                json!(true),
            ),
            (
                json!({"anyOf": [{"type": "null"}, {"type": "integer", "default": 2}]}),
                json!(2),
            ),
            (
                json!({"type": "string", "format": "email"}),
                json!("someone@example.org"),
            ),
            (
                json!({"type": "string", "default": "abcdef", "maxLength": 3}),
                json!("abc"),
            ),
            (
                json!({"type": "string", "default": "a", "minLength": 3}),
                json!("a.."),
            ),
            (
                json!({"type": "array", "items": {"const": 1}, "minItems": 3}),
                json!([1, 1, 1]),
            ),
            (
                json!({"type": "array", "items": {"const": 1}, "maxItems": 1}),
                json!([1]),
            ),
            (
                json!({"$ref": "#/$defs/a", "$defs": {"a": {"const": "deep"}}}),
                json!("deep"),
            ),
            (
                json!({"type": "object", "additionalProperties": {"const": 1}}),
                json!({"solar sails": 1}),
            ),
        ];
        for (schema, expected) in cases {
            assert_eq!(made("about solar sails", &schema), expected, "{schema}");
        }
    }

    #[test]
    fn recursive_schemas_end() {
        let schema = json!({"type": "object", "properties": {"next": {"$ref": "#"}}});
        assert!(made("x", &schema).is_object());
        assert_eq!(made("x", &json!({"$ref": "#"})), json!("x"));
    }

    #[test]
    fn the_last_mention_decides() {
        let allowed = ["billing", "technical", "general"];
        let text = "Billing or technical or general? My bike: technical problem with billing";
        assert_eq!(best_mention(text, &allowed), Some(0));
        assert_eq!(best_mention("nothing", &allowed), None);
    }
}
