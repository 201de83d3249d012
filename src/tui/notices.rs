//! The notices of the program: the last one in the footer, all of them in the log.

use std::collections::VecDeque;
use std::time::Duration;

use crate::base::clock::Timestamp;
use crate::tui::action::Action;
use crate::tui::theme::Role;

/// How long a notice is in the footer.
const SHOWN_FOR: Duration = Duration::from_secs(8);

/// How many are kept.
const MAX_KEPT: usize = 500;

/// How a notice is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeLevel {
    /// Reports that something was done.
    Info,
    /// Reports something that a person should look at.
    Warning,
    /// Reports that something could not be done.
    Error,
}

impl NoticeLevel {
    /// Its colour.
    pub(crate) const fn role(self) -> Role {
        match self {
            Self::Info => Role::Text,
            Self::Warning => Role::Warning,
            Self::Error => Role::Error,
        }
    }
}

/// The event that ends a notice in the footer before its time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasts {
    /// Nothing: what was done stays done.
    Fades,
    /// The next key or click: it answers the last one.
    UntilKey,
    /// The end of the fact; for a refused action, the next key or click, too.
    While(Fact),
}

impl Lasts {
    /// Whether the next key or click ends it.
    pub(crate) const fn is_until_key(self) -> bool {
        matches!(self, Self::UntilKey | Self::While(Fact::Refused(_)))
    }
}

/// A fact that a notice is about and that may change without a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// An action would do nothing.
    Refused(Action),
    /// An answer is written and not sent, and its box is closed.
    AnswerKept,
    /// A spec is chosen that another one is to be compared with.
    Comparing,
}

/// A message to the person, for the footer and the log of notices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How it is meant.
    pub level: NoticeLevel,
    /// The words, one line or more.
    pub text: String,
    /// The event that ends it.
    pub lasts: Lasts,
}

impl Notice {
    /// A notice that something was done.
    pub fn info(text: impl Into<String>) -> Self {
        Self::of(NoticeLevel::Info, text)
    }

    /// A notice of something that the person should look at.
    pub fn warning(text: impl Into<String>) -> Self {
        Self::of(NoticeLevel::Warning, text)
    }

    /// A notice that something could not be done.
    pub fn error(text: impl Into<String>) -> Self {
        Self::of(NoticeLevel::Error, text)
    }

    /// There is no difference in the direction that was asked for.
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

    /// Gives the notice another level.
    #[must_use]
    pub const fn with_level(mut self, level: NoticeLevel) -> Self {
        self.level = level;
        self
    }

    /// Makes it the answer to a key: the next key ends it.
    #[must_use]
    pub const fn until_key(mut self) -> Self {
        self.lasts = Lasts::UntilKey;
        self
    }

    /// Keeps it for as long as a state of the screen lasts.
    #[must_use]
    pub const fn while_so(mut self, fact: Fact) -> Self {
        self.lasts = Lasts::While(fact);
        self
    }

    /// A notice that says why an action does nothing.
    pub fn refused(action: Action, reason: impl Into<String>) -> Self {
        Self::info(reason).while_so(Fact::Refused(action))
    }
}

/// All notices, the newest last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notices {
    kept: VecDeque<(Timestamp, Notice)>,
    /// Whether the last one is true no longer, and is in the log alone.
    is_unsaid: bool,
}

impl Notices {
    /// Adds one; the oldest goes when there are too many.
    pub(crate) fn add(&mut self, notice: Notice, now: Timestamp) {
        if self.kept.len() == MAX_KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back((now, notice));
        self.is_unsaid = false;
    }

    /// Takes the one in the footer away.
    pub(crate) fn unsay(&mut self) {
        self.is_unsaid = true;
    }

    /// Iterates over all kept notices with their times, the oldest first.
    pub(crate) fn iter(
        &self,
    ) -> impl DoubleEndedIterator<Item = &(Timestamp, Notice)> + ExactSizeIterator {
        self.kept.iter()
    }

    /// Returns the one that is in the footer.
    pub(crate) fn current(&self, now: Timestamp) -> Option<&(Timestamp, Notice)> {
        self.kept
            .back()
            .filter(|(since, _)| !self.is_unsaid && now.since(*since) < SHOWN_FOR)
    }

    /// When the one in the footer goes.
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
