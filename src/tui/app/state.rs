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

/// The data with which the workbench starts.
#[derive(Debug)]
pub struct Startup {
    /// The folder of specs.
    pub workspace: Workspace,
    /// The user's settings.
    pub settings: Settings,
    /// The available themes; at least one.
    pub themes: Vec<Theme>,
    /// The description of the selected profile: `offline model · real tools`.
    pub profile: String,
    /// The notices at the start.
    pub notices: Vec<Notice>,
    /// The mistakes in `config.toml` and in themes, which are reported at the start, too.
    pub mistakes: Vec<String>,
    /// Facts that don't depend on the settings.
    pub fixed: Fixed,
    /// The local time's offset from UTC.
    pub utc_offset: chrono::FixedOffset,
    /// The source of new ids.
    pub ids: IdSource,
    /// The specs whose permissions the user has accepted.
    pub trust: Trust,
    /// The user's settings file, `config.toml`, in which a chosen theme is saved. `None` saves it
    /// nowhere.
    pub config_file: Option<std::path::PathBuf>,
    /// The saved layout.
    pub remembered: Remembered,
    /// The file in which the layout is saved. `None` saves it nowhere.
    pub screen_file: Option<std::path::PathBuf>,
    /// The last launch of each spec.
    pub launches: Launches,
    /// The folder for deleted specs.
    pub trash: std::path::PathBuf,
    /// Past runs.
    pub history: PastRuns,
    /// The trace files to open.
    pub traces: Vec<std::path::PathBuf>,
}

impl Startup {
    /// Whether only ASCII is drawn at the start.
    pub(crate) const fn is_ascii(&self) -> bool {
        self.fixed.is_ascii || self.settings.ascii
    }

    /// Whether the mouse is captured at the start.
    pub(crate) const fn has_mouse(&self) -> bool {
        self.fixed.has_mouse(&self.settings)
    }
}

/// The state of the whole workbench. Drawing reads it, and [`super::update`] changes it.
#[derive(Debug)]
pub(crate) struct State {
    /// The shown screen.
    pub screen: Screen,
    /// The overlays, the topmost last.
    pub overlays: Vec<Overlay>,
    /// The state of each screen.
    pub screens: Screens,
    pub(super) shared: Shared,
    /// Whether the program should end.
    pub should_quit: bool,
    /// Whether the program should end as soon as all edits are saved.
    pub(super) quits_when_saved: bool,
    /// The last signal to the person.
    pub(super) attention: Attention,
    /// The time when `ctrl-c` was last pressed.
    pub(super) interrupted_at: Option<Timestamp>,
    /// Whether the terminal has the focus; spinners stop while it doesn't.
    pub has_focus: bool,
}

/// The state that several screens read.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) runs: RunsModel,
    pub(super) history: HistoryView,
    /// Whether details of a run were dropped to save memory.
    pub(super) has_let_go: bool,
    pub(super) notices: Notices,
    pub(super) workspace: Workspace,
    pub(super) themes: Vec<Theme>,
    pub(super) theme: usize,
    pub(super) preferences: Preferences,
    /// The layout to be saved, without the parts that the screens keep.
    pub(super) remembered: Remembered,
    /// The layout as it was last saved.
    pub(super) remembered_on_disk: Remembered,
    /// The file in which the layout is saved.
    pub(super) screen_file: Option<std::path::PathBuf>,
    /// The folder for deleted specs.
    pub(super) trash: std::path::PathBuf,
    pub(super) glyphs: &'static Glyphs,
    pub(super) keymap: Keymap,
    pub(super) profile: String,
    pub(super) has_mouse: bool,
    pub(super) size: Rect,
    pub(super) utc_offset: chrono::FixedOffset,
    pub(super) ids: IdSource,
    pub(super) trust: Trust,
    /// The user's settings file, `config.toml`; `None` if nothing is saved.
    pub(super) config_file: Option<std::path::PathBuf>,
    /// The runs that were exported to a file, with their number of events at that time.
    pub(super) exported: std::collections::HashMap<RunId, u64>,
    /// The last launch of each spec.
    pub(super) launches: Launches,
    /// The number of traces that were opened.
    pub(super) n_traces: usize,
    /// The large traces that are being read.
    pub(super) traces_read: Vec<TraceProgress>,
}

/// The shared state that an `update` may read besides its own state.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    /// The time.
    pub now: Timestamp,
    /// The area in which the screen is drawn: the terminal without header and footer. Overlays have
    /// the same area.
    pub area: Rect,
    /// All runs.
    pub runs: &'a RunsModel,
    /// The known part of the history.
    pub history: &'a HistoryView,
    /// The folder of specs.
    pub workspace: &'a Workspace,
    /// The specs whose permissions the user has accepted.
    pub trust: &'a Trust,
    /// The folder for deleted specs.
    pub trash: &'a std::path::Path,
    /// All notices.
    pub notices: &'a Notices,
    /// The keymap.
    pub keymap: &'a Keymap,
    /// The character set to draw with.
    pub glyphs: &'static Glyphs,
    /// The local time's offset from UTC.
    pub utc_offset: chrono::FixedOffset,
    /// The source of new ids.
    pub ids: &'a IdSource,
    /// The contexts of the screen below all overlays, the innermost first.
    pub screen_contexts: &'a [KeyContext],
}

