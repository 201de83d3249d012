use std::collections::HashMap;
use std::sync::Arc;

use futures_util::FutureExt;
use proptest::prelude::*;

use super::*;
use crate::base::clock::Timestamp;
use crate::base::ids::RunId;
use crate::runs::RunRecord;
use crate::runs::script::{Script, llm_chunk, llm_request, llm_response};
use crate::trace::{Failure, FailureKind, RunState, SpanKind, SpanOutcome};

fn batch(total: usize) -> BatchRecord {
    BatchRecord {
        is_paused: false,
        id: BatchId::new("b_1"),
        number: 0,
        spec_name: "weather".to_owned(),
        terms: Arc::default(),
        component: crate::spec::load(
            "{component_type: Agent, agentspec_version: 26.1.2, id: weather, name: weather}",
            &crate::spec::LoadOptions::default(),
        )
        .component,
        profile: "offline".to_owned(),
        bound_to: "offline model · real tools".to_owned(),
        tracing: None,
        total,
        at_once: 2,
        budget: None,
        canary: None,
        requests_per_second: None,
        busy_endpoints: indexmap::IndexMap::new(),
        launched_at: Timestamp::from_ns(0),
        ended_at: None,
        in_flight: 0,
        max_at_once: 0,
        summary: None,
        notice: None,
        workers: None,
    }
}

