//! The module order of `ARCHITECTURE.md`, read from the sources: a `crate::` path may not point up
//! the table, and a third-party crate stays in its module.

mod sources;

use std::fs;

use sources::{Source, names_after, sources, words};

/// Each module and the modules it may use, lowest first.
const MAY_USE: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("spec", &["base"]),
    ("conversation", &["base"]),
    ("settings", &["base"]),
    ("net", &["base"]),
    ("a2a", &["base"]),
    ("profile", &["base", "spec", "conversation", "net"]),
    ("trace", &["base", "spec", "conversation"]),
    ("llm", &["base", "spec", "conversation", "net", "profile"]),
    (
        "tools",
        &[
            "base",
            "spec",
            "conversation",
            "net",
            "a2a",
            "profile",
            "llm",
        ],
    ),
    (
        "runtime",
        &[
            "base",
            "spec",
            "conversation",
            "profile",
            "trace",
            "llm",
            "tools",
        ],
    ),
    (
        "runs",
        &[
            "base",
            "spec",
            "conversation",
            "profile",
            "trace",
            "llm",
            "tools",
            "runtime",
        ],
    ),
    (
        "otlp",
        &["base", "conversation", "net", "profile", "trace", "runs"],
    ),
    (
        "serve",
        &[
            "base",
            "spec",
            "conversation",
            "a2a",
            "profile",
            "trace",
            "runs",
        ],
    ),
    (
        "fleet",
        &[
            "base",
            "spec",
            "conversation",
            "profile",
            "trace",
            "runtime",
            "runs",
        ],
    ),
    ("workspace", &["base", "spec", "profile"]),
    (
        "tui",
        &[
            "base",
            "spec",
            "conversation",
            "settings",
            "profile",
            "trace",
            "runs",
            "workspace",
        ],
    ),
    (
        "cli",
        &[
            "base",
            "spec",
            "conversation",
            "settings",
            "profile",
            "trace",
            "llm",
            "tools",
            "runtime",
            "runs",
            "fleet",
            "otlp",
            "serve",
            "workspace",
            "tui",
        ],
    ),
];

/// Everywhere.
const ANYWHERE: &[&str] = &[""];

