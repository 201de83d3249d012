//! The plan of the launch dialog, which is made outside of the screen's thread and started when it
//! is ready.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;

use super::{Rows, State};
use crate::profile::{Profile, Stub};
use crate::runs::{
    BatchPlan, DEFAULT_AT_ONCE, InputList, InputRows, Origin, PlanError, PlannedBatch, Row,
    RunsCommand, Vary, count_combinations, count_variants,
};
use crate::spec::Component;
use crate::tui::app::Context;
use crate::tui::effect::Effect;
use crate::tui::launch_plan::{Goal, LaunchPlan, PlanWish, Preview, Ticket, Varied};
use crate::tui::message::{Command, Message};
use crate::tui::notices::Notice;
use crate::tui::overlays::trust;
use crate::tui::screens::Screen;

/// The number of rows that are checked after each key; more are checked when nothing was typed for
/// a while.
const FEW_ROWS: usize = 1_000;

/// The time without typing after which many rows are checked.
const PLANNED_AFTER: Duration = Duration::from_millis(200);

/// The inputs of a preview's plan. While they stay the same, no row is checked again.
#[derive(Debug)]
pub(super) struct Looked {
    component: Arc<Component>,
    profile: Arc<Profile>,
    rows: Option<Arc<InputRows>>,
    inputs: Row,
    messages: Vec<String>,
    varied: Vec<Vary>,
    lists: Vec<InputList>,
    answers: Option<PathBuf>,
    stubs: IndexMap<String, Stub>,
}

impl PartialEq for Looked {
    fn eq(&self, other: &Self) -> bool {
        let rows = match (&self.rows, &other.rows) {
            (Some(rows), Some(others)) => Arc::ptr_eq(rows, others),
            (None, None) => true,
            _ => false,
        };
        rows && Arc::ptr_eq(&self.component, &other.component)
            && Arc::ptr_eq(&self.profile, &other.profile)
            && self.inputs == other.inputs
            && self.messages == other.messages
            && self.varied == other.varied
            && self.lists == other.lists
            && self.answers == other.answers
            && self.stubs == other.stubs
    }
}

/// The plan of the runs to start.
#[derive(Debug)]
pub(super) enum Plan {
    /// No plan, because the rows are not read yet.
    Unknown,
    /// The plan is being made.
    Making(Ticket, Goal),
    /// A finished plan or its error.
    Made(Result<Preview, PlanError>),
}

impl State {
    /// Makes the plan again after a change. The old plan is dropped.
    pub(super) fn look_again(&mut self, root: &Path) -> Vec<Command> {
        self.is_launch_due = false;
        let n_rows = self.rows.read().map_or(0, |read| read.rows.len());
        let delay = if n_rows > FEW_ROWS {
            PLANNED_AFTER
        } else {
            Duration::ZERO
        };
        self.preview(root, delay)
    }

    /// Makes the plan again after a delay in which more may be typed.
    pub(super) fn look_later(&mut self, root: &Path, delay: Duration) -> Vec<Command> {
        self.is_launch_due = false;
        self.preview(root, delay)
    }

    /// Makes the plan again although the person changed nothing; a requested launch stays
    /// requested.
    pub(super) fn look_on(&mut self, root: &Path) -> Vec<Command> {
        self.preview(root, Duration::ZERO)
    }

    fn preview(&mut self, root: &Path, delay: Duration) -> Vec<Command> {
        // Repeats make no new problems, so they are left to the launch.
        self.wish(root, (Goal::Preview, 1), delay)
    }

    /// Requests a plan for the current inputs. It replaces an earlier request.
    fn wish(
        &mut self,
        root: &Path,
        (goal, repeats): (Goal, usize),
        delay: Duration,
    ) -> Vec<Command> {
        if matches!(self.rows, Rows::Reading(_)) {
            return Vec::new();
        }
        let Some(component) = &self.component else {
            return Vec::new();
        };
        let rows = self.rows.read().cloned();
        let columns = rows.as_ref().map(|rows| rows.columns()).unwrap_or_default();
        let request = self
            .form
            .request(component, &self.profile, columns, repeats);
        let looked = Looked {
            component: Arc::clone(component),
            profile: Arc::clone(&self.profile),
            rows: rows.clone(),
            inputs: request.inputs.clone(),
            messages: request.messages.clone(),
            varied: self.form.vary().unwrap_or_default(),
            lists: request.lists.clone(),
            answers: self.answers_file(root),
            stubs: self.form.stubs().unwrap_or_default(),
        };
        let is_known = matches!(self.plan, Plan::Made(_) | Plan::Making(_, Goal::Preview));
        if goal == Goal::Preview && is_known && self.looked.as_ref() == Some(&looked) {
            return Vec::new();
        }
        let (answers, stubs) = (looked.answers.clone(), looked.stubs.clone());
        self.looked = Some(looked);
        let ticket = Ticket::default();
        self.plan = Plan::Making(ticket.clone(), goal);
        vec![Command::Outside(Effect::Plan(Box::new(PlanWish {
            ticket,
            request,
            rows,
            goal,
            delay,
            varied: self.varied(),
            answers,
            stubs,
        })))]
    }

