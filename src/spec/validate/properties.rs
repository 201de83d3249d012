//! Rules for the properties that a document declares.

use super::subject::Subject;
use super::wording::called;
use crate::base::hash::HashMap;
use crate::spec::component::FieldValue;
use crate::spec::diagnostic::Diagnostic;
use crate::spec::language::{EndNode, MapNode, ParallelMapNode};
use crate::spec::places::PathSegment;
use crate::spec::property::{Property, SchemaRule, check_schema};

/// Returns the lists of properties in a component's text, by their keys.
fn declared<'d>(subject: &Subject<'d>) -> Vec<(&'static str, &'d [Property])> {
    let component = subject.component;
    let declared = component.declared();
    let mut lists = Vec::new();
    if declared.inputs {
        lists.push(("inputs", component.inputs()));
    }
    if declared.outputs {
        lists.push(("outputs", component.outputs()));
    }
    lists
}

/// Returns the singular of a list's name: `input` for `inputs`, `output` for `outputs`.
fn one_of(list: &str) -> &str {
    list.strip_suffix('s').unwrap_or(list)
}

/// AS301: a property is a valid JSON Schema object. AS302: titles have no forbidden characters,
/// including those of nested schemas. AS305: a default fits its schema; only a warning if the
/// reference SDK accepts it.
pub(super) fn schemas(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for (list, properties) in declared(subject) {
        for (index, property) in properties.iter().enumerate() {
            for problem in check_schema(property.schema()) {
                let mut path = vec![PathSegment::Key(list), PathSegment::Index(index)];
                let mut schema = property.schema();
                for segment in &problem.path {
                    // The schema itself shows whether a segment is a key or an index.
                    let step = match schema.as_array().zip(segment.parse().ok()) {
                        Some((_, index)) => PathSegment::Index(index),
                        None => PathSegment::Key(segment),
                    };
                    schema = match step {
                        PathSegment::Index(index) => schema.get(index),
                        PathSegment::Key(key) => schema.get(key),
                    }
                    .unwrap_or(schema);
                    path.push(step);
                }
                let place = subject.places.nearest(&path);
                let mut diagnostic = match problem.rule {
                    SchemaRule::Schema => subject.error("AS301", place, problem.message),
                    SchemaRule::Title => subject.error("AS302", place, problem.message),
                    SchemaRule::Default => subject.error("AS305", place, problem.message),
                    SchemaRule::LooseDefault => subject.warning("AS305", place, problem.message),
                };
                diagnostic.help = problem.help;
                found.push(diagnostic);
            }
        }
    }
}

/// AS303: a property has a title. An error at end nodes, because the reference SDK fails without
/// one.
pub(super) fn titles_present(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for (list, properties) in declared(subject) {
        for (index, property) in properties.iter().enumerate() {
            let schema = property.schema();
            if schema.is_object() && schema.get("title").is_none() {
                let path = [PathSegment::Key(list), PathSegment::Index(index)];
                let place = subject.places.nearest(&path);
                let message = format!("{} without a `title` has no name", one_of(list));
                let problem = if subject.component.is::<EndNode>() {
                    subject.error("AS303", place, message)
                } else {
                    subject.warning("AS303", place, message)
                };
                found.push(problem.with_help("add `title`: it is the name of the property"));
            }
        }
    }
}

/// AS303: the inputs of a mapped flow have titles, from which the names of the map's inputs are
/// made.
pub(super) fn mapped_titles_present(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let flow = subject
        .component
        .field("subflow")
        .and_then(FieldValue::as_component);
    let is_mapped = subject.component.is::<MapNode>() || subject.component.is::<ParallelMapNode>();
    let Some(flow) = flow.filter(|_| is_mapped) else {
        return;
    };
    if flow
        .inputs()
        .iter()
        .any(|input| input.declared_title().is_none())
    {
        let message = format!(
            "the subflow {} has an input without a `title`",
            called(flow)
        );
        found.push(subject.error("AS303", subject.other(flow).headline(), message));
    }
}

/// AS307: titles are unique within a list.
pub(super) fn titles_unique(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for (list, properties) in declared(subject) {
        let place = |index| {
            let path = [
                PathSegment::Key(list),
                PathSegment::Index(index),
                PathSegment::Key("title"),
            ];
            subject.places.nearest(&path)
        };
        let mut first_index = HashMap::default();
        let properties = properties.iter().enumerate();
        for (index, property) in properties.filter(|(_, property)| property.is_readable()) {
            let title = property.title();
            let first = *first_index.entry(title).or_insert(index);
            if first != index {
                let message = format!("{} `{title}` is declared twice", one_of(list));
                let problem = subject.error("AS307", place(index), message);
                found.push(problem.with_related(place(first), "declared here"));
            }
        }
    }
}
