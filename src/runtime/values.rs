//! Values by name, made to fit declared properties.

use crate::conversation::Values;
use crate::spec::property::{Coercion, Property, Violation, coerce, fill_property_defaults};

/// The values that properties declare, from those given by title: defaults fill gaps (also inside objects), each value
/// is made to fit, and further names are left out.
///
/// # Errors
/// What is missing or does not fit, with the property's title at the beginning of its path.
pub(super) fn fit(
    given: &Values,
    properties: &[Property],
    coercion: Coercion,
) -> Result<Values, Vec<Violation>> {
    let mut given = given.clone();
    fill_property_defaults(&mut given, properties);
    let mut values = Values::new();
    let mut violations = Vec::new();
    for property in properties {
        let title = property.title();
        let Some(value) = given.get(title) else {
            violations.push(Violation {
                path: title.to_owned(),
                message: "is missing".to_owned(),
            });
            continue;
        };
        match coerce(value, property.schema(), coercion) {
            Ok(value) => {
                values.insert(title.to_owned(), value);
            }
            Err(inner) => {
                violations.extend(inner.into_iter().map(|violation| within(title, violation)));
            }
        }
    }
    if violations.is_empty() {
        Ok(values)
    } else {
        Err(violations)
    }
}

/// A violation inside the value of that name.
fn within(name: &str, violation: Violation) -> Violation {
    let path = match violation.path.as_str() {
        "" => name.to_owned(),
        path if path.starts_with('[') => format!("{name}{path}"),
        path => format!("{name}.{path}"),
    };
    Violation { path, ..violation }
}

/// Violations as one line.
pub(super) fn in_words(violations: &[Violation]) -> String {
    let lines: Vec<String> = violations.iter().map(ToString::to_string).collect();
    lines.join("; ")
}

/// The titles of properties, quoted: `` `a`, `b` ``.
pub(super) fn titles(properties: &[Property]) -> String {
    let titles: Vec<String> = properties
        .iter()
        .map(|property| format!("`{}`", property.title()))
        .collect();
    titles.join(", ")
}
