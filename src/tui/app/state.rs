//! The state of the workbench.

use std::collections::HashSet;

use ratatui::layout::Rect;

use super::attention::Attention;
use super::preferences::{self, Fixed, Preferences};
use crate::base::clock::Timestamp;
use crate::base::ids::{IdSource, RunId};
use crate::settings::Settings;
use crate::tui::action::KeyContext;
use crate::tui::effect::{Effect, FileCommand};
use crate::tui::event::TraceProgress;
use crate::tui::frame;
use crate::tui::glyphs::{self, Glyphs};
use crate::tui::history::{Follows, HistoryView, PastRuns};
use crate::tui::keymap::Keymap;
use crate::tui::launches::Launches;
use crate::tui::layer::Layer;
use crate::tui::message::Command;
use crate::tui::notices::{Notice, Notices};
use crate::tui::overlays::Overlay;
use crate::tui::remembered::Remembered;
use crate::tui::runs_model::RunsModel;
use crate::tui::screens::{Screen, Screens, compare, history, inspect, runs, specs};
use crate::tui::theme::Theme;
use crate::workspace::{Trust, Workspace};

const SECOND_NS: u64 = 1_000_000_000;

/// The parts that the workbench is started with.
#[derive(Debug)]
pub struct Startup {
    /// The folder.
    pub workspace: Workspace,
    /// The person's settings.
    pub settings: Settings,
    /// Themes that can be chosen; at least one.
    pub themes: Vec<Theme>,
    /// The bindings of the specs, in words: `offline model · real tools`.
    pub profile: String,
    /// The notices right after the start: mistakes in settings and themes.
    pub notices: Vec<Notice>,
    /// The facts that hold whatever the settings say.
    pub fixed: Fixed,
    /// The local time's distance from UTC.
    pub utc_offset: chrono::FixedOffset,
    /// Where ids come from.
    pub ids: IdSource,
    /// Which specs were looked over before their first run.
    pub trust: Trust,
    /// The person's settings, `config.toml`, where a chosen theme is kept; none keeps it nowhere.
    pub config_file: Option<std::path::PathBuf>,
    /// The layout that was kept.
    pub remembered: Remembered,
    /// Where the layout is kept; none keeps it nowhere.
    pub screen_file: Option<std::path::PathBuf>,
    /// The last launch of each spec.
    pub launches: Launches,
    /// Where deleted specs are kept.
    pub trash: std::path::PathBuf,
    /// Past runs.
    pub history: PastRuns,
    /// Files of traces whose runs are opened.
    pub traces: Vec<std::path::PathBuf>,
}

impl Startup {
    /// Whether signs are ASCII at the start.
    pub(crate) const fn is_ascii(&self) -> bool {
        self.fixed.is_ascii || self.settings.ascii
    }

    /// Whether the mouse is taken at the start.
    pub(crate) const fn has_mouse(&self) -> bool {
        self.fixed.has_mouse(&self.settings)
    }
}

/// Everything that the workbench knows and shows. Drawing reads it, [`super::update`] changes it.
#[derive(Debug)]
pub(crate) struct State {
    /// The screen on show.
    pub screen: Screen,
    /// The overlays, the topmost last.
    pub overlays: Vec<Overlay>,
    /// The state of each screen.
    pub screens: Screens,
    pub(super) shared: Shared,
    /// Whether the program is to end.
    pub should_quit: bool,
    /// Whether it is to end as soon as all edits are written.
    pub(super) quits_when_saved: bool,
    /// When a person was called.
    pub(super) attention: Attention,
    /// When `ctrl-c` was last pressed.
    pub(super) interrupted_at: Option<Timestamp>,
    /// Whether the terminal has the focus; spinners stop while it does not.
    pub has_focus: bool,
}

