use std::sync::Arc;
use std::time::Duration;

use insta::assert_snapshot;

use crate::base::clock::Timestamp;
use crate::base::ids::{BatchId, RunId};
use crate::conversation::{Usage, Values};
use crate::runs::{HistoryError, HistoryFilter, InterruptedBatch, ListedRun, Update};
use crate::trace::{Failure, FailureKind, RunState};
use crate::tui::app;
use crate::tui::effect::Effect;
use crate::tui::event::{AppEvent, JobResult};
use crate::tui::history::{HistoryCommand, HistoryNews, HistoryQuery};
use crate::tui::testing::{Harness, key_event};

const LAUNCHED: u64 = 1_767_225_600;

/// A run of a batch, which was launched an hour after the one before it.
fn run(batch: usize, index: usize, label: &str, state: RunState, result: &str) -> ListedRun {
    let launched_at = Timestamp::from_ns((LAUNCHED + batch as u64 * 3600) * 1_000_000_000);
    let failure = Failure::new(FailureKind::Model, result);
    let has_failed = state == RunState::Failed;
    ListedRun {
        run: RunId::new(format!("r_{batch}00{index}")),
        batch: BatchId::new(format!("b_{batch}384e21c")),
        index,
        spec: "weather".to_owned(),
        state,
        is_over: state != RunState::Interrupted,
        launched_at,
        workspace: "/home/ada/specs".to_owned(),
        started_at: (state != RunState::Queued).then_some(launched_at),
        duration_ms: 1234.0,
        label: label.to_owned(),
        result: if has_failed { "" } else { result }.to_owned(),
        inputs: Values::new(),
        outputs: Values::new(),
        error: has_failed.then_some(failure),
        usage: Usage {
            total_tokens: 211,
            ..Usage::default()
        },
        streamed_tokens: 0,
        tools: Vec::new(),
        forked_from: None,
        is_elsewhere: false,
    }
}

fn some() -> Vec<ListedRun> {
    vec![
        run(2, 0, "weather Lima", RunState::Interrupted, ""),
        run(
            2,
            1,
            "weather Oslo",
            RunState::Failed,
            "429: too many requests\nslow down",
        ),
        run(
            1,
            0,
            "weather Rome",
            RunState::Finished,
            "It is 22 °C in Rome.",
        ),
        run(
            1,
            1,
            "weather Quito",
            RunState::Answered,
            "It is 14 °C\u{1b}[31m in Quito.",
        ),
    ]
}

/// Presses keys and gives what is wanted of the history.
fn press(bench: &mut Harness, keys: &str) -> Vec<HistoryCommand> {
    let mut wanted = Vec::new();
    for key in keys.split_whitespace() {
        let event = AppEvent::Terminal(crossterm::event::Event::Key(key_event(key)));
        let effects = app::update(&mut bench.state, event, bench.now);
        wanted.extend(effects.into_iter().filter_map(|effect| match effect {
            Effect::History(command) => Some(command),
            _ => None,
        }));
    }
    bench.state.prepare(bench.now);
    wanted
}

/// The newest list that is asked for.
fn asked(wanted: &[HistoryCommand]) -> (u64, &HistoryFilter) {
    let mut newest_first = wanted.iter().rev();
    newest_first
        .find_map(|command| match command {
            HistoryCommand::Read(HistoryQuery::List {
                question, filter, ..
            }) => Some((*question, filter.as_ref())),
            _ => None,
        })
        .unwrap()
}

fn answer(bench: &mut Harness, question: u64, runs: Vec<ListedRun>) {
    let result = Ok(Some(runs));
    let news = HistoryNews::Listed { question, result };
    bench.update(AppEvent::Job(JobResult::History(news)));
}

/// The screen with some runs on it.
fn listed(size: (u16, u16)) -> Harness {
    let mut bench = Harness::new(size, &[]);
    let wanted = press(&mut bench, "5");
    let (question, filter) = asked(&wanted);
    assert_eq!(
        filter.workspace.as_deref(),
        bench
            .path("")
            .to_str()
            .map(|root| root.trim_end_matches('/'))
    );
    answer(&mut bench, question, some());
    bench
}

