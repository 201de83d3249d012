//! Documents that are broken by chance, in bytes and in structure: whatever comes of them, loading ends without a panic
//! within bounds, every problem stands inside the text, and what loads without an error survives its exports.
//!
//! Which mutations are made follows from a seed. A failure prints it with the number of the case, and
//! `FLOWDECK_TEST_SEED=S FLOWDECK_TEST_CASE=N` makes that case alone again. `FLOWDECK_TEST_CASES` says how many there are;
//! without it few, and more where `CI` is `true`.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;

use flowdeck::program::{ReadError, read_text_from};
use flowdeck::spec::Format;
use serde_json::{Map, Value};

use crate::program::wish;
use crate::spec_properties::{PIECES, check_any_text};

/// Mutated documents are cut to this length, so that a case stays cheap.
const MAX_BYTES: usize = 64 << 10;

/// How many cases there are without a wish.
const CASES: u64 = 300;
/// How many there are in CI: about half a minute.
const CASES_IN_CI: u64 = 1_500;

/// A generator of numbers that is the same everywhere: `SplitMix64`.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 to below `bound`, which must not be 0.
    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound).unwrap()).unwrap()
    }

    fn pick<'p, T>(&mut self, from: &'p [T]) -> &'p T {
        &from[self.below(from.len())]
    }
}

/// The documents that are mutated: samples and conformance cases, YAML and JSON.
fn corpus() -> Vec<Vec<u8>> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = [
        "sample_specs/agents",
        "sample_specs/flows",
        "tests/data/conformance",
    ];
    let mut paths: Vec<_> = folders
        .iter()
        .flat_map(|folder| fs::read_dir(package.join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Changes some bytes: a text on its way through an editor, a bad disk, or somebody who means harm.
fn mutate_bytes(mut bytes: Vec<u8>, corpus: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    for _ in 0..=chance.below(4) {
        let at = chance.below(bytes.len() + 1);
        let end = (at + chance.below(200)).min(bytes.len());
        match chance.below(9) {
            0 => drop(bytes.drain(at..end)),
            1 => bytes.truncate(at),
            2 => drop(bytes.splice(at..at, chance.pick(PIECES).bytes())),
            3 => drop(bytes.splice(at..end, chance.pick(PIECES).bytes())),
            4 => {
                let repeated = bytes[at..end].repeat(1 + chance.below(40));
                drop(bytes.splice(at..at, repeated));
            }
            5 => {
                let other = chance.pick(corpus);
                let from = chance.below(other.len() + 1);
                let to = (from + chance.below(400)).min(other.len());
                drop(bytes.splice(at..end, other[from..to].iter().copied()));
            }
            6 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = u8::try_from(chance.below(256)).unwrap();
                }
            }
            7 => {
                // Lines change places.
                let mut lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
                if lines.len() > 1 {
                    let (a, b) = (chance.below(lines.len()), chance.below(lines.len()));
                    lines.swap(a, b);
                }
                bytes = lines.concat();
            }
            _ => {
                // A line is indented, or is so no longer.
                let start = bytes[..at]
                    .iter()
                    .rposition(|byte| *byte == b'\n')
                    .map_or(0, |at| at + 1);
                if bytes.get(start) == Some(&b' ') {
                    bytes.remove(start);
                } else {
                    bytes.insert(start, b' ');
                }
            }
        }
    }
    bytes.truncate(MAX_BYTES);
    bytes
}

/// Every value in a document, the outermost first.
fn values(value: &Value) -> Vec<&Value> {
    let mut all = vec![value];
    let mut at = 0;
    while let Some(value) = all.get(at).copied() {
        match value {
            Value::Array(items) => all.extend(items),
            Value::Object(entries) => all.extend(entries.values()),
            _ => {}
        }
        at += 1;
    }
    all
}

