//! The command `flowdeck [PATH]`, which opens the workbench.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::arguments::ScreenOptions;
use super::context::Context;
use super::kept;
use super::nats::NatsOptions;
use super::outcome::{Exit, Stop};
use super::serve::{Opened, Place};
use crate::base::clock::SystemClock;
use crate::base::ids::IdSource;
use crate::base::suggest;
use crate::llm::{ModelSettings, Models};
use crate::otlp::LiveTraces;
use crate::profile::{Profile, ProfileError, ProfileFile};
use crate::runs::{InDoubt, KeptDetail, ProfileWorlds, Runs, RunsSettings, WorldProvider};
use crate::serve::serve;
use crate::settings::PersonFiles;
use crate::spec::diagnostic::Colours;
use crate::tools::ToolRegistry;
use crate::tui;
use crate::tui::app::{Fixed, Startup};
use crate::tui::event_loop::{Services, on_this_thread};
use crate::tui::history::PastRuns;
use crate::tui::launches::Launches;
use crate::tui::notices::Notice;
use crate::tui::remembered::Remembered;
use crate::tui::terminal::Features;
use crate::tui::theme::{ColourDepth, Theme};
use crate::workspace::{self, Trust, Workspace};

/// The time that active tasks have to end.
const END_WITHIN: Duration = Duration::from_secs(3);

/// Opens the workbench on a folder or a file, with the runs of traces.
pub(super) async fn run(
    paths: &[PathBuf],
    traces: Vec<PathBuf>,
    (screen, nats): (ScreenOptions, &NatsOptions),
    (served, place): (Option<&Path>, &Place),
    context: &Context,
) -> Result<Exit, Stop> {
    let path = check(paths, context)?;
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        let others = commands().into_iter().filter(|name| name != "open");
        let others: Vec<String> = others.collect();
        return Err(Stop::usage("the workbench needs a terminal")
            .with_help(format!("these work without one: {}", others.join(", "))));
    }
    if screen.plain || is_accessible() {
        let workspace = opened(path.as_deref(), context)?;
        return super::plain::run(&workspace, context).await;
    }
    let is_at_workers = nats.queue(context)?.is_some();
    let mut startup = startup(path.as_deref(), screen, is_at_workers, context)?;
    startup.traces = traces;
    let clock = SystemClock::shared();
    let models = Models::new(ModelSettings::default());
    let worlds = ProfileWorlds::new(models, ToolRegistry::new());
    let worlds = Arc::new(worlds.keeping_tokens(context.paths.tokens()));
    let history = kept::open_by(&startup.settings.history, context).unwrap_or_else(|error| {
        let notice = format!("runs are not recorded: {}", error.in_words());
        startup.notices.push(Notice::warning(notice));
        startup.history.off = Some(error.in_words());
        None
    });
    if history.is_none() && startup.history.off.is_none() {
        let why = "set `[history] enabled = true` in config.toml to record runs";
        startup.history.off = Some(why.to_owned());
    }
    let opened = match served {
        Some(spec) => {
            let opened = place
                .open(spec, &[], (true, history.is_some()), context)
                .await?;
            startup
                .notices
                .push(Notice::info(format!("serving {}", opened.words())));
            Some(opened)
        }
        None => None,
    };
    let elsewhere = nats
        .elsewhere((InDoubt::Ask, true), &clock, context)
        .await?;
    startup.history.queue = elsewhere.as_ref().map(|elsewhere| elsewhere.queue.clone());
    let settings = RunsSettings {
        worlds: Arc::clone(&worlds) as Arc<dyn WorldProvider>,
        journal: None,
        history,
        kept_detail: KeptDetail::Bytes(startup.settings.kept_detail_bytes()),
        elsewhere,
    };
    let (runs, owner) = Runs::start(Arc::clone(&clock), IdSource::Random, settings);
    let (traces, problems_rx) = LiveTraces::start(runs.subscribe(), &clock);
    let mut serving = JoinSet::new();
    if let Some(Opened {
        served, listener, ..
    }) = opened
    {
        let (runs, clock) = (runs.clone(), Arc::clone(&clock));
        serving.spawn(serve(
            listener,
            served,
            runs,
            clock,
            CancellationToken::new(),
        ));
    }
    let services = Services {
        runs,
        clock,
        editor: editor(),
        profile: context.profile.as_deref().map(Arc::from),
        problems_rx,
    };
    let ended = on_this_thread(tui::event_loop::run(startup, services));
    // What is still running is cancelled; a tool that does not end must not keep the shell waiting.
    let end = async {
        // Served conversations continue from the history when they are served again.
        serving.shutdown().await;
        owner.shutdown().await;
        worlds.shutdown().await;
    };
    let _late = tokio::time::timeout(END_WITHIN, end).await;
    if let Some(lost) = traces.finish(END_WITHIN).await {
        context.output.warning(&lost);
    }
    ended.map_err(|error| Stop::new(Exit::Failed, format!("the terminal failed: {error}")))?;
    Ok(Exit::Success)
}

