//! The place where runs are executed: in this process, or by workers behind a queue of NATS.

use std::path::Path;

use clap::Args;

use super::context::Context;
use super::outcome::{Exit, Stop};
use crate::settings::{NatsChoice, Settings};

/// The value that executes runs in this process even if a queue is set.
const NONE: &str = "none";

/// The environment variable with the queue's address.
const VARIABLE: &str = "FLOWDECK_NATS";

const DEFAULT_POOL: &str = "default";

/// Where runs are executed.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct NatsOptions {
    /// Run on workers behind this NATS server, or, with `none`, on this machine [default: `FLOWDECK_NATS`, else `[nats]` in
    /// config.toml, else here]
    #[arg(long, value_name = "URL")]
    pub(super) nats: Option<String>,

    /// The pool of workers [default: `[nats]` in config.toml, else `default`]
    #[arg(long, value_name = "NAME")]
    pub(super) pool: Option<String>,
}

#[cfg(feature = "nats")]
pub(super) use built_in::Queue;

/// The queue that is meant: this program can't use one.
#[cfg(not(feature = "nats"))]
#[derive(Clone, Debug)]
pub(super) enum Queue {}

/// Reads the settings of queues. A mistake in other settings prevents nothing here; it is reported
/// when the history's settings are read.
fn choice(file: &Path) -> Result<NatsChoice, Stop> {
    match Settings::of_person(file) {
        Ok(settings) => Ok(settings.nats),
        Err(problem) if names_queue(file) => {
            let help = "`--nats none` carries the runs out here";
            Err(Stop::new(Exit::Failed, problem).with_help(help))
        }
        Err(_elsewhere) => Ok(NatsChoice::default()),
    }
}

/// Whether settings that can't be parsed seem to name a queue.
fn names_queue(file: &Path) -> bool {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let names = |line: &str| {
        line.trim_start_matches(['[', ' ', '\t'])
            .starts_with("nats")
    };
    text.lines().any(names)
}

impl NatsOptions {
    /// Returns the queue from options, environment and settings, in this order; `None` if runs are
    /// executed in this process.
    ///
    /// # Errors
    /// The settings can't be read, or the options are not valid.
    pub(super) fn queue(&self, context: &Context) -> Result<Option<Queue>, Stop> {
        if self.is_none_named() && self.pool.is_none() {
            return Ok(None);
        }
        let choice = choice(&context.paths.config_file())?;
        let servers = self.named().or_else(|| choice.url.clone());
        match servers.filter(|servers| servers != NONE) {
            Some(servers) => {
                let pool = self.pool.clone().or_else(|| choice.pool.clone());
                let pool = pool.unwrap_or_else(|| DEFAULT_POOL.to_owned());
                Queue::named(servers, pool, choice).map(Some)
            }
            None if self.pool.is_some() => Err(Stop::usage(
                "`--pool` needs `--nats URL` or `FLOWDECK_NATS`",
            )),
            None => Ok(None),
        }
    }

    /// Whether the person explicitly asks for execution in this process.
    pub(super) fn is_none_named(&self) -> bool {
        self.named().is_some_and(|named| named == NONE)
    }

    /// Returns the value of the option or of the environment variable.
    fn named(&self) -> Option<String> {
        let named = self.nats.clone().or_else(|| {
            let value = std::env::var_os(VARIABLE)?;
            Some(value.to_string_lossy().into_owned())
        });
        named.filter(|servers| !servers.is_empty())
    }

    /// Returns the queue for a command that needs one.
    ///
    /// # Errors
    /// No queue is named.
    pub(super) fn needed(&self, context: &Context) -> Result<Queue, Stop> {
        if let Err(elsewhere) = Settings::of_person(&context.paths.config_file()) {
            context.output.warning(&elsewhere);
        }
        self.queue(context)?.ok_or_else(|| {
            Stop::usage("there is no queue").with_help(
                "name its server with `--nats nats://HOST:4222`, `FLOWDECK_NATS` or `[nats] url` in config.toml",
            )
        })
    }
}

#[cfg(feature = "nats")]
mod built_in {
    use std::path::PathBuf;
    use std::time::Duration;

    use super::{Context, Exit, NatsOptions, Stop};
    use crate::base::clock::SharedClock;
    use crate::base::ids::BatchId;
    use crate::fleet::{Connect, FleetError, Link, LiveText, Submitter, WhenInDoubt, connect};
    use crate::runs::{Elsewhere, InDoubt, TakenBatch};
    use crate::settings::NatsChoice;

    /// The default time after which the runs of a silent worker may be taken over.
    const DEFAULT_ACK_WAIT: Duration = Duration::from_secs(30);

    /// The selected queue and its settings.
    #[derive(Clone, Debug)]
    pub(in crate::cli) struct Queue {
        servers: String,
        pool: String,
        choice: NatsChoice,
    }

    impl Queue {
        #[expect(clippy::unnecessary_wraps, reason = "without NATS there is none")]
        pub(super) fn named(
            servers: String,
            pool: String,
            choice: NatsChoice,
        ) -> Result<Self, Stop> {
            Ok(Self {
                servers,
                pool,
                choice,
            })
        }

