//! Datastores: rows of data in named collections, in memory and gone with the run.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::base::lock::lock;
use crate::conversation::Values;
use crate::spec::Component;
use crate::spec::language::InMemoryCollectionDatastore;
use crate::spec::property::{Coercion, Violation, coerce};
use crate::trace::{Failure, FailureKind};

/// One row: a value for each of its columns.
pub(super) type Row = Values;

/// Why a datastore did not do as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum DatastoreError {
    /// There is no such collection.
    #[error("the datastore has no collection `{0}`")]
    NoCollection(String),
    /// A row has a value for which its collection has no column.
    #[error("collection `{collection}` has no column `{column}`")]
    NoColumn {
        /// The collection.
        collection: String,
        /// The column.
        column: String,
    },
    /// A value is not of the type of its column.
    #[error("collection `{collection}`: `{column}` {problem}")]
    Misfit {
        /// The collection.
        collection: String,
        /// The column.
        column: String,
        /// What is wrong with the value.
        problem: String,
    },
}

impl From<DatastoreError> for Failure {
    fn from(error: DatastoreError) -> Self {
        let kind = match error {
            DatastoreError::Misfit { .. } => FailureKind::Input,
            DatastoreError::NoCollection(_) | DatastoreError::NoColumn { .. } => FailureKind::Spec,
        };
        Self::from_error(kind, &error)
    }
}

/// The datastores of a run, by the identity of their components.
#[derive(Debug, Default)]
pub(super) struct Datastores {
    /// Few, so a list will do.
    known: Mutex<Vec<(Arc<Component>, Arc<Datastore>)>>,
}

impl Datastores {
    /// The datastore that a component stands for.
    ///
    /// # Errors
    /// A `spec` failure: it is a database, and those are not reached yet.
    pub(super) fn open(&self, component: &Arc<Component>) -> Result<Arc<Datastore>, Failure> {
        let Some(view) = InMemoryCollectionDatastore::of(component) else {
            let message = format!("`{}` can't be used yet", component.type_name());
            return Err(Failure::new(FailureKind::Spec, message)
                .in_component(component.name())
                .with_hint("use an InMemoryCollectionDatastore"));
        };
        let mut known = lock(&self.known);
        if let Some((_, store)) = known
            .iter()
            .find(|(known, _)| Arc::ptr_eq(known, component))
        {
            return Ok(Arc::clone(store));
        }
        let store = Arc::new(Datastore::of(&view));
        known.push((Arc::clone(component), Arc::clone(&store)));
        Ok(store)
    }
}

/// Rows in named collections. A `filter` names columns with the values that a row must have in them; an empty one
/// takes every row.
#[derive(Debug)]
pub(super) struct Datastore {
    collections: Mutex<HashMap<String, Collection>>,
}

#[derive(Debug)]
struct Collection {
    /// The schemas of the columns, by their names.
    columns: Values,
    rows: Vec<Row>,
}

