use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::*;
use crate::base::ids::{BatchId, RunId};
use crate::runs::{Target, Unattended};
use crate::spec::{Format, LoadOptions, load};

fn cancel(run: &str) -> Effect {
    Effect::Runs(RunsCommand::Cancel(Target::Runs(vec![RunId::new(run)])))
}

fn save(path: &Path, text: &str, base: &str) -> Effect {
    Effect::File(FileCommand::Save {
        path: path.to_owned(),
        text: Arc::from(text),
        base: Some(Arc::from(base)),
    })
}

#[tokio::test]
async fn commands_reach_the_hub_in_their_order_however_busy_it_is() {
    let (handle, mut runs) = Unattended::runs(1);
    let mut performer = Performer::new(handle, (HistoryFile::new("none"), None), None, false);
    for number in 0..20 {
        performer.perform(cancel(&format!("r_{number}")));
    }
    // Last, as a person would retry what was cancelled.
    performer.perform(Effect::Runs(RunsCommand::Retry(vec![RunId::new("r_0")])));
    let mut taken = Vec::new();
    while taken.len() < 21 {
        tokio::select! {
            result = performer.next() => panic!("nothing is to be said: {result:?}"),
            command = runs.commands_rx.recv() => taken.push(command.expect("the performer lives")),
        }
    }
    for (number, command) in taken.iter().take(20).enumerate() {
        let RunsCommand::Cancel(Target::Runs(runs)) = command else {
            panic!("out of order: {command:?}");
        };
        assert_eq!(*runs, [RunId::new(format!("r_{number}"))]);
    }
    assert!(matches!(taken.last(), Some(RunsCommand::Retry(_))));
}

#[tokio::test]
async fn a_hub_that_takes_nothing_for_long_is_told_to_the_person() {
    let (handle, _runs) = Unattended::runs(1);
    let mut performer = Performer::new(handle, (HistoryFile::new("none"), None), None, false);
    for _ in 0..=MAX_OUTBOX {
        performer.perform(Effect::Runs(RunsCommand::SetAtOnce {
            batch: BatchId::new("b_1"),
            at_once: 2,
        }));
    }
    assert_eq!(performer.outbox.len(), MAX_OUTBOX);
    performer.perform(cancel("r_1"));
    match performer.next().await {
        JobResult::Failed(words) => assert!(words.contains("too busy"), "{words}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn two_quick_saves_of_a_file_are_made_one_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.yaml");
    std::fs::write(&path, "zero").unwrap();
    let (handle, _runs) = Unattended::runs(1);
    let mut performer = Performer::new(handle, (HistoryFile::new("none"), None), None, false);
    // All know only what was there when the first was begun.
    for text in ["one", "two", "three"] {
        performer.perform(save(&path, text, "zero"));
    }
    for text in ["one", "two", "three"] {
        match performer.next().await {
            JobResult::Saved {
                text: saved,
                result: Ok(()),
                ..
            } => assert_eq!(&*saved, text),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "three");
    assert!(performer.writes.is_empty());
}

#[tokio::test]
async fn a_save_that_meets_a_change_from_outside_asks_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.yaml");
    std::fs::write(&path, "from outside").unwrap();
    let (handle, _runs) = Unattended::runs(1);
    let mut performer = Performer::new(handle, (HistoryFile::new("none"), None), None, false);
    performer.perform(save(&path, "one", "zero"));
    performer.perform(save(&path, "two", "zero"));
    match performer.next().await {
        JobResult::Saved { result: Err(_), .. } => {}
        other => panic!("{other:?}"),
    }
    performer.finish().await;
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "from outside");
}

#[tokio::test]
async fn what_waits_to_be_saved_is_saved_before_the_program_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.yaml");
    std::fs::write(&path, "zero").unwrap();
    let (handle, _runs) = Unattended::runs(1);
    let mut performer = Performer::new(handle, (HistoryFile::new("none"), None), None, false);
    performer.perform(save(&path, "one", "zero"));
    performer.perform(save(&path, "two", "zero"));
    performer.finish().await;
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
}

