//! Changes to the spec of a recorded batch before it is loaded again.

use std::sync::Arc;

use serde_json::Value;

use super::TakenBatch;
use crate::spec::set_field::set_field;
use crate::spec::{Format, LoadOptions, load};
use crate::trace::{RunTerms, SpecText};

/// The reason why a field of a recorded spec can't be set.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The recorded text is not JSON.
    #[error("the kept spec can't be read")]
    Text(#[from] serde_json::Error),
    /// The field does not exist, or the value does not fit.
    #[error("{path}: {problem}")]
    Field {
        /// The path of the component and its field, as given.
        path: String,
        /// The problem.
        problem: String,
    },
}

impl TakenBatch {
    /// Sets fields in the spec of the batch's runs before it is loaded: values as written, by
    /// component and field (`weather.system_prompt`).
    ///
    /// # Errors
    /// [`EditError`].
    pub fn set_fields(&mut self, settings: &[(String, String)]) -> Result<(), EditError> {
        self.edit_spec(|text| {
            let mut document: Value = serde_json::from_str(text)?;
            for (path, value) in settings {
                let n_before = unknown_fields(&document);
                set_field(&mut document, path, value).map_err(|error| EditError::Field {
                    path: path.clone(),
                    problem: error.to_string(),
                })?;
                // In a kept spec an unknown field may be of a later version; one that a person just typed is wrong.
                if unknown_fields(&document) > n_before {
                    return Err(EditError::Field {
                        path: path.clone(),
                        problem: "the component has no such field".to_owned(),
                    });
                }
            }
            Ok(format!("{document:#}"))
        })
    }

    /// Replaces the spec of the batch's runs by a text.
    pub(super) fn put_spec(&mut self, text: &str) {
        let Ok(()) = self.edit_spec(|_| Ok::<_, std::convert::Infallible>(text.to_owned()));
    }

    /// Changes the text of the spec of the batch's runs before it is loaded.
    ///
    /// # Errors
    /// Those of the change.
    fn edit_spec<E>(&mut self, change: impl Fn(&str) -> Result<String, E>) -> Result<(), E> {
        for run in &mut self.runs {
            let terms = &run.planned.terms;
            let spec = SpecText {
                text: change(&terms.spec.text)?,
                hash: terms.spec.hash.clone(),
            };
            run.planned.terms = Arc::new(RunTerms {
                spec: Arc::new(spec),
                ..RunTerms::clone(terms)
            });
        }
        Ok(())
    }
}

/// Returns the number of fields of a document that no component type has.
fn unknown_fields(document: &Value) -> usize {
    let options = LoadOptions {
        format: Some(Format::Json),
        ..LoadOptions::default()
    };
    load(&document.to_string(), &options).n_unknown_fields()
}