/// Every third-party crate and the paths (prefixes below `src/`) where the product may name it.
const CRATE_HOMES: &[(&str, &[&str])] = &[
    // What the layers speak in.
    ("serde", ANYWHERE),
    ("serde_json", ANYWHERE),
    ("thiserror", ANYWHERE),
    ("indexmap", ANYWHERE),
    // The runtime.
    (
        "tokio",
        &[
            "base/clock.rs",
            "net",
            "llm",
            "tools",
            "runtime",
            "runs",
            "otlp",
            "fleet",
            "serve",
            "workspace/watch.rs",
            "tui",
            "cli",
            "main.rs",
        ],
    ),
    ("mimalloc", &["main.rs"]),
    (
        "tokio_util",
        &["llm", "tools", "runtime", "runs", "fleet", "serve", "cli"],
    ),
    (
        "futures_util",
        &[
            "llm", "tools", "runtime", "runs", "otlp", "fleet", "serve", "tui", "cli",
        ],
    ),
    ("bytes", &["tools", "fleet"]),
    (
        "tracing",
        &[
            "base/guardian.rs",
            "tools",
            "runs",
            "otlp",
            "fleet",
            "serve",
            "tui",
            "cli",
        ],
    ),
    ("tracing_subscriber", &["cli"]),
    // The terminal.
    ("ratatui", &["tui"]),
    ("crossterm", &["tui"]),
    ("tui_input", &["tui/widgets/text_field.rs"]),
    ("tui_textarea", &["tui"]),
    ("nucleo_matcher", &["base/fuzzy.rs"]),
    ("unicode_width", &["base/text.rs"]),
    (
        "unicode_segmentation",
        &["base/text.rs", "spec/diagnostic", "tui"],
    ),
    // The command line.
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("color_eyre", &["main.rs"]),
    ("indicatif", &["cli"]),
    // The machine.
    (
        "chrono",
        &[
            "base/clock.rs",
            "net/retry",
            "spec/language/kind/time.rs",
            "tools/builtin.rs",
            "tools/postgres/rows.rs",
            "tui",
            "cli",
        ],
    ),
    ("etcetera", &["base/paths.rs"]),
    (
        "rustix",
        &["base", "tools/command.rs", "tui/event_loop.rs", "cli"],
    ),
    ("strsim", &["base/suggest.rs"]),
    ("tempfile", &["base/files"]),
    ("notify", &["workspace"]),
    ("ignore", &["workspace/walk.rs"]),
    ("uuid", &["base/ids.rs", "tools/postgres/rows.rs"]),
    ("fastrand", &["fleet/rate", "llm", "tools/retry.rs"]),
    // The network.
    (
        "reqwest",
        &["net", "llm", "otlp", "tools/a2a", "tools/http", "tools/mcp"],
    ),
    (
        "url",
        &[
            "base",
            "net",
            "spec/validate",
            "profile",
            "llm",
            "tools",
            "otlp",
        ],
    ),
    ("opentelemetry", &["otlp"]),
    ("opentelemetry_sdk", &["otlp"]),
    ("opentelemetry_http", &["otlp"]),
    ("opentelemetry_otlp", &["otlp"]),
    ("opentelemetry_proto", &["otlp"]),
    ("prost", &["otlp"]),
    ("async_nats", &["fleet"]),
    ("memchr", &["net/sse.rs"]),
    ("axum", &["llm/mock_server", "tools/mcp/oauth", "serve"]),
    ("encoding_rs", &["tools/http"]),
    ("rmcp", &["tools/mcp"]),
    ("sse_stream", &["tools/mcp"]),
    (
        "aws_lc_rs",
        &[
            "llm",
            "tools/mcp/oauth",
            "tools/postgres/encryption.rs",
            "base/digest.rs",
            "serve/door.rs",
        ],
    ),
    ("rustls_pki_types", &["llm"]),
    ("pkcs8", &["llm"]),
    (
        "base64",
        &[
            "base/redact.rs",
            "a2a/part.rs",
            "serve/a2a/task.rs",
            "llm",
            "tools/mcp",
            "runs/plan/picture.rs",
        ],
    ),
    ("tokio_postgres", &["tools/postgres"]),
    ("deadpool_postgres", &["tools/postgres"]),
    ("tokio_postgres_rustls", &["tools/postgres"]),
    ("rustls", &["net/causes.rs", "tools/postgres/encryption.rs"]),
    ("rustls_native_certs", &["tools/postgres/encryption.rs"]),
    ("scopeguard", &["tools/postgres/session.rs"]),
    // Texts.
    ("compact_str", &["base/ids.rs", "spec", "trace/event.rs"]),
    ("foldhash", &["base/hash.rs"]),
    ("granit_parser", &["spec/syntax"]),
    (
        "regex",
        &[
            "spec/property/parts.rs",
            "runtime/flow/nodes/wayflow/pattern.rs",
        ],
    ),
    ("similar", &["spec/diff"]),
    ("minijinja", &["runtime/jinja.rs"]),
    ("toml", &["base/toml_table.rs", "settings.rs", "tui/theme"]),
    ("csv", &["runs"]),
    ("rusqlite", &["runs/history"]),
    ("rusqlite_migration", &["runs/history"]),
    ("zstd", &["runs/history"]),
];

/// What `spec` may use of `base`: nothing that touches the world.
const BASE_FOR_SPEC: &[&str] = &[
    "address",
    "command_line",
    "fuzzy",
    "hash",
    "ids",
    "percent",
    "python_text",
    "redact",
    "secret",
    "suggest",
    "text",
    "written",
];

/// Parts of the standard library that `spec` has no use for, and words of code that reads the world or waits for it.
const STD_OF_THE_WORLD: &[&str] = &["env", "fs", "io", "net", "os", "process", "thread", "time"];
const WORDS_OF_THE_WORLD: &[&str] = &["async", "await", "now"];

/// The module a file belongs to: `spec/syntax/yaml.rs` and `spec.rs` are `spec`.
fn module_of(path: &str) -> &str {
    path.split('/').next().unwrap().trim_end_matches(".rs")
}