/// The shared state that drawing may read besides the state that it draws.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ViewContext<'a> {
    /// The colours.
    pub theme: &'a Theme,
    /// The character set to draw with.
    pub glyphs: &'static Glyphs,
    /// The context that updates see.
    pub context: Context<'a>,
}

impl State {
    /// Makes the initial state for a terminal of this size, and returns the first effects to
    /// perform.
    pub(crate) fn new(startup: Startup, size: Rect, now: Timestamp) -> (Self, Vec<Effect>) {
        let (glyphs, has_mouse) = (startup.fixed.glyphs(&startup.settings), startup.has_mouse());
        let mut mistakes = startup.mistakes;
        let (keymap, of_keys) = preferences::keymap(&startup.settings);
        mistakes.extend(of_keys);
        let theme = preferences::theme(&startup.settings, &startup.themes, &mistakes);
        let theme = theme.unwrap_or_else(|mistake| {
            mistakes.push(mistake);
            0
        });
        let mut notices = Notices::default();
        let of_mistakes = mistakes.iter().cloned().map(Notice::warning);
        for notice in startup.notices.into_iter().chain(of_mistakes) {
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
                preferences: Preferences::new(startup.settings, startup.fixed, mistakes),
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

    /// Returns the contexts in which a key is looked up, the innermost first.
    pub(crate) fn contexts(&self) -> Vec<KeyContext> {
        let overlay = self.overlays.last().map(Overlay::layer);
        let mut contexts = overlay.map_or_else(|| self.screen_contexts(), Layer::contexts);
        contexts.push(KeyContext::Always);
        contexts
    }

    /// Returns the contexts of the screen below all overlays, without the ones that apply
    /// everywhere.
    pub(crate) fn screen_contexts(&self) -> Vec<KeyContext> {
        let mut contexts = self.shown().contexts();
        if !contexts.iter().any(|context| context.takes_text()) {
            contexts.extend([KeyContext::Moving, KeyContext::Global]);
        }
        contexts
    }

    /// Returns the keymap.
    pub(crate) fn keymap(&self) -> &Keymap {
        &self.shared.keymap
    }

    /// Returns the current theme.
    pub(crate) fn theme(&self) -> &Theme {
        &self.shared.themes[self.shared.theme]
    }

    /// Returns the shown screen, below all overlays.
    pub(crate) fn shown(&self) -> &dyn Layer {
        self.screens.get(self.screen)
    }

    /// Returns the layer that receives the keys.
    pub(crate) fn topmost(&self) -> &dyn Layer {
        let overlay = self.overlays.last().map(Overlay::layer);
        overlay.unwrap_or_else(|| self.shown())
    }

    /// Calls a function with the layer that receives the keys.
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

    /// Returns the description of the current profile: for a batch the profile of its launch, for a
    /// spec the one that the launch dialog would use.
    pub(crate) fn profile(&self, look: &ViewContext<'_>) -> String {
        let overlays = self.overlays.iter().rev().map(Overlay::layer);
        let mut layers = overlays.chain([self.shown()]);
        let bound_to = layers.find_map(|layer| layer.bound_to(&look.context));
        bound_to.unwrap_or_else(|| self.shared.profile.clone())
    }

    /// Whether the batch to which keys apply is paused.
    pub(crate) fn is_batch_paused(&self) -> bool {
        let batch = self.screens.runs.batch(&self.shared.runs);
        batch.is_some_and(|batch| batch.is_paused)
    }

    /// Returns the large traces that are being read.
    pub(crate) fn traces_read(&self) -> &[TraceProgress] {
        &self.shared.traces_read
    }

    /// Returns the width of the terminal, in cells.
    pub(crate) fn width_cells(&self) -> u16 {
        self.shared.size.width
    }

    /// Sets the terminal's new size.
    pub(crate) fn resize(&mut self, size: Rect) {
        self.shared.size = size;
    }

    /// Returns the context for drawing. `contexts` are the [`State::contexts`] of the screen.
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

    /// Updates everything that drawing reads from the runs (the order of the table, the lines of
    /// the panes), for the shown parts only. Must be called before each drawing, because drawing
    /// changes nothing.
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

    /// Drops the details of runs that the feed has dropped, unless they are shown or marked.
    pub(super) fn let_go(&mut self) {
        let screens = &self.screens;
        let is_in_use = |run: &RunId| {
            screens.inspect.uses(run) || screens.runs.uses(run) || screens.compare.uses(run)
        };
        self.shared.runs.let_go(is_in_use);
    }

    /// Returns the next time at which something on the screen changes without an event: a notice
    /// disappears, a spinner turns, a duration grows, a rate falls.
    pub(crate) fn changes_at(&self, now: Timestamp) -> Option<Timestamp> {
        let fades = self.shared.notices.fades_at(now);
        let is_running = self.shared.runs.count(crate::trace::RunState::Running) > 0;
        // At whole seconds a spinner is always at the same step: times change, it does not turn.
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

    /// Replaces the themes after a change of colour depth, and shows the first.
    pub(crate) fn set_themes(&mut self, themes: Vec<Theme>) {
        (self.shared.themes, self.shared.theme) = (themes, 0);
    }
}
