//! The Inspect screen as it is drawn.

mod graph;
mod lanes;
mod shown;
mod team;

use std::sync::Arc;

use crate::runs::Update;
use crate::runs::script::Script;
use crate::tui::event::AppEvent;
use crate::tui::testing::Harness;

/// The sizes at which everything must be of use.
const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (200, 60)];

/// The run of a script on the Inspect screen, at the moment at which the script ends.
fn inspect(size: (u16, u16), spec: &str, script: &Script) -> Harness {
    let mut bench = Harness::new(size, &[]);
    bench.now = script.now();
    bench.start_batch("b_1", spec, 1);
    tell(&mut bench, script, 0);
    bench.press("2 3");
    bench
}

/// Tells what a script has from an event on.
fn tell(bench: &mut Harness, script: &Script, from: usize) {
    bench.now = script.now();
    let events: Arc<[_]> = script.events[from..].to_vec().into();
    bench.update(AppEvent::Runs(Update::Events(events)));
}
