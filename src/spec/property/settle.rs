//! Conversion of a value as written in a text to a value of the declared type.

use serde_json::{Map, Number, Value};

use super::compatible::{is_union, members};
use super::conform::{is_of, item_path, member_path};
use super::further::of_further;
use super::parts::{Members, item_schema};
use super::{Property, Violation, standalone};
use crate::base::written::Written;

/// Converts a written value to a JSON value for a slot with this schema.
///
/// A scalar becomes a string if the schema accepts strings and no other type that fits the scalar:
/// `1.10` for a string is `"1.10"`, for a number 1.1. An integer beyond 64 bits becomes a string if
/// a string or any value is accepted, a number if a float represents it exactly, and is a violation
/// otherwise. A duplicate key in an object is a violation as well, because the intended value is
/// unknown. Nothing else is converted: [`coerce`](super::coerce()) does that.
///
/// # Errors
/// Every number that can't be represented and every duplicate key, with its path in the value.
pub fn settle(written: &Written, schema: &Value) -> Result<Value, Vec<Violation>> {
    settled_whole(written, Some(&standalone(schema)))
}

/// Converts a written value like [`settle`], for a slot that accepts any value.
///
/// # Errors
/// As [`settle`].
pub fn settle_untyped(written: &Written) -> Result<Value, Vec<Violation>> {
    settled_whole(written, None)
}

fn settled_whole(written: &Written, schema: Option<&Value>) -> Result<Value, Vec<Violation>> {
    let mut violations = Vec::new();
    let value = settled(written, schema, "", &mut violations);
    if violations.is_empty() {
        Ok(value)
    } else {
        Err(violations)
    }
}

/// Converts a written object like [`settle`]; its keys are the titles of properties.
///
/// # Errors
/// As [`settle`].
pub fn settle_titled(written: &Written, properties: &[Property]) -> Result<Value, Vec<Violation>> {
    let (further, titled): (Vec<&Property>, Vec<_>) = properties
        .iter()
        .partition(|property| property.is_further());
    let titled = titled.into_iter();
    let titled = titled.map(|property| (property.title().to_owned(), property.schema().clone()));
    let mut schema = Map::new();
    schema.insert("type".to_owned(), "object".into());
    schema.insert("properties".to_owned(), Value::Object(titled.collect()));
    schema.extend(
        further
            .into_iter()
            .flat_map(|further| of_further(further.schema())),
    );
    settle(written, &Value::Object(schema))
}

fn settled(
    written: &Written,
    schema: Option<&Value>,
    path: &str,
    violations: &mut Vec<Violation>,
) -> Value {
    match written {
        Written::Plain(value) => value.clone(),
        Written::Scalar { text, value } => {
            scalar(text, value.as_ref(), schema).unwrap_or_else(|problem| {
                violations.push(Violation::new(path, problem));
                Value::Null
            })
        }
        Written::Array(items) => {
            let schema = of_kind(schema, "array");
            let item = |(index, item)| {
                let schema = schema.as_ref().and_then(|it| item_schema(it, index));
                settled(item, schema, &item_path(path, index), violations)
            };
            items.iter().enumerate().map(item).collect()
        }
        Written::Object(entries) => {
            let schema = of_kind(schema, "object");
            let members = schema.as_ref().map(Members::of);
            let mut object = Map::new();
            for (name, value) in entries {
                let path = member_path(path, name);
                let schema = members.as_ref().and_then(|members| members.first(name));
                let value = settled(value, schema, &path, violations);
                if object.insert(name.clone(), value).is_some() {
                    violations.push(Violation::new(&path, "is given twice"));
                }
            }
            Value::Object(object)
        }
    }
}

/// Returns the schema, or the member of a union for values of this type.
fn of_kind(schema: Option<&Value>, name: &str) -> Option<Value> {
    let schema = schema?;
    if !is_union(schema) {
        return Some(schema.clone());
    }
    members(schema)
        .into_iter()
        .find(|member| member.get("type").and_then(Value::as_str) == Some(name))
}