/// Puts `put` in the place of the value with this number.
fn replace(value: &mut Value, number: &mut usize, put: &Value) {
    if *number == 0 {
        *value = put.clone();
    }
    *number = number.wrapping_sub(1);
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, number, put)),
        Value::Object(entries) => entries
            .values_mut()
            .for_each(|item| replace(item, number, put)),
        _ => {}
    }
}

/// Changes some values of a document that stays well-formed: values of other kinds, components in the wrong places,
/// references to anything, keys that are gone or have other names.
fn mutate_values(mut document: Value, others: &[Value], chance: &mut Chance) -> Value {
    for _ in 0..=chance.below(3) {
        let count = values(&document).len();
        let at = chance.below(count);
        let value = values(&document)[at].clone();
        let put = match (chance.below(8), value) {
            (0, _) => Value::Null,
            (1, _) => Value::from(*chance.pick(PIECES)),
            (2, _) => Value::from(chance.below(100)),
            (3, _) => {
                let name = chance.pick(&["s", "e", "l", "t", "a", "nobody"]);
                serde_json::json!({"$component_ref": name})
            }
            (4, Value::Array(mut items)) if !items.is_empty() => {
                let at = chance.below(items.len());
                let twice = items[at].clone();
                items.push(twice);
                Value::Array(items)
            }
            (4 | 5, Value::Object(mut entries)) if !entries.is_empty() => {
                let at = chance.below(entries.len());
                let key = entries.keys().nth(at).cloned().unwrap();
                let gone = entries.remove(&key);
                if let (5, Some(value)) = (chance.below(6), gone) {
                    entries.insert((*chance.pick(PIECES)).to_owned(), value);
                }
                Value::Object(entries)
            }
            (6, value) => {
                let mut wrapped = Map::new();
                wrapped.insert((*chance.pick(PIECES)).to_owned(), value);
                Value::Object(wrapped)
            }
            _ => {
                let other = chance.pick(others);
                (*chance.pick(&values(other))).clone()
            }
        };
        let mut number = at;
        replace(&mut document, &mut number, &put);
    }
    document
}

#[expect(
    clippy::disallowed_methods,
    reason = "CI takes more time for this than a developer does"
)]
fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|ci| ci == "true")
}

fn check(case: u64, seed: u64, corpus: &[Vec<u8>], documents: &[Value]) {
    let mut chance = Chance(seed ^ case.wrapping_mul(0xA076_1D64_78BD_642F));
    let bytes = if chance.below(2) == 0 {
        let bytes = chance.pick(corpus).clone();
        mutate_bytes(bytes, corpus, &mut chance)
    } else {
        let document = chance.pick(documents).clone();
        let document = mutate_values(document, documents, &mut chance);
        serde_json::to_vec_pretty(&document).unwrap()
    };
    match read_text_from(bytes.as_slice(), Path::new("mutated")) {
        Ok(text) => {
            for format in [Format::Yaml, Format::Json] {
                check_any_text(&text, format);
            }
        }
        Err(ReadError::NotUtf8 { offset_bytes, .. }) => assert!(offset_bytes < bytes.len()),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn any_mutation_is_survived() {
    let corpus = corpus();
    let documents: Vec<Value> = corpus
        .iter()
        .filter_map(|text| serde_yaml::from_slice(text).ok())
        .collect();
    assert!(documents.len() > 50, "{} documents", documents.len());
    let seed = wish("FLOWDECK_TEST_SEED").unwrap_or(2_026);
    let count = wish("FLOWDECK_TEST_CASES").unwrap_or(if is_ci() { CASES_IN_CI } else { CASES });
    let cases = wish("FLOWDECK_TEST_CASE").map_or(0..count, |case| case..case + 1);
    for case in cases {
        let checked = catch_unwind(AssertUnwindSafe(|| check(case, seed, &corpus, &documents)));
        if let Err(panic) = checked {
            eprintln!("to see it again: FLOWDECK_TEST_SEED={seed} FLOWDECK_TEST_CASE={case}");
            resume_unwind(panic);
        }
    }
}
