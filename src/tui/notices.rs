//! Notices of the program: the footer shows the last one, the log shows all.

use std::collections::VecDeque;
use std::time::Duration;

use crate::base::clock::Timestamp;
use crate::tui::action::Action;
use crate::tui::theme::Role;

/// The time for which a notice is shown in the footer.
const SHOWN_FOR: Duration = Duration::from_secs(8);

/// The maximum number of notices in the log.
const MAX_KEPT: usize = 500;

/// The severity of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeLevel {
    /// Reports a successful action.
    Info,
    /// Reports something that the person should look at.
    Warning,
    /// Reports an action that failed.
    Error,
}

impl NoticeLevel {
    /// Returns the colour of the level.
    pub(crate) const fn role(self) -> Role {
        match self {
            Self::Info => Role::Text,
            Self::Warning => Role::Warning,
            Self::Error => Role::Error,
        }
    }
}

/// The event that removes a notice from the footer before its time is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasts {
    /// No event: the notice stays until its time is up.
    Fades,
    /// The next key or click, because the notice answers the last one.
    UntilKey,
    /// The end of the fact; for a refused action, the next key or click too.
    While(Fact),
}

impl Lasts {
    /// Whether the next key or click removes the notice.
    pub(crate) const fn is_until_key(self) -> bool {
        matches!(self, Self::UntilKey | Self::While(Fact::Refused(_)))
    }
}

/// A fact that a notice reports and that may change without a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// An action would have no effect.
    Refused(Action),
    /// An answer was typed and not sent, and its box is closed.
    AnswerKept,
    /// A spec was chosen for a comparison, and the second one is still missing.
    Comparing,
}

/// A message to the person, for the footer and the log of notices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The severity.
    pub level: NoticeLevel,
    /// The text, one line or more.
    pub text: String,
    /// The event that removes the notice.
    pub lasts: Lasts,
}

impl Notice {
    /// Makes a notice about a successful action.
    pub fn info(text: impl Into<String>) -> Self {
        Self::of(NoticeLevel::Info, text)
    }

    /// Makes a notice about something that the person should look at.
    pub fn warning(text: impl Into<String>) -> Self {
        Self::of(NoticeLevel::Warning, text)
    }

    /// Makes a notice about a failed action.
    pub fn error(text: impl Into<String>) -> Self {
        Self::of(NoticeLevel::Error, text)
    }

    /// Makes a notice that there is no further difference in the requested direction.
    pub(crate) fn no_difference(is_forward: bool) -> Self {
        let words = if is_forward {
            "no further difference"
        } else {
            "no difference before"
        };
        Self::info(words).until_key()
    }

    fn of(level: NoticeLevel, text: impl Into<String>) -> Self {
        Self {
            level,
            text: text.into(),
            lasts: Lasts::Fades,
        }
    }

    /// Returns the notice with another level.
    #[must_use]
    pub const fn with_level(mut self, level: NoticeLevel) -> Self {
        self.level = level;
        self
    }

    /// Returns the notice with the next key as the event that removes it.
    #[must_use]
    pub const fn until_key(mut self) -> Self {
        self.lasts = Lasts::UntilKey;
        self
    }

    /// Returns the notice with a fact whose end removes it.
    #[must_use]
    pub const fn while_so(mut self, fact: Fact) -> Self {
        self.lasts = Lasts::While(fact);
        self
    }

    /// Makes a notice that says why an action has no effect.
    pub fn refused(action: Action, reason: impl Into<String>) -> Self {
        Self::info(reason).while_so(Fact::Refused(action))
    }
}

/// All notices, in the order in which they were added.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notices {
    kept: VecDeque<(Timestamp, Notice)>,
    /// Whether the last notice is no longer true, and is only shown in the log.
    is_unsaid: bool,
}

impl Notices {
    /// Adds a notice; removes the oldest if there are too many.
    pub(crate) fn add(&mut self, notice: Notice, now: Timestamp) {
        if self.kept.len() == MAX_KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back((now, notice));
        self.is_unsaid = false;
    }

    /// Removes the notice from the footer.
    pub(crate) fn unsay(&mut self) {
        self.is_unsaid = true;
    }

    /// Iterates over all kept notices with their times, the oldest first.
    pub(crate) fn iter(
        &self,
    ) -> impl DoubleEndedIterator<Item = &(Timestamp, Notice)> + ExactSizeIterator {
        self.kept.iter()
    }

    /// Returns the notice in the footer.
    pub(crate) fn current(&self, now: Timestamp) -> Option<&(Timestamp, Notice)> {
        self.kept
            .back()
            .filter(|(since, _)| !self.is_unsaid && now.since(*since) < SHOWN_FOR)
    }

    /// Returns the time when the notice in the footer disappears.
    pub(crate) fn fades_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.current(now).map(|(since, _)| since.plus(SHOWN_FOR))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_notice_fades_and_stays_in_the_log() {
        let at = |s: u64| Timestamp::from_ns(s * 1_000_000_000);
        let mut notices = Notices::default();
        notices.add(Notice::info("one"), at(0));
        notices.add(Notice::error("two"), at(1));
        assert_eq!(notices.current(at(2)).unwrap().1, Notice::error("two"));
        assert_eq!(notices.fades_at(at(2)), Some(at(9)));
        assert!(notices.current(at(9)).is_none());
        assert_eq!(notices.iter().len(), 2);
    }
}
