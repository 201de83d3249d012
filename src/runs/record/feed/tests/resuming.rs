//! Runs that another process began go on: what the hub tells of them comes before what they tell themselves.

use pretty_assertions::assert_eq;

use super::*;
use crate::trace::RunEventBody;

fn state(run: &str, state: RunState) -> RunEvent {
    RunEvent {
        run: RunId::new(run),
        seq: 0,
        joined: 0,
        timestamp: Timestamp::from_ns(9),
        span: None,
        body: RunEventBody::StateChanged { state },
    }
}

#[tokio::test]
async fn a_run_that_goes_on_at_once_is_not_queued_after_it_runs() {
    let (events_tx, events_rx) = crate::runtime::event_queue(MAX_EVENTS);
    let (announcements_tx, announcements_rx) = mpsc::channel(MAX_ANNOUNCEMENTS);
    let (_snapshots_tx, snapshots_rx) = mpsc::channel(1);
    let announced = Announced::default();
    let feed = Feed {
        history: None,
        events_rx,
        announcements_rx,
        snapshots_rx,
        announced: announced.clone(),
        subscribers: Subscribers::default(),
        journal: None,
        kept_detail: KeptDetail::All,
    };
    let mut script = Script::new("r_1", 0);
    script.state(RunState::Running);
    let told = async {
        // The hub has told both, and one of them is a little later than the run itself.
        announced.note();
        announced.note();
        let running = state("r_1", RunState::Running);
        events_tx.send(running).await.expect("the feed reads");
        let carried_on = Announcement::CarriedOn(Box::new(batch(1)), script.events.clone());
        let queued = Announcement::OfQueued(vec![
            state("r_1", RunState::Interrupted),
            state("r_1", RunState::Queued),
        ]);
        for announcement in [carried_on, queued] {
            let taken = announcements_tx.send(announcement).await;
            taken.expect("the feed reads");
            for _ in 0..8 {
                tokio::task::yield_now().await;
            }
        }
        drop((events_tx, announcements_tx));
    };
    let (last, ()) = tokio::join!(feed.work(), told);
    assert_eq!(last.records()[0].state, RunState::Running);
}
