//! The command `flowdeck profiles`, which shows the models and tools of profiles and tests their
//! endpoints.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};

use super::context::Context;
use super::outcome::{Exit, Stop};
use super::spec_source::{self, SpecSource};
use crate::base::address::{shown_address, shown_text};
use crate::base::command_line::shown_command;
use crate::llm::{HttpSettings, ModelSettings, Models};
use crate::profile::{
    Api, Binding, CallLimits, LlmRule, ModelEndpoint, ModelSource, ModelTarget, Profile,
    ProfileFile, endpoint_url,
};
use crate::spec::Component;
use crate::spec::language::LlmConfig;
use crate::workspace;

/// Options of `profiles`.
#[derive(Args, Clone, Debug)]
pub(super) struct Options {
    #[command(subcommand)]
    task: Option<Task>,
}

#[derive(Clone, Debug, Subcommand)]
enum Task {
    /// List the profiles, the default one with a star (the default)
    List,
    /// Show what a profile binds
    Show {
        /// The profile [default: the one in use]
        name: Option<String>,
    },
    /// Reach each model endpoint of a profile
    Check {
        /// The profile [default: the one in use]
        name: Option<String>,
    },
}

/// Lists, shows or checks profiles.
pub(super) async fn run(options: &Options, context: &Context) -> Result<Exit, Stop> {
    let file = profile_file(context)?;
    match &options.task {
        None | Some(Task::List) => {
            context.output.data(&list(&file))?;
            Ok(Exit::Success)
        }
        Some(Task::Show { name }) => {
            let profile = profile(&file, name.as_deref(), context)?;
            context.output.data(&show(&profile))?;
            Ok(Exit::Success)
        }
        Some(Task::Check { name }) => {
            let profile = profile(&file, name.as_deref(), context)?;
            let is_fine = check_models(&profile, context).await?;
            Ok(if is_fine { Exit::Success } else { Exit::Failed })
        }
    }
}

fn profile_file(context: &Context) -> Result<ProfileFile, Stop> {
    ProfileFile::find_and_read(&context.working_folder())
        .map_err(|error| Stop::from_error(Exit::Invalid, &error))
}

fn profile(file: &ProfileFile, name: Option<&str>, context: &Context) -> Result<Profile, Stop> {
    file.profile(name.or(context.profile.as_deref()))
        .map_err(|error| Stop::from_profile(Exit::Usage, &error))
}

fn list(file: &ProfileFile) -> String {
    let default = file.default_profile();
    file.names().into_iter().fold(String::new(), |text, name| {
        let mark = if name == default { '*' } else { ' ' };
        text + &format!("{mark} {name}\n")
    })
}

fn show(profile: &Profile) -> String {
    let mut lines = vec![format!("profile {}", profile.name)];
    if let Some(file) = &profile.file {
        lines.push(format!("file {}", file.display()));
    }
    lines.push(match profile.model {
        ModelSource::Spec if profile.llm.is_empty() => "models as the spec writes them".to_owned(),
        ModelSource::Spec => "models as the spec writes them, except:".to_owned(),
        ModelSource::Offline => "models: the offline model".to_owned(),
    });
    lines.extend(profile.llm.iter().map(rule));
    if let Some(at_once) = profile.at_once {
        lines.push(format!("at once {at_once}"));
    }
    if let Some(bound) = profile.max_concurrency {
        lines.push(format!("in parallel nodes {bound}"));
    }
    if let Some(rate) = profile.requests_per_second {
        lines.push(format!("model requests {rate}/s"));
    }
    let limits = call_limits(profile.call_limits);
    if !limits.is_empty() {
        lines.push(format!("model calls{limits}"));
    }
    for file in &profile.component_files {
        lines.push(format!("components {}", file.display()));
    }
    for (name, tool) in &profile.tools {
        lines.push(format!("tool {name}: {}", binding(&tool.binding)));
    }
    lines.join("\n") + "\n"
}

/// Returns a rule on one line; a key is shown by its source.
fn rule(rule: &LlmRule) -> String {
    let mut line = format!("  llm {}:", rule.pattern);
    if let Some(config) = &rule.config {
        line = format!("{line} {}", config.display());
    }
    if let Some(provider) = &rule.api_provider {
        line = format!("{line} {provider}");
    }
    if let Some(api_type) = &rule.api_type {
        line = format!("{line} {api_type}");
    }
    if let Some(url) = &rule.url {
        let shown = endpoint_url(url, Api::ChatCompletions);
        let shown = shown.map_or_else(|_| shown_text(url), |url| shown_address(&url));
        line = format!("{line} {shown}");
    }
    if let Some(model_id) = &rule.model_id {
        line = format!("{line} model {model_id}");
    }
    if let Some(key) = &rule.api_key {
        line = format!("{line} key {key:?}");
    }
    line + &call_limits(rule.call_limits)
}

/// Returns the limits that are set for a model call, such as ` call_timeout 600 s`.
fn call_limits(limits: CallLimits) -> String {
    [("call_timeout", limits.call), ("idle_timeout", limits.idle)]
        .into_iter()
        .filter_map(|(name, bound)| Some(format!(" {name} {} s", bound?.as_secs_f64())))
        .collect()
}

fn binding(binding: &Binding) -> String {
    match binding {
        Binding::Command { argv } => format!("command {}", shown_command(argv)),
        Binding::Python { file, function } => format!("python {}:{function}", file.display()),
        Binding::Http(http) => format!("http {} {}", http.method, shown_text(&http.url)),
        Binding::Ask => "a person gives the result".to_owned(),
        Binding::Stub(stub) => match &stub.outcome {
            Ok(value) => format!("value {value}"),
            Err(message) => format!("error {message}"),
        },
    }
}

