//! The nodes that create, list, update and delete rows of a datastore.
//!
//! What a node gives is recorded, so that a run that goes on is given the same. What it does to a store in memory is done
//! again then: the store is gone with the program.

use std::sync::Arc;

use serde_json::Value;

use crate::conversation::Values;
use crate::runtime::datastore::{Datastore, DatastoreError, Row};
use crate::runtime::flow::nodes::NodeResult;
use crate::runtime::{Halt, RunContext, jinja};
use crate::spec::Component;
use crate::spec::language::{
    PluginDatastoreCreateNode, PluginDatastoreDeleteNode, PluginDatastoreListNode,
    PluginDatastoreUpdateNode,
};
use crate::trace::{Failure, FailureKind};

/// Adds a row, and gives it with all its columns.
pub(super) async fn create(
    node: &PluginDatastoreCreateNode,
    inputs: &Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let (store, collection) = opened(node.datastore(), node.collection_name(), inputs, context)?;
    let given = row(inputs, node.entity_title())?;
    let created = || {
        let row = store.fitted(&collection, &given, true)?;
        store.create(&collection, &row)?;
        Ok(row)
    };
    let created = recorded(context, created()).await?;
    Ok(one(node.created_entity_title(), Value::Object(created)))
}

/// Gives the rows that meet the conditions, in the order in which they were created.
pub(super) async fn list(
    node: &PluginDatastoreListNode,
    inputs: &Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let (store, collection) = opened(node.datastore(), node.collection_name(), inputs, context)?;
    let filter = match node.conditions() {
        Some(conditions) => filled(conditions, inputs)?,
        None => Row::new(),
    };
    let listed = || {
        let filter = store.fitted(&collection, &filter, false)?;
        let mut rows = store.list(&collection, &filter)?;
        if let Some(limit) = node.limit() {
            rows.truncate(usize::try_from(limit).unwrap_or_default());
        }
        Ok(rows)
    };
    let mut rows = recorded(context, listed()).await?;
    let is_unpacked = node.unpack_single_entity_from_list() == Some(true);
    let found = match (is_unpacked, rows.len()) {
        (true, 1) => rows.pop().map(Value::Object).unwrap_or_default(),
        (true, found) => {
            let message =
                format!("`{collection}` has {found} rows of that kind, and one is wanted");
            return Err(Halt::failed(FailureKind::Input, message));
        }
        (false, _) => objects(rows),
    };
    Ok(one(node.entities_title(), found))
}

/// Writes values into the rows that meet the conditions, and gives these rows.
pub(super) async fn update(
    node: &PluginDatastoreUpdateNode,
    inputs: &Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let (store, collection) = opened(node.datastore(), node.collection_name(), inputs, context)?;
    let filter = filled(node.conditions(), inputs)?;
    let given = row(inputs, node.update_title())?;
    let updated = || {
        let filter = store.fitted(&collection, &filter, false)?;
        let changes = store.fitted(&collection, &given, false)?;
        store.update(&collection, &filter, &changes)
    };
    let updated = recorded(context, updated()).await?;
    Ok(one(node.entities_title(), objects(updated)))
}

/// Takes the rows away that meet the conditions.
pub(super) async fn delete(
    node: &PluginDatastoreDeleteNode,
    inputs: &Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let (store, collection) = opened(node.datastore(), node.collection_name(), inputs, context)?;
    let filter = filled(node.conditions(), inputs)?;
    let deleted = || {
        let filter = store.fitted(&collection, &filter, false)?;
        store.delete(&collection, &filter)
    };
    recorded(context, deleted()).await?;
    Ok(NodeResult::next(Values::new()))
}

/// The store, and the name of the collection in it.
fn opened(
    datastore: &Arc<Component>,
    collection: &str,
    inputs: &Values,
    context: &RunContext,
) -> Result<(Arc<Datastore>, String), Halt> {
    let store = context.datastore(datastore)?;
    Ok((store, jinja::render(collection, inputs)?))
}

async fn recorded<T>(context: &RunContext, outcome: Result<T, DatastoreError>) -> Result<T, Halt>
where
    T: serde::Serialize + serde::de::DeserializeOwned,
{
    let outcome = outcome.map_err(|error| Failure::from(error).into());
    context
        .operate("datastore", std::future::ready(outcome))
        .await
}

/// Conditions with their templates filled in.
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

/// The row that an input holds.
fn row(inputs: &Values, title: &str) -> Result<Row, Failure> {
    match inputs.get(title) {
        Some(Value::Object(row)) => Ok(row.clone()),
        _ => Err(Failure::new(
            FailureKind::Input,
            format!("`{title}` is no object with a value for each column"),
        )),
    }
}

fn objects(rows: Vec<Row>) -> Value {
    rows.into_iter().map(Value::Object).collect()
}

fn one(title: &str, value: Value) -> NodeResult {
    NodeResult::next(Values::from_iter([(title.to_owned(), value)]))
}
