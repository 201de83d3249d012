use std::net::TcpListener;

use pretty_assertions::assert_eq;

use super::*;
use crate::otlp::delivery::Delivery;
use crate::runs::script::{Script, llm_request, llm_response, tool_request, traced_batch};
use crate::runs::{KeptRun, RunSummary};
use crate::trace::{Failure, FailureKind, RunState, SpanKind, SpanOutcome};

/// A reader whose collector takes nothing of its queue.
fn reader(tracing: &Arc<Tracing>) -> (Reader, Delivery) {
    let (notices_tx, _) = mpsc::channel(1);
    let (queue, delivery) = Queue::new(Arc::clone(tracing), notices_tx.clone());
    let mut reader = Reader {
        since: Timestamp::from_ns(0),
        batches: HashMap::default(),
        runs: HashMap::default(),
        targets: vec![Target {
            tracing: Arc::clone(tracing),
            queue,
        }],
        deliveries: JoinSet::new(),
        notices_tx,
    };
    reader.begin(&traced_batch(tracing));
    (reader, delivery)
}

fn read(reader: &mut Reader, events: &[Arc<RunEvent>]) {
    for event in events {
        reader.take(event);
    }
}

/// A run that asks a model, calls a tool, and fails or not.
fn script(run: &str, index: usize, is_failed: bool) -> Script {
    let mut script = Script::new(run, index);
    script.state(RunState::Running);
    let root = script.start(None, SpanKind::RootSpan, "weather");
    let agent = script.start(Some(&root), SpanKind::AgentExecutionSpan, "weather");
    let model = script.start(Some(&agent), SpanKind::LlmGenerationSpan, "model");
    script.traced(&model, llm_request("q"));
    script.traced(&model, llm_response("q", "I look."));
    script.end(&model, SpanOutcome::Ok);
    let tool = script.start(Some(&agent), SpanKind::ToolExecutionSpan, "look");
    script.traced(&tool, tool_request("t", "look"));
    let (outcome, state) = if is_failed {
        (SpanOutcome::Error, RunState::Failed)
    } else {
        (SpanOutcome::Ok, RunState::Finished)
    };
    for span in [&tool, &agent, &root] {
        script.end(span, outcome);
    }
    let failure = is_failed.then(|| Failure::new(FailureKind::Tool, "there is no window"));
    script.ended(state, failure);
    script
}

/// The events of two runs at the same time, and of one that begins when they are over.
fn events() -> Vec<Arc<RunEvent>> {
    let (first, second) = (script("r_1", 0, false), script("r_2", 1, true));
    let pairs = first.events.iter().zip(&second.events);
    let mut events: Vec<_> = pairs.flat_map(|(a, b)| [a.clone(), b.clone()]).collect();
    events.extend(script("r_3", 2, false).events);
    events
}

/// The records as these events leave them.
fn snapshot(events: &[Arc<RunEvent>], tracing: &Arc<Tracing>) -> Snapshot {
    let mut records: Vec<RunRecord> = Vec::new();
    for event in events {
        match records.iter_mut().find(|record| record.run == event.run) {
            Some(record) => assert!(record.apply(event)),
            None => records.push(RunRecord::from_planned(event).unwrap()),
        }
    }
    let runs = records.into_iter().map(Arc::new).map(KeptRun::Whole);
    Snapshot {
        batches: vec![Arc::new(traced_batch(tracing))],
        runs: runs.collect(),
    }
}

/// The same snapshot with nothing but summaries of the runs, which are over.
fn let_go(snapshot: &Snapshot) -> Snapshot {
    let summary = |kept: &KeptRun| KeptRun::Summary(Arc::new(RunSummary::clone(kept)));
    Snapshot {
        runs: snapshot.runs.iter().map(summary).collect(),
        ..snapshot.clone()
    }
}

/// The same snapshot as a feed has it that keeps what results are made of.
fn lean(events: &[Arc<RunEvent>], snapshot: &Snapshot) -> Snapshot {
    let lean = |kept: &KeptRun| {
        let mut of_run = events.iter().filter(|event| event.run == kept.run);
        let mut record = RunRecord::from_planned(of_run.next().unwrap()).unwrap();
        for event in of_run {
            assert!(record.apply(event));
            record.keep_for_result(event);
        }
        KeptRun::Whole(Arc::new(record))
    };
    Snapshot {
        runs: snapshot.runs.iter().map(lean).collect(),
        ..snapshot.clone()
    }
}

