use std::collections::HashMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::base::clock::Timestamp;
use crate::base::ids::RunId;
use crate::conversation::Role;
use crate::runs::RunRecord;
use crate::runs::script::{Script, llm_chunk, llm_request, message};
use crate::trace::{Failure, FailureKind, RunState, SpanKind, SpanOutcome};

fn batch(total: usize) -> BatchRecord {
    BatchRecord {
        id: BatchId::new("b_1"),
        spec_name: "weather".to_owned(),
        component: crate::spec::load(
            "{component_type: Agent, agentspec_version: 26.1.2, id: weather, name: weather}",
            &crate::spec::LoadOptions::default(),
        )
        .component
        .unwrap(),
        profile: "offline".to_owned(),
        total,
        at_once: 2,
        launched_at: Timestamp::from_ns(0),
        ended_at: None,
        in_flight: 0,
        max_at_once: 0,
        summary: None,
    }
}

/// The events of a script as a run sends them: without numbers.
fn sent(script: &Script) -> Vec<RunEvent> {
    let sent = script.events.iter().map(|event| RunEvent {
        seq: 0,
        ..RunEvent::clone(event)
    });
    sent.collect()
}

/// A run that is cut off while its model speaks.
fn cut_off(run: &str, index: usize, state: RunState) -> Script {
    let mut script = Script::new(run, index);
    script.state(RunState::Running);
    let agent = script.start(None, SpanKind::AgentExecutionSpan, "weather");
    let llm = script.start(Some(&agent), SpanKind::LlmGenerationSpan, "model");
    script.traced(&llm, llm_request("q1"));
    script.traced(&llm, llm_chunk("q1", "Hel"));
    script.ended(
        state,
        Some(Failure::new(FailureKind::Limit, "its time of 5 s ran out")),
    );
    script
}

/// Folds updates as a screen does.
#[derive(Default)]
struct Reader {
    runs: HashMap<RunId, RunRecord>,
}

impl Reader {
    fn apply(&mut self, update: &Update) {
        if let Update::Events(events) = update {
            for event in events.iter() {
                match self.runs.get_mut(&event.run) {
                    Some(record) => {
                        record.apply(event);
                    }
                    None => {
                        if let Some(record) = RunRecord::from_queued(event) {
                            self.runs.insert(event.run.clone(), record);
                        }
                    }
                }
            }
        }
    }

    fn reset(&mut self, snapshot: &Snapshot) {
        let records = snapshot.runs.iter();
        self.runs = records
            .map(|record| (record.run.clone(), RunRecord::clone(record)))
            .collect();
    }
}

#[test]
fn open_spans_are_closed_innermost_first_before_the_end() {
    let script = cut_off("r_1", 0, RunState::TimedOut);
    let mut ledger = Ledger::default();
    let mut events = sent(&script).into_iter();
    ledger.announce(Announcement::Launched(
        Box::new(batch(1)),
        events.by_ref().take(1).collect(),
    ));
    events.for_each(|event| ledger.record(event));
    let snapshot = ledger.snapshot();
    let record = &snapshot.runs[0];
    assert!(record.is_over());
    assert!(
        record
            .spans
            .iter()
            .all(|span| span.outcome == Some(SpanOutcome::Cancelled))
    );
    let error = record.error.as_ref().expect("a time limit is an error");
    assert_eq!(error.message, "its time of 5 s ran out, waiting for `llm`");

    let told: Vec<u64> = ledger
        .updates()
        .into_iter()
        .filter_map(|update| match update {
            Update::Events(events) => Some(events.iter().map(|e| e.seq).collect::<Vec<_>>()),
            _ => None,
        })
        .flatten()
        .collect();
    assert_eq!(told, (0..record.events).collect::<Vec<_>>(), "no gap");
}

#[test]
fn what_comes_after_the_end_is_dropped() {
    let script = cut_off("r_1", 0, RunState::Cancelled);
    let mut ledger = Ledger::default();
    ledger.announce(Announcement::Launched(Box::new(batch(1)), sent(&script)));
    let before = ledger.snapshot().runs[0].events;
    let mut late = sent(&script).remove(4);
    late.run = RunId::new("r_1");
    ledger.record(late);
    assert_eq!(ledger.snapshot().runs[0].events, before);
}