#[test]
fn no_module_uses_one_above_it() {
    let mut faults = Vec::new();
    for source in sources() {
        let module = module_of(&source.path);
        if matches!(module, "lib" | "main") {
            continue;
        }
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == module) else {
            faults.push(format!(
                "`{}`: the module `{module}` is not in the table",
                source.path
            ));
            continue;
        };
        for used in names_after(&source.code, "crate::") {
            let is_module = MAY_USE.iter().any(|(name, _)| *name == used);
            if is_module && used != module && !allowed.contains(&used.as_str()) {
                faults.push(format!("`{}` uses `crate::{used}`", source.path));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn third_party_crates_stay_in_their_module() {
    let mut faults = Vec::new();
    let sources = sources();
    for (name, homes) in CRATE_HOMES {
        let users = || sources.iter().filter(|source| names_crate(source, name));
        let strays =
            users().filter(|source| !homes.iter().any(|home| source.path.starts_with(home)));
        faults.extend(strays.map(|source| format!("`{}` names `{name}`", source.path)));
        let empty = homes
            .iter()
            .filter(|home| !users().any(|source| source.path.starts_with(*home)));
        faults.extend(empty.map(|home| format!("`{name}` is not used in `{home}`")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Whether the product names a crate in a file.
fn names_crate(source: &Source, name: &str) -> bool {
    !names_after(&source.product, &format!("{name}::")).is_empty()
}

#[test]
fn every_third_party_crate_has_its_place() {
    let manifest = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap();
    let (_, rest) = manifest.split_once("[dependencies]\n").unwrap();
    let (section, _) = rest.split_once("\n[").unwrap();
    let lines = section.lines().filter(|line| !line.starts_with('#'));
    let mut named: Vec<_> = lines
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| name.replace('-', "_"))
        .collect();
    let mut housed: Vec<_> = CRATE_HOMES
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    named.sort_unstable();
    housed.sort_unstable();
    assert_eq!(named, housed);
}

#[test]
fn the_language_knows_no_world() {
    let mut faults = Vec::new();
    for source in sources() {
        if module_of(&source.path) != "spec" {
            continue;
        }
        for word in words(&source.product).filter(|word| WORDS_OF_THE_WORLD.contains(word)) {
            faults.push(format!("`{}` uses `{word}`", source.path));
        }
        let std = names_after(&source.product, "std::").into_iter();
        for used in std.filter(|used| STD_OF_THE_WORLD.contains(&used.as_str())) {
            faults.push(format!("`{}` uses `std::{used}`", source.path));
        }
        for used in names_after(&source.product, "crate::base::") {
            if !BASE_FOR_SPEC.contains(&used.as_str()) {
                faults.push(format!("`{}` uses `base::{used}`", source.path));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The files that write to the terminal, each with what makes it safe: the one door of the command line, and the screen
/// with its clipboard. Whether a stream is a terminal may be asked anywhere.
const DOORS: &[&str] = &["cli/output.rs", "tui/terminal.rs", "tui/event_loop.rs"];

#[test]
fn all_that_is_printed_goes_through_one_door() {
    let mut faults = Vec::new();
    for source in sources() {
        if DOORS.contains(&source.path.as_str()) {
            continue;
        }
        for stream in ["stdout()", "stderr()"] {
            let is_written = source.code.match_indices(stream).any(|(at, _)| {
                let (before, after) = source.code.split_at(at);
                let is_counted = before.ends_with("ProgressDrawTarget::");
                let is_asked = after.starts_with(&format!("{stream}.is_terminal()"));
                // A file by another name, `/dev/stdout`: what goes there is what goes into files.
                let is_file = after.starts_with(&format!("{stream}.as_fd()"));
                before.ends_with("::") && !is_counted && !is_asked && !is_file
            });
            if is_written {
                faults.push(format!("`{}` writes to `{stream}`", source.path));
            }
        }
        for word in ["println!", "print!(", "dbg!(", ".print()"] {
            if source.code.contains(word) {
                faults.push(format!("`{}` uses `{word}`", source.path));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn clients_and_their_certificates_are_made_in_one_place() {
    let mut faults = Vec::new();
    for source in sources() {
        if source.path == "net/client.rs" || source.path.contains("tests") {
            continue;
        }
        for word in [
            "Client::builder",
            "Client::new()",
            "ClientBuilder",
            "Certificate::from",
            "Identity::from",
        ] {
            if source.code.contains(word) {
                faults.push(format!("`{}` uses `{word}`", source.path));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_folder_has_a_mod_rs() {
    let found: Vec<_> = sources()
        .into_iter()
        .filter(|s| s.path.ends_with("mod.rs"))
        .collect();
    assert!(
        found.is_empty(),
        "name the file after its folder: {}",
        found[0].path
    );
}

#[test]
fn what_is_done_outside_knows_no_screen() {
    let sources = sources();
    let effects = sources.iter().find(|source| source.path == "tui/effect.rs");
    let code = &effects.expect("the effects of the screen").code;
    for above in ["app", "layer", "message", "overlays", "screens"] {
        let path = format!("crate::tui::{above}");
        assert!(!code.contains(&path), "tui/effect.rs names `{path}`");
    }
}
