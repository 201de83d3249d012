//! Rows in memory.

use std::collections::HashMap;
use std::sync::Mutex;

use serde_json::Value;

use super::{Collections, DatastoreError, Row};
use crate::base::lock::lock;
use crate::tools::DatastoreOperation;

/// Rows in named collections. A `filter` names columns with the values that a row must have in them; an empty one takes every
/// row.
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

    /// Does what is asked, with values that fit the collections.
    ///
    /// # Errors
    /// There is no such collection; it is asked in SQL.
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

    /// A row with all columns: those that are left out are null.
    fn whole(&self, collection: &str, mut row: Row) -> Result<Row, DatastoreError> {
        let columns = self.collections.columns(collection)?.keys();
        let whole = columns.map(|column| {
            let value = row.shift_remove(column).unwrap_or_default();
            (column.clone(), value)
        });
        Ok(whole.collect())
    }

    /// The rows that the filter takes, in the order in which they were created.
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

    /// Writes values into the rows that the filter takes, and gives these rows as they are then.
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

    /// Takes away the rows that the filter takes.
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
