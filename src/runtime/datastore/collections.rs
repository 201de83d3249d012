//! The declared collections of a datastore.

use serde_json::Value;

use super::{DatastoreError, Row};
use crate::conversation::Values;
use crate::spec::property::{Coercion, Violation, coerce};

/// The column schemas of each collection.
#[derive(Debug)]
pub(in crate::runtime) struct Collections(Values);

impl Collections {
    /// Reads a `datastore_schema`.
    pub(super) fn of(schema: &Values) -> Self {
        let collections = schema.iter().map(|(name, schema)| {
            let columns = schema.get("properties").and_then(Value::as_object);
            (
                name.clone(),
                Value::Object(columns.cloned().unwrap_or_default()),
            )
        });
        Self(collections.collect())
    }

    /// Returns the names of the collections.
    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    /// Returns the column schemas of a collection, by name.
    ///
    /// # Errors
    /// The collection does not exist.
    pub(super) fn columns(&self, collection: &str) -> Result<&Values, DatastoreError> {
        let columns = self.0.get(collection).and_then(Value::as_object);
        columns.ok_or_else(|| DatastoreError::NoCollection(collection.to_owned()))
    }

    /// Converts values of a row to the types of their columns.
    ///
    /// # Errors
    /// A value can't be converted, or the column or collection does not exist.
    pub(in crate::runtime) fn fitted(
        &self,
        collection: &str,
        row: &Row,
    ) -> Result<Row, DatastoreError> {
        let columns = self.columns(collection)?;
        if let Some(column) = row.keys().find(|column| !columns.contains_key(*column)) {
            return Err(DatastoreError::NoColumn {
                collection: collection.to_owned(),
                column: column.clone(),
            });
        }
        let given = columns
            .iter()
            .filter_map(|(column, schema)| Some((column, schema, row.get(column)?)));
        let fitted = given.map(|(column, schema, value)| {
            let fitted = coerce(value, schema, Coercion::Edge).map_err(|violations| {
                let words: Vec<String> = violations.iter().map(Violation::to_string).collect();
                DatastoreError::Misfit {
                    collection: collection.to_owned(),
                    column: column.clone(),
                    problem: words.join("; "),
                }
            })?;
            Ok((column.clone(), fitted))
        });
        fitted.collect()
    }

    /// Converts values of a new row to the types of their columns, and adds the declared defaults
    /// of missing columns.
    ///
    /// # Errors
    /// As [`Collections::fitted`].
    pub(in crate::runtime) fn fitted_new(
        &self,
        collection: &str,
        row: &Row,
    ) -> Result<Row, DatastoreError> {
        let mut fitted = self.fitted(collection, row)?;
        for (column, schema) in self.columns(collection)? {
            if let (None, Some(default)) = (row.get(column), schema.get("default")) {
                fitted.insert(column.clone(), default.clone());
            }
        }
        Ok(fitted)
    }
}
