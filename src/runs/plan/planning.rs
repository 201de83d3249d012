//! Converts a user's request to a plan of runs. Invalid values are reported before anything starts.

mod prepared;
mod problems;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexSet;

pub(crate) use self::prepared::give_ids;
use self::prepared::{answers_for, check_answers, check_stubs};
pub use self::problems::{PlanError, PlanProblem};
use self::values::{fill_messages, value_of};
use crate::base::keeping::Keeping;
use crate::base::plural::counted;
use crate::base::suggest::closest;
use crate::conversation::Values;
use crate::profile::Profile;
use crate::profile::quantity::RUNS;
use crate::runs::plan::input_lists::combined;
use crate::runs::plan::input_rows::{columns, is_column_of};
use crate::runs::{Answers, BatchPlan, Canary, InputList, Origin, Row, RunPlan, Variant};
use crate::runtime::check_runnable;
use crate::spec::Component;
use crate::spec::placeholder;
use crate::trace::{ClientMessage, Limits, SpecText};

/// The default of the maximum number of runs at once.
pub(crate) const DEFAULT_AT_ONCE: usize = 10;

/// The maximum number of unused columns that are named, and of notes about variants.
const MAX_NOTES: usize = 10;

/// A user's request for a batch.
#[derive(Clone, Debug)]
pub struct PlanRequest {
    /// The root component.
    pub component: Arc<Component>,
    /// The profile that binds models and tools.
    pub profile: Arc<Profile>,
    /// The variants of the spec, each of which is run with each row; if empty, the component itself
    /// is run.
    pub variants: Vec<Variant>,
    /// The values that all runs share.
    pub inputs: Row,
    /// The rows, one for each run, whose values take precedence over the shared ones. No rows make
    /// one run.
    pub rows: Vec<Row>,
    /// The line number of each row in its file, from 1; empty if unknown.
    pub lines: Vec<usize>,
    /// Lists of input values, whose combinations are combined with each row.
    pub lists: Vec<InputList>,
    /// How often each row is run; the runs of a row are consecutive.
    pub repeats: usize,
    /// Messages of the user, in order; `{{name}}` is replaced from the row.
    pub messages: Vec<String>,
    /// The other prepared answers; their messages follow those above.
    pub answers: Answers,
    /// The answers for the runs of a row, by its number from 1; they precede those for all runs.
    pub answers_of_rows: BTreeMap<usize, Answers>,
    /// The maximum number of runs at once; takes precedence over the profile's.
    pub at_once: Option<usize>,
    /// The maximum number of model requests per second; the profile's limit applies as well.
    pub requests_per_second: Option<f64>,
    /// The maximum total of tokens of all model calls.
    pub max_tokens_total: Option<u64>,
    /// The runs that go first while the others are held back.
    pub canary: Option<Canary>,
    /// The maximum active time of a run.
    pub timeout: Option<Duration>,
    /// The limits of each run.
    pub limits: Limits,
    /// The seed of the first run; run number k gets this plus k.
    pub seed: Option<u64>,
    /// Whether the first failure cancels all unfinished runs.
    pub is_fail_fast: bool,
    /// Whether a person is available to answer requests.
    pub is_attended: bool,
    /// Whether a person can control the batch: pause it, or increase its budget.
    pub is_steered: bool,
    /// How much of the runs the history keeps, unless the profile keeps less.
    pub keeping: Keeping,
    /// The paths of the batch's files.
    pub origin: Origin,
    /// The message that requests the batch, if it came with an id from a client of a served spec.
    pub client_message: Option<Box<ClientMessage>>,
}

