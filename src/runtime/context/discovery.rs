//! The tools that toolboxes and servers currently have.

use std::sync::Arc;

use super::RunContext;
use super::calls::failure_of;
use super::observer::RunObserver;
use crate::runtime::Halt;
use crate::spec::{Component, FoundTool};
use crate::tools::{ToolErrorKind, ToolObserver};

impl RunContext {
    /// Returns the tools that a source currently has: a toolbox, or an `MCPTool` whose inputs come
    /// from its server.
    ///
    /// # Errors
    /// The server can't be reached, or does not have what the spec requires; [`Halt::Unanswered`]
    /// if a person must sign in and none is available; [`Halt::Cancelled`].
    pub(in crate::runtime) async fn discover(
        &self,
        source: &Arc<Component>,
    ) -> Result<Vec<Arc<Component>>, Halt> {
        let live = async {
            let found = self.discover_now(source).await?;
            Ok(found.iter().map(|tool| FoundTool::of(tool)).collect())
        };
        let found: Vec<FoundTool> = self.operate("discover", live).await?;
        let tools = found.into_iter().map(|found| found.at(source));
        Ok(tools.collect::<Option<_>>().unwrap_or_default())
    }

    async fn discover_now(&self, source: &Arc<Component>) -> Result<Vec<Arc<Component>>, Halt> {
        let cancel = &self.part.cancel;
        let observer = RunObserver::of_discovery(self, source);
        let tools = self.shared.world.tools();
        let found = tools.discover(source, &observer, cancel).await;
        observer.waits(None).await;
        if let Some(halt) = observer.into_halt() {
            return Err(halt);
        }
        match found {
            Ok(found) => Ok(found),
            Err(error) if error.kind == ToolErrorKind::Cancelled && cancel.is_cancelled() => {
                Err(Halt::Cancelled)
            }
            Err(error) => Err(failure_of(&error).into()),
        }
    }

    /// Leaves a source of tools out for the rest of the run, and emits the reason.
    pub(in crate::runtime) async fn leave_out(&self, source: &Arc<Component>, notice: String) {
        self.part.leave_out(source.id());
        RunObserver::of_discovery(self, source).notice(notice).await;
    }

    /// Returns whether a source of tools is left out.
    pub(in crate::runtime) fn is_left_out(&self, source: &Component) -> bool {
        self.part.is_left_out(source.id())
    }
}
