//! The history, as scripts meet it: runs outlive the program, however it ends.

pub(crate) mod bed;
mod doubt;
mod forking;
mod looking;
mod model;
pub(crate) mod parts;
mod results;
mod resuming;