        /// Returns the time after which the runs of a silent worker may be taken over.
        pub(in crate::cli) fn ack_wait(&self) -> Duration {
            let seconds = self.choice.ack_wait_seconds;
            seconds.map_or(DEFAULT_ACK_WAIT, |seconds| {
                Duration::from_secs(u64::from(seconds.max(1)))
            })
        }

        /// Connects to the queue.
        ///
        /// # Errors
        /// The queue can't be reached or used: exit code 1.
        pub(in crate::cli) async fn link(&self, context: &Context) -> Result<Link, Stop> {
            let choice = &self.choice;
            let path = |path: &PathBuf| context.paths.config.join(path);
            let certificate = match (&choice.cert_file, &choice.key_file) {
                (Some(certificate), Some(key)) => Some((path(certificate), path(key))),
                (None, None) => None,
                (Some(_), None) | (None, Some(_)) => {
                    let message = "`cert_file` and `key_file` of `[nats]` in config.toml must be given together";
                    return Err(Stop::new(Exit::Invalid, message));
                }
            };
            let how = Connect {
                servers: self.servers.clone(),
                credentials: choice.credentials.as_ref().map(path),
                nkey: choice.nkey.as_ref().map(path),
                ca_file: choice.ca_file.as_ref().map(path),
                certificate,
                pool: self.pool.clone(),
            };
            connect(&how).await.map_err(|error| stop(&error))
        }
    }

    /// Converts an error of the queue to one that ends a command.
    pub(in crate::cli) fn stop(error: &FleetError) -> Stop {
        let exit = match error {
            FleetError::Address(_) | FleetError::Pool(_) => Exit::Usage,
            FleetError::File { .. } => Exit::Invalid,
            FleetError::Connect { .. }
            | FleetError::Refused { .. }
            | FleetError::Tls { .. }
            | FleetError::JetStream { .. } => Exit::Failed,
        };
        let stop = Stop::from_error(exit, error);
        match error.hint() {
            Some(hint) => stop.with_help(hint),
            None => stop,
        }
    }

    impl NatsOptions {
        /// Returns a batch from the server of the queue; `None` if there is no queue or the server
        /// doesn't have the batch.
        ///
        /// # Errors
        /// The queue can't be used.
        pub(in crate::cli) async fn batch(
            &self,
            id: &str,
            context: &Context,
        ) -> Result<Option<TakenBatch>, Stop> {
            let Some(queue) = self.queue(context)? else {
                return Ok(None);
            };
            // A beginning of an id, or `last`, means something to a history alone.
            if !id.starts_with("b_") {
                return Ok(None);
            }
            let link = queue.link(context).await?;
            let found = link.batch(&BatchId::new(id)).await;
            found.map_err(|error| stop(&error))
        }

        /// Returns the parts for executing runs on workers; `None` for execution in this process.
        /// The pieces of answers are received only if they are shown.
        ///
        /// # Errors
        /// The queue can't be used.
        pub(in crate::cli) async fn elsewhere(
            &self,
            (in_doubt, shows_pieces): (InDoubt, bool),
            clock: &SharedClock,
            context: &Context,
        ) -> Result<Option<Elsewhere>, Stop> {
            let Some(queue) = self.queue(context)? else {
                return Ok(None);
            };
            let link = queue.link(context).await?;
            let live_text = if shows_pieces {
                LiveText::Followed
            } else {
                LiveText::Ignored
            };
            let follow = (WhenInDoubt::from(in_doubt), live_text);
            Ok(Some(Submitter::elsewhere(link, clock.clone(), follow)))
        }
    }
}

#[cfg(feature = "nats")]
pub(super) use built_in::stop;

#[cfg(not(feature = "nats"))]
mod left_out {
    use super::{Context, NatsOptions, Queue, Stop};
    use crate::base::clock::SharedClock;
    use crate::runs::{Elsewhere, InDoubt};
    use crate::settings::NatsChoice;

    impl Queue {
        pub(super) fn named(
            _servers: String,
            _pool: String,
            _choice: NatsChoice,
        ) -> Result<Self, Stop> {
            Err(super::not_built_in())
        }
    }

    impl NatsOptions {
        /// Returns `None`, because this program executes all runs in its own process.
        ///
        /// # Errors
        /// A queue is named, which this program can't use.
        pub(in crate::cli) async fn elsewhere(
            &self,
            _follow: (InDoubt, bool),
            _clock: &SharedClock,
            context: &Context,
        ) -> Result<Option<Elsewhere>, Stop> {
            Ok(self.queue(context)?.map(|queue| match queue {}))
        }
    }
}

/// Returns the error that this program was built without support for queues.
#[cfg(not(feature = "nats"))]
pub(super) fn not_built_in() -> Stop {
    Stop::new(Exit::Failed, "this flowdeck was built without NATS")
        .with_help("build it with `--features nats`, or use a published one")
}
