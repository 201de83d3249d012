//! What the Inspect screen remembers.

use crate::base::ids::RunId;
use crate::tui::action::KeyContext;

/// Which run is on show.
#[derive(Debug, Default)]
pub struct State {
    /// The run.
    pub(super) run: Option<RunId>,
}

impl State {
    /// Where keys mean something now, the innermost first.
    #[expect(
        clippy::unused_self,
        reason = "panes with keys of their own are yet to come"
    )]
    pub(crate) fn contexts(&self) -> Vec<KeyContext> {
        vec![KeyContext::Inspect]
    }

    /// Shows a run.
    pub(crate) fn show(&mut self, run: RunId) {
        self.run = Some(run);
    }
}
