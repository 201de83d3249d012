//! The tables of a datastore: its declaration, checked against the database.

use indexmap::IndexMap;
use serde_json::Value;
use tokio_postgres::{Error, Row};

use super::columns::{is_held_by, kinds_of};
use crate::conversation::Values;

/// The tables of the collections, by the names in the datastore.
#[derive(Debug)]
pub(super) struct Tables(IndexMap<String, Table>);

/// A table.
#[derive(Debug)]
pub(super) struct Table {
    /// The database schema that contains the table.
    pub(super) schema: String,
    pub(super) name: String,
    /// The columns, by their names in the datastore.
    pub(super) columns: IndexMap<String, Column>,
}

/// A column.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    /// The name of the column's type in the database: `int4`.
    pub(super) type_name: String,
    /// The JSON Schema of the column's values, from the datastore.
    pub(super) schema: Value,
}

/// A column found in the database.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) schema: String,
    pub(super) table: String,
    pub(super) column: String,
    pub(super) type_name: String,
    pub(super) is_enum: bool,
}

impl Found {
    /// Selects the columns of tables and views with one of these names, as written or in lower
    /// case, that are visible without a schema name, in the order of the search path.
    pub(super) const QUERY: &str = "\
        SELECT c.table_schema::text, c.table_name::text, c.column_name::text, c.udt_name::text, t.typtype = 'e' \
        FROM information_schema.columns c \
        JOIN pg_catalog.pg_namespace n ON n.nspname = c.udt_schema \
        JOIN pg_catalog.pg_type t ON t.typnamespace = n.oid AND t.typname = c.udt_name \
        WHERE c.table_schema = ANY(current_schemas(true)) \
        AND (c.table_name::text = ANY($1) OR lower(c.table_name::text) = ANY($1)) \
        ORDER BY array_position(current_schemas(true), c.table_schema::name), c.table_name::text, c.ordinal_position";

    /// Reads a row of [`Found::QUERY`].
    ///
    /// # Errors
    /// The row belongs to another query.
    pub(super) fn of(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            schema: row.try_get(0)?,
            table: row.try_get(1)?,
            column: row.try_get(2)?,
            type_name: row.try_get(3)?,
            is_enum: row.try_get(4)?,
        })
    }
}

impl Tables {
    /// Matches the collections with tables. A name matches exactly, or else if it is the only one
    /// that differs only in case, because WayFlow writes all names in lower case.
    ///
    /// # Errors
    /// All differences from the datastore's declaration.
    pub(super) fn checked(collections: &Values, found: &[Found]) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        let mut tables = IndexMap::new();
        for (collection, schema) in collections {
            let columns = schema.get("properties").and_then(Value::as_object);
            match Table::checked(collection, columns, found) {
                Ok(table) => {
                    tables.insert(collection.clone(), table);
                }
                Err(mut further) => problems.append(&mut further),
            }
        }
        if problems.is_empty() {
            Ok(Self(tables))
        } else {
            Err(problems)
        }
    }

    pub(super) fn get(&self, collection: &str) -> Option<&Table> {
        self.0.get(collection)
    }
}

impl Table {
    fn checked(
        collection: &str,
        declared: Option<&Values>,
        found: &[Found],
    ) -> Result<Self, Vec<String>> {
        let named = named(collection, found, |found| &found.table);
        let first = named
            .map_err(|problem| vec![format!("the database {problem} table `{collection}`")])?;
        let in_table = |other: &&Found| other.schema == first.schema && other.table == first.table;
        let of_table: Vec<Found> = found.iter().filter(in_table).cloned().collect();
        let mut problems = Vec::new();
        let mut columns = IndexMap::new();
        for (name, schema) in declared.into_iter().flatten() {
            match Column::checked(name, schema, &of_table) {
                Ok(column) => {
                    columns.insert(name.clone(), column);
                }
                Err(problem) => problems.push(format!("table `{}` {problem}", first.table)),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self {
            schema: first.schema.clone(),
            name: first.table.clone(),
            columns,
        })
    }
}

impl Column {
    fn checked(name: &str, schema: &Value, found: &[Found]) -> Result<Self, String> {
        let found = named(name, found, |found| &found.column);
        let found = found.map_err(|problem| format!("{problem} column `{name}`"))?;
        let wanted = kinds_of(schema);
        if !is_held_by(&wanted, &found.type_name, found.is_enum) {
            return Err(format!(
                "has column `{name}` of type `{}`, which does not hold what the datastore declares for it: {}",
                found.type_name,
                wanted.join(" or ")
            ));
        }
        Ok(Self {
            name: found.column.clone(),
            type_name: found.type_name.clone(),
            schema: schema.clone(),
        })
    }
}

/// Returns the first item with this name, else the only one whose name differs only in case.
fn named<'f>(
    name: &str,
    found: &'f [Found],
    own: impl Fn(&Found) -> &String,
) -> Result<&'f Found, &'static str> {
    if let Some(exact) = found.iter().find(|found| own(found) == name) {
        return Ok(exact);
    }
    let lower = name.to_lowercase();
    let mut alike = found
        .iter()
        .filter(|found| own(found).to_lowercase() == lower);
    let Some(first) = alike.next() else {
        return Err("has no");
    };
    let is_only = alike.all(|other| own(other) == own(first) || other.schema != first.schema);
    if is_only {
        Ok(first)
    } else {
        Err("has several for")
    }
}
