//! What the launch dialog would start, found out off the screen's thread: a file may have any number of rows.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::runs::{
    InputRows, PlanError, PlanProblem, PlanRequest, PlannedBatch, Variant, Vary, plan, variants,
};
use crate::tui::check::{Checked, Surroundings};
use crate::tui::event::JobResult;

/// Tells one wish from every other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ticket(Arc<()>);

impl PartialEq for Ticket {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// What is to be planned.
#[derive(Debug)]
pub(crate) struct PlanWish {
    /// Comes back with the plan.
    pub ticket: Ticket,
    /// What is filled in, without the rows.
    pub request: PlanRequest,
    /// The rows that were read.
    pub rows: Option<Arc<InputRows>>,
    /// What the plan is for.
    pub goal: Goal,
    /// How long it waits for a newer wish.
    pub delay: Duration,
    /// What is varied, if anything is.
    pub varied: Option<Varied>,
}

/// Fields of a spec that are varied.
#[derive(Debug)]
pub(crate) struct Varied {
    /// The fields.
    pub fields: Vec<Vary>,
    /// The file of the spec.
    pub path: PathBuf,
    /// The profile by which it is loaded.
    pub profile: String,
    /// The spec as it was checked.
    pub checked: Arc<Checked>,
}

impl Varied {
    /// Loads each variant with what the spec itself was loaded with.
    fn variants(&self) -> Result<Vec<Variant>, PlanError> {
        let options = Surroundings::of(&self.path, Some(&self.profile)).options;
        let tree = &self.checked.loaded.tree;
        let document = tree.root().map(|root| tree.to_json(root));
        variants(&document.unwrap_or_default(), &self.fields, &options).map_err(|error| {
            let message = format!("vary {error}");
            let (row, line, name) = (None, None, None);
            PlanProblem {
                row,
                line,
                name,
                message,
            }
            .into()
        })
    }
}

/// What a plan is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// To be told in the dialog.
    Preview,
    /// To be started.
    Launch,
}

/// A plan, as far as it is needed.
#[derive(Debug)]
pub(crate) enum LaunchPlan {
    /// For [`Goal::Preview`].
    Preview(Preview),
    /// For [`Goal::Launch`].
    Ready(Box<PlannedBatch>),
}

/// What the dialog tells of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Preview {
    /// Remarks for the person, each a sentence.
    pub notes: Vec<String>,
}

impl From<&PlannedBatch> for Preview {
    fn from(planned: &PlannedBatch) -> Self {
        Self {
            notes: planned.notes.clone(),
        }
    }
}

impl PlanWish {
    /// Makes the plan, on this thread.
    pub(super) fn plan(self) -> JobResult {
        let varied = self.varied.as_ref();
        let variants = varied.map_or_else(|| Ok(Vec::new()), Varied::variants);
        let result = variants.and_then(|variants| {
            let request = PlanRequest {
                variants,
                ..self.request
            };
            self.goal.plan(request, self.rows.as_deref())
        });
        JobResult::Planned {
            result,
            ticket: self.ticket,
        }
    }
}

impl Goal {
    fn plan(self, request: PlanRequest, rows: Option<&InputRows>) -> Result<LaunchPlan, PlanError> {
        let planned = plan(PlanRequest {
            rows: rows.map(|read| read.rows.clone()).unwrap_or_default(),
            lines: rows.map(|read| read.lines.clone()).unwrap_or_default(),
            ..request
        })?;
        Ok(match self {
            Self::Preview => LaunchPlan::Preview(Preview::from(&planned)),
            Self::Launch => LaunchPlan::Ready(Box::new(planned)),
        })
    }
}
