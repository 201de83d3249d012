//! A replay: a run or a batch of the history in the panes of the Runs screen, with its original
//! times. Nothing is executed.

mod clock;
mod draw;
mod player;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use self::clock::{Clock, Speed};
use self::player::Player;
use crate::base::clock::Timestamp;
use crate::base::ids::BatchId;
use crate::runs::Recording;
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, ViewContext};
use crate::tui::layer::Layer;
use crate::tui::message::{Command, Message};
use crate::tui::notices::Notice;
use crate::tui::screens::runs;
use crate::tui::widgets::graph::Drawings;

/// The maximum number of events that are applied between two frames, so that keys are handled
/// without delay.
const EVENTS_AT_A_TIME: usize = 2_000;

/// The time between two frames while the replay is playing or events are still to be applied.
const PICTURE: Duration = Duration::from_millis(40);

/// The length from which a pause in the recording can be skipped.
const LONG_WAIT: Duration = Duration::from_secs(3);

/// The remaining length of a pause that is skipped.
const BEFORE_NEXT: Duration = Duration::from_millis(300);

const ONLY_SHOWS: &str = "a replay only shows what was recorded; esc leaves it";

/// The recording, the position in it, and the state of its screen.
#[derive(Debug)]
pub(crate) struct State {
    player: Player,
    clock: Clock,
    /// The Runs screen that shows the replayed runs.
    screen: runs::State,
    /// Whether events up to the present time are still to be applied.
    is_behind: bool,
}

impl State {
    pub(super) fn new(recording: Recording, now: Timestamp) -> Self {
        let player = Player::new(recording);
        let (begin, end) = player.bounds();
        Self {
            player,
            clock: Clock::new(begin, end, now),
            screen: runs::State::of_past(),
            is_behind: true,
        }
    }

    /// Returns the first commands: drawing the graph of the component.
    pub(crate) fn begin(&mut self) -> Vec<Command> {
        let undrawn = self.player.take_undrawn().into_iter();
        undrawn.map(Command::Outside).collect()
    }

    /// Stores the graph of a batch's component, if the batch is the replayed one.
    pub(crate) fn take_drawings(&mut self, batch: &BatchId, drawings: Option<&Arc<Drawings>>) {
        if self.player.recording().batch.id == *batch {
            self.player.take_drawings(drawings.cloned());
        }
    }

    /// Applies the events up to the present time, or a part of them.
    fn catch_up(&mut self, wall: Timestamp) {
        let now = self.clock.now(wall);
        if self.player.is_beyond(now) {
            self.player.rewind();
            self.screen.rewound();
        }
        let is_at_most_speed = self.clock.speed() == Speed::Most && self.clock.is_going(wall);
        let to = (!is_at_most_speed).then_some(now);
        let (last, is_behind) = self.player.advance(to, EVENTS_AT_A_TIME);
        self.is_behind = is_behind;
        if let (true, Some(last)) = (is_at_most_speed, last) {
            self.clock.move_to(last, wall);
        }
    }

    /// Returns how long nothing happens from now on, if that is long.
    fn wait(&self, wall: Timestamp) -> Option<Duration> {
        let wait = self.player.next_at()?.since(self.clock.now(wall));
        (!self.is_behind && wait > LONG_WAIT).then_some(wait)
    }

    fn skip_wait(&mut self, wall: Timestamp) {
        if let (Some(_), Some(next)) = (self.wait(wall), self.player.next_at()) {
            let before = next.since(Timestamp::default()).saturating_sub(BEFORE_NEXT);
            self.clock.move_to(Timestamp::default().plus(before), wall);
        }
    }

