//! One tool call through its binding. Does not know who calls it.

mod executor;

pub use executor::{
    Lane, ToolError, ToolErrorKind, ToolExecutor, ToolInvocation, ToolObserver, ToolOutcome,
    ToolPlan,
};
