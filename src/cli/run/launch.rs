//! Makes the plan of the runs from the options; all mistakes are reported here, before anything
//! starts.

use std::collections::HashSet;
use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::Arc;

use super::options::{Confirm, How, Options};
use crate::cli::context::{Context, is_stdin};
use crate::cli::outcome::{Exit, Stop};
use crate::cli::spec_source::{SpecSource, profile_file_for, profile_for, supplied};
use crate::profile::{Profile, ProfileFile, by_tool};
use crate::runs::{
    BatchPlan, Confirmation, FileAnswers, Given, InputRows, Limits, Origin, PlanRequest, Variant,
    count_combinations, plan, read_answers, read_picture, read_rows, read_rows_from, variants,
};
use crate::spec::diagnostic::{Code, Counts};
use crate::spec::language::Flow;
use crate::spec::set_field::set_field;
use crate::spec::{Component, Format, LoadOptions, LoadPolicy, load};

/// The code of a component type that is not allowed.
const BLOCKED: Code = Code("AS901");

/// Reads everything and plans the runs.
///
/// # Errors
/// The spec, inputs, profile, tools or answers are not valid: exit code 3.
pub(super) fn prepare(options: &Options, context: &Context) -> Result<BatchPlan, Stop> {
    if is_stdin(options.spec()) && options.inputs.as_deref().is_some_and(is_stdin) {
        let message = "standard input can be the spec or its rows of inputs, not both";
        return Err(Stop::usage(message));
    }
    let profile = profile(options, context)?;
    let (component, variants) = component(options, &profile, context)?;
    for tool in profile.unbound_tools(&component) {
        context.output.warning(&tool.message());
    }
    for (model, error) in profile.unusable_models(&component) {
        let stop = Stop::from_error(Exit::Invalid, &error);
        let message = format!("`{}` can't be used here: {}", model.name(), stop.message);
        context.output.warning(&message);
    }
    for (tool, file) in profile.unusable_tools(&component) {
        let message = format!(
            "`{}` can't be called here: there is no `{}`",
            tool.name(),
            file.display()
        );
        context.output.warning(&message);
    }
    if !options.image.is_empty() && component.is::<Flow>() {
        let message = format!(
            "`--image` adds a picture to the message that starts a conversation, but `{}` is a `{}`",
            component.name(),
            component.type_name()
        );
        return Err(Stop::new(Exit::Invalid, message));
    }
    let rows = rows(options, context)?;
    let n_rows = rows.rows.len().max(1);
    let n_specs = n_rows
        .saturating_mul(count_combinations(&options.combine))
        .saturating_mul(variants.len().max(1));
    let n_runs = n_specs.saturating_mul(options.runs);
    for note in &rows.notes {
        context.output.warning(note);
    }
    let mut answers = answers(&options.how, context)?;
    for path in &options.image {
        let image = read_picture(&context.resolved(path)).map_err(|error| invalid(&error))?;
        answers.all.images.push(image);
    }
    for note in answers.unasked(&component) {
        context.output.warning(&note);
    }
    once_each("--input", &options.input)?;
    let inputs = options.input.iter();
    let planned = plan(PlanRequest {
        inputs: inputs
            .map(|(name, text)| (name.clone(), Given::Text(text.clone())))
            .collect(),
        variants,
        rows: rows.rows,
        lines: rows.lines,
        lists: options.combine.clone(),
        repeats: options.runs,
        messages: options.message.clone(),
        answers: answers.all,
        answers_of_rows: answers.of_rows,
        at_once: options.how.at_once,
        requests_per_second: options.how.rate,
        max_tokens_total: options.how.max_tokens_total,
        canary: options.how.canary(),
        timeout: options.how.timeout,
        seed: options.seed,
        is_fail_fast: options.how.fail_fast,
        // A person is asked only about a single run, and only where both ends are a terminal.
        is_attended: n_runs == 1 && has_person(),
        keeping: options.how.keeping(),
        origin: origin(options, context)?,
        limits: options.how.limits(Limits::default()),
        ..PlanRequest::new(component, Arc::new(profile))
    })
    .map_err(|error| {
        let error = if options.how.mask {
            error.masked()
        } else {
            error
        };
        Stop::new(Exit::Invalid, error.to_string())
    })?;
    for note in &planned.notes {
        context.output.warning(note);
    }
    Ok(planned.plan)
}

/// Reads the rows of inputs from a file or standard input.
fn rows(options: &Options, context: &Context) -> Result<InputRows, Stop> {
    let read = match &options.inputs {
        Some(path) if is_stdin(path) => read_rows_from(io::stdin().lock(), Path::new("<stdin>")),
        Some(path) => read_rows(&context.resolved(path)),
        None => Ok(InputRows::default()),
    };
    read.map_err(|error| invalid(&error))
}

/// Whether a person is at the terminal.
pub(super) fn has_person() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Returns the files from which the runs are made.
fn origin(options: &Options, context: &Context) -> Result<Origin, Stop> {
    let absolute = |path: &Path| {
        std::path::absolute(context.resolved(path))
            .map_err(|error| Stop::new(Exit::Invalid, format!("`{}`: {error}", path.display())))
    };
    let components = options.component.iter();
    Ok(Origin {
        workspace: context.workspace(),
        spec: (!is_stdin(options.spec()))
            .then(|| absolute(options.spec()))
            .transpose()?,
        components: components
            .map(|path| absolute(path))
            .collect::<Result<_, _>>()?,
        tools: options.tools.as_deref().map(absolute).transpose()?,
        served: None,
    })
}

