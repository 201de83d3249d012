//! The nodes that create, list, update and delete rows of a datastore or query it by SQL.
//!
//! The results are recorded, so that a resumed run gets the same ones. Operations on a datastore in
//! memory are executed again then, because the datastore is lost with the program. Operations in a
//! database are executed, recorded and shown like tool calls.

use std::sync::Arc;

use serde_json::Value;

use crate::conversation::Values;
use crate::runtime::datastore::{Datastore, Row};
use crate::runtime::flow::nodes::NodeResult;
use crate::runtime::{Halt, RunContext, jinja};
use crate::spec::Component;
use crate::spec::language::{
    PluginDatastoreCreateNode, PluginDatastoreDeleteNode, PluginDatastoreListNode,
    PluginDatastoreQueryNode, PluginDatastoreUpdateNode,
};
use crate::spec::placeholder;
use crate::tools::DatastoreOperation;
use crate::trace::{Failure, FailureKind};

/// Inserts a row and returns it with all its columns.
pub(super) async fn create(
    node: &PluginDatastoreCreateNode,
    inputs: &Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let store = context.datastore(node.datastore())?;
    let collection = jinja::render(node.collection_name(), inputs)?;
    let given = object(inputs, node.entity_title())?;
    let row = store.collections().fitted_new(&collection, given);
    let operation = DatastoreOperation::Create {
        row: row.map_err(Failure::from)?,
        collection,
    };
    let created = perform(node.component(), &store, operation, context).await?;
    Ok(one(node.created_entity_title(), created))
}

/// Returns the rows that meet the conditions: in memory in the order of creation, in a database in
/// the database's order.
pub(super) async fn list(
    node: &PluginDatastoreListNode,
    inputs: &Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let store = context.datastore(node.datastore())?;
    let collection = jinja::render(node.collection_name(), inputs)?;
    let conditions = match node.conditions() {
        Some(conditions) => filled(conditions, inputs)?,
        None => Row::new(),
    };
    let conditions = store.collections().fitted(&collection, &conditions);
    let operation = DatastoreOperation::List {
        conditions: conditions.map_err(Failure::from)?,
        collection: collection.clone(),
        limit: node.limit().map(bounded),
    };
    let found = perform(node.component(), &store, operation, context).await?;
    let is_unpacked = node.unpack_single_entity_from_list() == Some(true);
    let found = match found {
        Value::Array(mut rows) if is_unpacked => match (rows.pop(), rows.len()) {
            (Some(only), 0) => only,
            (last, others) => {
                let found = others + usize::from(last.is_some());
                let message =
                    format!("`{collection}` has {found} such rows, and exactly one is needed");
                return Err(Halt::failed(FailureKind::Input, message));
            }
        },
        found => found,
    };
    Ok(one(node.entities_title(), found))
}

/// Updates the rows that meet the conditions and returns them.
pub(super) async fn update(
    node: &PluginDatastoreUpdateNode,
    inputs: &Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let store = context.datastore(node.datastore())?;
    let collection = jinja::render(node.collection_name(), inputs)?;
    let conditions = filled(node.conditions(), inputs)?;
    let given = object(inputs, node.update_title())?;
    let collections = store.collections();
    let fitted = |row: &Row| collections.fitted(&collection, row).map_err(Failure::from);
    let operation = DatastoreOperation::Update {
        conditions: fitted(&conditions)?,
        update: fitted(given)?,
        collection,
    };
    let updated = perform(node.component(), &store, operation, context).await?;
    Ok(one(node.entities_title(), updated))
}

/// Deletes the rows that meet the conditions.
pub(super) async fn delete(
    node: &PluginDatastoreDeleteNode,
    inputs: &Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let store = context.datastore(node.datastore())?;
    let collection = jinja::render(node.collection_name(), inputs)?;
    let conditions = filled(node.conditions(), inputs)?;
    let conditions = store.collections().fitted(&collection, &conditions);
    let operation = DatastoreOperation::Delete {
        conditions: conditions.map_err(Failure::from)?,
        collection,
    };
    perform(node.component(), &store, operation, context).await?;
    Ok(NodeResult::next(Values::new()))
}

/// Returns the rows of a query. Values are passed separately and are never part of the query's
/// text.
pub(super) async fn query(
    node: &PluginDatastoreQueryNode,
    inputs: &Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let store = context.datastore(node.datastore())?;
    if let Some(found) = placeholder::find(node.query()).next() {
        let message = format!(
            "the query holds `{{{{{}}}}}`, but values are not written into SQL",
            found.name
        );
        return Err(Failure::new(FailureKind::Spec, message)
            .with_hint("write `:name`, and give its value in `bind_variables`")
            .into());
    }
    let operation = DatastoreOperation::Query {
        query: node.query().to_owned(),
        bind_variables: object(inputs, "bind_variables")?.clone(),
    };
    let found = perform(node.component(), &store, operation, context).await?;
    Ok(one(node.result_title(), found))
}

/// Executes a node's operation on its datastore.
async fn perform(
    node: &Arc<Component>,
    store: &Datastore,
    operation: DatastoreOperation,
    context: &RunContext,
) -> Result<Value, Halt> {
    match store {
        Datastore::Memory(store) => {
            let outcome = store.perform(operation);
            let outcome = outcome.map_err(|error| Failure::from(error).into());
            context
                .operate("datastore", std::future::ready(outcome))
                .await
        }
        Datastore::Database(_) => {
            let call_id = context.new_request_id("call");
            let called = context.call_tool(node, &call_id, operation.into_arguments());
            Ok(called.await??)
        }
    }
}

/// Fills in the templates of conditions.
fn filled(conditions: &Values, inputs: &Values) -> Result<Row, Halt> {
    let filled = conditions.iter().map(|(column, value)| {
        let value = match value {
            Value::String(template) => jinja::render(template, inputs)?.into(),
            other => other.clone(),
        };
        Ok((jinja::render(column, inputs)?, value))
    });
    filled.collect()
}

/// Returns the object in an input, with a value for each column or variable.
fn object<'i>(inputs: &'i Values, title: &str) -> Result<&'i Values, Failure> {
    match inputs.get(title) {
        Some(Value::Object(values)) => Ok(values),
        _ => Err(Failure::new(
            FailureKind::Input,
            format!("`{title}` is not an object with a value for each name"),
        )),
    }
}

/// Converts a limit to a number of rows; a negative limit becomes 0.
fn bounded(limit: i64) -> u32 {
    u32::try_from(limit.max(0)).unwrap_or(u32::MAX)
}

fn one(title: &str, value: Value) -> NodeResult {
    NodeResult::next(Values::from_iter([(title.to_owned(), value)]))
}
