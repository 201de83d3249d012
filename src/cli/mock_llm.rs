//! The command `flowdeck mock-llm`, which serves the offline model as an OpenAI-compatible server.

use std::net::IpAddr;
use std::time::Duration;

use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::context::Context;
use super::outcome::{Exit, Stop};
use crate::llm::Pace;
use crate::llm::mock_server::{self, MockSettings};
use crate::profile::quantity::whole_number;

/// Options of `mock-llm`.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct Options {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    host: IpAddr,

    /// The port; 0 takes a free one and says which
    #[arg(long, value_name = "PORT", default_value_t = 8089)]
    port: u16,

    /// How long an answer takes to begin
    #[arg(long, value_name = "MS", default_value_t = 0, value_parser = milliseconds)]
    latency_ms: u64,

    /// The share of requests that fail, from 0 to 1: with 429 and `Retry-After`, with 500, or in
    /// the middle of a stream
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    error_rate: f64,

    /// The length of every text, in words
    #[arg(long, value_name = "N", value_parser = words)]
    tokens: Option<usize>,

    /// How long to wait between words
    #[arg(long, value_name = "MS", default_value_t = 0, value_parser = milliseconds)]
    token_interval_ms: u64,

    /// Decides which requests fail
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

fn milliseconds(text: &str) -> Result<u64, String> {
    // A day.
    whole_number(text, &(0..=86_400_000)).map_err(|must_be| format!("it {must_be}"))
}

fn words(text: &str) -> Result<usize, String> {
    whole_number(text, &(1..=1_000_000)).map_err(|must_be| format!("it {must_be}"))
}

fn share(text: &str) -> Result<f64, String> {
    text.parse::<f64>()
        .ok()
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| "it must be a number from 0 to 1".to_owned())
}

/// Serves until a signal to stop.
pub(super) async fn run(options: &Options, context: &Context) -> Result<Exit, Stop> {
    let refused = |error: std::io::Error| {
        let address = format!("{}:{}", options.host, options.port);
        let stop = Stop::new(
            Exit::Failed,
            format!("can't listen on `{address}`: {error}"),
        );
        stop.with_help("choose another `--port`; 0 takes a free one")
    };
    let listener = TcpListener::bind((options.host, options.port))
        .await
        .map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    let settings = MockSettings {
        pace: Pace {
            before_first: Duration::from_millis(options.latency_ms),
            between_words: Duration::from_millis(options.token_interval_ms),
        },
        length_words: options.tokens,
        error_rate: options.error_rate,
        seed: options.seed,
    };
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    context
        .output
        .data(&format!("listening on http://{address}/v1\n"))?;
    context
        .output
        .note("counters: GET /stats; stop with ctrl-c");
    let stop = CancellationToken::new();
    let serving = mock_server::serve(listener, settings, stop.clone());
    tokio::pin!(serving);
    let served = tokio::select! {
        served = &mut serving => served,
        _ = interrupt.recv() => { stop.cancel(); serving.await }
        _ = terminate.recv() => { stop.cancel(); serving.await }
    };
    served.map_err(refused)?;
    Ok(Exit::Success)
}
