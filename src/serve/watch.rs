//! A running turn as a sequence of changes, from which streams are made.

use std::sync::Arc;

use tokio::sync::watch::Receiver;

use super::desk::{ConversationStarter, TurnOf};
use super::turn::Turn;
use crate::conversation::Message;

/// A change of a turn.
#[derive(Clone, Debug)]
pub(super) enum News {
    /// A piece of a message, with the message's index.
    Piece {
        /// The index among the messages of the run in this turn, from 0.
        index: usize,
        /// The text after the earlier pieces.
        text: String,
    },
    /// A message of the run is complete.
    Whole {
        /// The index among the messages of the run in this turn, from 0.
        index: usize,
        /// The message.
        message: Arc<Message>,
        /// Whether the message equals the earlier pieces joined.
        is_same: bool,
    },
    /// The final state of the turn in this stream: the turn continues, waits or has ended; always
    /// the last change.
    Over(Box<Turn>),
}

/// Follows a turn. A slow reader receives several pieces joined to one.
#[derive(Debug)]
pub(super) struct Watch {
    desk: ConversationStarter,
    turn: TurnOf,
    changes: Receiver<()>,
    /// The number of complete messages that were sent.
    n_sent: usize,
    /// The part of the next message that was sent.
    sent: String,
    is_over: bool,
}

impl Watch {
    /// Follows a turn from its beginning.
    pub(super) fn new(desk: ConversationStarter, turn: TurnOf) -> Self {
        Self {
            changes: turn.conversation.changes(),
            desk,
            turn,
            n_sent: 0,
            sent: String::new(),
            is_over: false,
        }
    }

    /// Receives the next changes; `None` after the end of the turn.
    pub(super) async fn next(&mut self) -> Option<Vec<News>> {
        if self.is_over {
            return None;
        }
        loop {
            self.changes.mark_unchanged();
            let news = self.look();
            if !news.is_empty() {
                return Some(news);
            }
            if self.changes.changed().await.is_err() {
                return None;
            }
        }
    }

    fn look(&mut self) -> Vec<News> {
        let turn = self.desk.turn(&self.turn);
        let mut news = Vec::new();
        for message in turn.answers().skip(self.n_sent) {
            let index = self.n_sent;
            let rest = message.content.strip_prefix(&*self.sent);
            if let Some(rest) = rest.filter(|rest| !rest.is_empty()) {
                let text = rest.to_owned();
                news.push(News::Piece { index, text });
            }
            let is_same = rest.is_some();
            let message = Arc::clone(message);
            news.push(News::Whole {
                index,
                message,
                is_same,
            });
            self.n_sent += 1;
            self.sent.clear();
        }
        let rest = turn.speaking.strip_prefix(&*self.sent);
        // Where a model began again, the message is sent when it is whole.
        if let Some(rest) = rest.filter(|rest| !rest.is_empty()) {
            let (index, text) = (self.n_sent, rest.to_owned());
            self.sent.push_str(rest);
            news.push(News::Piece { index, text });
        }
        if turn.state.is_over() {
            self.is_over = true;
            news.push(News::Over(Box::new(turn)));
        }
        news
    }
}