fn interrupted(bench: &mut Harness, batches: &[(&str, usize)]) {
    let batches = batches.iter().map(|(id, count)| InterruptedBatch {
        batch: BatchId::new(*id),
        n_runs: *count,
        queue: None,
    });
    let news = HistoryNews::Interrupted(batches.collect());
    bench.update(AppEvent::Job(JobResult::History(news)));
}

#[test]
fn past_runs_are_listed_by_batch() {
    let mut bench = listed((80, 24));
    interrupted(&mut bench, &[("b_2384e21c", 1), ("b_0", 36)]);
    assert_snapshot!("list_80", bench.picture());
    let mut bench = listed((120, 20));
    press(&mut bench, "down a");
    assert_snapshot!("list_everywhere_120", bench.picture());
}

#[test]
fn rows_say_in_what_runs_differ_and_not_what_they_have_in_common() {
    let mut bench = Harness::new((80, 24), &[]);
    let wanted = press(&mut bench, "5");
    let (question, _) = asked(&wanted);
    let state = RunState::Answered;
    let said =
        |weather: &str| format!("The weather service of the city says that it is {weather}.");
    let runs = vec![
        run(0, 0, "weather Paris", state, &said("dry")),
        run(0, 1, "weather Lima", state, &said("wet")),
        run(
            0,
            2,
            "weatherman",
            RunState::Failed,
            "the model's server answered 429",
        ),
    ];
    answer(&mut bench, question, runs);
    let picture = bench.picture();
    for words in [
        "\u{2026}dry.",
        "\u{2026}wet.",
        " answered     Paris ",
        "weatherman",
    ] {
        assert!(picture.contains(words), "{words}: {picture}");
    }
}

#[test]
fn what_is_typed_is_looked_for_and_an_older_answer_is_dropped() {
    let mut bench = listed((80, 24));
    let wanted = press(&mut bench, "/ s u n");
    let (question, filter) = asked(&wanted);
    assert_eq!(filter.text.as_deref(), Some("sun"));
    answer(&mut bench, question - 1, Vec::new());
    assert!(bench.picture().contains("Rome"), "{}", bench.picture());
    answer(&mut bench, question, Vec::new());
    assert!(bench.picture().contains("no run matches the filter"));
    // A letter is text while the filter has the focus, and an action afterwards.
    let wanted = press(&mut bench, "enter a");
    assert_eq!(asked(&wanted).1.workspace, None);
    let wanted = press(&mut bench, "esc");
    assert_eq!(asked(&wanted).1.text, None, "esc shows all again");
}

#[test]
fn a_wrong_word_of_the_filter_is_told() {
    let mut bench = listed((80, 24));
    press(&mut bench, "/ s t a t e : o d d");
    let picture = bench.picture();
    assert!(picture.contains("state: is one of"), "{picture}");
}

#[test]
fn further_pages_come_as_one_goes_down() {
    let mut bench = Harness::new((80, 24), &[]);
    let wanted = press(&mut bench, "5");
    let (question, filter) = asked(&wanted);
    let limit = filter.limit.unwrap();
    let page = |from: usize, count: usize| -> Vec<ListedRun> {
        let runs = from..from + count;
        runs.map(|index| {
            run(
                1,
                index,
                &format!("weather {index}"),
                RunState::Finished,
                "fine",
            )
        })
        .collect()
    };
    answer(&mut bench, question, page(0, limit));
    assert!(press(&mut bench, "down").is_empty());
    let wanted = press(&mut bench, "end");
    let (question, filter) = asked(&wanted);
    assert_eq!(filter.after, Some(page(limit - 2, 1)[0].place()));
    assert!(press(&mut bench, "down").is_empty(), "it is asked for once");
    answer(&mut bench, question, page(limit - 1, 5));
    press(&mut bench, "end");
    let picture = bench.picture();
    assert!(picture.contains(&format!(" {} ", limit + 3)), "{picture}");
    assert!(
        picture.contains(&format!("{} runs", limit + 4)),
        "{picture}"
    );
}

