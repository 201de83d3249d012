//! Dispatch of events to the parts of the screen that they concern, and of messages between these
//! parts.

mod batch_news;
mod history;
mod jobs;
mod navigation;
mod traces;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use crossterm::event::{
    Event as TerminalEvent, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseEvent,
    MouseEventKind,
};
use ratatui::layout::Rect;

use self::jobs::job;
use self::navigation::{next_needs_you, open, open_once, show};
use super::{State, attention, preferences, quit};
use crate::base::clock::Timestamp;
use crate::base::dropped::dropped_files;
use crate::runs::Update;
use crate::tui::action::{Action, KeyContext};
use crate::tui::effect::{Effect, FileCommand, TerminalCommand};
use crate::tui::event::AppEvent;
use crate::tui::frame;
use crate::tui::keymap::Key;
use crate::tui::launches::LaunchDraft;
use crate::tui::layer::{self, Route};
use crate::tui::message::{Command, Message};
use crate::tui::notices::{Lasts, Notice};
use crate::tui::overlays::{self, Overlay, PromptPurpose};
use crate::tui::screens::{Screen, specs};
use crate::workspace::{Changes, SpecDigest};

/// The notice that appears once, when the memory limit is reached for the first time.
const LETS_GO: &str = "to save memory, the oldest runs that are over now keep only their rows: e exports \
                       a run, a mark keeps it, and kept_detail_mib in config.toml raises the limit";

/// Applies an event to the state and returns the effects to perform outside of it.
pub(crate) fn update(state: &mut State, event: AppEvent, now: Timestamp) -> Vec<Effect> {
    let may_be_kept = changes_layout(&event);
    let commands = match event {
        AppEvent::Terminal(event) => terminal(state, event, now),
        AppEvent::Runs(update) => {
            let lets_go = matches!(update, Update::LetGo(_));
            let ended = batch_news::ended(&update);
            let news = batch_news::of(&state.shared.runs, &update);
            if let Update::HistoryOff(trouble) = &update {
                let words = format!("runs are not recorded from here on: {}", trouble.in_words());
                state.shared.notices.add(Notice::warning(words), now);
                state.shared.history.off = Some(trouble.in_words());
            }
            if state.shared.runs.apply(update) {
                runs_forgotten(state, now);
            }
            let canary = batch_news::of_canary(&state.shared.runs, &ended);
            for notice in news.into_iter().chain(canary) {
                state.shared.notices.add(notice, now);
            }
            if lets_go {
                state.let_go();
                if !std::mem::replace(&mut state.shared.has_let_go, true) {
                    state.shared.notices.add(Notice::info(LETS_GO), now);
                }
            }
            let mut commands = batches_started(state);
            if state.screen == Screen::Compare {
                commands.extend(state.screens.compare.refresh(&state.shared.runs));
            }
            commands.extend(attention::look(state, now));
            commands
        }
        AppEvent::Workspace(changes) => workspace(state, &changes),
        AppEvent::Settings => preferences::changed(&state.shared),
        AppEvent::TraceTrouble(words) => vec![Command::notify(Notice::warning(words))],
        AppEvent::Job(result) => job(state, result, now),
        AppEvent::Terminate => vec![Command::Tell(Message::Quit)],
    };
    let mut effects = settle(state, commands, now);
    unsay_untrue(state, now);
    if may_be_kept {
        let remember = preferences::remember(state);
        effects.extend(settle(state, remember.into_iter().collect(), now));
    }
    effects
}

/// Whether an event may have changed the layout that is saved for the next start. A dragged border
/// is saved when the mouse button is released.
fn changes_layout(event: &AppEvent) -> bool {
    match event {
        AppEvent::Terminal(TerminalEvent::Mouse(event)) => {
            matches!(event.kind, MouseEventKind::Down(_) | MouseEventKind::Up(_))
        }
        AppEvent::Terminal(TerminalEvent::Key(_)) => true,
        _ => false,
    }
}

/// Removes the notice in the footer when it is no longer true.
fn unsay_untrue(state: &mut State, now: Timestamp) {
    if let Some((_, notice)) = state.shared.notices.current(now)
        && let Lasts::While(fact) = notice.lasts
        && !state.holds(fact, now)
    {
        state.shared.notices.unsay();
    }
}

/// Ends a notice of the last key, because the person has pressed the next one.
fn goes_on(state: &mut State, now: Timestamp) {
    let current = state.shared.notices.current(now);
    if current.is_some_and(|(_, notice)| notice.lasts.is_until_key()) {
        state.shared.notices.unsay();
    }
}

/// Removes everything that the state keeps about forgotten runs.
fn runs_forgotten(state: &mut State, now: Timestamp) {
    let runs = &state.shared.runs;
    state
        .shared
        .exported
        .retain(|run, _| runs.get(run).is_some());
    state.screens.runs.runs_forgotten(runs, now);
    state.screens.compare.runs_forgotten(runs);
}