impl PlanRequest {
    /// Makes a request for one run without inputs and messages, and without a person.
    pub fn new(component: Arc<Component>, profile: Arc<Profile>) -> Self {
        Self {
            component,
            profile,
            variants: Vec::new(),
            inputs: Row::new(),
            rows: Vec::new(),
            lines: Vec::new(),
            lists: Vec::new(),
            repeats: 1,
            messages: Vec::new(),
            answers: Answers::default(),
            answers_of_rows: BTreeMap::new(),
            at_once: None,
            requests_per_second: None,
            max_tokens_total: None,
            canary: None,
            timeout: None,
            limits: Limits::default(),
            seed: None,
            is_fail_fast: false,
            is_attended: false,
            is_steered: false,
            keeping: Keeping::All,
            origin: Origin::default(),
            client_message: None,
        }
    }
}

/// A plan, with remarks about unusual but valid requests.
#[derive(Clone, Debug)]
pub struct PlannedBatch {
    /// The plan of the batch.
    pub plan: BatchPlan,
    /// Remarks for the user, each a sentence.
    pub notes: Vec<String>,
}

/// Makes the plan.
///
/// # Errors
/// The problems: a component that can't be executed, and values that are missing or do not fit.
pub fn plan(mut request: PlanRequest) -> Result<PlannedBatch, PlanError> {
    // What else is wrong is of no interest while nothing of it can run.
    let variants = request.variants.iter().map(|variant| &variant.component);
    for component in variants.chain([&request.component]) {
        if let Err(failure) = check_runnable(component) {
            return Err(PlanProblem::of_all(failure.message).into());
        }
    }
    (request.rows, request.lines) = combined(request.rows, request.lines, &request.lists)
        .map_err(|error| PlanProblem::of_all(error.to_string()))?;
    let n_variants = request.variants.len().max(1);
    let n_specs = request.rows.len().max(1).saturating_mul(n_variants);
    let n_runs = n_specs.saturating_mul(request.repeats);
    if n_runs > *RUNS.end() {
        let (rows, repeats, most) = (request.rows.len().max(1), request.repeats, RUNS.end());
        let varied = match n_variants {
            1 => String::new(),
            variants => format!(" with each of {variants} variants"),
        };
        let message = format!(
            "{}, each run {}{varied}, are {n_runs} runs; a batch has at most {most}",
            counted(rows, "row"),
            counted(repeats, "time"),
        );
        return Err(PlanProblem::of_all(message).into());
    }
    let mut problems = PlanError::default();
    let known = known_names(&request);
    let mut notes = name_columns(&mut request, &known, &mut problems);
    notes.extend(check_names(&request, &known, &mut problems));
    // With several fields each of them is in many variants.
    let remarks = request.variants.iter().flat_map(|variant| &variant.notes);
    let remarks: IndexSet<&String> = remarks.collect();
    notes.extend(remarks.into_iter().take(MAX_NOTES).cloned());
    check_answers(&request, &mut problems);
    check_stubs(&request, &mut problems);
    let mut of_variants = Vec::new();
    if request.variants.is_empty() {
        of_variants.push(plan_rows(&request, &request.component, None, &mut problems));
    }
    for (number, variant) in request.variants.iter().enumerate() {
        // What is missing in one is likely to be missing in all.
        if problems.count() == 0 {
            let component = &variant.component;
            let variant = Some(number);
            of_variants.push(plan_rows(&request, component, variant, &mut problems));
        }
    }
    if problems.count() > 0 {
        return Err(problems);
    }
    let repeated = row_by_row(of_variants)
        .into_iter()
        .flat_map(|run| std::iter::repeat_n(run, request.repeats));
    let runs = (0..)
        .zip(repeated)
        .map(|(number, run)| {
            Arc::new(RunPlan {
                seed: request.seed.map(|seed| seed.wrapping_add(number)),
                ..run
            })
        })
        .collect();
    let spec =
        SpecText::of(&request.component).map_err(|error| PlanProblem::of_all(error.to_string()))?;
    let profile = &request.profile;
    let keeping = profile.keeping;
    let plan = BatchPlan {
        spec_name: request.component.name().to_owned(),
        at_once: request
            .at_once
            .or(profile.at_once)
            .unwrap_or(DEFAULT_AT_ONCE)
            .max(1),
        requests_per_second: least(request.requests_per_second, profile.requests_per_second),
        spec: Arc::new(spec),
        component: request.component,
        variants: request.variants,
        limits: Limits {
            max_concurrency: request.limits.max_concurrency.or(profile.max_concurrency),
            ..request.limits
        },
        profile: request.profile,
        runs,
        max_tokens_total: request.max_tokens_total,
        // One that takes all runs holds nothing back.
        canary: request.canary.filter(|canary| canary.n_runs < n_runs),
        timeout: request.timeout,
        is_fail_fast: request.is_fail_fast,
        is_attended: request.is_attended,
        is_steered: request.is_steered,
        keeping: request.keeping.max(keeping),
        origin: request.origin,
    };
    Ok(PlannedBatch { plan, notes })
}