    /// Calls a function with the Runs screen over the replayed runs; commands that would leave the
    /// replay are dropped.
    fn with_screen(
        &mut self,
        context: &Context<'_>,
        act: impl FnOnce(&mut runs::State, &Context<'_>) -> Vec<Command>,
    ) -> Vec<Command> {
        let inner = inside(&self.player, &self.clock, context);
        let commands = act(&mut self.screen, &inner).into_iter();
        let stays = |command: &Command| {
            matches!(
                command,
                Command::Tell(Message::Notify(_) | Message::Do(_)) | Command::Outside(_)
            )
        };
        let (kept, out): (Vec<_>, Vec<_>) = commands.partition(stays);
        if out.is_empty() {
            return kept;
        }
        let words = "esc leaves the replay; Inspect shows a run from History";
        vec![Command::notify(Notice::info(words).until_key())]
    }
}

/// Returns the context for the Runs screen: the replayed runs at the replay's time.
fn inside<'a>(player: &'a Player, clock: &Clock, context: &Context<'a>) -> Context<'a> {
    Context {
        now: clock.now(context.now),
        area: draw::screen_area(context.area),
        runs: player.model(),
        ..*context
    }
}

/// Whether an action of the Runs screen only looks at runs and changes none.
const fn only_looks(action: Action) -> bool {
    !matches!(
        action,
        Action::AnswerRun
            | Action::ConfirmCall
            | Action::RefuseCall
            | Action::EditArguments
            | Action::CancelRun
            | Action::CancelBatch
            | Action::RetryRuns
            | Action::RetryFailed
            | Action::ForgetRuns
            | Action::PauseBatch
            | Action::PauseAtOnce
            | Action::PauseAll
            | Action::MoreAtOnce
            | Action::FewerAtOnce
            | Action::ChangeAtOnce
            | Action::ChangeRate
            | Action::ChangeBudget
            | Action::ReleaseBatch
            | Action::ExportRun
            | Action::ExportBatch
            | Action::ForkRun
            | Action::CompareRuns
    )
}

impl Layer for State {
    fn contexts(&self) -> Vec<KeyContext> {
        let of_screen = self.screen.contexts();
        if of_screen.iter().any(|context| context.takes_text()) {
            return of_screen;
        }
        let around = [KeyContext::Moving, KeyContext::Global];
        let own = std::iter::once(KeyContext::Replay);
        own.chain(of_screen).chain(around).collect()
    }

    fn update(&mut self, action: Action, context: &Context<'_>) -> Vec<Command> {
        if let Some(reason) = self.refusal(action, context) {
            return vec![Command::notify(Notice::refused(action, reason))];
        }
        let wall = context.now;
        match action {
            Action::PauseReplay => self.clock.toggle(wall),
            Action::PlayFaster => {
                if let Some(faster) = self.clock.speed().faster() {
                    self.clock.set_speed(faster, wall);
                }
            }
            Action::PlaySlower => {
                if let Some(slower) = self.clock.speed().slower() {
                    self.clock.set_speed(slower, wall);
                }
            }
            Action::PlayBack => self.clock.step(false, wall),
            Action::PlayOn => self.clock.step(true, wall),
            Action::PlayFromStart => self.clock.move_to_begin(wall),
            Action::PlayToEnd => self.clock.move_to_end(wall),
            Action::SkipWait => self.skip_wait(wall),
            Action::Back if self.screen.is_at_rest() => return vec![Command::close()],
            other => {
                return self.with_screen(context, |screen, inner| screen.update(other, inner));
            }
        }
        self.catch_up(wall);
        Vec::new()
    }

    fn text(&mut self, key: KeyEvent, context: &Context<'_>) -> Vec<Command> {
        self.with_screen(context, |screen, inner| screen.text(key, inner))
    }

    fn paste(&mut self, text: &str, context: &Context<'_>) -> Vec<Command> {
        self.with_screen(context, |screen, inner| screen.paste(text, inner))
    }

    fn mouse(&mut self, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
        let bar = draw::bar_area(context.area);
        let at = Position::new(event.column, event.row);
        if event.kind == MouseEventKind::Down(MouseButton::Left) && bar.contains(at) {
            let part = event.column - bar.x;
            let of = bar.width.saturating_sub(1);
            self.clock.move_to_part(part, of, context.now);
            self.catch_up(context.now);
            return Vec::new();
        }
        self.with_screen(context, |screen, inner| screen.mouse(event, inner))
    }

    fn refusal(&self, action: Action, context: &Context<'_>) -> Option<&'static str> {
        match action {
            Action::PlayFaster if self.clock.speed().faster().is_none() => {
                Some("it plays at full speed")
            }
            Action::PlaySlower if self.clock.speed().slower().is_none() => {
                Some("it plays at the original speed")
            }
            Action::SkipWait if self.wait(context.now).is_none() => {
                Some("there is no pause to skip")
            }
            Action::PauseReplay
            | Action::PlayFaster
            | Action::PlaySlower
            | Action::PlayBack
            | Action::PlayOn
            | Action::PlayFromStart
            | Action::PlayToEnd
            | Action::SkipWait
            | Action::Back => None,
            other if !only_looks(other) => Some(ONLY_SHOWS),
            other => {
                let inner = inside(&self.player, &self.clock, context);
                self.screen.refusal(other, &inner)
            }
        }
    }

    fn bound_to(&self, _context: &Context<'_>) -> Option<String> {
        Some("replay".to_owned())
    }

    fn prepare(&mut self, context: &Context<'_>) {
        self.catch_up(context.now);
        let inner = inside(&self.player, &self.clock, context);
        self.screen.prepare(&inner);
    }

    fn changes_at(&self, context: &Context<'_>) -> Option<Timestamp> {
        let is_going = self.is_behind || self.clock.is_going(context.now);
        is_going.then(|| context.now.plus(PICTURE))
    }

    fn draw(&self, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        draw::draw(self, look, area, buffer)
    }
}