impl Datastore {
    fn of(component: &InMemoryCollectionDatastore) -> Self {
        let schema = component.datastore_schema();
        let collection = |(name, schema): (&String, &Value)| {
            let columns = schema.get("properties").and_then(Value::as_object);
            let collection = Collection {
                columns: columns.cloned().unwrap_or_default(),
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
        self.with_collection(name, columns, |collection| work(&mut collection.rows))
    }

    fn with_collection<T>(
        &self,
        name: &str,
        columns: &[&Row],
        work: impl FnOnce(&mut Collection) -> T,
    ) -> Result<T, DatastoreError> {
        let mut collections = lock(&self.collections);
        let collection = collections
            .get_mut(name)
            .ok_or_else(|| DatastoreError::NoCollection(name.to_owned()))?;
        let unknown = columns
            .iter()
            .flat_map(|row| row.keys())
            .find(|column| !collection.columns.contains_key(*column));
        match unknown {
            None => Ok(work(collection)),
            Some(column) => Err(DatastoreError::NoColumn {
                collection: name.to_owned(),
                column: column.clone(),
            }),
        }
    }

    /// The values of a row as their columns have them. Of a whole row, columns without a value have their default, or null.
    ///
    /// # Errors
    /// A value is not of the type of its column; there is no such column or collection.
    pub(super) fn fitted(
        &self,
        name: &str,
        row: &Row,
        is_whole: bool,
    ) -> Result<Row, DatastoreError> {
        self.with_collection(name, &[row], |collection| {
            let mut fitted = Row::new();
            for (column, schema) in &collection.columns {
                let value = match row.get(column) {
                    Some(value) => coerce(value, schema, Coercion::Edge).map_err(|violations| {
                        let words: Vec<String> =
                            violations.iter().map(Violation::to_string).collect();
                        DatastoreError::Misfit {
                            collection: name.to_owned(),
                            column: column.clone(),
                            problem: words.join("; "),
                        }
                    })?,
                    None if is_whole => schema.get("default").cloned().unwrap_or_default(),
                    None => continue,
                };
                fitted.insert(column.clone(), value);
            }
            Ok(fitted)
        })?
    }

    /// The rows that the filter takes, in the order in which they were created.
    pub(super) fn list(&self, collection: &str, filter: &Row) -> Result<Vec<Row>, DatastoreError> {
        self.with(collection, &[filter], |rows| {
            let taken = rows.iter().filter(|row| is_taken(row, filter));
            taken.cloned().collect()
        })
    }

    /// Adds a row.
    pub(super) fn create(&self, collection: &str, row: &Row) -> Result<(), DatastoreError> {
        self.with(collection, &[row], |rows| rows.push(row.clone()))
    }

    /// Writes values into the rows that the filter takes, and gives these rows as they are then.
    pub(super) fn update(
        &self,
        collection: &str,
        filter: &Row,
        changes: &Row,
    ) -> Result<Vec<Row>, DatastoreError> {
        self.with(collection, &[filter, changes], |rows| {
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
    pub(super) fn delete(&self, collection: &str, filter: &Row) -> Result<(), DatastoreError> {
        self.with(collection, &[filter], |rows| {
            rows.retain(|row| !is_taken(row, filter));
        })
    }
}

fn is_taken(row: &Row, filter: &Row) -> bool {
    filter
        .iter()
        .all(|(column, value)| row.get(column) == Some(value))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;
    use crate::spec::{LoadOptions, load};

    fn row(value: Value) -> Row {
        match value {
            Value::Object(row) => row,
            other => panic!("a row is an object, not {other}"),
        }
    }

    #[test]
    fn rows_are_found_changed_and_taken_away_by_their_values() {
        let text = "{component_type: InMemoryCollectionDatastore, id: d, name: d, agentspec_version: 26.1.2, \
                    datastore_schema: {pets: {type: object, properties: {name: {type: string}, age: {type: integer}}}}}";
        let component = load(text, &LoadOptions::default()).component.unwrap();
        let stores = Datastores::default();
        let store = stores.open(&component).unwrap();
        for (name, age) in [("Ada", 1), ("Bob", 2), ("Cid", 1)] {
            let pet = row(json!({"name": name, "age": age}));
            store.create("pets", &pet).unwrap();
        }
        let young = row(json!({"age": 1}));
        store
            .update("pets", &young, &row(json!({"age": 3})))
            .unwrap();
        store.delete("pets", &row(json!({"name": "Ada"}))).unwrap();
        // The same component is the same store.
        let store = stores.open(&component).unwrap();
        assert_eq!(
            store.list("pets", &Row::new()).unwrap(),
            [
                row(json!({"name": "Bob", "age": 2})),
                row(json!({"name": "Cid", "age": 3}))
            ]
        );
        let strange = store.create("cars", &Row::new()).unwrap_err();
        assert_eq!(
            strange.to_string(),
            "the datastore has no collection `cars`"
        );
        let strange = store.list("pets", &row(json!({"fur": 1}))).unwrap_err();
        assert_eq!(strange.to_string(), "collection `pets` has no column `fur`");
    }
}
