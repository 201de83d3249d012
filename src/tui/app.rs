//! The state of the whole workbench, and how everything that happens changes it.

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
