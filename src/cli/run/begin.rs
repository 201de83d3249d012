//! The start of a command: a new batch, a continued batch of the history, a fork, or the failed
//! runs of a batch.

use std::path::PathBuf;
use std::sync::Arc;

use super::launch::{answers, has_person, invalid, prepare};
use super::options::{How, Options, Resumed};
use crate::base::ids::BatchId;
use crate::cli::context::Context;
use crate::cli::kept;
use crate::cli::outcome::{Exit, Stop};
use crate::profile::Profile;
#[cfg(feature = "nats")]
use crate::runs::kept_spec;
use crate::runs::{
    BatchPlan, CarriedOn, Forked, History, HistoryReader, Named, QueueName, ReloadError,
    ReloadOptions, Reloaded, RunPlan, RunsCommand, RunsHandle, TakenBatch, TakenRun, Variant,
    give_ids,
};
use crate::spec::Component;
use crate::trace::RunState;

/// A spec and its variants.
type SpecWithVariants = (Arc<Component>, Vec<Variant>);

/// The kinds of start.
#[derive(Debug)]
pub(in crate::cli) enum Begin {
    /// A batch of new runs.
    New(Box<BatchPlan>),
    /// A continued batch of the history.
    CarryOn(Box<CarriedOn>),
    /// A fork of a run.
    Fork(Box<Forked>),
}

impl Begin {
    /// Reads everything that the options name.
    ///
    /// # Errors
    /// Something is not valid, and nothing was run.
    pub(super) fn of(options: &Options, context: &Context) -> Result<Self, Stop> {
        match &options.retry_failed {
            Some(batch) => retry_failed(batch, options, context),
            None => Ok(Self::New(Box::new(prepare(options, context)?))),
        }
    }

    /// Returns the plan of the runs.
    pub(super) fn plan(&self) -> &BatchPlan {
        match self {
            Self::New(plan) => plan,
            Self::CarryOn(carried_on) => &carried_on.plan,
            Self::Fork(forked) => &forked.plan,
        }
    }

    /// Returns the batch's id and the command that starts it.
    pub(super) fn command(self, handle: &RunsHandle) -> (BatchId, RunsCommand) {
        match self {
            Self::New(plan) => {
                let batch = handle.new_batch_id();
                (batch.clone(), RunsCommand::Launch { batch, plan })
            }
            Self::CarryOn(carried_on) => {
                (carried_on.batch.clone(), RunsCommand::CarryOn(carried_on))
            }
            Self::Fork(forked) => {
                let batch = handle.new_batch_id();
                let fork = forked.begin(batch.clone());
                (batch, RunsCommand::Fork(Box::new(fork)))
            }
        }
    }
}

impl Begin {
    /// Loads a batch of the history to continue it.
    ///
    /// # Errors
    /// The batch doesn't exist, or it can't be continued here.
    pub(super) fn resumed(
        resumed: Resumed<'_>,
        (history, queue): (Option<&mut History>, Option<&QueueName>),
        context: &Context,
    ) -> Result<Self, Stop> {
        let Some(history) = history else {
            let message = "there is no history to resume from";
            return Err(Stop::new(Exit::Invalid, message)
                .with_help("set `[history] enabled = true` in config.toml to record runs"));
        };
        let batch = batch_of(resumed.id, context)?;
        check_place(&batch, resumed, queue, context)?;
        let taken = history
            .take_over(&batch)
            .map_err(|error| kept::stop(&error))?;
        let n_going = taken.n_going();
        let (spec, profile) =
            loaded_again(&taken, (resumed.tools, false), queue.is_some(), context)?;
        let mut plan = taken.plan(&taken.runs, spec, Arc::new(profile));
        bound(&mut plan, resumed.how, n_going);
        add_answers(&mut plan, resumed.messages, resumed.how, context)?;
        if n_going == 0 {
            context
                .output
                .note(&format!("batch {batch} has nothing left to do"));
        }
        let carried_on = taken
            .carried_on(plan, resumed.in_doubt, queue.is_some())
            .map_err(|error| Stop::from_error(Exit::Invalid, &error))?;
        Ok(Self::CarryOn(Box::new(carried_on)))
    }

    /// Checks that a batch of this history may be followed at the given queue.
    ///
    /// # Errors
    /// Its runs are at the workers of another queue, or the options would give them further
    /// answers.
    #[cfg(feature = "nats")]
    pub(super) fn check_place(
        resumed: Resumed<'_>,
        queue: Option<&QueueName>,
        context: &Context,
    ) -> Result<(), Stop> {
        match batch_of(resumed.id, context) {
            Ok(batch) => check_place(&batch, resumed, queue, context),
            Err(_unknown) => Ok(()),
        }
    }