/// The state that several screens read.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) runs: RunsModel,
    pub(super) history: HistoryView,
    /// Whether the detail of a run was let go.
    pub(super) has_let_go: bool,
    pub(super) notices: Notices,
    pub(super) workspace: Workspace,
    pub(super) themes: Vec<Theme>,
    pub(super) theme: usize,
    pub(super) preferences: Preferences,
    /// The settings of the screen that are kept over restarts, but for those that the screens have.
    pub(super) remembered: Remembered,
    /// The settings that were kept last.
    pub(super) remembered_on_disk: Remembered,
    /// Where it is kept.
    pub(super) screen_file: Option<std::path::PathBuf>,
    /// Where deleted specs are kept.
    pub(super) trash: std::path::PathBuf,
    pub(super) glyphs: &'static Glyphs,
    pub(super) keymap: Keymap,
    pub(super) profile: String,
    pub(super) has_mouse: bool,
    pub(super) size: Rect,
    pub(super) utc_offset: chrono::FixedOffset,
    pub(super) ids: IdSource,
    pub(super) trust: Trust,
    /// The person's settings, `config.toml`; none where nothing is kept.
    pub(super) config_file: Option<std::path::PathBuf>,
    /// Runs that were written to a file, with how many events they had.
    pub(super) exported: std::collections::HashMap<RunId, u64>,
    /// The last launches, by spec.
    pub(super) launches: Launches,
    /// How many traces were opened.
    pub(super) n_traces: usize,
    /// The large traces that are being read.
    pub(super) traces_read: Vec<TraceProgress>,
}

/// The things that an `update` may read beside its own state.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    /// The time.
    pub now: Timestamp,
    /// Where the screen is drawn: the terminal without header and footer. An overlay has the same.
    pub area: Rect,
    /// All runs.
    pub runs: &'a RunsModel,
    /// The history as far as it is known.
    pub history: &'a HistoryView,
    /// The folder of specs.
    pub workspace: &'a Workspace,
    /// Which specs were looked over before their first run.
    pub trust: &'a Trust,
    /// Where deleted specs are kept.
    pub trash: &'a std::path::Path,
    /// All notices.
    pub notices: &'a Notices,
    /// Which keys do what.
    pub keymap: &'a Keymap,
    /// Signs.
    pub glyphs: &'static Glyphs,
    /// The local time's distance from UTC.
    pub utc_offset: chrono::FixedOffset,
    /// Where new ids come from.
    pub ids: &'a IdSource,
    /// The contexts of the screen below all overlays, the innermost first.
    pub screen_contexts: &'a [KeyContext],
}

/// The things that drawing may read beside the state that it draws.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ViewContext<'a> {
    /// Colours.
    pub theme: &'a Theme,
    /// Signs.
    pub glyphs: &'static Glyphs,
    /// The rest, as updates see it.
    pub context: Context<'a>,
}

impl State {
    /// The state at the start, in a terminal of this size, and what is to be done first.
    pub(crate) fn new(startup: Startup, size: Rect, now: Timestamp) -> (Self, Vec<Effect>) {
        let (glyphs, has_mouse) = (startup.fixed.glyphs(&startup.settings), startup.has_mouse());
        let (keymap, mut problems) = preferences::keymap(&startup.settings);
        let theme = preferences::theme(&startup.settings, &startup.themes);
        let theme = theme.unwrap_or_else(|problem| {
            problems.push(problem);
            0
        });
        let mut notices = Notices::default();
        let problems = problems.into_iter().map(Notice::warning);
        for notice in startup.notices.into_iter().chain(problems) {
            notices.add(notice, now);
        }
        let root = &startup.workspace.root;
        let history = history::State::new(root, startup.utc_offset);
        let find = history.find_interrupted();
        let (specs, mut effects) = specs::State::new(&startup.workspace);
        effects.push(Effect::File(FileCommand::Scan {
            root: startup.workspace.root.clone(),
            known: HashSet::new(),
            open: startup.workspace.file.iter().cloned().collect(),
        }));
        effects.push(Effect::History(find));
        let mut n_traces = 0;
        let opens = FileCommand::open_traces(startup.traces, &mut n_traces);
        effects.extend(opens.into_iter().map(Effect::File));
        let mut state = Self {
            screen: Screen::Specs,
            overlays: Vec::new(),
            screens: Screens {
                specs,
                runs: runs::State::default(),
                inspect: inspect::State::default(),
                compare: compare::State::default(),
                history,
            },
            shared: Shared {
                runs: RunsModel::default(),
                history: HistoryView {
                    off: startup.history.off,
                    interrupted: Vec::new(),
                    queue: startup.history.queue,
                    follows: Follows::default(),
                },
                has_let_go: false,
                notices,
                workspace: startup.workspace,
                themes: startup.themes,
                theme,
                preferences: Preferences::new(startup.settings, startup.fixed),
                remembered_on_disk: startup.remembered.clone(),
                remembered: startup.remembered,
                screen_file: startup.screen_file,
                trash: startup.trash,
                glyphs,
                keymap,
                profile: startup.profile,
                has_mouse,
                size,
                utc_offset: startup.utc_offset,
                ids: startup.ids,
                trust: startup.trust,
                config_file: startup.config_file,
                exported: std::collections::HashMap::new(),
                launches: startup.launches,
                n_traces,
                traces_read: Vec::new(),
            },
            should_quit: false,
            quits_when_saved: false,
            attention: Attention::default(),
            interrupted_at: None,
            has_focus: true,
        };
        state.screens.recall(&state.shared.remembered);
        (state, effects)
    }

