//! The operations on a database.

use serde::{Deserialize, Serialize};

use crate::conversation::Values;

/// An operation on a datastore, with values that fit its collections. Conditions map columns to the
/// values that a row must have; without conditions, all rows are selected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum DatastoreOperation {
    /// Inserts a row and returns it. Columns without a value get the database's default.
    Create {
        /// The name of the collection.
        collection: String,
        /// The values of the row's columns.
        row: Values,
    },
    /// Selects rows.
    List {
        /// The name of the collection.
        collection: String,
        /// The conditions of the rows.
        #[serde(rename = "where")]
        conditions: Values,
        /// The maximum number of rows.
        limit: Option<u32>,
    },
    /// Updates rows and returns them.
    Update {
        /// The name of the collection.
        collection: String,
        /// The conditions of the rows.
        #[serde(rename = "where")]
        conditions: Values,
        /// The new values.
        update: Values,
    },
    /// Deletes rows.
    Delete {
        /// The name of the collection.
        collection: String,
        /// The conditions of the rows.
        #[serde(rename = "where")]
        conditions: Values,
    },
    /// Returns the rows of an SQL query.
    Query {
        /// The query, with `:name` for values.
        query: String,
        /// The values, by name.
        bind_variables: Values,
    },
}

impl DatastoreOperation {
    /// Returns whether the operation changes nothing.
    pub(super) const fn is_read(&self) -> bool {
        matches!(self, Self::List { .. } | Self::Query { .. })
    }

    /// Converts the operation to the arguments of a call.
    pub(crate) fn into_arguments(self) -> Values {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::Object(arguments)) => arguments,
            // An enumeration with a tag is an object.
            Ok(_) | Err(_) => Values::new(),
        }
    }

    /// Reads an operation from the arguments of a call; `None` if they are something else.
    pub(in crate::tools) fn of_arguments(arguments: &Values) -> Option<Self> {
        serde_json::from_value(arguments.clone().into()).ok()
    }
}
