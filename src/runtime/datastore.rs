//! Datastores: rows in named collections, either in memory for the duration of the run or in a
//! database.

mod collections;
mod memory;

use std::sync::{Arc, Mutex};

use crate::base::lock::lock;
use crate::conversation::Values;
use crate::spec::Component;
use crate::spec::language::{InMemoryCollectionDatastore, PostgresDatabaseDatastore};
use crate::trace::{Failure, FailureKind};
pub(super) use collections::Collections;
pub(super) use memory::MemoryStore;

/// A row of a collection: a value for each of its columns.
pub(super) type Row = Values;

/// The reason why an operation on a datastore failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum DatastoreError {
    /// The collection does not exist.
    #[error("the datastore has no collection `{0}`")]
    NoCollection(String),
    /// A row has a value for a column that the collection lacks.
    #[error("collection `{collection}` has no column `{column}`")]
    NoColumn {
        /// The name of the collection.
        collection: String,
        /// The name of the column.
        column: String,
    },
    /// The operation needs a database, but the datastore is in memory.
    #[error("a datastore in memory can't run SQL")]
    NoDatabase,
    /// A value does not have the type of its column.
    #[error("collection `{collection}`: `{column}` {problem}")]
    Misfit {
        /// The name of the collection.
        collection: String,
        /// The name of the column.
        column: String,
        /// The problem of the value.
        problem: String,
    },
}

impl From<DatastoreError> for Failure {
    fn from(error: DatastoreError) -> Self {
        let kind = match error {
            DatastoreError::Misfit { .. } => FailureKind::Input,
            DatastoreError::NoCollection(_)
            | DatastoreError::NoColumn { .. }
            | DatastoreError::NoDatabase => FailureKind::Spec,
        };
        Self::from_error(kind, &error)
    }
}

/// The datastores of a run, by component identity.
#[derive(Debug, Default)]
pub(super) struct Datastores {
    /// The opened datastores; a list suffices because there are few.
    known: Mutex<Vec<(Arc<Component>, Datastore)>>,
}

/// A datastore with its declared collections.
#[derive(Clone, Debug)]
pub(super) enum Datastore {
    /// A datastore in memory, whose rows only this run can see.
    Memory(Arc<MemoryStore>),
    /// A datastore in the tables of a database.
    Database(Arc<Collections>),
}

impl Datastores {
    /// Returns the datastore of a component. Does not connect to a database.
    ///
    /// # Errors
    /// A `spec` failure, if the datastore's type is not supported.
    pub(super) fn open(&self, component: &Arc<Component>) -> Result<Datastore, Failure> {
        let mut known = lock(&self.known);
        let mut all = known.iter();
        if let Some((_, store)) = all.find(|(known, _)| Arc::ptr_eq(known, component)) {
            return Ok(store.clone());
        }
        let store = if let Some(memory) = InMemoryCollectionDatastore::of(component) {
            let collections = Collections::of(memory.datastore_schema());
            Datastore::Memory(Arc::new(MemoryStore::new(collections)))
        } else if let Some(database) = PostgresDatabaseDatastore::of(component) {
            Datastore::Database(Arc::new(Collections::of(database.datastore_schema())))
        } else {
            let message = format!("`{}` can't be used yet", component.type_name());
            return Err(Failure::new(FailureKind::Spec, message)
                .in_component(component.name())
                .with_hint("use a PostgresDatabaseDatastore or an InMemoryCollectionDatastore"));
        };
        known.push((Arc::clone(component), store.clone()));
        Ok(store)
    }
}

/// Makes the failure of a database where a datastore in memory is required.
pub(super) fn not_in_memory(component: &Component) -> Failure {
    let message = format!(
        "`{}` is a {}, and summaries can only be kept in memory",
        component.name(),
        component.type_name()
    );
    Failure::new(FailureKind::Spec, message)
        .in_component(component.name())
        .with_hint("use an InMemoryCollectionDatastore, or leave `datastore` out")
}

impl Datastore {
    /// Returns the declared collections of the datastore.
    pub(super) fn collections(&self) -> &Collections {
        match self {
            Self::Memory(store) => store.collections(),
            Self::Database(collections) => collections,
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::{Value, json};

    use super::*;
    use crate::spec::{LoadOptions, load};
    use crate::tools::DatastoreOperation;

    fn row(value: Value) -> Row {
        match value {
            Value::Object(row) => row,
            other => panic!("a row is an object, not {other}"),
        }
    }

    fn memory(stores: &Datastores, component: &Arc<Component>) -> Arc<MemoryStore> {
        match stores.open(component).unwrap() {
            Datastore::Memory(store) => store,
            Datastore::Database(_) => panic!("it is in memory"),
        }
    }

    #[test]
    fn rows_are_found_changed_and_taken_away_by_their_values() {
        let text = "{component_type: InMemoryCollectionDatastore, id: d, name: d, agentspec_version: 26.1.2, \
                    datastore_schema: {pets: {type: object, properties: {name: {type: string}, age: {type: integer}}}}}";
        let component = load(text, &LoadOptions::default()).component.unwrap();
        let stores = Datastores::default();
        let store = memory(&stores, &component);
        let pets = || "pets".to_owned();
        for (name, age) in [("Ada", 1), ("Bob", 2), ("Cid", 1)] {
            let row = row(json!({"name": name, "age": age}));
            let collection = pets();
            store
                .perform(DatastoreOperation::Create { collection, row })
                .unwrap();
        }
        store
            .perform(DatastoreOperation::Update {
                collection: pets(),
                conditions: row(json!({"age": 1})),
                update: row(json!({"age": 3})),
            })
            .unwrap();
        store
            .perform(DatastoreOperation::Delete {
                collection: pets(),
                conditions: row(json!({"name": "Ada"})),
            })
            .unwrap();
        // The same component is the same store.
        let left = memory(&stores, &component).perform(DatastoreOperation::List {
            collection: pets(),
            conditions: Row::new(),
            limit: None,
        });
        assert_eq!(
            left,
            Ok(json!([{"name": "Bob", "age": 2}, {"name": "Cid", "age": 3}]))
        );
        let collections = store.collections();
        let strange = collections.fitted("cars", &Row::new()).unwrap_err();
        assert_eq!(
            strange.to_string(),
            "the datastore has no collection `cars`"
        );
        let strange = collections.fitted("pets", &row(json!({"fur": 1})));
        assert_eq!(
            strange.unwrap_err().to_string(),
            "collection `pets` has no column `fur`"
        );
    }
}
