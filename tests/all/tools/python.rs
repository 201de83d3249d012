//! Tools that are Python functions, run by the machine's own `python3`.

mod calls;
mod workers;

use std::fmt::Write;
use std::time::Duration;

use serde_json::json;

use super::{Bed, server_tool};

/// Binds every function to a tool of its name.
fn bed(functions: &[&str], source: &str) -> Bed {
    bed_with(functions, source, Duration::from_secs(5), 2)
}

fn bed_with(functions: &[&str], source: &str, silence: Duration, workers: usize) -> Bed {
    let mut profile = format!("[python]\nworkers = {workers}\n");
    for name in functions {
        writeln!(profile, "[tools.{name}]\npython = \"work.py:{name}\"").unwrap();
    }
    Bed::with(&profile, &[("work.py", source)], |builder| {
        builder.python_silence(silence)
    })
}

fn tool(name: &str) -> std::sync::Arc<flowdeck::spec::Component> {
    server_tool(name, &json!({}), &json!({}))
}