    /// Returns the variations and the document that they apply to.
    fn varied(&self) -> Option<Varied> {
        let fields = self.form.vary().ok().filter(|varied| !varied.is_empty())?;
        Some(Varied {
            fields,
            path: self.path.clone(),
            profile: self.form.profile.clone(),
            checked: Arc::clone(&self.checked),
        })
    }

    /// Whether the dialog waits for the plan with this ticket.
    pub(crate) fn awaits(&self, ticket: &Ticket) -> bool {
        matches!(&self.plan, Plan::Making(awaited, _) if awaited == ticket)
    }

    /// Stores the requested plan, and starts it if a launch was requested and is still allowed.
    pub(crate) fn take_plan(
        &mut self,
        result: Result<LaunchPlan, PlanError>,
        may_start: bool,
        context: &Context<'_>,
    ) -> Vec<Command> {
        let (preview, ready) = match result {
            Ok(LaunchPlan::Preview(preview)) => (Ok(preview), None),
            Ok(LaunchPlan::Ready(planned)) => (Ok(Preview::from(&*planned)), Some(planned)),
            Err(error) => (Err(error), None),
        };
        let was_launch = matches!(self.plan, Plan::Making(_, Goal::Launch));
        if was_launch && preview.is_err() {
            // One problem of a launch may be how many runs there would be, which no preview looks
            // at.
            self.looked = None;
        }
        self.plan = Plan::Made(preview);
        let is_launch_due = std::mem::take(&mut self.is_launch_due) && may_start;
        match ready {
            Some(planned) if may_start => self.start(*planned, context),
            None if is_launch_due && self.is_ready() => self.launch(&context.workspace.root),
            _ => Vec::new(),
        }
    }

    /// Returns the number of runs that will be started.
    pub(super) fn count(&self) -> usize {
        let rows = self.rows.read().map_or(1, |read| read.rows.len().max(1));
        let varied = self.form.vary().unwrap_or_default();
        let variants = count_variants(&varied);
        let lists = self.form.lists().unwrap_or_default();
        rows.saturating_mul(count_combinations(&lists))
            .saturating_mul(variants)
            .saturating_mul(self.form.repeats())
    }

    /// Returns the maximum number of concurrent runs.
    pub(super) fn at_once(&self) -> usize {
        let bound = self.form.at_once().or(self.profile.at_once);
        bound.unwrap_or(DEFAULT_AT_ONCE).max(1)
    }

    /// Whether the inputs were checked and are valid.
    pub(super) fn is_ready(&self) -> bool {
        matches!(self.plan, Plan::Made(Ok(_))) && self.has_no_problem()
    }

    /// Whether no problem with the inputs is known.
    pub(super) fn has_no_problem(&self) -> bool {
        self.component.is_some()
            && self.checked.profile_problem.is_none()
            && !matches!(self.plan, Plan::Made(Err(_)))
            && !matches!(self.rows, Rows::Failed(..))
            && self.form.problems().is_empty()
    }

    /// Returns the file with rows that is being read or checked.
    pub(super) fn reading(&self) -> Option<&Path> {
        match (&self.rows, &self.plan) {
            (Rows::Reading(path), _) | (Rows::Read(path, _), Plan::Making(_, Goal::Preview)) => {
                Some(path)
            }
            _ => None,
        }
    }

    /// Starts the launch as soon as its rows are read and its plan is made.
    pub(super) fn launch(&mut self, root: &Path) -> Vec<Command> {
        if self.reading().is_some() {
            self.is_launch_due = true;
        } else if !matches!(self.plan, Plan::Making(_, Goal::Launch)) {
            let goal = (Goal::Launch, self.form.repeats());
            return self.wish(root, goal, Duration::ZERO);
        }
        Vec::new()
    }

    fn start(&self, planned: PlannedBatch, context: &Context<'_>) -> Vec<Command> {
        let Some(component) = &self.component else {
            return Vec::new();
        };
        let origin = Origin {
            workspace: context.workspace.root.clone(),
            spec: Some(self.path.clone()),
            ..Origin::default()
        };
        let mut commands = vec![
            Command::close(),
            self.remember(),
            Command::runs(RunsCommand::Launch {
                batch: context.ids.batch(),
                plan: Box::new(BatchPlan {
                    origin,
                    ..planned.plan
                }),
            }),
            Command::Tell(Message::Show(Screen::Runs)),
        ];
        let notes = planned.notes.into_iter();
        commands.extend(notes.map(|note| Command::notify(Notice::warning(note))));
        let spec = (self.path.as_path(), &*self.checked);
        trust::once_trusted(spec, component, &self.profile, commands, context)
    }
}