fn scalar(text: &str, value: Option<&Value>, schema: Option<&Value>) -> Result<Value, String> {
    let kinds = kinds(schema);
    let is_wanted = |name: &str| kinds.is_empty() || kinds.iter().any(|kind| kind == name);
    let is_named = |name: &str| kinds.iter().any(|kind| kind == name);
    let float = value.filter(|value| value.is_f64()).and_then(Value::as_f64);
    let whole = float.and_then(|_| whole(text));
    if let Some(digits) = &whole
        && is_named("integer")
        && !is_named("number")
    {
        let signed = digits.parse::<i64>().map(Value::from);
        let integer = signed.or_else(|_| digits.parse::<u64>().map(Value::from));
        return integer.or_else(|_beyond| {
            let beyond =
                || format!("the integer {text} is beyond 64 bits; a string keeps all its digits");
            is_named("string").then(|| text.into()).ok_or_else(beyond)
        });
    }
    // A fraction for which a float has no room is one all the same.
    let is_rounded = whole.is_none() && float.is_some_and(|float| float.fract() == 0.0);
    if is_rounded && !kinds.is_empty() && !is_named("number") {
        let refused = || format!("{text} is not an integer: it has a fraction");
        return is_named("string").then(|| text.into()).ok_or_else(refused);
    }
    if let Some(value) = value {
        let has_kind = kinds.is_empty() || kinds.iter().any(|kind| is_of(value, kind));
        let is_text = !has_kind && is_wanted("string");
        return Ok(if is_text { text.into() } else { value.clone() });
    }
    let exact = exact_float(text).filter(|_| kinds.iter().any(|kind| kind == "number"));
    match exact {
        Some(number) => Ok(Value::Number(number)),
        None if is_wanted("string") => Ok(text.into()),
        None if text.contains(['.', 'e', 'E']) => Err(format!("{text} is too large for a number")),
        None => Err(format!(
            "the integer {text} is beyond 64 bits; a string keeps all its digits"
        )),
    }
}

/// Returns the names of the types that a schema accepts; empty if it accepts any.
pub(super) fn kinds(schema: Option<&Value>) -> Vec<String> {
    let Some(schema) = schema else {
        return Vec::new();
    };
    if is_union(schema) {
        let members = members(schema);
        let kinds: Vec<Vec<String>> = members.iter().map(|member| kinds(Some(member))).collect();
        // A member that takes anything makes the union do so.
        if kinds.iter().any(Vec::is_empty) {
            return Vec::new();
        }
        return kinds.concat();
    }
    let name = schema.get("type").and_then(Value::as_str);
    name.map(str::to_owned).into_iter().collect()
}

/// Returns the digits of the integer that a number with a fraction or an exponent denotes, such as
/// `3.0` or `1e3`; `None` if it is not an integer. Needed because a float has only 16 significant
/// digits. For integers far beyond 64 bits, trailing zeros may be missing.
fn whole(text: &str) -> Option<String> {
    const ENOUGH_ZEROS: usize = 25;
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: i64 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let (sign, whole) = match whole.strip_prefix('-') {
        Some(whole) => ("-", whole),
        None => ("", whole),
    };
    let digits = format!("{whole}{fraction}");
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() {
        return Some("0".to_owned());
    }
    let scale = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?;
    if let Ok(zeros) = usize::try_from(scale) {
        let zeros = "0".repeat(zeros.min(ENOUGH_ZEROS));
        return Some(format!("{sign}{significant}{zeros}"));
    }
    let cut = usize::try_from(scale.unsigned_abs()).ok()?;
    let (integer, rest) = significant.split_at_checked(significant.len().checked_sub(cut)?)?;
    let is_whole = !integer.is_empty() && rest.bytes().all(|byte| byte == b'0');
    is_whole.then(|| format!("{sign}{integer}"))
}