/// Shows new batches and requests their graphs.
fn batches_started(state: &mut State) -> Vec<Command> {
    let undrawn = state.shared.runs.take_undrawn().into_iter();
    let mut commands: Vec<Command> = undrawn.map(Command::Outside).collect();
    if !commands.is_empty()
        && let Some(notice) = state.screens.runs.batch_started()
    {
        commands.push(Command::notify(notice));
    }
    commands
}

/// Performs the commands for the screen itself, and the commands that result from them, until only
/// outside effects remain.
fn settle(state: &mut State, commands: Vec<Command>, now: Timestamp) -> Vec<Effect> {
    let mut outside = Vec::new();
    let mut pending = VecDeque::from(commands);
    while let Some(command) = pending.pop_front() {
        match command {
            Command::Tell(message) => {
                for more in deliver(state, message, now).into_iter().rev() {
                    pending.push_front(more);
                }
            }
            Command::Outside(effect) => {
                if let Effect::Runs(command) = &effect {
                    state.shared.runs.note_pending(command);
                }
                outside.push(effect);
            }
        }
    }
    outside
}

fn deliver(state: &mut State, message: Message, now: Timestamp) -> Vec<Command> {
    match message {
        Message::Show(screen) => state.screen = screen,
        Message::Open(overlay) => return open(state, *overlay),
        Message::RememberLaunch {
            path,
            draft,
            is_kept,
        } => return remember_launch(state, path, *draft, is_kept),
        Message::Trust { digest, spec } => return trust(state, digest, spec),
        Message::Close => {
            state.overlays.pop();
        }
        Message::KeepAnswers(answers) => state.screens.runs.keep_answers(answers),
        Message::KeepCall(of, draft) => state.screens.inspect.keep_call(of, draft),
        Message::Notify(notice) => state.shared.notices.add(notice, now),
        // The palette, a question may have been open while a run was forgotten.
        Message::OpenTraces(files) => return traces::open(state, files),
        Message::Inspect(run) | Message::ShowRun(run) if state.shared.runs.get(&run).is_none() => {
            let words = "that run was forgotten";
            state.shared.notices.add(Notice::warning(words), now);
        }
        Message::Inspect(run) => {
            state.screens.inspect.show(run, state.screen);
            state.screen = Screen::Inspect;
        }
        Message::ShowRun(run) => {
            state.screens.runs.show(run);
            state.screen = Screen::Runs;
        }
        Message::ShowRuns(runs) => {
            state.screens.runs.show_marked(runs);
            state.screen = Screen::Runs;
        }
        Message::Compare(runs) => {
            state.screens.compare.chosen_on(state.screen);
            state.screen = Screen::Compare;
            return state.screens.compare.show_runs(runs, &state.shared.runs);
        }
        Message::CompareVariants(batch) => {
            state.screens.compare.chosen_on(state.screen);
            state.screen = Screen::Compare;
            state.screens.compare.show_batch(&batch);
        }
        Message::ShowSpec(path) => {
            state.screen = Screen::Specs;
            return specs::show(&mut state.screens.specs, &path);
        }
        Message::Specs(answer) => {
            let contexts = state.screen_contexts();
            let area = state.shared.context(now, &contexts).area;
            return specs::answered(&mut state.screens.specs, answer, area);
        }
        Message::Do(action) => {
            preferences::chosen(state, action);
            return act(state, action, now);
        }
        Message::SaveAndQuit => {
            state.quits_when_saved = true;
            return specs::save_all(&state.screens.specs);
        }
        Message::Quit => state.should_quit = true,
    }
    Vec::new()
}

fn terminal(state: &mut State, event: TerminalEvent, now: Timestamp) -> Vec<Command> {
    match event {
        TerminalEvent::Key(key) if key.kind != KeyEventKind::Release => {
            key_pressed(state, key, now)
        }
        TerminalEvent::Key(_) => Vec::new(),
        TerminalEvent::Paste(text) => paste(state, &text, now),
        TerminalEvent::Mouse(event) => mouse(state, event, now),
        TerminalEvent::Resize(width, height) => {
            state.resize(Rect::new(0, 0, width, height));
            Vec::new()
        }
        TerminalEvent::FocusGained => {
            state.has_focus = true;
            Vec::new()
        }
        TerminalEvent::FocusLost => {
            state.has_focus = false;
            Vec::new()
        }
    }
}

fn key_pressed(state: &mut State, event: KeyEvent, now: Timestamp) -> Vec<Command> {
    // A person who continues to work does not want to be thrown out by a save that is still in progress.
    state.quits_when_saved = false;
    goes_on(state, now);
    let contexts = state.contexts();
    match layer::route(&state.shared.keymap, &contexts, Key::from_event(&event)) {
        Route::Action(action) => act(state, action, now),
        Route::Text => state.with_topmost(now, |layer, context| layer.text(event, context)),
        Route::Nobody => nobody(state, event, &contexts),
    }
}

