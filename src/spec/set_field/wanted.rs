//! The kind of value at a position of a document, which decides how a text from the command line is
//! parsed.

use serde_json::Value;

use super::SetError;
use crate::base::written::Written;
use crate::spec::language::find;
use crate::spec::language::kind::FieldKind;
use crate::spec::property::{settle, settle_untyped};

/// The kind of value at a position.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wanted {
    /// A value of a field or of a part of one.
    Field(&'static FieldKind),
    /// A JSON Schema.
    Schema,
    /// Anything.
    Free,
}

impl Wanted {
    /// Returns the kind of value at a key or index of `here`, if `here` is of kind `self`.
    pub(super) fn step(self, here: &Value, step: &str) -> Self {
        let component_type = here.get("component_type").and_then(Value::as_str);
        if let Some(component_type) = component_type {
            let field = find(component_type).and_then(|found| found.field(step));
            return field.map_or(Self::Free, |field| Self::Field(&field.kind));
        }
        match self {
            Self::Field(kind) => match kind.inner() {
                FieldKind::Object(object) => {
                    let field = object.fields.iter().find(|field| field.name == step);
                    field.map_or(Self::Free, |field| Self::Field(&field.kind))
                }
                FieldKind::List(inner) | FieldKind::Map(inner) | FieldKind::Pair(inner) => {
                    Self::Field(inner)
                }
                FieldKind::Branches => Self::Field(&FieldKind::Text),
                FieldKind::Properties => Self::Schema,
                FieldKind::Schema => Self::Schema.step(here, step),
                _ => Self::Free,
            },
            Self::Schema => match step {
                "title" | "description" => Self::Field(&FieldKind::Text),
                _ => Self::Free,
            },
            Self::Free => Self::Free,
        }
    }

    /// Parses a text for the position `step` of `here`: as JSON if that is allowed there, else as a
    /// string.
    ///
    /// # Errors
    /// A key of an object occurs twice.
    pub(super) fn read(self, here: &Value, step: &str, text: &str) -> Result<Value, SetError> {
        let Ok(written) = Written::read(text) else {
            return Ok(text.into());
        };
        let is_default = matches!(self, Self::Schema) && step == "default";
        let settled = if is_default {
            settle(&written, here)
        } else {
            // An integer beyond 64 bits stays text, with all its digits.
            settle_untyped(&written)
        };
        let value = settled.map_err(|violations| {
            let words: Vec<String> = violations.iter().map(ToString::to_string).collect();
            SetError::Unclear(words.join("; "))
        })?;
        let is_quoted = text.trim_start().starts_with('"');
        let text = Value::from(text);
        let wanted = self.step(here, step);
        if !matches!(wanted, Self::Field(_)) && !is_default && value.is_string() && !is_quoted {
            let words = format!(
                "the number {value} is beyond what JSON numbers keep; in quotes it is a text"
            );
            return Err(SetError::Unclear(words.replace('"', "")));
        }
        Ok(match wanted {
            Self::Field(kind) if !kind.takes(&value) && kind.takes(&text) => text,
            Self::Field(_) | Self::Schema | Self::Free => value,
        })
    }
}