/// Refuses a name with two values, because neither may be silently ignored.
fn once_each(option: &str, given: &[(String, String)]) -> Result<(), Stop> {
    let mut names = HashSet::new();
    match given.iter().find(|(name, _)| !names.insert(name)) {
        None => Ok(()),
        Some((name, _)) => Err(Stop::new(
            Exit::Invalid,
            format!("`{option} {name}=…` is given twice: leave one out"),
        )),
    }
}

pub(super) fn invalid(error: &(dyn std::error::Error + 'static)) -> Stop {
    Stop::from_error(Exit::Invalid, error)
}

fn profile(options: &Options, context: &Context) -> Result<Profile, Stop> {
    let mut profile = match (&context.profile, profile_for(options.spec(), context)) {
        (Some(name), Err(_missing)) if is_of_workers(name, options, context)? => {
            context.output.note(&format!(
                "profile `{name}` is not defined here: only workers that have it take the runs"
            ));
            Profile::of_workers(name)
        }
        (_, found) => found?,
    };
    if let Some(path) = &options.tools {
        let tools = ProfileFile::read_tools_file(&context.resolved(path));
        profile.layer_tools(tools.map_err(|error| invalid(&error))?);
    }
    profile.stubs = by_tool(options.stub.iter().cloned()).map_err(|error| invalid(&error))?;
    Ok(profile)
}

/// Whether a profile is not defined here but the runs go to workers, which may have it.
fn is_of_workers(name: &str, options: &Options, context: &Context) -> Result<bool, Stop> {
    let file = profile_file_for(options.spec(), context)?;
    let is_missing = !file.names().contains(&name);
    Ok(is_missing && options.how.nats.queue(context)?.is_some())
}

/// Loads the spec with the changes of `--set` and the variants of `--vary`.
fn component(
    options: &Options,
    profile: &Profile,
    context: &Context,
) -> Result<(Arc<Component>, Vec<Variant>), Stop> {
    let supplied = supplied(&profile.component_files, &options.component, context)?;
    let load_options = LoadOptions {
        supplied,
        policy: policy(options),
        ..LoadOptions::default()
    };
    let mut source = SpecSource::read_with(options.spec(), load_options.clone(), context)
        .map_err(|error| invalid(&error))?;
    let n_unknown_before = source.loaded.n_unknown_fields();
    if !options.set.is_empty() && !source.loaded.has_errors() {
        let root = source.loaded.tree.root();
        let mut document = root
            .map(|root| source.loaded.tree.to_json(root))
            .unwrap_or_default();
        for (path, value) in &options.set {
            set_field(&mut document, path, value)
                .map_err(|error| Stop::new(Exit::Invalid, format!("--set {path}: {error}")))?;
        }
        source.text = format!("{document:#}");
        source.loaded = load(
            &source.text,
            &LoadOptions {
                format: Some(Format::Json),
                ..load_options.clone()
            },
        );
        source.name = format!("{} as --set changed it", source.name);
    }
    let told = source.told(context);
    // In a file an unknown field may be of a later version; one that a person just typed is wrong.
    if source.loaded.n_unknown_fields() > n_unknown_before {
        context.output.problems(&told);
        let message = "`--set` sets a field that its component does not have";
        return Err(Stop::new(Exit::Invalid, message));
    }
    if source.loaded.has_errors() {
        let counts = Counts::of(&source.loaded.diagnostics);
        context.output.problems(&told);
        let errors = match counts.errors {
            1 => "an error".to_owned(),
            errors => format!("{errors} errors"),
        };
        let message = format!("`{}` has {errors}, nothing was run", source.name);
        let stop = Stop::new(Exit::Invalid, message);
        let mut problems = source.loaded.diagnostics.iter();
        return Err(if problems.any(|problem| problem.code == BLOCKED) {
            stop.with_help("look at what it starts, then run it with `--yes`")
        } else {
            stop
        });
    }
    if !context.output.is_quiet {
        context.output.problems(&told);
    }
    let root = source.loaded.tree.root();
    let document = root.map(|root| source.loaded.tree.to_json(root));
    let variants = variants(&document.unwrap_or_default(), &options.vary, &load_options);
    let variants = variants.map_err(|error| Stop::new(Exit::Invalid, format!("--vary {error}")))?;
    let component = source.loaded.component;
    let component = component
        .ok_or_else(|| Stop::new(Exit::Invalid, format!("`{}` is not a spec", source.name)))?;
    Ok((component, variants))
}

/// Returns the load policy: a spec that starts a program of its own choice is only run if a person
/// has agreed or is at the terminal.
fn policy(options: &Options) -> LoadPolicy {
    if options.how.yes || io::stdin().is_terminal() {
        LoadPolicy::default()
    } else {
        LoadPolicy::without_local_programs()
    }
}

pub(super) fn answers(how: &How, context: &Context) -> Result<FileAnswers, Stop> {
    let mut answers = match &how.answers {
        Some(path) => read_answers(&context.resolved(path)).map_err(|error| invalid(&error))?,
        None => FileAnswers::default(),
    };
    answers.all.default_confirmation = match how.confirm {
        Confirm::Ask => None,
        Confirm::Always => Some(Confirmation::Confirm { arguments: None }),
        Confirm::Never => Some(Confirmation::Reject { reason: None }),
    };
    Ok(answers)
}
