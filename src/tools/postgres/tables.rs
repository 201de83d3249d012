//! The tables of a datastore: what its schema says, held against what the database has.

use indexmap::IndexMap;
use serde_json::Value;
use tokio_postgres::{Error, Row};

use super::columns::{is_held_by, kinds_of};
use crate::conversation::Values;

/// The tables of the collections, by the names that the datastore has for them.
#[derive(Debug)]
pub(super) struct Tables(IndexMap<String, Table>);

/// A table.
#[derive(Debug)]
pub(super) struct Table {
    /// The schema of the database that it is in.
    pub(super) schema: String,
    pub(super) name: String,
    /// By the names that the datastore has for them.
    pub(super) columns: IndexMap<String, Column>,
}

/// A column.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    /// The name of its type in the database: `int4`.
    pub(super) type_name: String,
    /// The JSON Schema of its values, as the datastore declares it.
    pub(super) schema: Value,
}

/// A column that the database has.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) schema: String,
    pub(super) table: String,
    pub(super) column: String,
    pub(super) type_name: String,
    pub(super) is_enum: bool,
}

impl Found {
    /// The columns of tables and views that have one of these names, as it is or in lower case: what may be seen without the name of a schema, in
    /// the order in which a name is looked for.
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
    /// It is of another query.
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
    /// The tables of the collections. A name is that of the database, else the only one that differs from it in case alone,
    /// since WayFlow writes all names in lower case.
    ///
    /// # Errors
    /// Everything that is other than the datastore says.
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

/// The first that has the name, else the only name that differs in case alone.
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
