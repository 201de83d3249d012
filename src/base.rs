//! Ideas that belong to no domain: time, ids, secrets, files, paths, text for display, bounds,
//! suggestions, TOML with places, retries, causes of errors.
//!
//! Nothing here knows what an agent, a run or a screen is.

pub mod bounded;
pub mod causes;
pub mod clock;
pub mod files;
pub mod ids;
pub mod lenient_json;
pub mod paths;
pub mod retry;
pub mod secret;
pub mod suggest;
pub mod text;
pub mod toml_table;
