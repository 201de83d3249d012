//! The whole screen: every picture at every size, every key of the table, scripts of all kinds.

mod keys;
mod pictures;
mod scripts;
mod traces;
