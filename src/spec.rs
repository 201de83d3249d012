//! Agent Spec: text to typed components and back, with every problem at its place.
//!
//! Pure: no files, no network, no clock.

pub mod diagnostic;
pub mod placeholder;
pub mod property;
pub mod syntax;
