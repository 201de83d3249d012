//! Values by name, converted to declared properties.

use serde_json::Value;

use crate::conversation::Values;
use crate::spec::placeholder;
use crate::spec::property::{Coercion, Property, Violation, coerce, fill_defaults, with_floats};
use crate::trace::{Failure, FailureKind};

/// Returns the values of properties, taken from those given by title: missing ones take their
/// defaults (also inside objects), each value is converted, and unknown names are dropped.
///
/// # Errors
/// The missing or mismatched value, with the property's title at the beginning of the path.
pub(super) fn fit(
    given: &Values,
    properties: &[Property],
    coercion: Coercion,
) -> Result<Values, Vec<Violation>> {
    let mut values = Values::new();
    let mut violations = Vec::new();
    for property in properties {
        let title = property.title();
        let Some(value) = given.get(title) else {
            match property.fitting_default() {
                Some(Ok(default)) => {
                    values.insert(title.to_owned(), default.clone());
                }
                misfit => violations.push(Violation {
                    path: title.to_owned(),
                    message: misfit
                        .and_then(Result::err)
                        .unwrap_or_else(|| "is missing".to_owned()),
                }),
            }
            continue;
        };
        let mut value = value.clone();
        fill_defaults(&mut value, property.schema());
        match coerce(&value, property.schema(), coercion) {
            Ok(value) => {
                values.insert(title.to_owned(), value);
            }
            Err(inner) => {
                violations.extend(inner.into_iter().map(|violation| violation.below(title)));
            }
        }
    }
    if violations.is_empty() {
        Ok(values)
    } else {
        Err(violations)
    }
}

/// Returns the value of a property, taken from those given by title, else its default.
///
/// # Errors
/// There is neither, with the message `missing`, or the default does not fit.
pub(super) fn given_or_default<'v>(
    given: &'v Values,
    property: &'v Property,
    missing: impl FnOnce() -> String,
) -> Result<&'v Value, Failure> {
    let title = property.title();
    let default = || match property.fitting_default() {
        Some(default) => default.map_err(|misfit| format!("`{title}`: {misfit}")),
        None => Err(missing()),
    };
    let value = given.get(title).map_or_else(default, Ok);
    value.map_err(|message| Failure::new(FailureKind::Spec, message))
}

/// Formats violations on one line.
pub(super) fn in_words(violations: &[Violation]) -> String {
    let lines: Vec<String> = violations.iter().map(ToString::to_string).collect();
    lines.join("; ")
}

/// Formats the titles of properties, quoted: `` `a`, `b` ``.
pub(super) fn titles(properties: &[Property]) -> String {
    let titles: Vec<String> = properties
        .iter()
        .map(|property| format!("`{}`", property.title()))
        .collect();
    titles.join(", ")
}

/// Fills in a template from the values of these properties.
///
/// # Errors
/// A value is missing.
pub(super) fn render(
    template: &str,
    values: &Values,
    properties: &[Property],
) -> Result<String, Failure> {
    let mut values = values.clone();
    for property in properties {
        if let Some(value) = values.get_mut(property.title()) {
            *value = with_floats(value.take(), property.schema());
        }
    }
    placeholder::render(template, &values)
        .map_err(|missing| Failure::from_error(FailureKind::Input, &missing))
}
