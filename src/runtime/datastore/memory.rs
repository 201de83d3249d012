//! Datastores in memory.

use std::collections::HashMap;
use std::sync::Mutex;

use serde_json::Value;

use super::{Collections, DatastoreError, Row};
use crate::base::lock::lock;
use crate::tools::DatastoreOperation;

/// Rows in named collections. A `filter` maps columns to the values that a row must have; an empty
/// filter selects every row.
#[derive(Debug)]
pub(in crate::runtime) struct MemoryStore {
    collections: Collections,
    rows: Mutex<HashMap<String, Vec<Row>>>,
}

impl MemoryStore {
    pub(super) fn new(collections: Collections) -> Self {
        let rows = collections.names().map(|name| (name.clone(), Vec::new()));
        Self {
            rows: Mutex::new(rows.collect()),
            collections,
        }
    }

    pub(super) fn collections(&self) -> &Collections {
        &self.collections
    }

    /// Executes an operation with values that fit the collections.
    ///
    /// # Errors
    /// The collection does not exist, or the operation is an SQL query.
    pub(in crate::runtime) fn perform(
        &self,
        operation: DatastoreOperation,
    ) -> Result<Value, DatastoreError> {
        let objects = |rows: Vec<Row>| rows.into_iter().map(Value::Object).collect();
        match operation {
            DatastoreOperation::Create { collection, row } => {
                let row = self.whole(&collection, row)?;
                self.create(&collection, &row)?;
                Ok(row.into())
            }
            DatastoreOperation::List {
                collection,
                conditions,
                limit,
            } => {
                let mut rows = self.list(&collection, &conditions)?;
                if let Some(limit) = limit.and_then(|limit| usize::try_from(limit).ok()) {
                    rows.truncate(limit);
                }
                Ok(objects(rows))
            }
            DatastoreOperation::Update {
                collection,
                conditions,
                update,
            } => Ok(objects(self.update(&collection, &conditions, &update)?)),
            DatastoreOperation::Delete {
                collection,
                conditions,
            } => {
                self.delete(&collection, &conditions)?;
                Ok(Value::Null)
            }
            DatastoreOperation::Query { .. } => Err(DatastoreError::NoDatabase),
        }
    }

    /// Completes a row: missing columns become null.
    fn whole(&self, collection: &str, mut row: Row) -> Result<Row, DatastoreError> {
        let columns = self.collections.columns(collection)?.keys();
        let whole = columns.map(|column| {
            let value = row.shift_remove(column).unwrap_or_default();
            (column.clone(), value)
        });
        Ok(whole.collect())
    }

    /// Returns the rows that match the filter, in the order of creation.
    pub(in crate::runtime) fn list(
        &self,
        collection: &str,
        filter: &Row,
    ) -> Result<Vec<Row>, DatastoreError> {
        self.with(collection, |rows| {
            let taken = rows.iter().filter(|row| is_taken(row, filter));
            taken.cloned().collect()
        })
    }

    /// Adds a row.
    pub(in crate::runtime) fn create(
        &self,
        collection: &str,
        row: &Row,
    ) -> Result<(), DatastoreError> {
        self.with(collection, |rows| rows.push(row.clone()))
    }

    /// Updates the rows that match the filter and returns them.
    pub(in crate::runtime) fn update(
        &self,
        collection: &str,
        filter: &Row,
        changes: &Row,
    ) -> Result<Vec<Row>, DatastoreError> {
        self.with(collection, |rows| {
            let taken = rows.iter_mut().filter(|row| is_taken(row, filter));
            taken
                .map(|row| {
                    row.extend(changes.clone());
                    row.clone()
                })
                .collect()
        })
    }

    /// Deletes the rows that match the filter.
    pub(in crate::runtime) fn delete(
        &self,
        collection: &str,
        filter: &Row,
    ) -> Result<(), DatastoreError> {
        self.with(collection, |rows| {
            rows.retain(|row| !is_taken(row, filter));
        })
    }

    fn with<T>(
        &self,
        collection: &str,
        work: impl FnOnce(&mut Vec<Row>) -> T,
    ) -> Result<T, DatastoreError> {
        match lock(&self.rows).get_mut(collection) {
            Some(rows) => Ok(work(rows)),
            None => Err(DatastoreError::NoCollection(collection.to_owned())),
        }
    }
}

fn is_taken(row: &Row, filter: &Row) -> bool {
    filter
        .iter()
        .all(|(column, value)| row.get(column) == Some(value))
}
