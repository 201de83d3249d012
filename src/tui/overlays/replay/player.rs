//! A recording applied event by event to its own model of runs, which the panes read like the model
//! of live runs.

use std::sync::Arc;

use crate::base::clock::Timestamp;
use crate::runs::{BatchRecord, Recording, Update};
use crate::trace::RunEvent;
use crate::tui::effect::Effect;
use crate::tui::runs_model::RunsModel;
use crate::tui::widgets::graph::Drawings;

/// The model and the position in the recording.
#[derive(Debug)]
pub(super) struct Player {
    recording: Recording,
    model: RunsModel,
    /// The index of the event that is applied next.
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

    /// Returns the times of the first and the last event.
    pub(super) fn bounds(&self) -> (Timestamp, Timestamp) {
        let events = &self.recording.events;
        let at = |event: Option<&(Timestamp, Arc<RunEvent>)>| event.map(|(at, _)| *at);
        let begin = at(events.first()).unwrap_or_default();
        (begin, at(events.last()).unwrap_or(begin))
    }

    /// Returns the time of the next event; `None` after the last one.
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        self.recording.events.get(self.next).map(|(at, _)| *at)
    }

    /// Returns the time of the last applied event.
    fn last_at(&self) -> Option<Timestamp> {
        let last = self.next.checked_sub(1)?;
        self.recording.events.get(last).map(|(at, _)| *at)
    }

    /// Whether events after a time were already applied, so that the recording must be applied from
    /// its beginning.
    pub(super) fn is_beyond(&self, at: Timestamp) -> bool {
        self.last_at().is_some_and(|last| last > at)
    }

    /// Returns to the first event.
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

    /// Applies at most a number of events up to a time, or simply the next ones if no time is
    /// given. Returns the time of the last one, and whether there are more up to the given time.
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

    /// Returns the effects that draw the component's graph, once.
    pub(super) fn take_undrawn(&mut self) -> Vec<Effect> {
        self.model.take_undrawn()
    }

    /// Stores the component's graph.
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