#[test]
fn a_history_that_is_not_there_is_off_or_broken_says_so() {
    let mut bench = Harness::new((80, 24), &[]);
    bench.press("5");
    assert!(bench.picture().contains("No run was recorded yet"));
    let wanted = press(&mut bench, "5 a");
    let (question, _) = asked(&wanted);
    let result = Err("the history `h.db` can't be read: file is not a database".to_owned());
    let news = HistoryNews::Listed { question, result };
    bench.update(AppEvent::Job(JobResult::History(news)));
    assert!(bench.picture().contains("file is not a database"));
}

#[test]
fn one_key_resumes_all_that_was_interrupted_and_one_a_batch() {
    let mut bench = listed((80, 24));
    assert!(press(&mut bench, "I").is_empty());
    let picture = bench.picture();
    assert!(
        picture.contains("no run of this folder was interrupted"),
        "{picture}"
    );
    interrupted(&mut bench, &[("b_2384e21c", 1), ("b_0", 36)]);
    assert!(bench.picture().contains("↯ 37"), "{}", bench.picture());
    let wanted = press(&mut bench, "1 I");
    let [HistoryCommand::CarryOn { batches, only }] = wanted.as_slice() else {
        panic!("{wanted:?}");
    };
    assert_eq!((batches.len(), only), (2, &None));
    assert!(
        !bench.picture().contains("interrupted"),
        "{}",
        bench.picture()
    );
    let wanted = press(&mut bench, "I");
    assert!(wanted.is_empty(), "not twice: {wanted:?}");

    let mut bench = listed((80, 24));
    let wanted = press(&mut bench, "down R");
    let [HistoryCommand::CarryOn { batches, only }] = wanted.as_slice() else {
        panic!("{wanted:?}");
    };
    assert_eq!(batches, &[BatchId::new("b_2384e21c")]);
    assert_eq!(only, &Some(RunId::new("r_2000")), "the run alone");
    let wanted = press(&mut bench, "up R down");
    let [HistoryCommand::CarryOn { batches, only }] = wanted.as_slice() else {
        panic!("{wanted:?}");
    };
    assert_eq!(
        (batches.len(), only),
        (1, &None),
        "its head: all of the batch"
    );
    assert!(press(&mut bench, "down R").is_empty(), "it has failed");
    assert!(bench.picture().contains("that run was not interrupted"));
    let news = HistoryNews::CarriedOn {
        n_runs: 0,
        n_followed: 0,
        remarks: Vec::new(),
        problems: vec!["batch `b_2` is being carried out by process 17".to_owned()],
    };
    bench.update(AppEvent::Job(JobResult::History(news)));
    assert!(
        bench.picture().contains("process 17"),
        "{}",
        bench.picture()
    );
}

#[test]
fn deleting_asks_first() {
    let mut bench = listed((80, 24));
    assert!(press(&mut bench, "down d").is_empty());
    assert!(
        bench.picture().contains("Delete run r_2000"),
        "{}",
        bench.picture()
    );
    assert!(press(&mut bench, "enter").is_empty(), "enter is no yes");
    let wanted = press(&mut bench, "home d d");
    let [HistoryCommand::Delete { runs, batches }] = wanted.as_slice() else {
        panic!("{wanted:?}");
    };
    assert_eq!((runs.len(), batches.len()), (0, 1));
}

#[test]
fn the_command_line_of_a_past_run_is_read_and_copied() {
    let mut bench = listed((80, 24));
    let wanted = press(&mut bench, "down Y");
    let [HistoryCommand::Read(HistoryQuery::CommandLine { run })] = wanted.as_slice() else {
        panic!("{wanted:?}");
    };
    assert_eq!(*run, RunId::new("r_2000"));
}

#[test]
fn a_fault_of_the_history_is_told_once_and_whole() {
    let mut bench = Harness::new((80, 24), &[]);
    let off = Update::HistoryOff(Arc::new(HistoryError::Off));
    bench.update(AppEvent::Runs(off));
    let wanted = press(&mut bench, "5");
    let (question, _) = asked(&wanted);
    let result = Err("the history `/state/history.db` can't be read".to_owned());
    let news = HistoryNews::Listed { question, result };
    bench.update(AppEvent::Job(JobResult::History(news)));
    bench.wait(Duration::from_secs(9));
    let picture = bench.picture();
    assert_eq!(
        picture.matches("off: no run is recorded").count(),
        1,
        "{picture}"
    );
    assert!(!picture.contains("can't be read"), "{picture}");
}
