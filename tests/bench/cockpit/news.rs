//! What it costs to keep all that is known of the runs up to date.

use std::error::Error;
use std::time::Duration;

use cpu_time::ThreadTime;
use flowdeck::program::RunsModel;
use flowdeck::runs::{RunsHandle, Update};
use tokio::time::{Instant, MissedTickBehavior, interval};

/// As often as the screen takes news in.
const TAKEN_EVERY: Duration = Duration::from_millis(33);

/// Folds all news of the runs while something else goes on, and prints the share of a core that it took.
///
/// # Errors
/// Those of the other.
#[expect(clippy::print_stdout, reason = "figures are what a bench is for")]
pub(crate) async fn beside(
    runs: &RunsHandle,
    work: impl Future<Output = Result<(), Box<dyn Error>>>,
) -> Result<(), Box<dyn Error>> {
    let mut subscription = runs.subscribe();
    let mut model = RunsModel::default();
    let (mut took, mut n_events) = (Duration::ZERO, 0);
    let mut begun = Instant::now();
    let folding = async {
        let mut due = interval(TAKEN_EVERY);
        due.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            due.tick().await;
            while let Some(update) = subscription.try_next() {
                if let Update::Snapshot { .. } = update {
                    // What was there before is no news.
                    model.apply(update);
                    (took, n_events, begun) = (Duration::ZERO, 0, Instant::now());
                    continue;
                }
                if let Update::Events(events) = &update {
                    n_events += events.len();
                }
                let folded = ThreadTime::now();
                model.apply(update);
                took += folded.elapsed();
            }
        }
    };
    let worked = tokio::select! {
        worked = work => worked,
        () = folding => Ok(()),
    };
    let seconds = begun.elapsed().as_secs_f64();
    let n_events = f64::from(u32::try_from(n_events).unwrap_or(u32::MAX));
    println!(
        "  news: {:.0} events a second are folded in {:.2} % of a core",
        n_events / seconds,
        100.0 * took.as_secs_f64() / seconds
    );
    worked
}
