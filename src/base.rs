//! Utilities that belong to no domain: time, ids, secrets, addresses, command lines, durations,
//! files, paths, text for display, limits, suggestions, fuzzy search, plurals, separated values,
//! JSON in its original notation, values in Python's notation, TOML with positions, programs and
//! their termination, locks.
//!
//! Nothing here depends on agents, runs or screens.

pub(crate) mod address;
pub(crate) mod bounded;
pub(crate) mod clock;
pub(crate) mod command_line;
pub(crate) mod digest;
pub(crate) mod dropped;
pub(crate) mod duration;
pub(crate) mod environment;
pub(crate) mod files;
pub(crate) mod fuzzy;
pub(crate) mod gathering;
pub(crate) mod glob;
pub(crate) mod guardian;
pub(crate) mod hash;
pub(crate) mod ids;
pub(crate) mod keeping;
pub(crate) mod lenient_json;
pub(crate) mod letters;
pub(crate) mod lock;
pub(crate) mod paths;
pub(crate) mod percent;
pub(crate) mod plural;
pub(crate) mod process_group;
pub(crate) mod process_mark;
pub(crate) mod python_text;
pub(crate) mod redact;
pub(crate) mod secret;
pub(crate) mod separated;
pub(crate) mod shell;
pub(crate) mod suggest;
pub(crate) mod text;
pub(crate) mod toml_table;
pub(crate) mod written;
