//! Names that a model or a person tells things apart by.

use super::subject::Subject;
use super::wording::called;
use crate::base::hash::HashMap;
use crate::spec::component::FieldValue;
use crate::spec::diagnostic::Diagnostic;
use crate::spec::places::PathSegment;

/// AS606: the tools of an agent have different names, for the model calls them by name.
pub(super) fn tool_names(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let Some(FieldValue::List(items)) = subject.component.field("tools") else {
        return;
    };
    let tools: Vec<_> = items
        .iter()
        .enumerate()
        .filter_map(|(index, item)| Some((index, item.as_component()?)))
        .collect();
    let place = |index| {
        let path = [
            PathSegment::Key("tools"),
            PathSegment::Index(index),
            PathSegment::Key("name"),
        ];
        subject.places.nearest(&path)
    };
    let mut first_index = HashMap::default();
    for (index, tool) in tools.iter().filter(|_| subject.component.is_complete()) {
        let first = *first_index.entry(tool.name()).or_insert(*index);
        if first != *index {
            let message = format!(
                "{} has two tools called `{}`; a model can't tell them apart",
                called(subject.component),
                tool.name(),
            );
            let problem = subject.warning("AS606", place(*index), message);
            found.push(problem.with_related(place(first), "the first one"));
        }
    }
}
