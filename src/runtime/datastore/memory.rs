//! Rows in memory, gone with the program.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use serde_json::Value;

use super::{Datastore, DatastoreError, Row};
use crate::spec::language::InMemoryCollectionDatastore;

/// The rows of an `InMemoryCollectionDatastore`.
#[derive(Debug)]
pub(super) struct MemoryDatastore {
    collections: Mutex<HashMap<String, Collection>>,
}

#[derive(Debug)]
struct Collection {
    columns: Vec<String>,
    rows: Vec<Row>,
}

impl MemoryDatastore {
    pub(super) fn of(component: &InMemoryCollectionDatastore) -> Self {
        let schema = component.datastore_schema();
        let collection = |(name, schema): (&String, &Value)| {
            let columns = schema.get("properties").and_then(Value::as_object);
            let columns = columns.into_iter().flat_map(|columns| columns.keys());
            let collection = Collection {
                columns: columns.cloned().collect(),
                rows: Vec::new(),
            };
            (name.clone(), collection)
        };
        Self {
            collections: Mutex::new(schema.iter().map(collection).collect()),
        }
    }

    /// Works on a collection, which must have the columns.
    fn with<T>(
        &self,
        name: &str,
        columns: &[&Row],
        work: impl FnOnce(&mut Vec<Row>) -> T,
    ) -> Result<T, DatastoreError> {
        let mut collections = self.lock();
        let collection = collections
            .get_mut(name)
            .ok_or_else(|| DatastoreError::NoCollection(name.to_owned()))?;
        let unknown = columns
            .iter()
            .flat_map(|row| row.keys())
            .find(|column| !collection.columns.contains(column));
        match unknown {
            None => Ok(work(&mut collection.rows)),
            Some(column) => Err(DatastoreError::NoColumn {
                collection: name.to_owned(),
                column: column.clone(),
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Collection>> {
        self.collections
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_taken(row: &Row, filter: &Row) -> bool {
    filter
        .iter()
        .all(|(column, value)| row.get(column) == Some(value))
}

impl Datastore for MemoryDatastore {
    fn list<'a>(
        &'a self,
        collection: &'a str,
        filter: &'a Row,
    ) -> BoxFuture<'a, Result<Vec<Row>, DatastoreError>> {
        let rows = self.with(collection, &[filter], |rows| {
            let taken = rows.iter().filter(|row| is_taken(row, filter));
            taken.cloned().collect()
        });
        ready(rows).boxed()
    }

    fn create<'a>(
        &'a self,
        collection: &'a str,
        row: Row,
    ) -> BoxFuture<'a, Result<(), DatastoreError>> {
        let created = row.clone();
        ready(self.with(collection, &[&row], |rows| rows.push(created))).boxed()
    }

    fn update<'a>(
        &'a self,
        collection: &'a str,
        filter: &'a Row,
        changes: Row,
    ) -> BoxFuture<'a, Result<(), DatastoreError>> {
        let updated = self.with(collection, &[filter, &changes], |rows| {
            for row in rows.iter_mut().filter(|row| is_taken(row, filter)) {
                row.extend(changes.clone());
            }
        });
        ready(updated).boxed()
    }

    fn delete<'a>(
        &'a self,
        collection: &'a str,
        filter: &'a Row,
    ) -> BoxFuture<'a, Result<(), DatastoreError>> {
        let deleted = self.with(collection, &[filter], |rows| {
            rows.retain(|row| !is_taken(row, filter));
        });
        ready(deleted).boxed()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::super::Datastores;
    use super::*;
    use crate::spec::{LoadOptions, load};

    fn row(value: Value) -> Row {
        match value {
            Value::Object(row) => row,
            other => panic!("a row is an object, not {other}"),
        }
    }

    #[tokio::test]
    async fn rows_are_found_changed_and_taken_away_by_their_values() {
        let text = "{component_type: InMemoryCollectionDatastore, id: d, name: d, agentspec_version: 26.1.2, \
                    datastore_schema: {pets: {type: object, properties: {name: {type: string}, age: {type: integer}}}}}";
        let component = load(text, &LoadOptions::default()).component.unwrap();
        let stores = Datastores::default();
        let store = stores.open(&component).unwrap();
        for (name, age) in [("Ada", 1), ("Bob", 2), ("Cid", 1)] {
            let pet = row(json!({"name": name, "age": age}));
            store.create("pets", pet).await.unwrap();
        }
        let young = row(json!({"age": 1}));
        store
            .update("pets", &young, row(json!({"age": 3})))
            .await
            .unwrap();
        store
            .delete("pets", &row(json!({"name": "Ada"})))
            .await
            .unwrap();
        // The same component is the same store.
        let store = stores.open(&Arc::clone(&component)).unwrap();
        assert_eq!(
            store.list("pets", &Row::new()).await.unwrap(),
            [
                row(json!({"name": "Bob", "age": 2})),
                row(json!({"name": "Cid", "age": 3}))
            ]
        );
        let strange = store.create("cars", Row::new()).await.unwrap_err();
        assert_eq!(
            strange.to_string(),
            "the datastore has no collection `cars`"
        );
        let strange = store
            .list("pets", &row(json!({"fur": 1})))
            .await
            .unwrap_err();
        assert_eq!(strange.to_string(), "collection `pets` has no column `fur`");
    }
}
