//! Statement parameters: values are sent as text, which the server parses by the types that it
//! expects.

use std::error::Error;

use bytes::BytesMut;
use serde_json::Value;
use tokio_postgres::types::{Format, IsNull, Kind, ToSql, Type, to_sql_checked};

/// A value in the server's text format; `None` is null.
#[derive(Debug)]
pub(super) struct Text(Option<String>);

impl ToSql for Text {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        Ok(match &self.0 {
            Some(text) => {
                out.extend_from_slice(text.as_bytes());
                IsNull::No
            }
            None => IsNull::Yes,
        })
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    to_sql_checked!();
}

/// Converts named values to parameters of these types, in order.
///
/// # Errors
/// The names differ, or a value has another type than the server expects or can't be stored in a
/// database.
pub(super) fn texts(values: &[(String, Value)], types: &[Type]) -> Result<Vec<Text>, String> {
    if values.len() != types.len() {
        let problem = "the statement has parameters without a name, such as `$1`: write `:name`";
        return Err(problem.to_owned());
    }
    let pairs = values.iter().zip(types);
    pairs
        .map(|((name, value), ty)| match text(value, ty) {
            Ok(text) => Ok(Text(text)),
            Err(problem) => Err(format!("`{name}` {problem}")),
        })
        .collect()
}

fn text(value: &Value, ty: &Type) -> Result<Option<String>, String> {
    match ty.kind() {
        Kind::Domain(inner) => return text(value, inner),
        Kind::Array(item) => {
            return match value {
                Value::Null => Ok(None),
                Value::Array(items) => array(items, item).map(Some),
                _ => Err(unfit(value, ty)),
            };
        }
        _ => {}
    }
    let is_json = matches!(*ty, Type::JSON | Type::JSONB);
    let text = match value {
        Value::Null => return Ok(None),
        value if is_json => value.to_string(),
        Value::Bool(flag) if *ty == Type::BOOL => flag.to_string(),
        Value::Number(number) if is_numeric(ty) => number.to_string(),
        Value::String(text) if takes_text(ty) => text.clone(),
        _ => return Err(unfit(value, ty)),
    };
    if text.contains('\0') {
        return Err("holds the character NUL, which PostgreSQL does not keep in text".to_owned());
    }
    Ok(Some(text))
}

fn is_numeric(ty: &Type) -> bool {
    let all = [
        Type::INT2,
        Type::INT4,
        Type::INT8,
        Type::FLOAT4,
        Type::FLOAT8,
        Type::NUMERIC,
    ];
    all.contains(ty)
}

/// Returns whether a parameter of this type accepts a string: types without a JSON counterpart, and
/// `numeric`, whose digits must stay exact.
fn takes_text(ty: &Type) -> bool {
    *ty == Type::NUMERIC || !(is_numeric(ty) || *ty == Type::BOOL)
}

/// Formats a list as a PostgreSQL array: `{"a","b",NULL}`.
fn array(items: &[Value], item: &Type) -> Result<String, String> {
    let items = items.iter().map(|value| {
        let text = text(value, item)?;
        Ok(text.map_or_else(
            || "NULL".to_owned(),
            |text| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
        ))
    });
    let items: Vec<String> = items.collect::<Result<_, String>>()?;
    Ok(format!("{{{}}}", items.join(",")))
}

fn unfit(value: &Value, ty: &Type) -> String {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    format!("is {kind}, and the database wants `{}` there", ty.name())
}
