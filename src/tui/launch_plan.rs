//! What the launch dialog would start, found out off the screen's thread: a file may have any number of rows.

use std::sync::Arc;

use crate::runs::{InputRows, PlanError, PlanRequest, PlannedBatch, plan};
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
    /// How many may be in flight.
    pub at_once: usize,
    /// Remarks for the person, each a sentence.
    pub notes: Vec<String>,
}

impl From<&PlannedBatch> for Preview {
    fn from(planned: &PlannedBatch) -> Self {
        Self {
            at_once: planned.plan.at_once,
            notes: planned.notes.clone(),
        }
    }
}

impl PlanWish {
    /// Makes the plan, on this thread.
    pub(super) fn plan(self) -> JobResult {
        JobResult::Planned {
            result: self.goal.plan(self.request, self.rows.as_deref()),
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
