//! Ideas that belong to no domain: time, ids, secrets, addresses, command lines, durations, files, paths, text for display, bounds,
//! suggestions, JSON as it was written, values as Python writes
//! them, TOML with places, programs and their end.
//!
//! Nothing here knows what an agent, a run or a screen is.

pub mod address;
pub mod bounded;
pub mod clock;
pub mod command_line;
pub(crate) mod digest;
pub mod duration;
pub mod environment;
pub mod files;
pub mod guardian;
pub mod hash;
pub mod ids;
pub mod lenient_json;
pub mod paths;
pub mod process_group;
pub mod python_text;
pub mod redact;
pub mod secret;
pub mod suggest;
pub mod text;
pub mod toml_table;
pub mod written;
