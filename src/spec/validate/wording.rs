//! The words of messages.

use crate::spec::component::Component;
use crate::spec::property::Property;

/// How a component is called in messages: by its name in backticks, or its id where it has none.
pub(super) fn called(component: &Component) -> String {
    let name = if component.name().is_empty() {
        component.id()
    } else {
        component.name()
    };
    format!("`{name}`")
}

/// Names in backticks: `` `a`, `b` and `c` ``.
pub(super) fn list<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let mut quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match quoted.pop() {
        None => "none".to_owned(),
        Some(last) if quoted.is_empty() => last,
        Some(last) => format!("{} and {last}", quoted.join(", ")),
    }
}

/// The titles of properties, as [`list`].
pub(super) fn titles(properties: &[Property]) -> String {
    list(properties.iter().map(Property::title))
}
