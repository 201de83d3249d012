//! The command `flowdeck worker`, which executes runs from a queue for other processes.

use clap::Args;

use super::context::Context;
use super::nats::NatsOptions;
use super::outcome::{Exit, Stop};
use crate::profile::quantity::{AT_ONCE, whole_number};

/// Options of `worker`.
#[derive(Args, Clone, Debug)]
pub(super) struct Options {
    #[command(flatten)]
    nats: NatsOptions,

    /// How many runs the worker carries out at the same time
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = at_once)]
    at_once: usize,

    /// The name of the worker, for people [default: the machine's name and the number of the process]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// Trust specs that start programs of their own
    #[arg(long)]
    yes: bool,

    /// Check that the queue can be used and that what the profile names is there, then end
    #[arg(long)]
    check: bool,
}

fn at_once(text: &str) -> Result<usize, String> {
    whole_number(text, &AT_ONCE).map_err(|must_be| format!("it {must_be}"))
}

#[cfg(not(feature = "nats"))]
pub(super) async fn run(options: &Options, context: &Context) -> Result<Exit, Stop> {
    let Options {
        nats,
        at_once: _,
        name: _,
        yes: _,
        check: _,
    } = options;
    nats.needed(context)?;
    Err(super::nats::not_built_in())
}

#[cfg(feature = "nats")]
pub(super) use built_in::run;

#[cfg(feature = "nats")]
mod built_in {
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::signal::unix::{SignalKind, signal};
    use tokio::sync::mpsc;
    use tokio_util::sync::CancellationToken;

    use super::{Context, Exit, Options, Stop};
    use crate::base::clock::SystemClock;
    use crate::base::files::read_text;
    use crate::cli::nats::stop;
    use crate::cli::profiles::{check_models, check_tools, print_checked};
    use crate::fleet::{Link, WorkerSettings, work};
    use crate::llm::Models;
    use crate::profile::{Profile, ProfileFile};
    use crate::runs::{ProfileWorlds, WorldProvider};
    use crate::tools::ToolRegistry;

    /// The file in which Linux provides the machine's name.
    const HOST_NAME: &str = "/proc/sys/kernel/hostname";

    /// The maximum number of lines that wait to be written; further ones are only logged.
    const MAX_NOTES: usize = 64;

    /// Works until a signal to stop.
    pub(in crate::cli) async fn run(options: &Options, context: &Context) -> Result<Exit, Stop> {
        let queue = options.nats.needed(context)?;
        let file = ProfileFile::find_and_read(&context.working_folder())
            .map_err(|error| Stop::from_error(Exit::Invalid, &error))?;
        let profile = file
            .profile(context.profile.as_deref())
            .map_err(|error| Stop::from_profile(Exit::Usage, &error))?;
        let link = queue.link(context).await?;
        if options.check {
            return check((&link, queue.ack_wait()), &profile, context).await;
        }
        let worlds = ProfileWorlds::new(Models::default(), ToolRegistry::default());
        let worlds = Arc::new(worlds.keeping_tokens(context.paths.tokens()));
        let (notes_tx, notes_rx) = mpsc::channel(MAX_NOTES);
        let settings = WorkerSettings {
            name: options.name.clone().unwrap_or_else(own_name),
            at_once: options.at_once,
            profile: context.profile.clone(),
            file,
            may_start_programs: options.yes,
            ack_wait: queue.ack_wait(),
            worlds: Arc::clone(&worlds) as Arc<dyn WorldProvider>,
            notes_tx,
        };
        context.output.data(&format!(
            "`{}` takes runs of pool `{}` at {}, {} at once\n",
            settings.name,
            link.pool(),
            link.servers(),
            settings.at_once
        ))?;
        let worked = until_stopped(link, settings, notes_rx, context).await;
        worlds.shutdown().await;
        worked
    }

    /// Checks that a worker has everything it needs here: the queue with its streams, the profile,
    /// its models and tools.
    async fn check(
        (link, ack_wait): (&Link, Duration),
        profile: &Profile,
        context: &Context,
    ) -> Result<Exit, Stop> {
        let queue = format!("queue {}, pool `{}`", link.servers(), link.pool());
        let usable = link.check(ack_wait).await;
        let words = match &usable {
            Ok(found) => format!("{queue}: {found}"),
            Err(error) => format!("{queue}: {error}"),
        };
        print_checked(usable.is_ok(), &words, context)?;
        let from = profile.file.as_ref();
        let from = from.map_or_else(String::new, |file| format!(" of {}", file.display()));
        print_checked(true, &format!("profile `{}`{from}", profile.name), context)?;
        let has_models = check_models(profile, context).await?;
        let has_tools = check_tools(profile, context)?;
        let is_fine = usable.is_ok() && has_models && has_tools;
        Ok(if is_fine { Exit::Success } else { Exit::Failed })
    }

    /// Handles signals: the first one lets runs end their steps, the second one doesn't.
    async fn until_stopped(
        link: Link,
        settings: WorkerSettings,
        mut notes_rx: mpsc::Receiver<String>,
        context: &Context,
    ) -> Result<Exit, Stop> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let drain = CancellationToken::new();
        let working = work(link, settings, SystemClock::shared(), drain.clone());
        let mut working = Box::pin(working);
        let mut has_notes = true;
        loop {
            let signal = tokio::select! {
                worked = &mut working => {
                    return worked.map(|()| Exit::Success).map_err(|error| stop(&error));
                }
                note = notes_rx.recv(), if has_notes => {
                    match note {
                        Some(note) => context.output.note(&note),
                        None => has_notes = false,
                    }
                    continue;
                }
                signal = interrupt.recv() => signal,
                signal = terminate.recv() => signal,
            };
            if signal.is_some() && drain.is_cancelled() {
                return Ok(Exit::Interrupted);
            }
            context.output.note(
                "this worker takes no more runs; its runs finish their steps and go back to the queue",
            );
            drain.cancel();
        }
    }

    /// Returns the machine's name and the process id.
    fn own_name() -> String {
        let host = read_text(std::path::Path::new(HOST_NAME)).ok();
        let host = host.or_else(|| {
            let host = std::env::var_os("HOSTNAME")?;
            Some(host.to_string_lossy().into_owned())
        });
        let host = host.as_deref().map_or("worker", str::trim);
        format!("{host}:{}", std::process::id())
    }
}
