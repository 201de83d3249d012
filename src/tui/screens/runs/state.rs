//! What the Runs screen remembers.

use crate::base::ids::RunId;
use crate::tui::action::KeyContext;

/// What is selected and how it is shown. The runs themselves are in the
/// [`RunsModel`](crate::tui::runs_model::RunsModel).
#[derive(Debug, Default)]
pub struct State {
    /// The run that the cursor is on.
    pub(super) selected: Option<RunId>,
}

impl State {
    /// Where keys mean something now, the innermost first.
    #[expect(
        clippy::unused_self,
        reason = "panes with keys of their own are yet to come"
    )]
    pub(crate) fn contexts(&self) -> Vec<KeyContext> {
        vec![KeyContext::Runs]
    }

    /// The run that the cursor is on.
    pub(crate) const fn selected(&self) -> Option<&RunId> {
        self.selected.as_ref()
    }

    /// Puts the cursor on a run.
    pub(crate) fn show(&mut self, run: RunId) {
        self.selected = Some(run);
    }
}
