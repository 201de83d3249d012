//! Makes scenes of past runs: the history, a fork beside its source, a replay.

use super::runs::answered;
use super::texts::{Texts, USUAL};
use crate::base::clock::Timestamp;
use crate::base::ids::{BatchId, RunId};
use crate::conversation::{Usage, Values};
use crate::runs::{ListedRun, Recording, Step, StepPair};
use crate::trace::{Failure, FailureKind, RunState};
use crate::tui::event::{AppEvent, JobResult};
use crate::tui::history::{Compared, HistoryNews};
use crate::tui::testing::{Harness, OnTerminal};

/// The History screen with these runs; none while they are looked for.
pub(super) fn history(on: OnTerminal, listed: Option<Vec<ListedRun>>) -> Harness {
    let mut bench = Harness::on(on, &[]);
    bench.reads_history = false;
    bench.press("5");
    if let (Some(listed), Some(question)) = (listed, bench.asked_history) {
        let result = Ok(Some(listed));
        let news = HistoryNews::Listed { question, result };
        bench.update(AppEvent::Job(JobResult::History(news)));
    }
    bench
}

pub(super) fn listed(texts: Texts, count: usize) -> Vec<ListedRun> {
    let states = [
        RunState::Finished,
        RunState::Failed,
        RunState::Interrupted,
        RunState::Answered,
    ];
    let run = |index: usize| {
        let state = states[index % states.len()];
        let launched_at =
            Timestamp::from_ns((1_767_225_600 + index as u64 / 4 * 3600) * 1_000_000_000);
        let failure = Failure::new(
            FailureKind::Model,
            "the model's server answered 429: slow down",
        );
        ListedRun {
            run: RunId::new(format!("r_{index:04}")),
            batch: BatchId::new(format!("b_{:04}84e2", index / 4)),
            index: index % 4,
            spec: texts.file.to_owned(),
            state,
            is_over: state != RunState::Interrupted,
            launched_at,
            workspace: "/home/ada/specs".to_owned(),
            started_at: Some(launched_at),
            duration_ms: 1234.0,
            label: format!("{} {index}", texts.city),
            result: if state == RunState::Failed {
                ""
            } else {
                texts.answer
            }
            .to_owned(),
            inputs: Values::new(),
            outputs: Values::new(),
            error: (state == RunState::Failed).then_some(failure),
            usage: Usage {
                total_tokens: 211,
                ..Usage::default()
            },
            streamed_tokens: 0,
            tools: Vec::new(),
            forked_from: None,
            is_elsewhere: false,
        }
    };
    (0..count).map(run).collect()
}

pub(super) fn side_by_side(on: OnTerminal, texts: Texts) -> Harness {
    let step = |title: &str, text: &str| {
        Some(Step {
            title: title.to_owned(),
            text: text.to_owned(),
        })
    };
    let pairs = vec![
        StepPair {
            sides: [step("user", texts.city), step("user", texts.city)],
        },
        StepPair {
            sides: [step("agent", texts.answer), step("agent", "It is dry.")],
        },
        StepPair {
            sides: [step("finished", ""), None],
        },
    ];
    let mut bench = Harness::on(on, &[]);
    let names = [
        format!("past b_384e21#1 {}", texts.city),
        format!("A#1 {}", texts.city),
    ];
    let news = HistoryNews::SideBySide(Ok(Compared { names, pairs }));
    bench.update(AppEvent::Job(JobResult::History(news)));
    bench
}

/// A run of the past that is played again.
pub(super) fn replay(on: OnTerminal) -> Harness {
    let runs = answered(on, USUAL);
    let record = runs
        .bench
        .state
        .runs_model()
        .at(0)
        .and_then(|run| run.record().cloned());
    let record = record.unwrap();
    let batch = runs
        .bench
        .state
        .runs_model()
        .batch(&record.batch)
        .cloned()
        .unwrap();
    let recording = Recording::of_record(&batch, &record);
    let mut bench = Harness::on(on, &[]);
    let news = HistoryNews::Replay(Ok(Box::new(recording)));
    bench.update(AppEvent::Job(JobResult::History(news)));
    bench
}