/// Shows the help key for a letter that is bound to nothing here. Other unbound keys are ignored,
/// because terminals and window managers send some too.
fn nobody(state: &State, event: KeyEvent, contexts: &[KeyContext]) -> Vec<Command> {
    let is_plain = (event.modifiers - KeyModifiers::SHIFT).is_empty();
    let KeyCode::Char(letter) = event.code else {
        return Vec::new();
    };
    if !is_plain {
        return Vec::new();
    }
    let help = state.keymap().key_in(contexts, Action::Help);
    let help = help.map_or_else(String::new, |key| format!(": {key} shows the keys"));
    let words = format!("`{letter}` does nothing here{help}");
    vec![Command::notify(Notice::info(words).until_key())]
}

/// Performs an action: here if it is the same everywhere, or else in the topmost overlay or the
/// screen.
fn act(state: &mut State, action: Action, now: Timestamp) -> Vec<Command> {
    match action {
        Action::Interrupt => quit::interrupted(state, now),
        Action::Quit => quit::asked(state),
        Action::Suspend => vec![Command::terminal(TerminalCommand::Suspend)],
        Action::ToggleMouse => {
            state.shared.has_mouse = !state.shared.has_mouse;
            let words = if state.shared.has_mouse {
                "flowdeck uses the mouse"
            } else {
                "the terminal has the mouse: select text as usual; m takes it back"
            };
            vec![
                Command::terminal(TerminalCommand::SetMouse(state.shared.has_mouse)),
                Command::notify(Notice::info(words)),
            ]
        }
        Action::OpenTrace => open_once(
            state,
            Overlay::prompt(PromptPurpose::OpenTrace, String::new()),
        ),
        Action::NextTheme => preferences::next_theme(state),
        Action::Palette => {
            let contexts = state.screen_contexts();
            let context = state.shared.context(now, &contexts);
            let offers = state.offers(now);
            let palette = Overlay::palette(offers, state.screens.specs.files(), &context);
            open_once(state, palette)
        }
        Action::Help => open_once(state, Overlay::help(state.contexts())),
        Action::NoticeLog => open_once(state, Overlay::notices()),
        Action::NextNeedsYou => next_needs_you(state),
        Action::ResumeInterrupted => history::resume_all(state),
        other => match Screen::shown_by(other) {
            Some(screen) => show(state, screen),
            None => state.with_topmost(now, |layer, context| layer.update(other, context)),
        },
    }
}

/// Saves the inputs of a launch for this session, and for the next start if runs are stored.
fn remember_launch(
    state: &mut State,
    spec: PathBuf,
    draft: LaunchDraft,
    is_kept: bool,
) -> Vec<Command> {
    let shared = &mut state.shared;
    shared.launches.put(spec.clone(), draft.clone());
    let file = shared.launches.file();
    let file = file.filter(|_| is_kept && shared.history.off.is_none());
    let remember = file.map(|file| FileCommand::RememberLaunch {
        file: file.to_owned(),
        spec,
        draft,
    });
    remember.into_iter().map(Command::file).collect()
}

/// Records the person's consent to a spec's permissions, now and for later starts.
fn trust(state: &mut State, digest: SpecDigest, spec: PathBuf) -> Vec<Command> {
    let trust = &mut state.shared.trust;
    trust.add(digest.clone());
    let file = trust.file().map(Path::to_owned);
    let remember = file.map(|file| FileCommand::RememberTrust { file, digest, spec });
    remember.into_iter().map(Command::file).collect()
}

fn paste(state: &mut State, text: &str, now: Timestamp) -> Vec<Command> {
    goes_on(state, now);
    let takes_text = state.contexts().iter().any(|context| context.takes_text());
    if !takes_text && let Some(files) = dropped_files(text) {
        return traces::open(state, files);
    }
    state.with_topmost(now, |layer, context| layer.paste(text, context))
}

fn mouse(state: &mut State, event: MouseEvent, now: Timestamp) -> Vec<Command> {
    if matches!(event.kind, MouseEventKind::Down(_)) {
        goes_on(state, now);
    }
    if state.overlays.is_empty()
        && let Some(action) = frame::clicked(state, event)
    {
        return act(state, action, now);
    }
    state.with_topmost(now, |layer, context| layer.mouse(event, context))
}

fn workspace(state: &mut State, changes: &Changes) -> Vec<Command> {
    let mut commands = specs::changed_on_disk(&mut state.screens.specs, changes);
    for launch in launches(&mut state.overlays) {
        commands.extend(launch.changed_on_disk(&state.shared.workspace.root, changes));
    }
    commands
}

/// Returns the open launch dialogs.
fn launches(overlays: &mut [Overlay]) -> impl Iterator<Item = &mut overlays::LaunchState> {
    overlays.iter_mut().filter_map(|overlay| match overlay {
        Overlay::Launch(launch) => Some(&mut **launch),
        _ => None,
    })
}