    /// The contexts in which a key is looked up, the innermost first.
    pub(crate) fn contexts(&self) -> Vec<KeyContext> {
        let overlay = self.overlays.last().map(Overlay::layer);
        let mut contexts = overlay.map_or_else(|| self.screen_contexts(), Layer::contexts);
        contexts.push(KeyContext::Always);
        contexts
    }

    /// The contexts of the screen below all overlays, without those that hold everywhere.
    pub(crate) fn screen_contexts(&self) -> Vec<KeyContext> {
        let mut contexts = self.shown().contexts();
        if !contexts.iter().any(|context| context.takes_text()) {
            contexts.extend([KeyContext::Moving, KeyContext::Global]);
        }
        contexts
    }

    /// Which keys do what.
    pub(crate) fn keymap(&self) -> &Keymap {
        &self.shared.keymap
    }

    /// The name of the theme on show.
    pub(crate) fn theme(&self) -> &Theme {
        &self.shared.themes[self.shared.theme]
    }

    /// The screen on show, below all overlays.
    pub(crate) fn shown(&self) -> &dyn Layer {
        self.screens.get(self.screen)
    }

    /// Returns the layer that has the keys.
    pub(crate) fn topmost(&self) -> &dyn Layer {
        let overlay = self.overlays.last().map(Overlay::layer);
        overlay.unwrap_or_else(|| self.shown())
    }

