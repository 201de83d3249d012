//! Detail that is let go, and runs that are forgotten.

use super::*;
use crate::trace::RunEventBody;

/// A ledger with these runs of one batch, all queued, that keeps so much detail.
fn ledger(kept: KeptDetail, scripts: &[Script]) -> Ledger {
    let mut ledger = Ledger::new(kept);
    let firsts = scripts.iter().map(|script| sent(script).remove(0));
    let launched = Announcement::Launched(Box::new(batch(scripts.len())), firsts.collect());
    ledger.announce(launched);
    ledger
}

fn record_all(ledger: &mut Ledger, script: &Script) {
    let events = sent(script).into_iter().skip(1);
    events.for_each(|event| ledger.record(event));
}

/// The runs of which each update says that their detail was let go or that they were forgotten.
fn gone(ledger: &mut Ledger) -> Vec<String> {
    let words = |update: Update| match update {
        Update::LetGo(runs) => runs
            .iter()
            .map(|run| format!("let go {}", run.run))
            .collect(),
        Update::Forgotten { runs, batches } => {
            let runs = runs.iter().map(|run| format!("forgotten {run}"));
            runs.chain(batches.iter().map(|batch| format!("forgotten {batch}")))
                .collect()
        }
        _ => Vec::new(),
    };
    ledger.updates().into_iter().flat_map(words).collect()
}

/// Where the runs stand whose state changed.
fn stood(ledger: &mut Ledger) -> Vec<(String, RunState)> {
    let changed = ledger.changed().into_iter();
    changed
        .map(|run| (run.run.to_string(), run.state))
        .collect()
}

fn forget(ledger: &mut Ledger, runs: &[&str]) {
    let runs = runs.iter().map(|run| RunId::new(*run)).collect();
    ledger.announce(Announcement::Forgotten(runs));
}

#[test]
fn the_detail_of_what_ended_first_is_let_go_and_its_summary_stays() {
    let scripts = [
        talkative("r_1", 0, &[5]),
        cut_off("r_2", 1, RunState::Failed),
        talkative("r_3", 2, &[5]),
    ];
    let mut whole = ledger(KeptDetail::All, &scripts);
    for script in &scripts {
        record_all(&mut whole, script);
    }
    assert_eq!(gone(&mut whole), [""; 0], "without a bound nothing is");
    // Room for two of the three.
    let mut bounded = ledger(KeptDetail::Bytes(20_000), &scripts);
    for script in [&scripts[2], &scripts[0], &scripts[1]] {
        record_all(&mut bounded, script);
    }
    assert_eq!(gone(&mut bounded), ["let go r_3"]);
    let (before, after) = (whole.snapshot(), bounded.snapshot());
    for (before, after) in before.runs.iter().zip(&after.runs) {
        assert!(**before == **after, "{} has another summary", after.run);
        assert_eq!(after.record().is_none(), after.run == RunId::new("r_3"));
    }
    assert_eq!(after.records().len(), 2);
    let usage = |snapshot: &Snapshot| Some(snapshot.batches[0].summary.as_ref()?.usage);
    assert_eq!(usage(&before), usage(&after));
}

#[test]
fn a_run_that_goes_on_keeps_its_detail_however_little_is_kept() {
    let scripts = [talkative("r_1", 0, &[5, 5]), talkative("r_2", 1, &[5])];
    let mut ledger = ledger(KeptDetail::Bytes(0), &scripts);
    let mut events = sent(&scripts[0]).into_iter().skip(1);
    let end = events.next_back();
    events.for_each(|event| ledger.record(event));
    record_all(&mut ledger, &scripts[1]);
    assert_eq!(gone(&mut ledger), ["let go r_2"]);
    let record = ledger.snapshot().records().remove(0);
    assert_eq!(record.model_calls.len(), 1);
    ledger.record(end.expect("a script ends"));
    assert_eq!(gone(&mut ledger), ["let go r_1"]);
}

