//! SQL statements for a table. Names are quoted; values are parameters.

use serde_json::Value;

use super::tables::{Column, Table};
use crate::conversation::Values;

/// An SQL statement with `$1`, `$2` … for its values, each with its name for error messages.
#[derive(Debug, PartialEq)]
pub(super) struct Statement {
    pub(super) text: String,
    pub(super) values: Vec<(String, Value)>,
}

impl Statement {
    /// Makes an insert.
    pub(super) fn insert(table: &Table, row: &Values) -> Self {
        let mut writing = Writing::default();
        let cells = table.cells(row);
        let values: Vec<String> = cells
            .iter()
            .map(|(name, _, value)| writing.value(name, value))
            .collect();
        let what = if cells.is_empty() {
            "DEFAULT VALUES".to_owned()
        } else {
            let columns: Vec<String> = cells.iter().map(|(_, column, _)| column.quoted()).collect();
            format!("({}) VALUES ({})", columns.join(", "), values.join(", "))
        };
        let table_name = table.quoted();
        writing.ending(&format!("INSERT INTO {table_name} {what}"), table)
    }

    /// Makes a select.
    pub(super) fn select(table: &Table, conditions: &Values, limit: Option<u32>) -> Self {
        let mut writing = Writing::default();
        let conditions = writing.conditions(table, conditions);
        let limit = limit.map_or_else(String::new, |limit| format!(" LIMIT {limit}"));
        let (columns, table) = (table.quoted_columns(), table.quoted());
        Self {
            text: format!("SELECT {columns} FROM {table}{conditions}{limit}"),
            values: writing.values,
        }
    }

    /// Makes an update that returns the changed rows.
    pub(super) fn update(table: &Table, conditions: &Values, changes: &Values) -> Self {
        let mut writing = Writing::default();
        let changes: Vec<String> = table
            .cells(changes)
            .iter()
            .map(|(name, column, value)| {
                format!("{} = {}", column.quoted(), writing.value(name, value))
            })
            .collect();
        if changes.is_empty() {
            return Self::select(table, conditions, None);
        }
        let conditions = writing.conditions(table, conditions);
        let (table_name, changes) = (table.quoted(), changes.join(", "));
        writing.ending(
            &format!("UPDATE {table_name} SET {changes}{conditions}"),
            table,
        )
    }

    /// Makes a delete.
    pub(super) fn delete(table: &Table, conditions: &Values) -> Self {
        let mut writing = Writing::default();
        let conditions = writing.conditions(table, conditions);
        Self {
            text: format!("DELETE FROM {}{conditions}", table.quoted()),
            values: writing.values,
        }
    }
}

/// A statement under construction.
#[derive(Default)]
struct Writing {
    values: Vec<(String, Value)>,
}

impl Writing {
    /// Adds a value to the parameters and returns its placeholder for the statement.
    fn value(&mut self, name: &str, value: &Value) -> String {
        self.values.push((name.to_owned(), value.clone()));
        format!("${}", self.values.len())
    }

    fn conditions(&mut self, table: &Table, conditions: &Values) -> String {
        let conditions: Vec<String> = table
            .cells(conditions)
            .iter()
            .map(|(name, column, value)| match value {
                Value::Null => format!("{} IS NULL", column.quoted()),
                value => format!("{} = {}", column.comparable(), self.value(name, value)),
            })
            .collect();
        if conditions.is_empty() {
            return String::new();
        }
        format!(" WHERE {}", conditions.join(" AND "))
    }

    /// Completes the statement, which returns the affected rows.
    fn ending(self, text: &str, table: &Table) -> Statement {
        Statement {
            text: format!("{text} RETURNING {}", table.quoted_columns()),
            values: self.values,
        }
    }
}

impl Table {
    /// Returns the values of a row with their columns, in the order of the row.
    fn cells<'t>(&'t self, row: &'t Values) -> Vec<(&'t str, &'t Column, &'t Value)> {
        let cells = row.iter().filter_map(|(name, value)| {
            let column = self.columns.get(name)?;
            Some((name.as_str(), column, value))
        });
        cells.collect()
    }

    fn quoted(&self) -> String {
        format!("{}.{}", quoted(&self.schema), quoted(&self.name))
    }

    fn quoted_columns(&self) -> String {
        let columns: Vec<String> = self.columns.values().map(Column::quoted).collect();
        columns.join(", ")
    }
}

impl Column {
    fn quoted(&self) -> String {
        quoted(&self.name)
    }

    /// Returns the column as an SQL expression that can be compared: `json` has no equality,
    /// `jsonb` does.
    fn comparable(&self) -> String {
        if self.type_name == "json" {
            return format!("{}::jsonb", self.quoted());
        }
        self.quoted()
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
