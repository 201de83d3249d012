//! The command `flowdeck workers`, which lists the workers of a queue.

use clap::{Args, ValueEnum};

use super::context::Context;
use super::nats::NatsOptions;
use super::outcome::{Exit, Stop};

/// Options of `workers`.
#[derive(Args, Clone, Debug)]
pub(super) struct Options {
    #[command(flatten)]
    nats: NatsOptions,

    /// How to write them
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line for each
    Text,
    /// A list of objects
    Json,
}

#[cfg(not(feature = "nats"))]
pub(super) async fn run(options: &Options, context: &Context) -> Result<Exit, Stop> {
    let Options { nats, format: _ } = options;
    nats.needed(context)?;
    Err(super::nats::not_built_in())
}

#[cfg(feature = "nats")]
pub(super) use built_in::run;

#[cfg(feature = "nats")]
mod built_in {
    use std::fmt::Write as _;
    use std::time::Duration;

    use super::{Context, Exit, Format, Options, Stop};
    use crate::base::text::sanitised;
    use crate::cli::nats::stop;
    use crate::fleet::WorkerCard;

    /// The time that workers have to answer.
    const ANSWERS_WITHIN: Duration = Duration::from_secs(1);

    /// Lists the workers that answer, limited to a pool if one is named.
    pub(in crate::cli) async fn run(options: &Options, context: &Context) -> Result<Exit, Stop> {
        let queue = options.nats.needed(context)?;
        let link = queue.link(context).await?;
        let mut workers = link
            .workers(ANSWERS_WITHIN)
            .await
            .map_err(|error| stop(&error))?;
        if let Some(pool) = &options.nats.pool {
            workers.retain(|worker| worker.pool == *pool);
        }
        match options.format {
            Format::Json => {
                let list = serde_json::to_string_pretty(&workers).unwrap_or_default();
                context.output.json(&format!("{list}\n"))?;
            }
            Format::Text if workers.is_empty() => {
                context.output.note("no worker answers");
            }
            Format::Text => {
                let lines = workers.iter().fold(String::new(), |mut lines, worker| {
                    // Writing to a string can't fail.
                    let _ = writeln!(lines, "{}", line(worker));
                    lines
                });
                context.output.data(&lines)?;
            }
        }
        Ok(Exit::Success)
    }

    fn line(worker: &WorkerCard) -> String {
        let WorkerCard {
            id: _,
            name,
            version,
            pool,
            profile,
            at_once,
            runs,
        } = worker;
        let name = sanitised(name).replace('\n', " ");
        let profile = profile.as_deref().unwrap_or("any profile");
        format!(
            "{name:<24} pool {pool}  {}/{at_once} runs  {profile}  flowdeck {version}",
            runs.len()
        )
    }
}
