//! One integration binary, a module for each subject: every further binary would link the whole
//! crate again.

mod architecture;
mod conformance;