    /// Loads a batch of another flowdeck from the server of the queue, to follow its runs.
    ///
    /// # Errors
    /// Its spec can't be loaded, or the options would change what its launch set.
    #[cfg(feature = "nats")]
    pub(super) fn followed(taken: TakenBatch, resumed: Resumed<'_>) -> Result<Self, Stop> {
        if resumed.has_answers() {
            return Err(answers_refused());
        }
        if resumed.how.rate.is_some() {
            let message =
                "the `--rate` of a batch can be changed only where the batch was launched";
            return Err(Stop::usage(message).with_help(
                "leave it out here; where the batch was launched, `M` in the workbench or `--resume … --rate` changes it",
            ));
        }
        let invalid = |error: &ReloadError| Stop::new(Exit::Invalid, error.to_string());
        let terms = taken.terms().ok_or_else(|| invalid(&ReloadError::Empty))?;
        let component = kept_spec(terms, Vec::new()).map_err(|error| invalid(&error))?;
        let variants = taken.variants().into_iter().map(|terms| {
            Ok(Variant {
                settings: terms.settings.clone(),
                component: kept_spec(terms, Vec::new())?,
                spec: Arc::clone(&terms.spec),
                notes: Vec::new(),
            })
        });
        let variants = variants.collect::<Result<_, _>>();
        let variants = variants.map_err(|error| invalid(&error))?;
        let profile = Profile::of_workers(&terms.profile.name);
        let n_going = taken.n_going();
        let mut plan = taken.plan(&taken.runs, (component, variants), Arc::new(profile));
        bound(&mut plan, resumed.how, n_going);
        let carried_on = taken.carried_on(plan, resumed.in_doubt, true);
        let carried_on = carried_on.map_err(|error| Stop::from_error(Exit::Invalid, &error))?;
        Ok(Self::CarryOn(Box::new(carried_on)))
    }
}

fn retry_failed(id: &str, options: &Options, context: &Context) -> Result<Begin, Stop> {
    let batch = batch_of(id, context)?;
    let reader = HistoryReader::open(&kept::file(context)).map_err(|error| kept::stop(&error))?;
    let taken = TakenBatch::read(&reader, &batch).map_err(|error| kept::stop(&error))?;
    let failed: Vec<&TakenRun> = taken
        .runs
        .iter()
        .filter(|run| matches!(run.state(), Some(RunState::Failed | RunState::TimedOut)))
        .collect();
    if failed.is_empty() {
        let message = format!("no run of batch {batch} failed or ran out of time");
        return Err(Stop::new(Exit::Invalid, message));
    }
    let n_failed = failed.len();
    let is_at_workers = options.how.nats.queue(context)?.is_some();
    let tools = options.tools.as_ref();
    let (spec, profile) = loaded_again(&taken, (tools, false), is_at_workers, context)?;
    let mut plan = taken.plan(failed, spec, Arc::new(profile));
    // The client of a served conversation continues with the run that failed.
    plan.origin.served = None;
    for run in &mut plan.runs {
        Arc::make_mut(run).client_message = None;
    }
    bound(&mut plan, &options.how, n_failed);
    plan.keeping = plan.keeping.max(options.how.keeping());
    add_answers(&mut plan, &options.message, &options.how, context)?;
    Ok(Begin::New(Box::new(plan)))
}

/// Checks that a batch whose runs are at workers is followed there and not also executed elsewhere,
/// unless a person asks for it by `--nats none`.
fn check_place(
    batch: &BatchId,
    resumed: Resumed<'_>,
    queue: Option<&QueueName>,
    context: &Context,
) -> Result<(), Stop> {
    let reader = HistoryReader::open(&kept::file(context)).map_err(|error| kept::stop(&error))?;
    let kept = reader.batch(batch).map_err(|error| kept::stop(&error))?;
    let Some(theirs) = kept.terms.queue else {
        return Ok(());
    };
    if resumed.how.nats.is_none_named() {
        return Ok(());
    }
    if !queue.is_some_and(|queue| queue.is_same(&theirs)) {
        return Err(Stop::new(Exit::Invalid, theirs.refusal(batch)).with_help(
            "`--nats none` runs them here anyway: use it only when no worker has them any more",
        ));
    }
    if resumed.has_answers() {
        Err(answers_refused())
    } else {
        Ok(())
    }
}