/// Returns the float that represents this integer exactly.
fn exact_float(text: &str) -> Option<Number> {
    let float: f64 = text.parse().ok()?;
    (format!("{float:.0}") == text).then(|| Number::from_f64(float))?
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    fn settled(text: &str, schema: &Value) -> Result<Value, String> {
        settle(&Written::read(text).unwrap(), schema)
            .map_err(|violations| violations[0].to_string())
    }

    #[test]
    fn an_integer_that_is_written_as_a_float_keeps_all_its_digits() {
        let integer = json!({"type": "integer"});
        for (text, expected) in [
            ("9007199254740993.0", json!(9_007_199_254_740_993_i64)),
            ("0.9007199254740993e16", json!(9_007_199_254_740_993_i64)),
            ("-9223372036854775808.00", json!(i64::MIN)),
            ("18446744073709551615.0", json!(u64::MAX)),
            ("1.50e1", json!(15)),
            ("-0.00", json!(0)),
        ] {
            assert_eq!(settled(text, &integer), Ok(expected), "{text}");
        }
        for text in [
            "9223372036854775807000.0",
            "1e400",
            "18446744073709551616.0",
        ] {
            let told = settled(text, &integer).unwrap_err();
            assert!(
                told.contains("64 bits") || told.contains("too large"),
                "{told}"
            );
        }
    }

    #[test]
    fn a_fraction_that_no_float_holds_is_no_integer() {
        for text in [
            "123456789012345678.5",
            "4503599627370497.5",
            "3.0000000000000000001",
            "1e-400",
        ] {
            for kind in ["integer", "boolean"] {
                let told = settled(text, &json!({"type": kind})).unwrap_err();
                assert_eq!(told, format!("{text} is not an integer: it has a fraction"));
            }
            for kinds in [json!(["integer", "string"]), json!(["string", "null"])] {
                assert_eq!(settled(text, &json!({"type": kinds})), Ok(json!(text)));
            }
            let number = settled(text, &json!({"type": ["number", "integer"]}));
            assert_eq!(number, Ok(json!(text.parse::<f64>().unwrap())));
        }
        let either = json!({"anyOf": [{"type": "integer"}, {"type": "string"}]});
        assert_eq!(settled("1e22", &either), Ok(json!("1e22")));
        assert_eq!(settled("1e3", &either), Ok(json!(1000)));
    }

    #[test]
    fn a_declared_string_keeps_the_text_as_it_is_written() {
        let string = json!({"type": "string"});
        for text in [
            "1.10",
            "1e3",
            "-0",
            "123456789012345678901234",
            "1.00",
            "1e16",
            "5e-7",
            "1E5",
        ] {
            assert_eq!(settled(text, &string), Ok(json!(text)));
            assert_eq!(
                settled(text, &json!({"type": ["string", "null"]})),
                Ok(json!(text))
            );
        }
        let nested = json!({
            "type": "object",
            "properties": {"v": string, "n": {"type": "number"}},
            "additionalProperties": {"anyOf": [{"type": "null"}, {"type": "array", "items": string}]},
        });
        assert_eq!(
            settled(r#"{"v": 1.10, "n": 1.10, "more": [2.50, "x"]}"#, &nested),
            Ok(json!({"v": "1.10", "n": 1.1, "more": ["2.50", "x"]}))
        );
    }

    #[test]
    fn places_and_names_by_pattern_have_their_own_types() {
        let schema = json!({
            "type": "object",
            "patternProperties": {"^v_": {"type": "string"}},
            "properties": {"row": {"prefixItems": [{"type": "string"}], "items": {"type": "number"}}},
            "additionalProperties": {"type": "number"},
        });
        assert_eq!(
            settled(r#"{"v_1": 1.10, "n": 1.10, "row": [1.10, 1.10]}"#, &schema),
            Ok(json!({"v_1": "1.10", "n": 1.1, "row": ["1.10", 1.1]}))
        );
    }

    #[test]
    fn a_key_that_is_given_twice_is_refused_with_its_place() {
        let any = json!({});
        for (text, place) in [
            (r#"{"a": 1, "a": 2}"#, "`a`"),
            (r#"{"a": 1, "\u0061": 1}"#, "`a`"),
            (r#"{"rows": [{"b": {}, "a": 1, "b": null}]}"#, "`rows[0].b`"),
        ] {
            assert_eq!(settled(text, &any), Err(format!("{place}: is given twice")));
        }
        let fine = r#"{"a": {"a": 1}, "b": [{"a": 1}, {"a": 1}]}"#;
        assert!(settled(fine, &any).is_ok());
    }

    #[test]
    fn an_integer_beyond_64_bits_is_exact_or_refused() {
        let id = "123456789012345678901234";
        let refused = format!("the integer {id} is beyond 64 bits; a string keeps all its digits");
        for (kind, expected) in [
            (json!({"type": "integer"}), Err(refused.clone())),
            (json!({"type": "number"}), Err(refused.clone())),
            (json!({"type": ["integer", "null"]}), Err(refused.clone())),
            (json!({"type": ["integer", "string"]}), Ok(json!(id))),
            (json!({}), Ok(json!(id))),
        ] {
            assert_eq!(settled(id, &kind), expected, "{kind}");
        }
        let list = json!({"type": "array", "items": {"type": "integer"}});
        assert_eq!(
            settled(&format!("[1, {id}]"), &list),
            Err(format!("`[1]`: {refused}"))
        );
        let number = json!({"type": "number"});
        assert_eq!(settled("100000000000000000000", &number), Ok(json!(1e20)));
        assert_eq!(
            settled("1e999", &number),
            Err("1e999 is too large for a number".to_owned())
        );
        assert_eq!(
            settled("18446744073709551615", &json!({"type": "integer"})),
            Ok(json!(u64::MAX))
        );
    }
}
