//! The availability of actions: an action can be performed, is refused for a reason, or belongs to
//! something that is not open.

use super::State;
use crate::base::clock::Timestamp;
use crate::tui::action::{Action, ActionInfo, Home, Shown};
use crate::tui::notices::Fact;
use crate::tui::screens::Screen;

/// The availability of an action in the palette.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offer {
    /// The action can be performed.
    Does,
    /// The action has no effect now. The reason is the end of a sentence.
    Refused(&'static str),
}

impl State {
    /// Returns every action that the palette lists on this screen, with its availability.
    pub(crate) fn offers(&self, now: Timestamp) -> Vec<(&'static ActionInfo, Offer)> {
        let actions = Action::TABLE.iter().filter(|info| info.is_in_palette());
        let mut offers: Vec<_> = actions
            .filter_map(|info| Some((info, self.offer(info, now)?)))
            .collect();
        // What was chosen of late comes first, the newest before all; then what belongs to this screen, in the order in which
        // the footer has it. What leads out of the program is never what enter does at once.
        let remembered = &self.shared.remembered;
        let is_way_out = |info: &ActionInfo| matches!(info.action, Action::Suspend | Action::Quit);
        let rank = |info: &ActionInfo| {
            let rank = remembered.rank(info.action);
            rank.filter(|_| !is_way_out(info)).unwrap_or(usize::MAX)
        };
        let is_of_screen = |info: &ActionInfo| {
            let mut homes = info.keys.iter().map(|(context, _)| context.home());
            !homes.any(|home| home == Home::Everywhere)
        };
        let place = |info: &ActionInfo| match info.shown {
            Shown::Footer(place) => u16::from(place),
            Shown::Listed | Shown::Help => u16::MAX,
        };
        offers.sort_by_key(|(info, _)| {
            let is_of_screen = is_of_screen(info);
            let place = if is_of_screen { place(info) } else { u16::MAX };
            (rank(info), is_way_out(info), !is_of_screen, place)
        });
        // What is done in the dialog comes before what is done everywhere.
        if let Some(overlay) = self.overlays.last() {
            let own = overlay.layer().contexts();
            let is_own = |info: &ActionInfo| info.keys.iter().any(|(at, _)| own.contains(at));
            offers.sort_by_key(|(info, _)| !is_own(info));
        }
        offers
    }

    /// Returns the availability of an action; `None` for actions of dialogs and for the palette
    /// itself.
    fn offer(&self, info: &ActionInfo, now: Timestamp) -> Option<Offer> {
        let mut homes = info.keys.iter().map(|(context, _)| context.home());
        let is_at = |wanted: Home| {
            info.keys
                .iter()
                .any(|(context, _)| context.home() == wanted)
        };
        let contexts = self.contexts();
        let is_within = info
            .keys
            .iter()
            .any(|(context, _)| contexts.contains(context));
        match info.action {
            Action::Palette => return None,
            // What it opens depends on the pane that has the focus.
            Action::Accept if !is_within => return None,
            _ => {}
        }
        // What lies over the screen has the keys.
        let is_covered = !self.overlays.is_empty();
        let is_here = !is_covered && is_at(Home::Screen(self.screen));
        if is_at(Home::Everywhere) || is_within || is_here {
            let refused = self.refusal(info.action, now);
            return Some(refused.map_or(Offer::Does, Offer::Refused));
        }
        let reason = homes.find_map(|home| match home {
            Home::Screen(_) | Home::Editor if is_covered => Some("close the dialog first"),
            Home::Screen(screen) => Some(screen.info().elsewhere),
            Home::Editor => Some("in the editor"),
            Home::Everywhere | Home::Dialog => None,
        })?;
        Some(Offer::Refused(reason))
    }

    /// Whether the fact that a notice reported is still true.
    pub(crate) fn holds(&self, fact: Fact, now: Timestamp) -> bool {
        match fact {
            Fact::Refused(action) => self.refusal(action, now).is_some(),
            Fact::AnswerKept => self.screens.runs.keeps_answer(),
            Fact::Comparing => self.screens.specs.is_comparing(),
        }
    }

    /// Returns why no interrupted run can be resumed; `None` if one can be.
    pub(super) fn cannot_resume(&self) -> Option<&'static str> {
        let history = &self.shared.history;
        match history.off {
            Some(_) => Some("the history is off"),
            None if history.interrupted.is_empty() => Some("no run of this folder was interrupted"),
            None if !history.interrupted.iter().any(|it| history.can_resume(it)) => {
                Some("they continue at workers: flowdeck --nats follows them")
            }
            None => None,
        }
    }

    /// Returns why an action would have no effect in the layer with the keys; `None` if it would
    /// have one.
    pub(crate) fn refusal(&self, action: Action, now: Timestamp) -> Option<&'static str> {
        if Screen::shown_by(action) == Some(self.screen) {
            return Some("it is shown already");
        }
        match action {
            Action::NextNeedsYou if self.shared.runs.needing_person() == 0 => {
                return Some("no run needs you");
            }
            Action::ResumeInterrupted => return self.cannot_resume(),
            _ => {}
        }
        let contexts = self.screen_contexts();
        let context = self.shared.context(now, &contexts);
        self.topmost().refusal(action, &context)
    }
}
