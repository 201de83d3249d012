//! The plan of the launch dialog, made outside of the screen's thread because a file may have any
//! number of rows.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use serde_json::Value;

use crate::profile::{Profile, Stub};
use crate::runs::{
    FileAnswers, InputRows, PlanError, PlanProblem, PlanRequest, PlannedBatch, Variant, Vary, plan,
    read_answers, variants,
};
use crate::tui::check::{AskedProfile, Checked, Surroundings};
use crate::tui::event::JobResult;

/// The maximum number of rows in a preview.
const MAX_ROWS: usize = 3;

/// An identity that distinguishes one request from all others.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ticket(Arc<()>);

impl PartialEq for Ticket {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// A request to plan a launch.
#[derive(Debug)]
pub(crate) struct PlanWish {
    /// The ticket, returned with the plan.
    pub ticket: Ticket,
    /// The request as filled in, without the rows.
    pub request: PlanRequest,
    /// The rows that were read.
    pub rows: Option<Arc<InputRows>>,
    /// The purpose of the plan.
    pub goal: Goal,
    /// The time to wait for a newer request.
    pub delay: Duration,
    /// The variation, if there is one.
    pub varied: Option<Varied>,
    /// The file of answers, if any.
    pub answers: Option<PathBuf>,
    /// The stubs that replace tools, by the tools' names.
    pub stubs: IndexMap<String, Stub>,
}

/// Fields of a spec that are varied.
#[derive(Debug)]
pub(crate) struct Varied {
    /// The fields.
    pub fields: Vec<Vary>,
    /// The file of the spec.
    pub path: PathBuf,
    /// The profile with which the spec is loaded.
    pub profile: String,
    /// The spec as it was checked.
    pub checked: Arc<Checked>,
}

impl Varied {
    /// Loads each variant with the same profile and parts as the spec.
    fn variants(&self) -> Result<Vec<Variant>, PlanError> {
        let asked = AskedProfile {
            name: Some(&self.profile),
            ..AskedProfile::default()
        };
        let options = Surroundings::of(&self.path, asked).options;
        let tree = &self.checked.loaded.tree;
        let document = tree.root().map(|root| tree.to_json(root));
        variants(&document.unwrap_or_default(), &self.fields, &options)
            .map_err(|error| PlanProblem::of_all(format!("vary {error}")).into())
    }
}

/// The purpose of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// The plan is shown in the dialog.
    Preview,
    /// The plan is started.
    Launch,
}

/// A plan, in the detail that its purpose needs.
#[derive(Debug)]
pub(crate) enum LaunchPlan {
    /// For [`Goal::Preview`].
    Preview(Preview),
    /// For [`Goal::Launch`].
    Ready(Box<PlannedBatch>),
}

/// The preview of a plan in the dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Preview {
    /// Remarks for the person, each one sentence.
    pub notes: Vec<String>,
    /// The inputs of the first runs as text: `city=Paris days=2`; empty without rows.
    pub rows: Vec<String>,
}

impl From<&PlannedBatch> for Preview {
    fn from(planned: &PlannedBatch) -> Self {
        let runs = planned.plan.runs.iter();
        let mut rows: Vec<(usize, String)> = Vec::new();
        for run in runs {
            if let Some(row) = run.row
                && rows.iter().all(|(known, _)| *known != row)
            {
                let inputs = run.inputs.iter();
                let inputs = inputs.map(|(name, value)| format!("{name}={}", shown(value)));
                rows.push((row, inputs.collect::<Vec<_>>().join("  ")));
            }
            if rows.len() == MAX_ROWS {
                break;
            }
        }
        Self {
            notes: planned.notes.clone(),
            rows: rows.into_iter().map(|(_, words)| words).collect(),
        }
    }
}

/// Returns the text for a value. A string that could be read as another type is in quotes.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if serde_json::from_str::<Value>(text).is_err() && !text.is_empty() => {
            text.clone()
        }
        other => other.to_string(),
    }
}

impl PlanWish {
    /// Makes the plan on this thread.
    pub(super) fn plan(self) -> JobResult {
        let varied = self.varied.as_ref();
        let variants = varied.map_or_else(|| Ok(Vec::new()), Varied::variants);
        let answers: Result<FileAnswers, PlanError> = self.answers.as_deref().map_or_else(
            || Ok(FileAnswers::default()),
            |path| {
                let read = read_answers(path);
                read.map_err(|error| PlanProblem::of_all(error.to_string()).into())
            },
        );
        let result = variants.and_then(|variants| {
            let answers = answers?;
            let notes = answers.unasked(&self.request.component);
            let mut request = PlanRequest {
                variants,
                answers: answers.all,
                answers_of_rows: answers.of_rows,
                ..self.request
            };
            if !self.stubs.is_empty() {
                request.profile = Arc::new(Profile {
                    stubs: self.stubs,
                    ..Profile::clone(&request.profile)
                });
            }
            let mut plan = self.goal.plan(request, self.rows.as_deref())?;
            plan.notes().extend(notes);
            Ok(plan)
        });
        JobResult::Planned {
            result,
            ticket: self.ticket,
        }
    }
}

impl LaunchPlan {
    fn notes(&mut self) -> &mut Vec<String> {
        match self {
            Self::Preview(preview) => &mut preview.notes,
            Self::Ready(planned) => &mut planned.notes,
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