/// Returns the error for `--message` and `--answers` if the runs are already at workers.
fn answers_refused() -> Stop {
    let message = "runs at workers use the answers that the batch was launched with";
    Stop::usage(message).with_help(
        "answer in the workbench with the same `--nats`, or at a terminal, where a single run asks for what it needs",
    )
}

/// Returns the batch with an id; for a run's id, the run's batch.
fn batch_of(id: &str, context: &Context) -> Result<BatchId, Stop> {
    let reader = HistoryReader::open(&kept::file(context)).map_err(|error| kept::stop(&error))?;
    let workspace = context.workspace();
    let found = reader
        .find(id, &workspace.to_string_lossy())
        .map_err(|error| kept::stop(&error))?;
    match found {
        Named::Batch(batch) => Ok(batch),
        Named::Run(run) => Err(Stop::usage(format!(
            "`{run}` is a run, but a batch is needed"
        ))),
    }
}

/// Loads the spec with its variants and the profile of a batch in their present versions.
/// `is_changed` says that fields of the spec were set.
pub(super) fn loaded_again(
    taken: &TakenBatch,
    (tools, is_changed): (Option<&PathBuf>, bool),
    is_at_workers: bool,
    context: &Context,
) -> Result<(SpecWithVariants, Profile), Stop> {
    let tools = tools.map(|tools| context.resolved(tools));
    let wanted = ReloadOptions {
        profile: context.profile.as_deref(),
        tools: tools.as_deref(),
        is_at_workers,
    };
    let reloaded = taken.reload(wanted).map_err(|error| match error {
        ReloadError::Empty | ReloadError::Outline => Stop::new(Exit::Invalid, error.to_string()),
        ReloadError::NoSuchProfile(error) => Stop::from_profile(Exit::Usage, &error),
        ReloadError::Profile(error) => invalid(&error),
        ReloadError::Part(error) => invalid(&error),
        ReloadError::Spec {
            ref problems,
            ref shown_text,
        } => {
            let colours = context.output.notes_colours;
            let problems = problems.iter();
            let problems =
                problems.map(|problem| problem.render("the kept spec", shown_text, colours));
            context.output.problems(&problems.collect::<String>());
            Stop::new(
                Exit::Invalid,
                if is_changed {
                    "`--set` makes the spec of the run invalid".to_owned()
                } else {
                    error.to_string()
                },
            )
        }
    })?;
    if reloaded.is_other_profile {
        context.output.warning(&format!(
            "profile `{}` has changed since the batch began: the remaining runs use it as it is now",
            reloaded.profile.name
        ));
    }
    let Reloaded {
        component,
        variants,
        profile,
        ..
    } = reloaded;
    Ok(((component, variants), profile))
}

/// Replaces limits of the batch by the given ones.
pub(super) fn bound(plan: &mut BatchPlan, how: &How, n_going: usize) {
    plan.at_once = how.at_once.unwrap_or(plan.at_once).max(1);
    plan.requests_per_second = how.rate.or(plan.requests_per_second);
    plan.max_tokens_total = how.max_tokens_total.or(plan.max_tokens_total);
    plan.canary = how.canary();
    plan.timeout = how.timeout.or(plan.timeout);
    plan.is_fail_fast |= how.fail_fast;
    plan.limits = how.limits(plan.limits);
    plan.is_attended = n_going == 1 && has_person();
}

/// Adds given answers to the ones that the runs have left.
pub(super) fn add_answers(
    plan: &mut BatchPlan,
    messages: &[String],
    how: &How,
    context: &Context,
) -> Result<(), Stop> {
    // Rows are those of a file that this command does not have.
    let mut given = answers(how, context)?.all;
    give_ids(&mut given.replies, &plan.component);
    let is_none = given.tools.is_empty()
        && given.messages.is_empty()
        && given.replies.is_empty()
        && given.confirmations.is_empty()
        && given.default_confirmation.is_none()
        && messages.is_empty();
    if is_none {
        return Ok(());
    }
    for run in &mut plan.runs {
        let mut changed = RunPlan::clone(run);
        let answers = &mut changed.answers;
        answers.messages.extend(messages.iter().cloned());
        answers.messages.extend(given.messages.iter().cloned());
        answers.replies.extend(given.replies.iter().cloned());
        for (tool, results) in &given.tools {
            let known = answers.tools.entry(tool.clone()).or_default();
            known.extend(results.iter().cloned());
        }
        answers.confirmations.extend(given.confirmations.clone());
        if given.default_confirmation.is_some() {
            answers
                .default_confirmation
                .clone_from(&given.default_confirmation);
        }
        *run = Arc::new(changed);
    }
    Ok(())
}