/// Returns the smaller of two rates, either of which may be missing.
fn least(asked: Option<f64>, of_profile: Option<f64>) -> Option<f64> {
    match (asked, of_profile) {
        (Some(asked), Some(bound)) => Some(if bound < asked { bound } else { asked }),
        (asked, bound) => asked.or(bound),
    }
}

/// Returns the names that inputs and messages use.
fn known_names(request: &PlanRequest) -> BTreeSet<String> {
    let variants = request.variants.iter().map(|variant| &variant.component);
    let components = variants.chain([&request.component]);
    let inputs = components.flat_map(|component| component.inputs());
    let mut known: BTreeSet<String> = inputs.map(|input| input.title().to_owned()).collect();
    for message in &request.messages {
        known.extend(placeholder::names(message));
    }
    known
}

/// Renames columns that are spelled differently from an input, such as `City` for `city`. Returns a
/// note for each; an ambiguous one is a problem.
fn name_columns(
    request: &mut PlanRequest,
    known: &BTreeSet<String>,
    problems: &mut PlanError,
) -> Vec<String> {
    let columns = columns(&request.rows);
    let mut meant: Vec<(String, String)> = Vec::new();
    for name in known
        .iter()
        .filter(|name| !columns.contains(&name.as_str()))
    {
        let alike = columns.iter().copied();
        let alike: Vec<&str> = alike
            .filter(|column| !known.contains(*column) && is_column_of(column, name))
            .collect();
        match alike.as_slice() {
            [] => {}
            [one] => meant.push(((*one).to_owned(), name.clone())),
            [first, second, ..] => problems.add(|| PlanProblem {
                name: Some(name.clone()),
                ..PlanProblem::of_all(format!(
                    "the columns `{first}` and `{second}` could both be meant: rename one"
                ))
            }),
        }
    }
    for row in &mut request.rows {
        for (column, name) in &meant {
            if let Some((at, _, given)) = row.swap_remove_full(column) {
                row.insert(name.clone(), given);
                row.swap_indices(at, row.len() - 1);
            }
        }
    }
    let notes = meant.into_iter();
    notes
        .map(|(column, name)| format!("column `{column}` is read as `{name}`"))
        .collect()
}

/// Reports unused names: an error if the user wrote them for this launch, and only a note if they
/// are columns of a file, which may have other uses.
fn check_names(
    request: &PlanRequest,
    known: &BTreeSet<String>,
    problems: &mut PlanError,
) -> Vec<String> {
    let name = request.component.name();
    let listed = request.lists.iter().map(|list| &list.name);
    for given in request
        .inputs
        .keys()
        .chain(listed)
        .filter(|given| !known.contains(*given))
    {
        let help = did_you_mean(given, known);
        problems.add(|| PlanProblem {
            name: Some(given.clone()),
            ..PlanProblem::of_all(format!("`{name}` has no such input{help}"))
        });
    }
    let columns = columns(&request.rows).into_iter();
    let is_listed = |column: &str| request.lists.iter().any(|list| list.name == column);
    let idle: Vec<&str> = columns
        .filter(|column| !known.contains(*column) && !is_listed(column))
        .collect();
    let remarks = idle.iter().take(MAX_NOTES).map(|column| {
        let is_name = column.chars().all(|c| c.is_alphanumeric() || c == '_');
        let help = if is_name {
            did_you_mean(column, known)
        } else {
            "; `{{name}}` takes letters, digits and `_`".to_owned()
        };
        format!(
            "column `{column}` is neither an input of `{name}` nor used in a message, so it is left out{help}"
        )
    });
    let more = match idle.len().saturating_sub(MAX_NOTES) {
        0 => None,
        more => Some(format!("{more} more columns are left out too")),
    };
    remarks.chain(more).collect()
}

