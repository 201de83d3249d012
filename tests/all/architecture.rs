//! The module order of `ARCHITECTURE.md`, read from the sources: a `crate::` path may not point up
//! the table, and a third-party crate stays in its module.

use std::fs;
use std::path::{Path, PathBuf};

/// Each module and the modules it may use, lowest first.
const MAY_USE: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("spec", &["base"]),
    ("conversation", &["base"]),
    ("settings", &["base"]),
    ("net", &["base"]),
    ("profile", &["base", "spec", "conversation", "net"]),
    ("trace", &["base", "spec", "conversation"]),
    ("llm", &["base", "spec", "conversation", "net", "profile"]),
    ("tools", &["base", "spec", "conversation", "net", "profile"]),
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
            "workspace",
            "tui",
        ],
    ),
];

/// A third-party crate and the paths (prefixes below `src/`) where it may be named.
const CRATE_HOMES: &[(&str, &[&str])] = &[
    ("ratatui", &["tui"]),
    ("crossterm", &["tui"]),
    ("tui_textarea", &["tui"]),
    ("nucleo_matcher", &["tui"]),
    ("reqwest", &["net", "llm", "tools/http", "tools/mcp"]),
    ("aws_lc_rs", &["llm", "tools/mcp/oauth", "base/digest.rs"]),
    ("rmcp", &["tools/mcp"]),
    ("sse_stream", &["tools/mcp"]),
    ("rustls_pki_types", &["llm"]),
    ("pkcs8", &["llm"]),
    ("md5", &["llm"]),
    (
        "axum",
        &["llm/mock_server", "llm/tests", "llm.rs", "tools/mcp/oauth"],
    ),
    ("clap", &["cli", "main.rs"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("color_eyre", &["cli", "main.rs"]),
    ("indicatif", &["cli"]),
    ("granit_parser", &["spec/syntax"]),
    ("minijinja", &["runtime/jinja.rs"]),
    ("notify", &["workspace"]),
    ("csv", &["runs"]),
    ("regex", &["spec/property/parts.rs"]),
    ("encoding_rs", &["tools/http"]),
];

/// One source file: its path below `src/` and its lines without comments and string contents.
struct Source {
    path: String,
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(files.len() > 20, "the sources were not found");
    files
        .into_iter()
        .map(|file| {
            let path = file
                .strip_prefix(&root)
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/");
            let text = fs::read_to_string(&file).unwrap();
            Source {
                path,
                code: without_comments(&text),
            }
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn without_comments(text: &str) -> String {
    text.lines()
        .map(|line| line.split_once("//").map_or(line, |(code, _comment)| code))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The module a file belongs to: `spec/syntax/yaml.rs` and `spec.rs` are `spec`.
fn module_of(path: &str) -> &str {
    path.split('/').next().unwrap().trim_end_matches(".rs")
}

/// The identifiers that follow `crate::` in a code text.
fn used_modules(code: &str) -> Vec<String> {
    code.match_indices("crate::")
        .filter(|(at, _)| !code.split_at(*at).0.ends_with('$'))
        .flat_map(|(at, found)| {
            let (_, rest) = code.split_at(at + found.len());
            if let Some(group) = rest.strip_prefix('{') {
                let group = group.split('}').next().unwrap_or_default();
                group.split(',').map(leading_identifier).collect::<Vec<_>>()
            } else {
                vec![leading_identifier(rest)]
            }
        })
        .collect()
}

fn leading_identifier(text: &str) -> String {
    text.trim_start()
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
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
        for used in used_modules(&source.code) {
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
    for source in sources() {
        for (name, homes) in CRATE_HOMES {
            let path = format!("{name}::");
            let is_used = source.code.match_indices(&path).any(|(at, _)| {
                !source
                    .code
                    .split_at(at)
                    .0
                    .ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
            });
            if is_used && !homes.iter().any(|home| source.path.starts_with(home)) {
                faults.push(format!("`{}` names `{name}`", source.path));
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
