//! Datastores: rows of data in named collections, behind one interface for memory and databases.

mod memory;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;

use crate::conversation::Values;
use crate::spec::Component;
use crate::spec::language::InMemoryCollectionDatastore;
use crate::trace::{Failure, FailureKind};
use memory::MemoryDatastore;

/// One row: a value for each of its columns.
pub(super) type Row = Values;

/// Rows in named collections. A `filter` names columns with the values that a row must have in them; an empty one
/// takes every row.
///
/// Implementers keep: rows are listed in the order in which they were created.
pub(super) trait Datastore: fmt::Debug + Send + Sync {
    /// The rows that the filter takes.
    fn list<'a>(
        &'a self,
        collection: &'a str,
        filter: &'a Row,
    ) -> BoxFuture<'a, Result<Vec<Row>, DatastoreError>>;

    /// Adds a row.
    fn create<'a>(
        &'a self,
        collection: &'a str,
        row: Row,
    ) -> BoxFuture<'a, Result<(), DatastoreError>>;

    /// Writes values into the rows that the filter takes.
    fn update<'a>(
        &'a self,
        collection: &'a str,
        filter: &'a Row,
        changes: Row,
    ) -> BoxFuture<'a, Result<(), DatastoreError>>;

    /// Takes away the rows that the filter takes.
    fn delete<'a>(
        &'a self,
        collection: &'a str,
        filter: &'a Row,
    ) -> BoxFuture<'a, Result<(), DatastoreError>>;
}

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
}

impl From<DatastoreError> for Failure {
    fn from(error: DatastoreError) -> Self {
        Self::from_error(FailureKind::Spec, &error)
    }
}

/// The datastores of a run, by the identity of their components.
#[derive(Debug, Default)]
pub(super) struct Datastores {
    /// Few, so a list will do.
    known: Mutex<Vec<(Arc<Component>, Arc<MemoryDatastore>)>>,
}

impl Datastores {
    /// The datastore that a component stands for.
    ///
    /// # Errors
    /// A `spec` failure: it is a database, and those are not reached yet.
    pub(super) fn open(&self, component: &Arc<Component>) -> Result<Arc<dyn Datastore>, Failure> {
        let Some(view) = InMemoryCollectionDatastore::of(component) else {
            let message = format!("`{}` can't be used yet", component.type_name());
            return Err(Failure::new(FailureKind::Spec, message)
                .in_component(component.name())
                .with_hint("use an InMemoryCollectionDatastore"));
        };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, store)) = known
            .iter()
            .find(|(known, _)| Arc::ptr_eq(known, component))
        {
            return Ok(Arc::clone(store) as Arc<dyn Datastore>);
        }
        let store = Arc::new(MemoryDatastore::of(&view));
        known.push((Arc::clone(component), Arc::clone(&store)));
        Ok(store)
    }
}