/// Prints the result of a check.
pub(super) fn print_checked(is_fine: bool, line: &str, context: &Context) -> Result<(), Stop> {
    let word = if is_fine { "ok" } else { "failed" };
    context.output.data(&format!("{word:<7}{line}\n"))?;
    Ok(())
}

/// Tests the endpoints one after the other and prints a line for each. False if one failed.
pub(super) async fn check_models(profile: &Profile, context: &Context) -> Result<bool, Stop> {
    let models = Models::new(ModelSettings {
        http: HttpSettings::default(),
        ..ModelSettings::default()
    });
    let mut are_fine = true;
    for target in targets(profile, context) {
        let (is_fine, line) = match target {
            Ok(target) => told(&models, &target).await,
            Err(problem) => (false, problem),
        };
        print_checked(is_fine, &line, context)?;
        are_fine &= is_fine;
    }
    Ok(are_fine)
}

/// Checks that the implementations of tools exist without calling any, and prints a line for each;
/// for an `http` tool, only the address is checked. False if something is missing.
#[cfg(feature = "nats")]
pub(super) fn check_tools(profile: &Profile, context: &Context) -> Result<bool, Stop> {
    let mut are_fine = true;
    for (name, tool) in &profile.tools {
        let missing = match &tool.binding {
            Binding::Command { argv } => {
                let program = argv.first().map_or("", String::as_str);
                missing_program(program, profile)
            }
            Binding::Python { file, .. } if !profile.folder.join(file).exists() => {
                Some(format!("there is no file `{}`", file.display()))
            }
            Binding::Python { .. } => missing_program(&profile.python.command, profile),
            Binding::Http(_) | Binding::Ask | Binding::Stub(_) => None,
        };
        let words = match (&missing, &tool.binding) {
            (Some(missing), _) => missing.clone(),
            // A call may do something.
            (None, Binding::Http(_)) => format!("{} (not called)", binding(&tool.binding)),
            (None, _) => binding(&tool.binding),
        };
        print_checked(missing.is_none(), &format!("tool {name}: {words}"), context)?;
        are_fine &= missing.is_none();
    }
    Ok(are_fine)
}

/// Returns why a program can't be started; `None` if it exists.
#[cfg(feature = "nats")]
fn missing_program(program: &str, profile: &Profile) -> Option<String> {
    let is_there = if program.contains('/') {
        profile.folder.join(program).is_file()
    } else {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    };
    (!is_there).then(|| format!("there is no program `{program}`"))
}

async fn told(models: &Models, target: &ModelTarget) -> (bool, String) {
    let ModelTarget::Endpoint(endpoint) = target else {
        return (true, "the offline model".to_owned());
    };
    let ModelEndpoint { url, model_id, .. } = endpoint.as_ref();
    match models.probe(target).await {
        Ok(probed) if probed.has(model_id) || model_id.is_empty() => {
            (true, format!("{} {model_id}", shown_address(url)))
        }
        Ok(probed) => {
            let address = shown_address(url);
            let known = probed.models.join(", ");
            (
                false,
                format!("`{address}` has no model `{model_id}`; it has {known}"),
            )
        }
        Err(error) => {
            let hint = error
                .hint
                .map_or_else(String::new, |hint| format!(" ({hint})"));
            let model = match model_id.as_str() {
                "" => String::new(),
                model_id => format!("model `{model_id}`: "),
            };
            (false, format!("{model}{}{hint}", error.message))
        }
    }
}

/// Returns the different endpoints of a profile: those of its rules, and those of the specs in its
/// folder.
fn targets(profile: &Profile, context: &Context) -> Vec<Result<ModelTarget, String>> {
    let mut targets: Vec<Result<ModelTarget, String>> = Vec::new();
    let found = profile
        .llm
        .iter()
        .filter_map(|rule| {
            let target = profile.rule_target(rule).transpose()?;
            Some(target.map_err(|error| Stop::from_error(Exit::Failed, &error).message))
        })
        .chain(spec_targets(profile, context));
    for target in found {
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    targets
}

/// Returns the endpoints of the model configurations in the specs of the profile's folder, unless a
/// rule with an address replaces them.
fn spec_targets(profile: &Profile, context: &Context) -> Vec<Result<ModelTarget, String>> {
    let folder = match &profile.file {
        Some(_) => profile.folder.clone(),
        None => context.working_folder(),
    };
    let paths: Vec<PathBuf> = workspace::discover(&folder)
        .files
        .into_iter()
        .map(|file| file.path)
        .collect();
    paths
        .iter()
        .flat_map(|path| configurations(path, profile, context))
        .filter(|config| !has_rule(profile, config))
        .map(|config| {
            profile
                .model_target(&config)
                .map_err(|error| Stop::from_error(Exit::Failed, &error).message)
        })
        .collect()
}

fn configurations(path: &Path, profile: &Profile, context: &Context) -> Vec<Arc<Component>> {
    let supplied =
        spec_source::supplied(&profile.component_files, &[], context).unwrap_or_default();
    let absolute = std::path::absolute(path).unwrap_or_else(|_gone| path.to_owned());
    let Ok(source) = SpecSource::read(&absolute, supplied, context) else {
        return Vec::new();
    };
    let Some(root) = source.loaded.component else {
        return Vec::new();
    };
    root.walk()
        .into_iter()
        .filter(|component| LlmConfig::of(component).is_some())
        .cloned()
        .collect()
}

fn has_rule(profile: &Profile, config: &Arc<Component>) -> bool {
    let Some(config) = LlmConfig::of(config) else {
        return false;
    };
    let rule = profile.llm.iter().find(|rule| rule.matches(&config));
    rule.is_some_and(LlmRule::names_endpoint)
}
