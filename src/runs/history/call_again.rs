//! Repeats a tool call of a run outside of that run, by a new run with a flow of one step.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::reload::kept_text;
use super::{ReloadError, ReloadOptions, TakenBatch};
use crate::conversation::Values;
use crate::runs::{
    BatchPlan, Given, Origin, PlanError, PlanRequest, Row, plan, read_tool_arguments,
};
use crate::spec::Component;
use crate::spec::language::Tool;
use crate::spec::property::Property;
use crate::trace::ComponentName;

/// The key of a reference to another component.
const REFERENCE: &str = "$component_ref";
/// The key of the components to which others refer.
const REFERENCED: &str = "$referenced_components";

/// The reason why a tool can't be called again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallAgainError {
    /// The spec or the profile can't be loaded.
    #[error(transparent)]
    Reload(#[from] ReloadError),
    /// The spec has no such tool.
    #[error(
        "`{0}` is not a tool of the spec by itself, so only the run can call it: press f to fork the run there"
    )]
    NoTool(String),
    /// The tool's inputs are known only to its server.
    #[error(
        "`{0}` does not say what it takes, so only the run can call it: press f to fork the run there"
    )]
    NoInputs(String),
    /// The arguments are invalid.
    #[error("{0}")]
    Arguments(String),
    /// The call can't be planned, because a value does not fit.
    #[error(transparent)]
    Plan(#[from] PlanError),
}

/// A planned call.
#[derive(Debug)]
pub(crate) struct CallAgain {
    /// The plan with the single run.
    pub(crate) plan: BatchPlan,
    /// Whether the profile has changed since the run began.
    pub(crate) is_other_profile: bool,
}

impl TakenBatch {
    /// Plans a run that only calls a tool of the batch's spec with these arguments, JSON text of an
    /// object. Uses the current profile, and asks for confirmation if the tool requires it.
    ///
    /// # Errors
    /// [`CallAgainError`].
    pub(crate) fn call_again(
        mut self,
        tool: &ComponentName,
        arguments: &str,
        options: ReloadOptions<'_>,
    ) -> Result<CallAgain, CallAgainError> {
        let terms = Arc::clone(self.terms().ok_or(ReloadError::Empty)?);
        let no_tool = || CallAgainError::NoTool(tool.name.to_string());
        let document: Value =
            serde_json::from_str(kept_text(&terms)?).map_err(|_unreadable| no_tool())?;
        let loaded = self.reload(options)?;
        let parts = loaded.component.walk();
        let component = parts
            .into_iter()
            .find(|part| part.is::<Tool>() && part.id() == tool.id);
        let component = component.ok_or_else(no_tool)?;
        let schemas: Vec<Value> = component.inputs().iter().map(schema).collect();
        let arguments =
            read_tool_arguments(&schemas, arguments).map_err(CallAgainError::Arguments)?;
        if schemas.is_empty() && !arguments.is_empty() {
            return Err(CallAgainError::NoInputs(tool.name.to_string()));
        }
        let flow = one_step(&document, component).ok_or_else(no_tool)?;
        self.put_spec(&flow.to_string());
        let loaded = self.reload(options)?;
        let planned = plan(PlanRequest {
            inputs: row(arguments),
            limits: terms.limits,
            timeout: terms.timeout,
            is_attended: true,
            is_steered: true,
            keeping: self.batch.terms.keeping,
            origin: Origin {
                served: None,
                ..self.batch.terms.origin.clone()
            },
            ..PlanRequest::new(loaded.component, Arc::new(loaded.profile))
        })?;
        Ok(CallAgain {
            plan: planned.plan,
            is_other_profile: loaded.is_other_profile,
        })
    }
}

fn row(arguments: Values) -> Row {
    let values = arguments.into_iter();
    values
        .map(|(name, value)| (name, Given::Written(value.into())))
        .collect()
}

fn schema(property: &Property) -> Value {
    property.schema().clone()
}

