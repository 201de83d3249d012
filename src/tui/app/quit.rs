//! Quitting, with a question if something would be lost.

use std::time::Duration;

use super::State;
use crate::base::clock::Timestamp;
use crate::base::keeping::Keeping;
use crate::runs::{KeptRun, RunSummary};
use crate::trace::RunState;
use crate::tui::message::{Command, Message};
use crate::tui::overlays::{Choice, Overlay};

/// The time within which a second `ctrl-c` quits without a question.
const TWICE_WITHIN: Duration = Duration::from_secs(2);

/// Handles `q`: quits unless runs are active, results are stored nowhere, answers are not sent or
/// edits are unsaved.
pub(super) fn asked(state: &State) -> Vec<Command> {
    if lost(state).is_empty() {
        vec![Command::Tell(Message::Quit)]
    } else {
        question(state)
    }
}

/// Handles `ctrl-c`: always asks, because people press it by habit.
pub(super) fn interrupted(state: &mut State, now: Timestamp) -> Vec<Command> {
    let is_second = state
        .interrupted_at
        .replace(now)
        .is_some_and(|first| now.since(first) < TWICE_WITHIN);
    if is_second {
        return vec![Command::Tell(Message::Quit)];
    }
    question(state)
}

fn question(state: &State) -> Vec<Command> {
    if state.overlays.iter().any(Overlay::is_quit_question) {
        return Vec::new();
    }
    let (words, choices) = words_and_choices(state);
    vec![Command::open(Overlay::quit_question(words, choices))]
}

/// Returns the question before quitting together with its choices, so that both refer to the same
/// edits.
fn words_and_choices(state: &State) -> (String, Vec<Choice>) {
    let mut choices = vec![Choice::new('s', "stay", Vec::new())];
    let label = match state.screens.specs.unsaved().len() {
        0 => None,
        1 => Some("save and quit"),
        _ => Some("save all and quit"),
    };
    if let Some(label) = label {
        let save = vec![Command::Tell(Message::SaveAndQuit)];
        choices.push(Choice::new('w', label, save));
    }
    let quit = vec![Command::Tell(Message::Quit)];
    choices.push(Choice::new('q', "quit", quit));
    (words(state), choices)
}

/// Updates the open question with what would be lost now, and its choices.
pub(super) fn renew(state: &mut State) {
    if state.overlays.iter().any(Overlay::is_quit_question) {
        let (words, choices) = words_and_choices(state);
        let mut overlays = state.overlays.iter_mut();
        if let Some(question) = overlays.find(|overlay| overlay.is_quit_question()) {
            question.renew_quit_question(words, choices);
        }
    }
}

fn words(state: &State) -> String {
    let lost = lost(state);
    if lost.is_empty() {
        "Nothing is running and nothing is unsaved.".to_owned()
    } else {
        lost.join("\n")
    }
}

/// Returns one sentence for each thing that would be lost.
fn lost(state: &State) -> Vec<String> {
    let mut lost = Vec::new();
    let live = ours(state).filter(|run| goes_on(run.state));
    let (elsewhere, live): (Vec<_>, Vec<_>) = live.partition(|run| is_elsewhere(state, run));
    lost.extend(at_workers(&elsewhere));
    let live = live.into_iter();
    let (kept, unkept): (Vec<_>, Vec<_>) = live.partition(|run| is_kept(state, run));
    for (live, fate) in [
        (
            kept,
            "would be interrupted, and can be resumed from the history",
        ),
        (unkept, "would be stopped"),
    ] {
        match live.len() {
            0 => {}
            1 => lost.push(format!("1 run is alive and {fate}.")),
            live => lost.push(format!("{live} runs are alive and {fate}.")),
        }
    }
    lost.extend(kept_nowhere(state));
    match state.screens.runs.unsent() {
        0 => {}
        1 => {
            lost.push("1 answer is written but not sent: i on its run continues it.".to_owned());
        }
        answers => lost.push(format!(
            "{answers} answers are written but not sent: i on a run continues its answer."
        )),
    }
    match state.screens.specs.unsaved().as_slice() {
        [] => {}
        [one] => lost.push(format!("`{one}` has unsaved edits.")),
        many => lost.push(format!(
            "{} files have unsaved edits: {}.",
            many.len(),
            many.join(", ")
        )),
    }
    lost
}

/// Returns the runs of this program. Runs of opened traces are left out, because they are in their
/// files.
fn ours(state: &State) -> impl Iterator<Item = &KeptRun> {
    let runs = &state.shared.runs;
    runs.runs().filter(|run| !runs.is_of_trace(run))
}

/// Whether a run is run by workers, so that it continues after the program ends.
fn is_elsewhere(state: &State, run: &RunSummary) -> bool {
    let batch = state.shared.runs.batch(&run.batch);
    batch.is_some_and(|batch| batch.workers.is_some())
}

/// Returns a sentence about the runs at workers, which continue there.
fn at_workers(runs: &[&KeptRun]) -> Option<String> {
    let first = runs.first()?;
    let batch = if runs.iter().all(|run| run.batch == first.batch) {
        first.batch.as_str()
    } else {
        "BATCH"
    };
    let again = format!("`flowdeck run --resume {batch} --nats \u{2026}` or this screen");
    let n_waiting = runs.iter().filter(|run| run.needs_person()).count();
    let n_queued = runs
        .iter()
        .filter(|run| run.worker.is_none() && !run.needs_person())
        .count();
    let n_begun = runs.len() - n_waiting - n_queued;
    let counted = |count: usize, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 run {one}")),
        count => Some(format!("{count} runs {many}")),
    };
    let fates = [
        counted(n_begun, "stays at the workers", "stay at the workers"),
        counted(n_queued, "waits for a worker", "wait for workers"),
        counted(n_waiting, "waits for you", "wait for you"),
    ];
    let fates: Vec<String> = fates.into_iter().flatten().collect();
    let them = if runs.len() == 1 { "it" } else { "them" };
    Some(format!(
        "{}; {again} follows {them} again.",
        fates.join(", ")
    ))
}

/// Whether a run in this state has not ended.
fn goes_on(state: RunState) -> bool {
    state.is_live() || state == RunState::NeedsInput
}

/// Whether the history contains the whole run.
fn is_kept(state: &State, run: &RunSummary) -> bool {
    state.shared.history.off.is_none() && run.terms.keeping == Keeping::All
}

/// Returns a sentence for each ended batch that is neither in the history nor exported.
fn kept_nowhere(state: &State) -> Vec<String> {
    let mut lost = Vec::new();
    let ended = ours(state).filter(|run| !goes_on(run.state) && !is_kept(state, run));
    // What was let go can't be exported any more.
    let ended = ended.filter(|run| run.record().is_some());
    let (mut kept_nowhere, mut gone_on) = (0, 0);
    for run in ended {
        match state.shared.exported.get(&run.run) {
            None => kept_nowhere += 1,
            Some(events) if *events < run.events => gone_on += 1,
            Some(_) => {}
        }
    }
    match kept_nowhere {
        0 => {}
        1 => lost.push("1 run has ended and is not recorded: e on it exports it.".to_owned()),
        ended => lost.push(format!(
            "{ended} runs have ended and are not recorded: e on a run exports it."
        )),
    }
    match gone_on {
        0 => {}
        1 => lost.push(
            "1 run has continued since it was exported: e on it exports it again.".to_owned(),
        ),
        runs => lost.push(format!(
            "{runs} runs have continued since they were exported: e on a run exports it again."
        )),
    }
    lost
}
