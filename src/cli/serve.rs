//! The command `flowdeck serve`, which serves an agentic component to other programs.

use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::context::{Context, is_stdin};
use super::kept;
use super::outcome::{Exit, Stop};
use super::spec_source::{profile_for, valid};
use crate::base::clock::SystemClock;
use crate::base::ids::IdSource;
use crate::base::secret::Secret;
use crate::llm::Models;
use crate::otlp::LiveTraces;
use crate::profile::quantity::{AT_ONCE, duration, whole_number};
use crate::runs::{History, KeptDetail, Origin, ProfileWorlds, Runs, RunsSettings, check_runnable};
use crate::serve::{DRAINED_WITHIN, Served, serve};
use crate::spec::{LoadOptions, LoadPolicy};
use crate::tools::ToolRegistry;

/// The default port of the server.
const PORT: u16 = 8090;

/// Options of `serve`.
#[derive(Args, Clone, Debug)]
pub(super) struct Options {
    /// The spec of an agent, a flow or a team
    spec: PathBuf,

    /// Further components and values that the spec refers to
    #[arg(long, value_name = "FILE")]
    component: Vec<PathBuf>,

    /// Keep no history of the conversations: none goes on after a restart
    #[arg(long)]
    no_history: bool,

    /// Trust the spec: it may start programs of its own
    #[arg(long)]
    yes: bool,

    #[command(flatten)]
    place: Place,
}

/// Where and how a spec is served.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Serve only Agent2Agent (A2A) [default: that and OpenAI's Responses]
    #[arg(long)]
    a2a: bool,

    /// Serve only OpenAI's Responses [default: that and A2A]
    #[arg(long)]
    responses: bool,

    /// The address to listen on; beyond this machine only with a key
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    host: IpAddr,

    /// The port; 0 takes a free one and says which
    #[arg(long, value_name = "PORT", default_value_t = PORT)]
    port: u16,

    /// The environment variable that holds the key which clients must send
    #[arg(long, value_name = "NAME")]
    key_env: Option<String>,

    /// How many turns run at the same time; others wait [default: the profile's, else 10]
    #[arg(long, value_name = "N", value_parser = at_once)]
    at_once: Option<NonZero<usize>>,

    /// How long a conversation may be active: 30s, 5m
    #[arg(long, value_name = "DURATION", value_parser = timeout)]
    timeout: Option<Duration>,
}

fn at_once(text: &str) -> Result<NonZero<usize>, String> {
    let number = whole_number(text, &AT_ONCE).map_err(|must_be| format!("it {must_be}"))?;
    NonZero::new(number).ok_or_else(|| "it must be at least 1".to_owned())
}

fn timeout(text: &str) -> Result<Duration, String> {
    duration(text).map_err(|must_be| format!("it {must_be}"))
}

impl Default for Place {
    fn default() -> Self {
        Self {
            a2a: false,
            responses: false,
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: PORT,
            key_env: None,
            at_once: None,
            timeout: None,
        }
    }
}

/// A spec that is about to be served, and the listener.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) served: Served,
    pub(super) listener: TcpListener,
    /// The address for display.
    pub(super) address: String,
}

/// The default maximum number of concurrent turns.
const DEFAULT_AT_ONCE: NonZero<usize> = NonZero::new(10).expect("it is more");

impl Place {
    /// Reads the spec and opens the port.
    ///
    /// # Errors
    /// Something is not valid: exit code 3, or 1 if the port can't be opened.
    pub(super) async fn open(
        &self,
        spec: &Path,
        components: &[PathBuf],
        (is_trusted, is_kept): (bool, bool),
        context: &Context,
    ) -> Result<Opened, Stop> {
        if is_stdin(spec) {
            let message = "`serve` needs a file, so that it can continue conversations later";
            return Err(Stop::new(Exit::Invalid, message));
        }
        let key = self.key()?;
        if key.is_none() && !self.host.is_loopback() {
            let message = format!(
                "other machines can reach `{}`, and there is no key",
                self.host
            );
            return Err(Stop::usage(message)
                .with_help("name the variable that holds one with `--key-env NAME`"));
        }
        let policy = if is_trusted {
            LoadPolicy::default()
        } else {
            LoadPolicy::without_local_programs()
        };
        let options = LoadOptions {
            policy,
            ..LoadOptions::default()
        };
        let (_, component) = valid(spec, components, options, "nothing is served", context)?;
        check_runnable(&component).map_err(|failure| Stop::new(Exit::Invalid, failure.message))?;
        let profile = profile_for(spec, context)?;
        for tool in profile.unbound_tools(&component) {
            context.output.warning(&tool.message());
        }
        let absolute = |path: &Path| {
            std::path::absolute(context.resolved(path))
                .map_err(|error| Stop::new(Exit::Invalid, format!("`{}`: {error}", path.display())))
        };
        let origin = Origin {
            workspace: context.workspace(),
            spec: Some(absolute(spec)?),
            components: components
                .iter()
                .map(|path| absolute(path))
                .collect::<Result<_, _>>()?,
            ..Origin::default()
        };
        let at_once = self.at_once.or(profile.at_once.and_then(NonZero::new));
        let served = Served {
            component,
            origin,
            at_once: at_once.unwrap_or(DEFAULT_AT_ONCE),
            profile: Arc::new(profile),
            timeout: self.timeout,
            history: is_kept.then(|| kept::file(context)),
            key,
            is_a2a: self.a2a || !self.responses,
            is_responses: self.responses || !self.a2a,
        };
        let refused = |error: std::io::Error| {
            let address = format!("{}:{}", self.host, self.port);
            let stop = Stop::new(
                Exit::Failed,
                format!("can't listen on `{address}`: {error}"),
            );
            stop.with_help("choose another `--port`; 0 takes a free one")
        };
        let listener = TcpListener::bind((self.host, self.port))
            .await
            .map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        Ok(Opened {
            served,
            listener,
            address: format!("http://{address}"),
        })
    }

