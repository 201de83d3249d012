//! What is exported loads in the reference SDK and means what the SDK makes of the input.
//!
//! The environment variable `FLOWDECK_TEST_PYTHON` names a Python that has `pyagentspec` 26.3.1. Without it the test
//! says so and passes on a developer's machine, and fails where `CI` is `true`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use flowdeck::spec::templates::TEMPLATES;
use flowdeck::spec::{ExportOptions, Format, LoadOptions, export, is_spec, load};
use serde_json::{Value, json};

/// Documents that are right here, with which the SDK does something else for a known defect of its own.
const OTHERWISE_IN_THE_SDK: [(&str, &str); 5] = [
    (
        "c23_",
        "a sibling's definition is found only if it happens to be loaded earlier",
    ),
    ("c76_", "the secrets of an OAuth client leave in clear text"),
    ("c78_", "the key `yes` becomes a boolean"),
    ("c80_", "it does not have the types of WayFlow's plugins"),
    ("c81_", "it does not have the types of other plugins"),
];

#[expect(
    clippy::disallowed_methods,
    reason = "the test environment says where Python is"
)]
fn python() -> Option<String> {
    let python = std::env::var("FLOWDECK_TEST_PYTHON")
        .ok()
        .filter(|path| !path.is_empty());
    let is_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(
        python.is_some() || !is_ci,
        "FLOWDECK_TEST_PYTHON is not set: CI must compare exports with pyagentspec"
    );
    python
}

/// Every YAML and JSON file below a folder.
fn documents(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(documents(&path));
        } else if format_of(&path).is_some() {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn format_of(path: &Path) -> Option<Format> {
    Format::from_extension(path.extension()?.to_str()?)
}

/// Writes both exports of a document into a folder, and names the pairs to compare. A document with errors has none.
fn export_pairs(document: &Path, folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(document).unwrap();
    let options = LoadOptions {
        format: format_of(document),
        ..LoadOptions::default()
    };
    let loaded = load(&text, &options);
    if !is_spec(&text) || loaded.has_errors() {
        return Vec::new();
    }
    let component = loaded.component.unwrap();
    [Format::Json, Format::Yaml]
        .map(|format| {
            let exported = export(&component, &ExportOptions::new(format)).unwrap();
            let name = document.file_stem().unwrap().to_str().unwrap();
            let path = folder.join(format!("{name}.{}", format.extension()));
            fs::write(&path, exported.text).unwrap();
            json!({"input": document, "exported": path})
        })
        .to_vec()
}

/// What `flowdeck new` writes in each format, to be compared with each other.
fn templates(folder: &Path) -> Vec<Value> {
    let written = TEMPLATES.iter().map(|template| {
        let [input, exported] = [Format::Yaml, Format::Json].map(|format| {
            let path = folder.join(template.file_name(format));
            fs::write(&path, template.text(format)).unwrap();
            path
        });
        json!({"input": input, "exported": exported})
    });
    written.collect()
}

#[test]
fn exports_mean_in_the_reference_sdk_what_their_inputs_mean() {
    let Some(python) = python() else {
        eprintln!("skipped: FLOWDECK_TEST_PYTHON names no Python with pyagentspec 26.3.1");
        return;
    };
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    let mut pairs = Vec::new();
    for (at, source) in [
        "sample_specs",
        "src/spec/templates",
        "tests/data/conformance",
    ]
    .into_iter()
    .enumerate()
    {
        let folder = folder.path().join(at.to_string());
        fs::create_dir(&folder).unwrap();
        for document in documents(&package.join(source)) {
            let name = document.file_name().unwrap().to_str().unwrap();
            let is_excepted = |(start, _): &(&str, &str)| name.starts_with(start);
            if !OTHERWISE_IN_THE_SDK.iter().any(is_excepted) {
                pairs.extend(export_pairs(&document, &folder));
            }
        }
    }
    assert!(pairs.len() > 20, "only {} pairs to compare", pairs.len());
    pairs.extend(templates(folder.path()));

    let mut compare = Command::new(python)
        .arg(package.join("tests/data/pyagentspec_equal.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input = Value::from(pairs).to_string();
    compare
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = compare.wait_with_output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["pyagentspec"], "26.3.1");
    let different: Vec<&Value> = answer["pairs"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|pair| pair["equal"] != true)
        .collect();
    assert!(different.is_empty(), "{different:#?}");
}
