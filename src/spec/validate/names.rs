//! Rules for names by which a model or a person distinguishes things.

use super::subject::Subject;
use super::wording::called;
use crate::base::hash::HashMap;
use crate::spec::component::{Component, FieldValue};
use crate::spec::diagnostic::Diagnostic;
use crate::spec::places::PathSegment;

/// The fields of an agent with components that its model may call, each with a noun for them.
const CALLED: [(&str, &str); 3] = [
    ("tools", "tool"),
    ("flows", "flow"),
    ("agents", "sub-agent"),
];

/// A tool, agent or flow that a model calls by its name.
struct Callable<'d> {
    name: &'d str,
    /// The kind of component, in words.
    kind: String,
    /// The path of the name, from the checked component.
    path: Vec<PathSegment<'d>>,
}

/// AS606: the tools, flows, sub-agents and filtered toolbox entries that an agent's model may call
/// have different names. The names in an unfiltered toolbox are known only at run time.
pub(super) fn tool_names(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    if !subject.component.is_complete() {
        return;
    }
    let mut callables = callables(subject.component, &[]);
    let mut n_known = 0;
    // The agent's own are checked with it.
    if let Some(agent) = child(subject.component, "agent")
        && let Some(parameters) = child(subject.component, "agent_specialization_parameters")
    {
        callables.extend(self::callables(agent, &[PathSegment::Key("agent")]));
        n_known = callables.len();
        let path = [PathSegment::Key("agent_specialization_parameters")];
        callables.extend(listed(parameters, &path, "additional_tools", "tool"));
    }
    let mut firsts: HashMap<&str, &Callable<'_>> = HashMap::default();
    for (index, callable) in callables.iter().enumerate() {
        let first = *firsts.entry(callable.name).or_insert(callable);
        if index < n_known || std::ptr::eq(first, callable) {
            continue;
        }
        let kinds = if first.kind == callable.kind {
            format!("two {}s", first.kind)
        } else {
            format!("a {} and a {}", first.kind, callable.kind)
        };
        let message = format!(
            "{} has {kinds} called `{}`; a model can't tell them apart",
            called(subject.component),
            callable.name,
        );
        let place = |callable: &Callable<'_>| subject.places.nearest(&callable.path);
        let problem = subject.warning("AS606", place(callable), message);
        found.push(problem.with_related(place(first), "the first one"));
    }
}

/// Returns the components that an agent's model may call, as far as the document lists them.
fn callables<'d>(agent: &'d Component, path: &[PathSegment<'d>]) -> Vec<Callable<'d>> {
    let mut callables: Vec<Callable<'_>> = CALLED
        .iter()
        .flat_map(|(field, kind)| listed(agent, path, field, kind))
        .collect();
    for (index, toolbox) in components(agent, "toolboxes") {
        let kind = format!("tool of the box {}", called(toolbox));
        for (at, name) in filtered(toolbox) {
            let below = ["toolboxes", "tool_filter"].map(PathSegment::Key);
            let [boxes, filter] = below;
            let mut path = path.to_vec();
            path.extend([
                boxes,
                PathSegment::Index(index),
                filter,
                PathSegment::Index(at),
            ]);
            callables.push(Callable {
                name,
                kind: kind.clone(),
                path,
            });
        }
    }
    callables
}

/// Returns the components of a list field that a model may call.
fn listed<'d>(
    component: &'d Component,
    path: &[PathSegment<'d>],
    field: &'d str,
    kind: &str,
) -> Vec<Callable<'d>> {
    let callable = |(index, item): (usize, &'d Component)| {
        let below = [
            PathSegment::Key(field),
            PathSegment::Index(index),
            PathSegment::Key("name"),
        ];
        Callable {
            name: item.name(),
            kind: kind.to_owned(),
            path: [path, &below].concat(),
        }
    };
    components(component, field).map(callable).collect()
}

fn components<'d>(
    component: &'d Component,
    field: &str,
) -> impl Iterator<Item = (usize, &'d Component)> {
    let items = match component.field(field) {
        Some(FieldValue::List(items)) => items.as_slice(),
        _ => &[],
    };
    let item = |(index, item): (usize, &'d FieldValue)| Some((index, &**item.as_component()?));
    items.iter().enumerate().filter_map(item)
}

fn child<'d>(component: &'d Component, field: &str) -> Option<&'d Component> {
    Some(component.field(field)?.as_component()?)
}

/// Returns the names in the filter of a toolbox, each with its index.
fn filtered(toolbox: &Component) -> Vec<(usize, &str)> {
    let names: Vec<Option<&str>> = match toolbox.field("tool_filter") {
        Some(FieldValue::List(items)) => items
            .iter()
            .map(|item| match item {
                FieldValue::Component(spec) => Some(spec.name()),
                other => other.as_value()?.as_str(),
            })
            .collect(),
        Some(FieldValue::Value(value)) => {
            let items = value.as_array().into_iter().flatten();
            items.map(serde_json::Value::as_str).collect()
        }
        _ => Vec::new(),
    };
    let taken = std::iter::zip(0.., names);
    taken
        .filter_map(|(index, name)| Some((index, name?)))
        .collect()
}