    fn key(&self) -> Result<Option<Secret>, Stop> {
        let Some(name) = &self.key_env else {
            return Ok(None);
        };
        let value = std::env::var_os(name).and_then(|value| value.into_string().ok());
        match value.filter(|value| !value.trim().is_empty()) {
            Some(value) => Ok(Some(Secret::new(value.trim()))),
            None => Err(Stop::new(
                Exit::Invalid,
                format!("the variable `{name}` of `--key-env` is not set, or holds no text"),
            )),
        }
    }
}

/// Serves until a signal to stop.
pub(super) async fn run(options: &Options, context: &Context) -> Result<Exit, Stop> {
    let history = if options.no_history {
        None
    } else {
        kept::open(context)
    };
    let may = (options.yes, history.is_some());
    let opened = options
        .place
        .open(&options.spec, &options.component, may, context);
    let opened = opened.await?;
    context
        .output
        .data(&format!("listening on {}\n", opened.address))?;
    context.output.note(&opened.words());
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let stop = CancellationToken::new();
    let serving = carry_out(opened, history, stop.clone(), context);
    tokio::pin!(serving);
    tokio::select! {
        served = &mut serving => return served.map(|()| Exit::Success),
        () = signalled(&mut interrupt, &mut terminate) => stop.cancel(),
    }
    if let Ok(served) = tokio::time::timeout(IDLE_ENDS_WITHIN, &mut serving).await {
        return served.map(|()| Exit::Success);
    }
    context.output.note(&format!(
        "turns in progress have {} s to finish, and nothing new is accepted; ctrl-c again ends at once",
        DRAINED_WITHIN.as_secs()
    ));
    tokio::select! {
        served = &mut serving => return served.map(|()| Exit::Success),
        () = signalled(&mut interrupt, &mut terminate) => {}
    }
    Ok(Exit::Interrupted)
}

async fn signalled(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

async fn carry_out(
    opened: Opened,
    history: Option<History>,
    stop: CancellationToken,
    context: &Context,
) -> Result<(), Stop> {
    let clock = SystemClock::shared();
    let worlds = ProfileWorlds::new(Models::default(), ToolRegistry::default());
    let worlds = Arc::new(worlds.keeping_tokens(context.paths.tokens()));
    let settings = RunsSettings {
        worlds: Arc::clone(&worlds) as Arc<_>,
        journal: None,
        history,
        kept_detail: KeptDetail::Bytes(KEPT_DETAIL_BYTES),
        elsewhere: None,
    };
    let (runs, owner) = Runs::start(Arc::clone(&clock), IdSource::Random, settings);
    let (traces, mut trouble) = LiveTraces::start(runs.subscribe(), &clock);
    let serving = serve(opened.listener, opened.served, runs, clock, stop);
    tokio::pin!(serving);
    let served = loop {
        tokio::select! {
            served = &mut serving => break served,
            Some(told) = trouble.recv() => context.output.warning(&told),
        }
    };
    owner.shutdown().await;
    worlds.shutdown().await;
    if let Some(lost) = traces.finish(TRACES_WITHIN).await {
        context.output.warning(&lost);
    }
    served.map_err(|error| Stop::new(Exit::Failed, format!("the server failed: {error}")))
}

/// How long the end of a server without turns in progress takes at most: nothing is said about turns before.
const IDLE_ENDS_WITHIN: Duration = Duration::from_millis(300);

/// The time that the collector of traces has for the last spans.
const TRACES_WITHIN: Duration = Duration::from_secs(5);

/// The approximate maximum size of the details of ended conversations in memory, in bytes.
const KEPT_DETAIL_BYTES: usize = 64 << 20;

impl Opened {
    /// Returns the description of the served spec, its address and its protocols.
    pub(super) fn words(&self) -> String {
        let served = &self.served;
        let spoken = match (served.is_a2a, served.is_responses) {
            (true, false) => "A2A",
            (false, _) => "Responses",
            (true, true) => "A2A and Responses",
        };
        let name = served.component.name();
        format!("`{name}` at {}: {spoken}", self.address)
    }
}
