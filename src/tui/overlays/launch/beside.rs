//! The text beside the fields of the launch dialog: a field's problem, or else its description.

use super::form::Field;
use super::{Plan, Rows, State};
use crate::base::files::file_name;
use crate::base::text::{sanitised, width_cells};
use crate::runs::{PlanProblem, is_column_of};
use crate::tui::theme::Role;

/// The maximum number of completions beside a name.
const MAX_OFFERED: usize = 12;

/// Returns the text beside a field: its problem, or else its description.
pub(super) fn beside(state: &State, field: &Field, room: usize) -> (String, Role) {
    match field {
        Field::Input(name) => {
            let of_this = |problem: &&PlanProblem| problem.name.as_ref() == Some(name);
            if let Plan::Made(Err(error)) = &state.plan
                && let Some(problem) = error.problems().iter().find(of_this)
            {
                let row = problem
                    .row
                    .map_or_else(String::new, |row| format!("row {row}: "));
                return (format!("{row}{}", sanitised(&problem.message)), Role::Error);
            }
            (about_input(state, name, room), Role::Muted)
        }
        Field::Each if state.form.text(field).is_empty() => {
            ("INPUT=A,B; INPUT=C,D".to_owned(), Role::Muted)
        }
        Field::Vary if state.form.text(field).is_empty() => {
            ("COMPONENT.FIELD=A,B; …".to_owned(), Role::Muted)
        }
        Field::Stubs if state.form.text(field).is_empty() => {
            ("TOOL=RESULT; …".to_owned(), Role::Muted)
        }
        Field::RowsFile | Field::Answers
            if state.form.focus() == field && is_offered(state, field) =>
        {
            let offered = state.files.offered(state.form.text(field));
            let names: Vec<&str> = offered.take(MAX_OFFERED).collect();
            (sanitised(&names.join("  ")), Role::Accent)
        }
        Field::RowsFile => match &state.rows {
            Rows::None => (".csv .json .jsonl .yaml".to_owned(), Role::Muted),
            Rows::Reading(_) => ("reading…".to_owned(), Role::Muted),
            Rows::Read(_, read) => {
                let columns = sanitised(&read.columns().join(", "));
                let words = match read.rows.len() {
                    1 => format!("1 row: {columns}"),
                    rows => format!("{rows} rows: {columns}"),
                };
                (words, Role::Success)
            }
            Rows::Failed(_, problem) => (sanitised(problem), Role::Error),
        },
        Field::Answers if state.form.text(field).is_empty() => {
            (".yaml .json".to_owned(), Role::Muted)
        }
        _ => (String::new(), Role::Muted),
    }
}

/// Whether there are files that complete the typed name, and the name is not one of them.
fn is_offered(state: &State, field: &Field) -> bool {
    let text = state.form.text(field);
    let is_read = *field == Field::RowsFile && matches!(state.rows, Rows::Read(..));
    !is_read && state.files.offered(text).next().is_some()
}

/// Returns the type and description of an input, or the column of the rows that gives its value
/// (without the file's name if space is short).
fn about_input(state: &State, name: &str, room: usize) -> String {
    let lists = state.form.lists().unwrap_or_default();
    if let Some(list) = lists.iter().find(|list| list.name == name) {
        return match list.values.len() {
            1 => "combined: 1 value".to_owned(),
            count => format!("combined: {count} values"),
        };
    }
    if let Rows::Read(path, read) = &state.rows
        && let Some(column) = column_of(read.columns(), name)
    {
        let column = sanitised(&format!("from column `{column}`"));
        let whole = format!("{column} of {}", sanitised(&file_name(path)));
        return if width_cells(&whole) <= room {
            whole
        } else {
            column
        };
    }
    let inputs = state
        .component
        .iter()
        .flat_map(|component| component.inputs());
    let Some(input) = inputs.into_iter().find(|input| input.title() == name) else {
        return String::new();
    };
    match input.description() {
        Some(words) => format!("{}: {}", input.type_text(), sanitised(words)),
        None => input.type_text(),
    }
}

/// Returns the column that gives an input.
fn column_of<'c>(columns: &'c [String], name: &str) -> Option<&'c str> {
    let columns = columns.iter().map(String::as_str);
    let mut alike = columns.filter(|column| is_column_of(column, name));
    let first = alike.next();
    alike.find(|column| *column == name).or(first)
}