    /// Has what has the keys do something.
    pub(super) fn with_topmost(
        &mut self,
        now: Timestamp,
        act: impl FnOnce(&mut dyn Layer, &Context<'_>) -> Vec<Command>,
    ) -> Vec<Command> {
        let contexts = self.screen_contexts();
        let context = self.shared.context(now, &contexts);
        match self.overlays.last_mut() {
            Some(overlay) => act(overlay.layer_mut(), &context),
            None => act(self.screens.get_mut(self.screen), &context),
        }
    }

    /// Returns the profile of what is on show, in words: for a batch the one it was launched with,
    /// for a spec the one that the launch dialog would take or has chosen.
    pub(crate) fn profile(&self, look: &ViewContext<'_>) -> String {
        let overlays = self.overlays.iter().rev().map(Overlay::layer);
        let mut layers = overlays.chain([self.shown()]);
        let bound_to = layers.find_map(|layer| layer.bound_to(&look.context));
        bound_to.unwrap_or_else(|| self.shared.profile.clone())
    }

    /// Whether the batch that keys are about is paused.
    pub(crate) fn is_batch_paused(&self) -> bool {
        let batch = self.screens.runs.batch(&self.shared.runs);
        batch.is_some_and(|batch| batch.is_paused)
    }

    /// The large traces that are being read.
    pub(crate) fn traces_read(&self) -> &[TraceProgress] {
        &self.shared.traces_read
    }

    /// How wide the terminal is, in cells.
    pub(crate) fn width_cells(&self) -> u16 {
        self.shared.size.width
    }

    /// Takes a terminal's new size.
    pub(crate) fn resize(&mut self, size: Rect) {
        self.shared.size = size;
    }

    /// Returns the things that drawing may read. `contexts` are [`State::contexts`] of the screen.
    pub(crate) fn look<'a>(
        &'a self,
        now: Timestamp,
        contexts: &'a [KeyContext],
    ) -> ViewContext<'a> {
        ViewContext {
            theme: self.theme(),
            glyphs: self.shared.glyphs,
            context: self.shared.context(now, contexts),
        }
    }

    /// Catches up with the runs. Must be called before each drawing: drawing changes nothing, so
    /// what it reads (the order of the table, the lines of the panes) is made here, and only for
    /// what is on show.
    pub(crate) fn prepare(&mut self, now: Timestamp) {
        self.let_go();
        let contexts = self.screen_contexts();
        let context = self.shared.context(now, &contexts);
        self.screens.get_mut(self.screen).prepare(&context);
        if let Some(overlay) = self.overlays.last_mut() {
            overlay.layer_mut().prepare(&context);
        }
        super::quit::renew(self);
    }

    /// Lets go of the detail of runs that the feed has let go, unless they are on show or marked.
    pub(super) fn let_go(&mut self) {
        let screens = &self.screens;
        let is_in_use = |run: &RunId| {
            screens.inspect.uses(run) || screens.runs.uses(run) || screens.compare.uses(run)
        };
        self.shared.runs.let_go(is_in_use);
    }

    /// When something on the screen changes by time alone: a notice fades, a spinner turns, a time
    /// goes on, a rate falls.
    pub(crate) fn changes_at(&self, now: Timestamp) -> Option<Timestamp> {
        let fades = self.shared.notices.fades_at(now);
        let is_running = self.shared.runs.count(crate::trace::RunState::Running) > 0;
        // At whole seconds a spinner is always at the same step: times go on, it does not turn.
        let next_second = Timestamp::from_ns((now.as_ns() / SECOND_NS + 1) * SECOND_NS);
        let turns = is_running.then(|| {
            if self.has_focus {
                now.plus(glyphs::SPINNER_STEP)
            } else {
                next_second
            }
        });
        let contexts = self.screen_contexts();
        let context = self.shared.context(now, &contexts);
        let of_screen = self.shown().changes_at(&context);
        let overlay = self.overlays.last().map(Overlay::layer);
        let of_overlay = overlay.and_then(|layer| layer.changes_at(&context));
        let of_screen = of_screen.into_iter().chain(of_overlay);
        let blinks = self.blink_ends_at(now);
        let of_frame = fades.into_iter().chain(turns).chain(blinks);
        of_frame.chain(of_screen).min()
    }
}

impl Shared {
    pub(super) fn context<'a>(
        &'a self,
        now: Timestamp,
        screen_contexts: &'a [KeyContext],
    ) -> Context<'a> {
        Context {
            now,
            area: frame::areas(self.size).screen,
            runs: &self.runs,
            history: &self.history,
            workspace: &self.workspace,
            trust: &self.trust,
            trash: &self.trash,
            notices: &self.notices,
            keymap: &self.keymap,
            glyphs: self.glyphs,
            utc_offset: self.utc_offset,
            ids: &self.ids,
            screen_contexts,
        }
    }
}

#[cfg(test)]
impl State {
    pub(crate) fn runs_model(&self) -> &RunsModel {
        &self.shared.runs
    }

    pub(crate) fn notices(&self) -> &Notices {
        &self.shared.notices
    }

    /// Takes themes of another depth; the first is on show.
    pub(crate) fn set_themes(&mut self, themes: Vec<Theme>) {
        (self.shared.themes, self.shared.theme) = (themes, 0);
    }
}
