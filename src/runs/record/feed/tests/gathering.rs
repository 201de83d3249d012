//! What few runs tell is passed on at once, what many tell in a moment together.

use std::time::Duration;

use pretty_assertions::assert_eq;

use super::*;
use crate::base::gathering::LONGEST_GAP;

/// Launches so many runs, then lets two of them tell something, a turn of the tasks apart. Gives how long each time was
/// waited until something was passed on, and the runs of which it was.
async fn told_by_two_of(n_runs: usize) -> Vec<(Duration, Vec<usize>)> {
    let (events_tx, events_rx) = crate::runtime::event_queue(MAX_EVENTS);
    let (announcements_tx, announcements_rx) = mpsc::channel(MAX_ANNOUNCEMENTS);
    let (_snapshots_tx, snapshots_rx) = mpsc::channel(1);
    let (journal_tx, mut journal_rx) = mpsc::channel(64);
    let announced = Announced::default();
    let feed = Feed {
        history: None,
        events_rx,
        announcements_rx,
        snapshots_rx,
        subscribers: Subscribers::default(),
        journal: Some(journal_tx),
        announced: announced.clone(),
        kept_detail: KeptDetail::All,
    };
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(async {
        feed.work().await;
    });
    let scripts: Vec<Script> = (0..n_runs)
        .map(|index| Script::new(&format!("r_{index}"), index))
        .collect();
    let planned = scripts.iter().flat_map(sent).collect();
    announced.note();
    let launched = Announcement::Launched(Box::new(batch(n_runs)), planned);
    announcements_tx.send(launched).await.unwrap();
    // The batch, then the beginnings of its runs.
    for _ in 0..2 {
        journal_rx.recv().await.unwrap();
    }
    let sent_at = Instant::now();
    for index in [1, 2] {
        let mut script = Script::new(&format!("r_{index}"), index);
        script.state(RunState::Running);
        let running = sent(&script).remove(1);
        events_tx.send(running).await.unwrap();
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
    }
    let mut told = Vec::new();
    let mut n_told = 0;
    while n_told < 2 {
        if let Some(Update::Events(events)) = journal_rx.recv().await {
            let runs = events.iter().map(|event| event.run.as_str());
            let runs = runs.map(|run| run.trim_start_matches("r_").parse().unwrap());
            n_told += events.len();
            told.push((sent_at.elapsed(), runs.collect()));
        }
    }
    told
}

#[tokio::test(start_paused = true)]
async fn where_many_runs_go_on_what_they_tell_in_a_moment_is_passed_on_together() {
    let at_once = Duration::ZERO;
    assert_eq!(
        told_by_two_of(20).await,
        [(at_once, vec![1]), (at_once, vec![2])]
    );
    let together = told_by_two_of(500).await;
    assert_eq!(together.len(), 1);
    let (waited, runs) = &together[0];
    assert_eq!(runs, &[1, 2]);
    assert!(
        *waited <= LONGEST_GAP,
        "{waited:?} is longer than anybody would wait"
    );
}
