//! The wording of messages.

use crate::spec::component::Component;
use crate::spec::property::Property;

/// Returns the name of a component in backticks, or its id if the name is empty.
pub(super) fn called(component: &Component) -> String {
    let name = if component.name().is_empty() {
        component.id()
    } else {
        component.name()
    };
    format!("`{name}`")
}

/// The maximum number of names that are listed; of more, only the number is given.
const MAX_LISTED: usize = 20;

/// Formats names in backticks: `` `a`, `b` and `c` ``.
pub(super) fn list<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let mut names = names.into_iter();
    let mut listed: Vec<String> = names
        .by_ref()
        .take(MAX_LISTED)
        .map(|name| format!("`{name}`"))
        .collect();
    match names.count() {
        0 => {}
        more => listed.push(format!("{more} more")),
    }
    match listed.pop() {
        None => "none".to_owned(),
        Some(last) if listed.is_empty() => last,
        Some(last) => format!("{} and {last}", listed.join(", ")),
    }
}

/// Formats the titles of properties, like [`list`].
pub(super) fn titles(properties: &[Property]) -> String {
    list(properties.iter().map(Property::title))
}