fn did_you_mean(given: &str, known: &BTreeSet<String>) -> String {
    let closest = closest(given, known.iter().map(String::as_str));
    closest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// Plans a run of each row with one spec.
fn plan_rows(
    request: &PlanRequest,
    component: &Arc<Component>,
    variant: Option<usize>,
    problems: &mut PlanError,
) -> Vec<RunPlan> {
    let mut plan = |row| {
        let run = plan_row(request, component, row, problems)?;
        Some(RunPlan { variant, ..run })
    };
    if request.rows.is_empty() {
        return plan(None).into_iter().collect();
    }
    let rows = (1..).zip(&request.rows);
    rows.filter_map(|row| plan(Some(row))).collect()
}

/// Orders runs by row: first those of the first row with each variant, then those of the second.
fn row_by_row(of_variants: Vec<Vec<RunPlan>>) -> Vec<RunPlan> {
    let mut columns: Vec<_> = of_variants.into_iter().map(Vec::into_iter).collect();
    let mut runs = Vec::new();
    loop {
        let before = runs.len();
        runs.extend(columns.iter_mut().filter_map(Iterator::next));
        if runs.len() == before {
            return runs;
        }
    }
}

/// Plans the run of one row, or reports the problem.
fn plan_row(
    request: &PlanRequest,
    component: &Arc<Component>,
    row: Option<(usize, &Row)>,
    problems: &mut PlanError,
) -> Option<RunPlan> {
    let number = row.map(|(number, _)| number);
    let line = number.and_then(|number| request.lines.get(number - 1).copied());
    let given = |name: &str| {
        row.and_then(|(_, row)| row.get(name))
            .or_else(|| request.inputs.get(name))
    };
    let n_before = problems.count();
    let mut inputs = Values::new();
    for property in component.inputs() {
        match value_of(property, given(property.title())) {
            Ok(value) => {
                inputs.extend(value.map(|value| (property.title().to_owned(), value)));
            }
            Err(message) => problems.add(|| {
                let row = row.map(|(_, row)| row);
                let message = match row.filter(|row| !row.contains_key(property.title())) {
                    Some(row) => format!("{message}; the row has {}", names_of(row)),
                    None => message,
                };
                PlanProblem {
                    row: number,
                    line,
                    name: Some(property.title().to_owned()),
                    message,
                }
            }),
        }
    }
    if problems.count() > n_before {
        return None;
    }
    let messages = fill_messages(request, component, row, &inputs);
    let messages = messages.map_err(|message| {
        problems.add(|| PlanProblem {
            row: number,
            line,
            name: None,
            message,
        });
    });
    let mut answers = answers_for(request, component, number.unwrap_or(1));
    let of_file = std::mem::take(&mut answers.messages);
    answers.messages = messages.ok()?.into_iter().chain(of_file).collect();
    Some(RunPlan {
        inputs,
        row: number.map(|number| number - 1),
        variant: None,
        seed: None,
        answers,
        client_message: request.client_message.clone(),
    })
}

/// Formats the column names of a row.
fn names_of(row: &Row) -> String {
    let columns: Vec<String> = row.keys().map(|name| format!("`{name}`")).collect();
    columns.join(", ")
}

#[cfg(test)]
mod tests;