/// Trace, id and name of the spans that wait for a collector, in some fixed order.
fn offered(delivery: &mut Delivery) -> Vec<String> {
    let spans = delivery.taken().into_iter();
    let mut spans: Vec<String> = spans
        .map(|span| {
            let context = &span.span_context;
            format!("{} {} {}", context.trace_id(), context.span_id(), span.name)
        })
        .collect();
    spans.sort();
    spans
}

#[tokio::test]
async fn a_span_is_sent_once_wherever_the_reader_fell_behind() {
    let tracing = Arc::new(Tracing::default());
    let events = events();
    let (mut whole, mut delivery) = reader(&tracing);
    read(&mut whole, &events);
    let expected = offered(&mut delivery);
    assert_eq!(expected.len(), 12, "{expected:#?}");
    for begin in 0..events.len() {
        for end in begin..=events.len() {
            let (mut reader, mut delivery) = reader(&tracing);
            read(&mut reader, &events[..begin]);
            reader.replace(&snapshot(&events[..end], &tracing));
            read(&mut reader, &events[end..]);
            assert_eq!(offered(&mut delivery), expected, "{begin}..{end}");
            assert_eq!(reader.targets[0].queue.counts().n_dropped(), 0);
        }
    }
}

#[tokio::test]
async fn spans_whose_detail_was_let_go_in_the_gap_are_counted_as_lost() {
    let tracing = Arc::new(Tracing::default());
    let events = events();
    // The model is asked in `r_1` and, just after it, in `r_2`: root, agent and model are open in both.
    let model = Some(SpanId::new("s_3"));
    let asked = events.iter().position(|event| event.span == model);
    let asked = asked.unwrap() + 2;
    let whole = snapshot(&events, &tracing);
    for gap in [let_go(&whole), lean(&events, &whole)] {
        let (mut reader, mut delivery) = reader(&tracing);
        read(&mut reader, &events[..asked]);
        reader.replace(&gap);
        assert_eq!(offered(&mut delivery), [""; 0]);
        let counts = Arc::clone(reader.targets[0].queue.counts());
        // Nothing but its root is known of the one that came and went in the gap.
        assert_eq!(counts.n_dropped(), 3 + 3 + 1);
        reader.replace(&gap);
        assert_eq!(counts.n_dropped(), 3 + 3 + 1, "no span is lost twice");
    }
}

#[tokio::test]
async fn what_ended_before_the_reader_began_is_not_sent() {
    let tracing = Arc::new(Tracing::default());
    let events = events();
    let since = events
        .last()
        .unwrap()
        .timestamp
        .plus(Duration::from_nanos(1));
    let (mut reader, mut delivery) = reader(&tracing);
    reader.since = since;
    read(&mut reader, &events[..events.len() / 2]);
    reader.replace(&snapshot(&events, &tracing));
    assert_eq!(offered(&mut delivery), [""; 0]);
}

/// The clock is paused: it goes on by itself to the next moment that something waits for. The collector takes the connection
/// and never answers.
#[tokio::test(start_paused = true)]
async fn the_end_waits_for_a_collector_that_hangs_as_long_as_it_may_and_no_longer() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let tracing = Arc::new(Tracing {
        endpoint: Some(format!("http://{}", listener.local_addr().unwrap())),
        ..Tracing::default()
    });
    let (mut reader, _) = reader(&tracing);
    reader.targets.clear();
    reader.batches.clear();
    reader.begin(&traced_batch(&tracing));
    read(&mut reader, &events());
    let mut tasks = JoinSet::new();
    tasks.spawn(async { reader });
    let traces = LiveTraces { reader: tasks };
    let begun = tokio::time::Instant::now();
    let said = traces.finish(Duration::from_secs(5)).await;
    assert_eq!(begun.elapsed(), Duration::from_secs(5));
    let said = said.unwrap();
    assert!(said.contains("within 5 s"), "{said}");
    let (mut connection, _) = listener.accept().unwrap();
    let mut head = [0; 16];
    std::io::Read::read_exact(&mut connection, &mut head).unwrap();
    assert_eq!(&head, b"POST /v1/traces ");
}