#[test]
fn a_batch_ends_with_its_last_run_and_goes_on_when_runs_are_added() {
    let mut ledger = Ledger::default();
    let scripts = [
        cut_off("r_1", 0, RunState::Failed),
        cut_off("r_2", 1, RunState::Failed),
    ];
    let firsts = scripts.iter().map(|s| sent(s).remove(0)).collect();
    ledger.announce(Announcement::Launched(Box::new(batch(2)), firsts));
    let mut ends = 0;
    for (number, script) in scripts.iter().enumerate() {
        sent(script)
            .into_iter()
            .skip(1)
            .for_each(|event| ledger.record(event));
        let ended = ledger
            .updates()
            .iter()
            .filter(|u| matches!(u, Update::BatchEnded(_)))
            .count();
        ends += ended;
        assert_eq!(ends, number, "after run {number}");
    }
    let record = Arc::clone(&ledger.snapshot().batches[0]);
    let summary = record.summary.as_ref().expect("the batch has ended");
    assert_eq!(summary.total, 2);
    assert_eq!(summary.count(RunState::Failed), 2);
    assert_eq!(summary.max_at_once, 1);
    assert_eq!(record.in_flight, 0);

    let retry = Script::new("r_3", 2);
    ledger.announce(Announcement::Added(BatchId::new("b_1"), sent(&retry)));
    let record = Arc::clone(&ledger.snapshot().batches[0]);
    assert_eq!((record.total, record.ended_at), (3, None));
}

#[tokio::test]
async fn a_reader_that_lags_takes_a_snapshot_and_has_the_same_records() {
    let (events_tx, events_rx) = mpsc::channel(MAX_EVENTS);
    let (announcements_tx, announcements_rx) = mpsc::channel(MAX_ANNOUNCEMENTS);
    let (snapshots_tx, snapshots_rx) = mpsc::channel(1);
    let subscribers = Subscribers::default();
    let mut subscription = subscribers.subscribe();
    let feed = Feed {
        events_rx,
        announcements_rx,
        snapshots_rx,
        subscribers,
        journal: None,
    };
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(feed.work());

    let mut script = Script::new("r_1", 0);
    script.state(RunState::Running);
    let agent = script.start(None, SpanKind::AgentExecutionSpan, "weather");
    for number in 0..2000 {
        script.traced(&agent, message(Role::User, &number.to_string()));
    }
    let mut events = sent(&script).into_iter();
    let first = events.by_ref().take(1).collect();
    // The event is there before its announcement: the feed waits for it.
    for event in events.by_ref().take(1) {
        events_tx.send(event).await.expect("the feed reads");
    }
    announcements_tx
        .send(Announcement::Launched(Box::new(batch(1)), first))
        .await
        .expect("the feed reads");
    for event in events {
        events_tx.send(event).await.expect("the feed reads");
        // One update for each event, so that the queue of the subscription overflows.
        tokio::task::yield_now().await;
    }
    let (reply_tx, reply_rx) = tokio::sync::oneshot::channel();
    let mut reader = Reader::default();
    let mut has_lagged = false;
    snapshots_tx.send(reply_tx).await.expect("the feed reads");
    let snapshot = reply_rx.await.expect("the feed answers");
    drop((events_tx, announcements_tx));
    while let Some(update) = subscription.next().await {
        if let Update::Lagged { missed } = update {
            assert!(missed > 0);
            has_lagged = true;
            reader.reset(&snapshot);
        } else {
            reader.apply(&update);
        }
    }
    assert!(has_lagged);
    let last = tasks
        .join_next()
        .await
        .expect("one task")
        .expect("no panic");
    assert_eq!(reader.runs[&RunId::new("r_1")], *last.runs[0]);
}

proptest! {
    /// Runs that interleave in any way are each numbered without gaps.
    #[test]
    fn runs_do_not_disturb_each_other(picks in prop::collection::vec(any::<bool>(), 0..40)) {
        let scripts = [cut_off("r_1", 0, RunState::Failed), cut_off("r_2", 1, RunState::Cancelled)];
        let mut queues = scripts.each_ref().map(|s| sent(s).into_iter());
        let mut ledger = Ledger::default();
        let firsts = queues.iter_mut().filter_map(Iterator::next).collect();
        ledger.announce(Announcement::Launched(Box::new(batch(2)), firsts));
        for pick in picks {
            if let Some(event) = queues[usize::from(pick)].next() {
                ledger.record(event);
            }
        }
        for event in queues.into_iter().flatten() {
            ledger.record(event);
        }
        let mut reader = Reader::default();
        ledger.updates().iter().for_each(|update| reader.apply(update));
        let snapshot = ledger.snapshot();
        for record in &snapshot.runs {
            prop_assert!(record.is_over());
            prop_assert_eq!(&reader.runs[&record.run], record.as_ref());
        }
        prop_assert!(snapshot.batches[0].summary.is_some());
    }
}
