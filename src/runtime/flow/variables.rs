//! The variables of a flow, which its nodes read and write.

use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::base::lock::lock;
use crate::conversation::Values;
use crate::spec::Component;
use crate::spec::language::ExtendedFlow;
use crate::trace::{Failure, FailureKind};

/// The variables of one execution of a flow, by title. A nested flow has its own.
#[derive(Debug, Default)]
pub(super) struct Variables(Mutex<Values>);

impl Variables {
    /// Makes the declared variables of a flow with their defaults; a variable without a default is
    /// unset.
    pub(super) fn of(flow: &Arc<Component>) -> Self {
        let Some(flow) = ExtendedFlow::of(flow) else {
            return Self::default();
        };
        let state = flow.state().iter();
        let set = state.filter_map(|schema| Some((title(schema).to_owned(), default(schema)?)));
        Self(Mutex::new(set.collect()))
    }

    /// Returns the value of a variable.
    ///
    /// # Errors
    /// A `spec` failure, if it is unset.
    pub(super) fn read(&self, variable: &Value) -> Result<Value, Failure> {
        let title = title(variable);
        lock(&self.0).get(title).cloned().ok_or_else(|| {
            let message = format!("variable `{title}` was never written, and it has no default");
            Failure::new(FailureKind::Spec, message)
        })
    }

    /// Writes a variable: replaces its value, or inserts into it.
    ///
    /// # Errors
    /// A `spec` failure, if the variable has no value to insert into.
    pub(super) fn write(
        &self,
        variable: &Value,
        operation: &str,
        value: Value,
    ) -> Result<(), Failure> {
        let title = title(variable);
        let mut values = lock(&self.0);
        let before = values.get_mut(title).filter(|_| operation != "overwrite");
        match (operation, before, value) {
            ("overwrite", _, value) => {
                values.insert(title.to_owned(), value);
            }
            ("insert", Some(Value::Array(items)), value) => items.push(value),
            ("merge", Some(Value::Array(items)), Value::Array(more)) => items.extend(more),
            ("merge", Some(Value::Object(entries)), Value::Object(more)) => entries.extend(more),
            (_, before, value) => {
                let before = before.map_or("nothing".to_owned(), |before| before.to_string());
                let message = format!(
                    "`{operation}` can't write {value} into variable `{title}`, which has {before}"
                );
                let failure = Failure::new(FailureKind::Spec, message);
                return Err(failure.with_hint("give the variable a default of its type"));
            }
        }
        Ok(())
    }
}

/// Returns the title of a variable, by the rules for properties.
pub(super) fn title(variable: &Value) -> &str {
    let title = variable.get("title").and_then(Value::as_str);
    title.unwrap_or("property")
}

fn default(variable: &Value) -> Option<Value> {
    variable.get("default").filter(|it| !it.is_null()).cloned()
}