/// Returns the data with which the workbench starts. Mistakes in a user's settings and themes are
/// shown on the screen and don't prevent the start.
fn startup(
    path: Option<&Path>,
    screen: ScreenOptions,
    is_at_workers: bool,
    context: &Context,
) -> Result<Startup, Stop> {
    let workspace = opened(path, context)?;
    let mut notices = Vec::from_iter(kept_samples(&workspace));
    notices.extend(workspace.note.clone().map(Notice::info));
    let config_file = context.paths.config_file();
    let files = PersonFiles::read(&config_file);
    let mut mistakes = files.problems;
    let depth = ColourDepth::from_environment(
        (context.output.data_colours == Colours::Off).then_some("1"),
        variable("COLORTERM").as_deref(),
        variable("TERM").as_deref(),
    );
    let (themes, problems) = Theme::all(&files.themes, depth);
    mistakes.extend(problems.iter().map(ToString::to_string));
    let trust = Trust::read(context.paths.trust_file()).unwrap_or_else(|error| {
        notices.push(Notice::warning(error.to_string()));
        Trust::default()
    });
    let file = ProfileFile::find_and_read(&workspace.root);
    let asked = context.profile.as_deref();
    let profile = file.and_then(|file| file.profile_here_or_of_workers(asked, is_at_workers));
    let profile = profile_words(profile, &mut notices);
    Ok(Startup {
        workspace,
        fixed: Fixed {
            depth,
            features: Features::from_environment(variable),
            is_ascii: screen.ascii || !super::info::is_unicode(),
            no_mouse: screen.no_mouse,
        },
        settings: files.settings.unwrap_or_default(),
        themes,
        profile,
        notices,
        mistakes,
        utc_offset: *chrono::Local::now().offset(),
        ids: IdSource::Random,
        trust,
        config_file: Some(config_file),
        remembered: Remembered::read(&context.paths.screen_file()),
        screen_file: Some(context.paths.screen_file()),
        launches: Launches::read(context.paths.launches_file()),
        trash: context.paths.trash(),
        history: PastRuns {
            file: kept::file(context),
            off: None,
            queue: None,
        },
        traces: Vec::new(),
    })
}

/// Returns the folder of specs.
fn opened(path: Option<&Path>, context: &Context) -> Result<Workspace, Stop> {
    let failed = |error: io::Error| Stop::new(Exit::Failed, error.to_string());
    let current = std::path::absolute(context.working_folder()).map_err(failed)?;
    workspace::open(path, &current, &context.paths.samples())
        .map_err(|error| Stop::from_error(Exit::Failed, &error))
}

/// Whether the environment asks for lines instead of a screen: `ACCESSIBLE=1`, as other accessible
/// tools use it.
pub(super) fn is_accessible() -> bool {
    variable("ACCESSIBLE").is_some_and(|value| value != "0")
}

/// Returns a notice about samples of an earlier version that stay because a person has changed
/// them.
fn kept_samples(workspace: &Workspace) -> Option<Notice> {
    let names = workspace.kept_samples.join(", ");
    let words = format!("kept your {names}; rename it to get this version's");
    (!names.is_empty()).then(|| Notice::warning(words))
}

/// Returns the description of the profile for the folder's specs.
fn profile_words(profile: Result<Profile, ProfileError>, notices: &mut Vec<Notice>) -> String {
    match profile {
        Ok(profile) => profile.words(),
        Err(error) => {
            notices.push(Notice::error(error.to_string()));
            "profile can't be used".to_owned()
        }
    }
}

/// Returns the user's editor: `VISUAL`, or else `EDITOR`, or else `vi`.
fn editor() -> String {
    variable("VISUAL")
        .or_else(|| variable("EDITOR"))
        .unwrap_or_else(|| "vi".to_owned())
}

/// Returns an environment variable, unless it is empty.
fn variable(name: &str) -> Option<String> {
    let value = std::env::var_os(name)?.to_string_lossy().into_owned();
    (!value.is_empty()).then_some(value)
}

/// Returns the path to open, which must exist.
fn check(paths: &[PathBuf], context: &Context) -> Result<Option<PathBuf>, Stop> {
    let Some(first) = paths.first() else {
        return Ok(None);
    };
    let path = context.resolved(first);
    if !path.exists() {
        let names = commands();
        let written = first.display().to_string();
        let stop = Stop::usage(format!(
            "`{written}` is neither a command nor a file or folder"
        ));
        let close = suggest::closest(&written, names.iter().map(String::as_str));
        return Err(match close {
            Some(name) => stop.with_help(format!("did you mean `{name}`?")),
            None => stop.with_help(format!("the commands are {}", names.join(", "))),
        });
    }
    if let Some(second) = paths.get(1) {
        return Err(Stop::usage(format!(
            "the workbench opens one PATH, and `{}` is a second one",
            second.display()
        )));
    }
    Ok(Some(path))
}

fn commands() -> Vec<String> {
    super::definition()
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect()
}