/// Makes a flow that calls a tool of a document and returns the result; `None` if no tool of the
/// document has its id.
fn one_step(document: &Value, tool: &Component) -> Option<Value> {
    let object = find(document, tool.id())?.clone();
    let inputs: Vec<Value> = tool.inputs().iter().map(schema).collect();
    let outputs: Vec<Value> = tool.outputs().iter().map(schema).collect();
    let node = |name: &str, kind: &str| {
        let id = format!("{name} of a call");
        json!({"component_type": kind, "id": id, "name": name})
    };
    let with = |mut node: Value, fields: Value| {
        if let (Some(node), Value::Object(fields)) = (node.as_object_mut(), fields) {
            node.extend(fields);
        }
        node
    };
    let start = with(node("start", "StartNode"), json!({"inputs": inputs}));
    let call = with(node("call", "ToolNode"), json!({"tool": object}));
    let end = with(node("end", "EndNode"), json!({"outputs": outputs}));
    let reference = |node: &Value| json!({REFERENCE: node["id"]});
    let step = |from: &Value, to: &Value| {
        json!({
            "component_type": "ControlFlowEdge",
            "name": format!("{} to {}", name_of(from), name_of(to)),
            "from_node": reference(from),
            "to_node": reference(to),
        })
    };
    let data = |from: &Value, to: &Value, property: &Property| {
        let title = property.title();
        json!({
            "component_type": "DataFlowEdge",
            "name": format!("{title} to {}", name_of(to)),
            "source_node": reference(from),
            "source_output": title,
            "destination_node": reference(to),
            "destination_input": title,
        })
    };
    let into = tool.inputs().iter().map(|input| data(&start, &call, input));
    let out = tool
        .outputs()
        .iter()
        .map(|output| data(&call, &end, output));
    let edges: Vec<Value> = into.chain(out).collect();
    let steps = [step(&start, &call), step(&call, &end)];
    let mut referenced = Map::new();
    for node in [&start, &call, &end] {
        gather(node, document, &mut referenced);
    }
    let ids: Vec<Value> = [&start, &call, &end].map(reference).to_vec();
    let (start_node, name) = (reference(&start), format!("{} again", tool.name()));
    for node in [start, call, end] {
        let id = node["id"].as_str().unwrap_or_default().to_owned();
        referenced.insert(id, node);
    }
    Some(json!({
        "component_type": "Flow",
        "agentspec_version": document.get("agentspec_version"),
        // Its own id may be made up again at each launch.
        "id": &name,
        "name": &name,
        "inputs": inputs,
        "outputs": outputs,
        "start_node": start_node,
        "nodes": ids,
        "control_flow_connections": steps,
        "data_flow_connections": edges,
        REFERENCED: referenced,
    }))
}

fn name_of(node: &Value) -> &str {
    node["name"].as_str().unwrap_or_default()
}

/// Returns the object of a component in a document, by id.
fn find<'d>(value: &'d Value, id: &str) -> Option<&'d Value> {
    match value {
        Value::Object(fields) => {
            let is_it = fields.contains_key("component_type")
                && fields.get("id").and_then(Value::as_str) == Some(id);
            if is_it {
                return Some(value);
            }
            fields.values().find_map(|value| find(value, id))
        }
        Value::Array(items) => items.iter().find_map(|item| find(item, id)),
        _ => None,
    }
}

/// Collects all components of a document that a value refers to, directly or indirectly.
fn gather(value: &Value, document: &Value, found: &mut Map<String, Value>) {
    match value {
        Value::Object(fields) => {
            if let Some(id) = fields.get(REFERENCE).and_then(Value::as_str) {
                let named = document.get(REFERENCED).and_then(|all| all.get(id));
                if let Some(named) = named.or_else(|| find(document, id))
                    && !found.contains_key(id)
                {
                    found.insert(id.to_owned(), named.clone());
                    gather(named, document, found);
                }
                return;
            }
            for value in fields.values() {
                gather(value, document, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, document, found)),
        _ => {}
    }
}