#[tokio::test]
async fn of_jobs_of_one_kind_one_works_at_a_time_and_only_the_newest_is_heard_of() {
    let mut jobs = JoinSet::new();
    let mut latest = LatestJobs::default();
    let (begun_tx, mut begun_rx) = mpsc::channel(8);
    let (go_on_tx, go_on_rx) = std::sync::mpsc::channel::<()>();
    let first_begun = begun_tx.clone();
    latest.begin(&mut jobs, Latest::Plan, Duration::ZERO, move || {
        first_begun.blocking_send("first").unwrap();
        let _until_it_may = go_on_rx.recv();
        JobResult::Done("first".to_owned())
    });
    assert_eq!(begun_rx.recv().await, Some("first"));
    for name in ["second", "third"] {
        let begun_tx = begun_tx.clone();
        latest.begin(&mut jobs, Latest::Plan, Duration::ZERO, move || {
            begun_tx.blocking_send(name).unwrap();
            JobResult::Done(name.to_owned())
        });
    }
    assert!(begun_rx.try_recv().is_err(), "the first still works");
    drop(go_on_tx);
    let mut heard = Vec::new();
    while let Some(ended) = jobs.join_next().await {
        heard.extend(ended.ok().flatten());
    }
    assert!(matches!(heard.as_slice(), [JobResult::Done(name)] if name == "third"));
    assert_eq!(begun_rx.try_recv(), Ok("third"), "the second never began");
}

#[tokio::test(start_paused = true)]
async fn of_jobs_that_are_left_alone_for_a_while_only_the_newest_is_ever_done() {
    let mut jobs = JoinSet::new();
    let mut latest = LatestJobs::default();
    let n_done = Arc::new(AtomicUsize::new(0));
    for _ in 0..20 {
        let n_done = Arc::clone(&n_done);
        latest.begin(
            &mut jobs,
            Latest::Plan,
            Duration::from_millis(200),
            move || {
                n_done.fetch_add(1, Ordering::Relaxed);
                JobResult::Done("planned".to_owned())
            },
        );
        tokio::time::advance(Duration::from_millis(50)).await;
    }
    while jobs.join_next().await.is_some() {}
    assert_eq!(n_done.load(Ordering::Relaxed), 1);
}

#[test]
fn a_spec_is_written_in_each_format_that_is_wanted() {
    let text = "component_type: Agent\nagentspec_version: 26.1.2\nid: a\nname: a\n\
                system_prompt: ''\nllm_config:\n  component_type: OllamaConfig\n  id: m\n  \
                name: m\n  url: localhost:1\n  model_id: m\n";
    let component = load(text, &LoadOptions::default()).component.unwrap();
    let command = FileCommand::ExportSpec {
        path: PathBuf::from("a.yaml"),
        component,
        formats: vec![Format::Json, Format::Yaml],
    };
    let JobResult::Exported { result, .. } = done(command, AskedProfile::default()) else {
        panic!("an export gives texts");
    };
    let texts = result.unwrap();
    assert!(texts[0].text.starts_with('{') && texts[1].text.starts_with("component_type"));
}

#[tokio::test]
async fn while_a_large_trace_is_read_the_screen_hears_how_far() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.jsonl");
    // A pipe, so that the trace does not end before its writer wants.
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.unwrap().success());
    let trace = "tests/data/traces/flowdeck.jsonl";
    let mut text = std::fs::read_to_string(trace).unwrap();
    text += &serde_json::json!({ "type": "x".repeat(1 << 20) }).to_string();
    text.push('\n');
    let (handle, _runs) = Unattended::runs(1);
    let mut performer = Performer::new(handle, (HistoryFile::new("none"), None), None, false);
    performer.perform(Effect::File(FileCommand::OpenTrace {
        path: path.clone(),
        number: 1,
        is_alone: true,
    }));
    let (go_on_tx, go_on_rx) = std::sync::mpsc::channel::<()>();
    let writer = std::thread::spawn(move || {
        use std::io::Write as _;
        let mut pipe = std::fs::File::create(&path).unwrap();
        pipe.write_all(text.as_bytes()).unwrap();
        // Held open until the screen has heard.
        let _end = go_on_rx.recv();
    });
    let JobResult::TracesRead(reading) = performer.next().await else {
        panic!("what has been read is said before the end");
    };
    assert_eq!(reading.len(), 1);
    assert!(reading[0].bytes.read > 1 << 20, "{reading:?}");
    drop(go_on_tx);
    let (mut is_open, mut reading) = (false, reading);
    while !is_open || !reading.is_empty() {
        match performer.next().await {
            JobResult::TracesRead(now) => reading = now,
            JobResult::TraceOpened { result, .. } => is_open = result.unwrap().n_runs() == 1,
            other => panic!("{other:?}"),
        }
    }
    writer.join().unwrap();
}
