//! Changes of the shown screen and of the overlays over it.

use crate::tui::action::Action;
use crate::tui::app::State;
use crate::tui::message::{Command, Message};
use crate::tui::notices::Notice;
use crate::tui::overlays::Overlay;
use crate::tui::screens::{Screen, runs};

/// Shows a screen and closes the overlays of the old one. From the Runs screen, Inspect shows the
/// run that is selected there.
pub(super) fn show(state: &mut State, screen: Screen) -> Vec<Command> {
    if (state.screen, screen) == (Screen::Runs, Screen::Inspect)
        && let Some(run) = state.screens.runs.target()
    {
        state.screens.inspect.show(run.clone(), Screen::Runs);
    }
    state.overlays.clear();
    if screen == Screen::Compare {
        let commands = compare(state);
        state.screen = screen;
        return commands;
    }
    state.screen = screen;
    if screen == Screen::History {
        let mut commands = state.screens.history.refresh();
        commands.push(Command::history(state.screens.history.find_interrupted()));
        return commands;
    }
    Vec::new()
}

/// Continues the last comparison. From the Runs screen, compares the marked runs or the variants of
/// their batch.
fn compare(state: &mut State) -> Vec<Command> {
    let (runs, model) = (&state.screens.runs, &state.shared.runs);
    let mut commands = Vec::new();
    if state.screen == Screen::Runs || state.screens.compare.is_empty() {
        let batch = runs.batch(model).map(|batch| batch.id.clone());
        let marked = runs.marked_runs();
        let compare = &mut state.screens.compare;
        compare.chosen_on(state.screen);
        commands.extend(compare.show_likely(marked, batch.as_ref(), model));
    }
    commands.extend(state.screens.compare.refresh(&state.shared.runs));
    commands
}

/// Opens an overlay on top and starts the jobs that it needs. The launch dialog is filled in with
/// the last launch.
pub(super) fn open(state: &mut State, mut overlay: Overlay) -> Vec<Command> {
    let commands = match &mut overlay {
        Overlay::Launch(launch) => {
            if let Some(draft) = state.shared.launches.get(launch.path()) {
                launch.fill_from(draft);
            }
            launch.begin(&state.shared.workspace.root)
        }
        Overlay::Export(export) => export.begin(),
        Overlay::Replay(replay) => replay.begin(),
        _ => Vec::new(),
    };
    state.overlays.push(overlay);
    commands
}

pub(super) fn open_once(state: &State, overlay: Overlay) -> Vec<Command> {
    let is_open = state.overlays.iter().any(|open| open.is_like(&overlay));
    if is_open {
        Vec::new()
    } else {
        vec![Command::open(overlay)]
    }
}

/// Shows the run that waits for the person, or the inbox if several requests wait.
pub(super) fn next_needs_you(state: &State) -> Vec<Command> {
    if state.shared.runs.inbox().len() > 1 {
        return open_once(state, Overlay::inbox());
    }
    let next = runs::next_needs_you(&state.screens.runs, &state.shared.runs);
    let refused = || Notice::refused(Action::NextNeedsYou, "no run needs you");
    let command = next.map_or_else(
        || Command::notify(refused()),
        |run| Command::Tell(Message::ShowRun(run)),
    );
    vec![command]
}
