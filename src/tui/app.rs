//! The state of the whole workbench and its update by every event.

mod attention;
mod dispatch;
mod offer;
mod preferences;
mod quit;
mod state;

pub(crate) use dispatch::update;
pub(crate) use offer::Offer;
pub use preferences::Fixed;
pub use state::Startup;
pub(crate) use state::{Context, State, ViewContext};
