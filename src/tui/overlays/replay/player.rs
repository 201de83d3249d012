//! A recording folded into a model of runs of its own, as far as it is played: the panes read it like that of the live runs.

use std::sync::Arc;

use crate::base::clock::Timestamp;
use crate::runs::{BatchRecord, Recording, Update};
use crate::trace::RunEvent;
use crate::tui::effect::Effect;
use crate::tui::runs_model::RunsModel;
use crate::tui::widgets::graph::Drawings;

/// The model, and how far it is.
#[derive(Debug)]
pub(super) struct Player {
    recording: Recording,
    model: RunsModel,
    /// The event that is folded in next.
    next: usize,
    drawings: Option<Arc<Drawings>>,
    is_ended: bool,
}

impl Player {
    pub(super) fn new(recording: Recording) -> Self {
        let mut player = Self {
            recording,
            model: RunsModel::default(),
            next: 0,
            drawings: None,
            is_ended: false,
        };
        player.fold(Update::BatchStarted(Arc::clone(&player.recording.batch)));
        player
    }

    pub(super) const fn model(&self) -> &RunsModel {
        &self.model
    }

    pub(super) const fn recording(&self) -> &Recording {
        &self.recording
    }

    /// When the first event is and when the last one.
    pub(super) fn bounds(&self) -> (Timestamp, Timestamp) {
        let events = &self.recording.events;
        let at = |event: Option<&(Timestamp, Arc<RunEvent>)>| event.map(|(at, _)| *at);
        let begin = at(events.first()).unwrap_or_default();
        (begin, at(events.last()).unwrap_or(begin))
    }

    /// When the next event is; none behind the last one.
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        self.recording.events.get(self.next).map(|(at, _)| *at)
    }

    /// When the last event was that is folded in.
    fn last_at(&self) -> Option<Timestamp> {
        let last = self.next.checked_sub(1)?;
        self.recording.events.get(last).map(|(at, _)| *at)
    }

    /// Whether what is folded in is beyond a moment, and everything has to be folded in again.
    pub(super) fn is_beyond(&self, at: Timestamp) -> bool {
        self.last_at().is_some_and(|last| last > at)
    }

    /// Begins from the first event.
    pub(super) fn rewind(&mut self) {
        self.model = RunsModel::default();
        self.next = 0;
        self.is_ended = false;
        self.fold(Update::BatchStarted(Arc::clone(&self.recording.batch)));
        // The graph is drawn already.
        let _wanted = self.model.take_undrawn();
        let batch = &self.recording.batch.id;
        self.model.take_drawings(batch, self.drawings.clone());
    }

    /// Folds in what happened up to a moment, at most so many events; without a moment the next ones. Gives when the last one
    /// was, and whether there are more up to that moment.
    pub(super) fn advance(
        &mut self,
        to: Option<Timestamp>,
        at_most: usize,
    ) -> (Option<Timestamp>, bool) {
        let rest = self.recording.events.get(self.next..).unwrap_or_default();
        let is_due = |at: Timestamp| to.is_none_or(|to| at <= to);
        let due = rest.iter().take_while(|(at, _)| is_due(*at));
        let due: Arc<[Arc<RunEvent>]> = due
            .take(at_most)
            .map(|(_, event)| Arc::clone(event))
            .collect();
        self.next += due.len();
        if !due.is_empty() {
            self.fold(Update::Events(due));
        }
        if self.next == self.recording.events.len() && !std::mem::replace(&mut self.is_ended, true)
        {
            let (_, end) = self.bounds();
            let ended = BatchRecord {
                ended_at: Some(end),
                ..BatchRecord::clone(&self.recording.batch)
            };
            self.fold(Update::BatchEnded(Arc::new(ended)));
        }
        (self.last_at(), self.next_at().is_some_and(is_due))
    }

    /// The graph that is to be drawn of what runs.
    pub(super) fn take_undrawn(&mut self) -> Vec<Effect> {
        self.model.take_undrawn()
    }

    /// Takes the graph of what runs.
    pub(super) fn take_drawings(&mut self, drawings: Option<Arc<Drawings>>) {
        self.drawings.clone_from(&drawings);
        let batch = &self.recording.batch.id;
        self.model.take_drawings(batch, drawings);
    }

    fn fold(&mut self, update: Update) {
        // Nothing is forgotten in a recording.
        let _forgotten = self.model.apply(update);
    }
}