/// The events of a script as a run sends them: without numbers.
fn sent(script: &Script) -> Vec<RunEvent> {
    let sent = script.events.iter().map(|event| RunEvent {
        seq: 0,
        joined: 0,
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
        Some(Failure::new(
            FailureKind::Limit,
            "the run's time of 5 s ran out",
        )),
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
        if let Update::Forgotten { runs, .. } = update {
            self.runs.retain(|run, _| !runs.contains(run));
        }
        if let Update::Events(events) = update {
            for event in events.iter() {
                match self.runs.get_mut(&event.run) {
                    Some(record) => {
                        record.apply(event);
                    }
                    None => {
                        if let Some(record) = RunRecord::from_planned(event) {
                            self.runs.insert(event.run.clone(), record);
                        }
                    }
                }
            }
        }
    }

    fn reset(&mut self, snapshot: &Snapshot) {
        let records = snapshot.records().into_iter();
        self.runs = records
            .map(|record| (record.run.clone(), RunRecord::clone(&record)))
            .collect();
    }
}

/// A ledger that was told of one run.
fn ledger_of(script: &Script) -> Ledger {
    let mut ledger = Ledger::default();
    let mut events = sent(script).into_iter();
    ledger.announce(Announcement::Launched(
        Box::new(batch(1)),
        events.by_ref().take(1).collect(),
    ));
    events.for_each(|event| ledger.record(event));
    ledger
}

#[test]
fn a_run_that_ends_its_own_spans_at_its_time_limit_names_what_it_waited_for() {
    let mut script = Script::new("r_1", 0);
    script.state(RunState::Running);
    let agent = script.start(None, SpanKind::AgentExecutionSpan, "asker");
    let llm = script.start(Some(&agent), SpanKind::LlmGenerationSpan, "model");
    script.traced(&llm, llm_request("q1"));
    script.end(&llm, SpanOutcome::Cancelled);
    script.end(&agent, SpanOutcome::Cancelled);
    script.ended(
        RunState::TimedOut,
        Some(Failure::new(
            FailureKind::Limit,
            "the run's time of 5 s ran out",
        )),
    );
    let ledger = ledger_of(&script);
    let record = &ledger.snapshot().records()[0];
    let error = record.error.as_ref().expect("a time limit is an error");
    assert_eq!(
        error.message,
        "the run's time of 5 s ran out, waiting for `offline`"
    );
    assert!(record.spans.iter().all(|span| record.ended_with(span)));
}

#[test]
fn open_spans_are_closed_innermost_first_before_the_end() {
    let script = cut_off("r_1", 0, RunState::TimedOut);
    let mut ledger = ledger_of(&script);
    let record = &ledger.snapshot().records()[0];
    assert!(record.is_over());
    assert!(
        record
            .spans
            .iter()
            .all(|span| span.outcome == Some(SpanOutcome::Cancelled))
    );
    let error = record.error.as_ref().expect("a time limit is an error");
    assert_eq!(
        error.message,
        "the run's time of 5 s ran out, waiting for `offline`"
    );

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
    assert_eq!(summary.by_state[&RunState::Failed], 2);
    assert_eq!(summary.max_at_once, 1);
    assert_eq!(record.in_flight, 0);

    let retry = Script::new("r_3", 2);
    ledger.announce(Announcement::Added(BatchId::new("b_1"), sent(&retry)));
    let record = Arc::clone(&ledger.snapshot().batches[0]);
    assert_eq!((record.total, record.ended_at), (3, None));
}

#[tokio::test]
async fn a_reader_that_lags_gets_a_snapshot_and_has_the_same_records() {
    let (events_tx, events_rx) = crate::runtime::event_queue(MAX_EVENTS);
    let (announcements_tx, announcements_rx) = mpsc::channel(MAX_ANNOUNCEMENTS);
    let announced = Announced::default();
    let (snapshots_tx, snapshots_rx) = mpsc::channel(1);
    let subscribers = Subscribers::default();
    let mut subscription = subscribers.subscribe(snapshots_tx);
    let feed = Feed {
        history: None,
        events_rx,
        announcements_rx,
        snapshots_rx,
        subscribers,
        journal: None,
        announced: announced.clone(),
        kept_detail: KeptDetail::All,
    };
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(feed.work());

    let mut script = Script::new("r_1", 0);
    script.state(RunState::Running);
    let agent = script.start(None, SpanKind::AgentExecutionSpan, "weather");
    let llm = script.start(Some(&agent), SpanKind::LlmGenerationSpan, "model");
    script.traced(&llm, llm_request("q1"));
    for _ in 0..600 {
        script.traced(&llm, llm_chunk("q1", &"word ".repeat(2_000)));
    }
    let mut events = sent(&script).into_iter();
    let first = events.by_ref().take(1).collect();
    // The event is there before its announcement: the feed waits for it.
    announced.note();
    for event in events.by_ref().take(1) {
        events_tx.send(event).await.expect("the feed reads");
    }
    announcements_tx
        .send(Announcement::Launched(Box::new(batch(1)), first))
        .await
        .expect("the feed reads");
    for event in events.by_ref().take(590) {
        events_tx.send(event).await.expect("the feed reads");
    }
    let mut reader = Reader::default();
    let mut missed = 0;
    while missed == 0 {
        match subscription.next().await.expect("the feed works") {
            Update::Snapshot {
                missed: dropped,
                snapshot,
            } => {
                missed = dropped;
                reader.reset(&snapshot);
            }
            other => reader.apply(&other),
        }
    }
    for event in events {
        events_tx.send(event).await.expect("the feed reads");
    }
    drop((events_tx, announcements_tx));
    while let Some(update) = subscription.next().await {
        reader.apply(&update);
    }
    let last = tasks
        .join_next()
        .await
        .expect("one task")
        .expect("no panic");
    assert_eq!(
        last.records()[0].model_calls[0].content.len(),
        600 * 10_000,
        "no piece is lost to the record"
    );
    assert_eq!(reader.runs[&RunId::new("r_1")], *last.records()[0]);
}

/// A run that streams so many pieces of text, and calls its model anew after every third.
fn talkative(run: &str, index: usize, pieces: &[usize]) -> Script {
    let mut script = Script::new(run, index);
    script.state(RunState::Running);
    let agent = script.start(None, SpanKind::AgentExecutionSpan, "weather");
    for (round, pieces) in pieces.chunks(3).enumerate() {
        let request = format!("q{round}");
        let llm = script.start(Some(&agent), SpanKind::LlmGenerationSpan, "model");
        script.traced(&llm, llm_request(&request));
        let mut whole = String::new();
        for length in pieces {
            let piece = "x".repeat(*length);
            whole.push_str(&piece);
            script.traced(&llm, llm_chunk(&request, &piece));
        }
        script.traced(&llm, llm_response(&request, &whole));
        script.end(&llm, SpanOutcome::Ok);
    }
    script.end(&agent, SpanOutcome::Ok);
    script.ended(RunState::Finished, None);
    script
}

proptest! {
    /// However late a reader reads, and whatever is joined, dropped or forgotten meanwhile, it has the records
    /// of the feed in the end.
    #[test]
    fn a_reader_has_the_records_of_the_feed_however_late_it_reads(
        pieces in prop::collection::vec(prop_oneof![4 => 1..20_usize, 1 => Just(3 << 20)], 1..8),
        steps in prop::collection::vec((any::<bool>(), 0..6_usize, any::<bool>()), 1..40),
        forgets in any::<bool>(),
    ) {
        let (snapshots_tx, mut snapshots_rx) = mpsc::channel(1);
        let subscribers = Subscribers::default();
        let mut subscription = subscribers.subscribe(snapshots_tx);
        let mut ledger = Ledger::default();
        let scripts = [talkative("r_1", 0, &pieces), talkative("r_2", 1, &pieces)];
        let mut queues = scripts.each_ref().map(|script| sent(script).into_iter());
        let firsts = queues.iter_mut().filter_map(Iterator::next).collect();
        ledger.announce(Announcement::Launched(Box::new(batch(2)), firsts));
        let mut reader = Reader::default();
        let mut read = |ledger: &Ledger| {
            while let Some(update) = subscription.next().now_or_never().or_else(|| {
                give(&snapshots_rx.try_recv().ok()?, ledger);
                subscription.next().now_or_never()
            }) {
                match update.expect("the feed works") {
                    Update::Snapshot { snapshot, .. } => reader.reset(&snapshot),
                    other => reader.apply(&other),
                }
            }
        };
        for (which, count, reads) in steps {
            for event in queues[usize::from(which)].by_ref().take(count) {
                ledger.record(event);
            }
            ledger.updates().iter().for_each(|update| subscribers.publish(update));
            if reads {
                read(&ledger);
            }
        }
        for event in queues.into_iter().flatten() {
            ledger.record(event);
        }
        if forgets {
            ledger.announce(Announcement::Forgotten(vec![RunId::new("r_2")]));
        }
        ledger.updates().iter().for_each(|update| subscribers.publish(update));
        read(&ledger);
        prop_assert_eq!(reader.runs.len(), if forgets { 1 } else { 2 });
        for (record, script) in ledger.snapshot().records().iter().zip(&scripts) {
            prop_assert_eq!(record.events, script.events.len() as u64);
            // Not as two records in a message: they may hold megabytes.
            prop_assert!(reader.runs[&record.run] == **record, "{} differs", record.run);
        }
    }

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
        for record in &snapshot.records() {
            prop_assert!(record.is_over());
            prop_assert_eq!(&reader.runs[&record.run], record.as_ref());
        }
        prop_assert!(snapshot.batches[0].summary.is_some());
    }
}

mod forgetting;
mod gathering;
mod resuming;
