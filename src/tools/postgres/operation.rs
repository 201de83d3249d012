//! The operations on a database.

use serde::{Deserialize, Serialize};

use crate::conversation::Values;

/// An operation on a datastore, with values that fit its collections. Conditions name columns with the values that
/// a row must have in them; without any, every row is taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum DatastoreOperation {
    /// Adds a row and gives it. Columns that are left out are as the database says.
    Create {
        /// The collection.
        collection: String,
        /// Values of its columns.
        row: Values,
    },
    /// Gives rows.
    List {
        /// The collection.
        collection: String,
        /// Which rows.
        #[serde(rename = "where")]
        conditions: Values,
        /// At most so many.
        limit: Option<u32>,
    },
    /// Writes values into rows and gives these rows.
    Update {
        /// The collection.
        collection: String,
        /// Which rows.
        #[serde(rename = "where")]
        conditions: Values,
        /// The values that they get.
        update: Values,
    },
    /// Removes rows.
    Delete {
        /// The collection.
        collection: String,
        /// Which rows.
        #[serde(rename = "where")]
        conditions: Values,
    },
    /// Gives the rows of a query.
    Query {
        /// SQL, with `:name` for values.
        query: String,
        /// The values, by their names.
        bind_variables: Values,
    },
}

impl DatastoreOperation {
    /// Whether it changes nothing.
    pub(super) const fn is_read(&self) -> bool {
        matches!(self, Self::List { .. } | Self::Query { .. })
    }

    /// Turns the operation into arguments of a call.
    pub(crate) fn into_arguments(self) -> Values {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::Object(arguments)) => arguments,
            // An enumeration with a tag is an object.
            Ok(_) | Err(_) => Values::new(),
        }
    }

    /// The operation that arguments of a call are; none if they are not.
    pub(in crate::tools) fn of_arguments(arguments: &Values) -> Option<Self> {
        serde_json::from_value(arguments.clone().into()).ok()
    }
}