#[test]
fn a_forgotten_run_is_gone_and_what_still_comes_of_it_is_dropped() {
    let scripts = [
        cut_off("r_1", 0, RunState::Failed),
        cut_off("r_2", 1, RunState::Failed),
    ];
    let mut ledger = ledger(KeptDetail::All, &scripts);
    for script in &scripts {
        record_all(&mut ledger, script);
    }
    ledger.updates();
    forget(&mut ledger, &["r_1"]);
    assert_eq!(gone(&mut ledger), ["forgotten r_1"]);
    let late = sent(&scripts[0]).remove(4);
    ledger.record(late);
    assert_eq!(ledger.updates().len(), 0);
    let snapshot = ledger.snapshot();
    assert_eq!((snapshot.runs.len(), snapshot.batches[0].total), (1, 1));
    forget(&mut ledger, &["r_2"]);
    assert_eq!(gone(&mut ledger), ["forgotten r_2", "forgotten b_1"]);
    let snapshot = ledger.snapshot();
    assert!(snapshot.runs.is_empty() && snapshot.batches.is_empty());
}

#[test]
fn a_run_whose_last_event_is_on_its_way_is_forgotten_when_that_has_come() {
    let script = cut_off("r_1", 0, RunState::Failed);
    let mut ledger = ledger(KeptDetail::Bytes(0), std::slice::from_ref(&script));
    forget(&mut ledger, &["r_1"]);
    assert!(ledger.knows(&RunId::new("r_1")));
    record_all(&mut ledger, &script);
    assert_eq!(gone(&mut ledger), ["forgotten r_1", "forgotten b_1"]);
    assert!(!ledger.knows(&RunId::new("r_1")));
    assert_eq!(stood(&mut ledger), [("r_1".to_owned(), RunState::Failed)]);
    assert_eq!(stood(&mut ledger), []);
}

#[test]
fn whoever_keeps_the_record_hears_of_the_end_of_a_run_that_is_forgotten_at_once() {
    let scripts = [
        cut_off("r_1", 0, RunState::Failed),
        cut_off("r_2", 1, RunState::Cancelled),
    ];
    let mut ledger = ledger(KeptDetail::All, &scripts);
    ledger.changed();
    for script in &scripts {
        record_all(&mut ledger, script);
    }
    forget(&mut ledger, &["r_1"]);
    let told = [("r_1", RunState::Failed), ("r_2", RunState::Cancelled)];
    assert_eq!(
        stood(&mut ledger),
        told.map(|(run, state)| (run.to_owned(), state))
    );
}

#[tokio::test(start_paused = true)]
async fn an_event_of_a_forgotten_run_holds_nothing_up() {
    let (events_tx, events_rx) = crate::runtime::event_queue(MAX_EVENTS);
    let (announcements_tx, announcements_rx) = mpsc::channel(MAX_ANNOUNCEMENTS);
    let (snapshots_tx, snapshots_rx) = mpsc::channel(1);
    let announced = Announced::default();
    let subscribers = Subscribers::default();
    let mut reader = subscribers.subscribe(snapshots_tx);
    let feed = Feed {
        history: None,
        events_rx,
        announcements_rx,
        snapshots_rx,
        announced: announced.clone(),
        subscribers,
        journal: None,
        kept_detail: KeptDetail::All,
    };
    let scripts = [
        cut_off("r_1", 0, RunState::Failed),
        cut_off("r_2", 1, RunState::Failed),
    ];
    let [first, second] = scripts.each_ref().map(sent);
    let firsts = vec![first[0].clone(), second[0].clone()];
    let late = first[4].clone();
    let told = async {
        for announcement in [
            Announcement::Launched(Box::new(batch(2)), firsts),
            Announcement::Forgotten(vec![RunId::new("r_1")]),
        ] {
            announced.note();
            let taken = announcements_tx.send(announcement).await;
            taken.expect("the feed reads");
        }
        let second = second.into_iter().skip(1);
        for event in first.into_iter().skip(1).chain([late]).chain(second) {
            events_tx.send(event).await.expect("the feed reads");
        }
        drop(events_tx);
        // All is taken while more may still be announced.
        let is_last = |event: &Arc<RunEvent>| {
            event.run.as_str() == "r_2" && matches!(event.body, RunEventBody::Ended { .. })
        };
        loop {
            let update = reader.next().await.expect("the feed tells");
            if matches!(update, Update::Events(events) if events.iter().any(is_last)) {
                break;
            }
        }
        drop(announcements_tx);
    };
    let work = async { tokio::join!(feed.work(), told) };
    let ended = tokio::time::timeout(std::time::Duration::from_mins(1), work).await;
    let (last, ()) = ended.expect("the feed is not held up");
    let left: Vec<_> = last.runs.iter().map(|run| run.run.as_str()).collect();
    assert_eq!(left, ["r_2"]);
}
