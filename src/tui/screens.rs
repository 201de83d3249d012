//! The screens. Each consists of three files: `state` (plain data), `update` (the effects of
//! actions) and `view` (drawing, which changes nothing). Each is a [`Layer`].

pub(crate) mod compare;
pub(crate) mod history;
pub(crate) mod inspect;
pub(crate) mod runs;
pub(crate) mod specs;

use crate::tui::action::Action;
use crate::tui::layer::Layer;
use crate::tui::remembered::Remembered;

/// A screen, numbered as in the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// 1: the files and the editor.
    Specs,
    /// 2: all live runs.
    Runs,
    /// 3: one run, span by span.
    Inspect,
    /// 4: runs side by side, or the variants of a batch.
    Compare,
    /// 5: past runs.
    History,
}

/// The texts for a screen in the header and in the palette.
#[derive(Debug)]
pub(crate) struct ScreenInfo {
    pub(crate) screen: Screen,
    /// The action that shows the screen.
    pub(crate) action: Action,
    pub(crate) tab: &'static str,
    /// The reason why actions of this screen have no effect on other screens.
    pub(crate) elsewhere: &'static str,
}

impl Screen {
    /// All screens, in the order of the header.
    pub(crate) const TABLE: &'static [ScreenInfo] = &[
        ScreenInfo {
            screen: Self::Specs,
            action: Action::ShowSpecs,
            tab: " 1 Specs ",
            elsewhere: "on Specs",
        },
        ScreenInfo {
            screen: Self::Runs,
            action: Action::ShowRuns,
            tab: " 2 Runs ",
            elsewhere: "on Runs",
        },
        ScreenInfo {
            screen: Self::Inspect,
            action: Action::ShowInspect,
            tab: " 3 Inspect ",
            elsewhere: "on Inspect",
        },
        ScreenInfo {
            screen: Self::Compare,
            action: Action::ShowCompare,
            tab: " 4 Compare ",
            elsewhere: "on Compare",
        },
        ScreenInfo {
            screen: Self::History,
            action: Action::ShowHistory,
            tab: " 5 History ",
            elsewhere: "on History",
        },
    ];

    /// Returns the texts for the screen.
    pub(crate) fn info(self) -> &'static ScreenInfo {
        &Self::TABLE[self as usize]
    }

    /// Returns the screen that an action shows; `None` for any other action.
    pub(crate) fn shown_by(action: Action) -> Option<Self> {
        let shown = Self::TABLE.iter().find(|info| info.action == action);
        shown.map(|info| info.screen)
    }
}

/// The state of every screen.
#[derive(Debug)]
pub(crate) struct Screens {
    /// The Specs screen.
    pub specs: specs::State,
    /// The Runs screen.
    pub runs: runs::State,
    /// The Inspect screen.
    pub inspect: inspect::State,
    /// The Compare screen.
    pub compare: compare::State,
    /// The History screen.
    pub history: history::State,
}

impl Screens {
    /// Restores the saved layout of the screens.
    pub(crate) fn recall(&mut self, remembered: &Remembered) {
        self.specs.recall(remembered);
        self.runs.recall(remembered);
        self.inspect.recall(remembered);
    }

    /// Stores the layout of the screens, to be saved.
    pub(crate) fn remember(&self, remembered: &mut Remembered) {
        self.specs.remember(remembered);
        self.runs.remember(remembered);
        self.inspect.remember(remembered);
    }

    /// Returns a screen as a layer.
    pub(crate) fn get(&self, screen: Screen) -> &dyn Layer {
        match screen {
            Screen::Specs => &self.specs,
            Screen::Runs => &self.runs,
            Screen::Inspect => &self.inspect,
            Screen::Compare => &self.compare,
            Screen::History => &self.history,
        }
    }

    /// Returns a screen as a mutable layer.
    pub(crate) fn get_mut(&mut self, screen: Screen) -> &mut dyn Layer {
        match screen {
            Screen::Specs => &mut self.specs,
            Screen::Runs => &mut self.runs,
            Screen::Inspect => &mut self.inspect,
            Screen::Compare => &mut self.compare,
            Screen::History => &mut self.history,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_screen_has_its_own_row() {
        for (at, info) in Screen::TABLE.iter().enumerate() {
            assert_eq!(info.screen as usize, at, "{info:?}");
            assert_eq!(Screen::shown_by(info.action), Some(info.screen));
        }
    }
}
