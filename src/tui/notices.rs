//! What the program has to tell: the last one in the footer, all of them in the log.

use std::collections::VecDeque;
use std::time::Duration;

use crate::base::clock::Timestamp;
use crate::tui::theme::Role;

/// How long a notice stands in the footer.
const SHOWN_FOR: Duration = Duration::from_secs(8);

/// How many are kept.
const MAX_KEPT: usize = 500;

/// How a notice is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeLevel {
    /// Something was done.
    Info,
    /// Something should be looked at.
    Warning,
    /// Something could not be done.
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

/// One thing to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How it is meant.
    pub level: NoticeLevel,
    /// The words, one line or more.
    pub text: String,
}

impl Notice {
    /// Something was done.
    pub fn info(text: impl Into<String>) -> Self {
        Self {
            level: NoticeLevel::Info,
            text: text.into(),
        }
    }

    /// Something should be looked at.
    pub fn warning(text: impl Into<String>) -> Self {
        Self {
            level: NoticeLevel::Warning,
            text: text.into(),
        }
    }

    /// Something could not be done.
    pub fn error(text: impl Into<String>) -> Self {
        Self {
            level: NoticeLevel::Error,
            text: text.into(),
        }
    }
}

/// All notices, the newest last.
#[derive(Clone, Debug, Default)]
pub struct Notices {
    kept: VecDeque<(Timestamp, Notice)>,
    /// Whether the last one is true no longer, and stands in the log alone.
    is_unsaid: bool,
}

impl Notices {
    /// Adds one; the oldest goes when there are too many.
    pub fn add(&mut self, notice: Notice, now: Timestamp) {
        if self.kept.len() == MAX_KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back((now, notice));
        self.is_unsaid = false;
    }

    /// Takes the one in the footer away if it has these words.
    pub(crate) fn unsay(&mut self, words: &str) {
        self.is_unsaid |= self.kept.back().is_some_and(|(_, last)| last.text == words);
    }

    /// All of them with their times, the oldest first.
    pub fn iter(
        &self,
    ) -> impl DoubleEndedIterator<Item = &(Timestamp, Notice)> + ExactSizeIterator {
        self.kept.iter()
    }

    /// The one that stands in the footer.
    pub fn current(&self, now: Timestamp) -> Option<&(Timestamp, Notice)> {
        self.kept
            .back()
            .filter(|(since, _)| !self.is_unsaid && now.since(*since) < SHOWN_FOR)
    }

    /// When the one in the footer goes.
    pub fn fades_at(&self, now: Timestamp) -> Option<Timestamp> {
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
