//! What an editor asks of a text, on texts in the middle of an edit: nothing panics, every range lies in the text on
//! character boundaries, and what is accepted or fixed gives the text that the edits say.

use std::ops::Range;
use std::path::Path;

use flowdeck::spec::assist::{
    Definition, TextEdit, apply, complete, decision, definition, fixes, fixes_at, hover,
    references, renamable, rename,
};
use flowdeck::spec::version::AgentSpecVersion;
use flowdeck::spec::{Diagnostic, Format, LoadOptions, load};

/// Pieces that a person types or pastes.
const PIECES: &[&str] = &[
    "",
    ":",
    ": ",
    "\n",
    "\n  ",
    "\n- ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    ",",
    "\"",
    "'",
    "{{",
    "}}",
    "#",
    "|",
    "é",
    "天",
    "🌦️",
    "\t",
    "\r\n",
    "component_type",
    "$component_ref",
    "null",
    "*a",
    "&a ",
    "\\",
    "\\u12",
    "x: y: z",
    "\u{feff}",
];

/// A generator of numbers that repeat for a seed (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let number = usize::try_from((mixed ^ (mixed >> 31)) >> 1).unwrap();
        number % bound.max(1)
    }

    /// A byte of a text that begins a character, or its end.
    fn place(&mut self, text: &str) -> usize {
        text.floor_char_boundary(self.below(text.len() + 1))
    }
}

/// The samples, and a document that has most of what can be asked about, each also as JSON.
fn documents() -> Vec<(String, Format)> {
    let mut documents = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_specs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if let Some(format) = path
                .extension()
                .and_then(|extension| Format::from_extension(extension.to_str()?))
            {
                documents.push((std::fs::read_to_string(path).unwrap(), format));
            }
        }
    }
    documents.sort_by(|left, right| left.0.cmp(&right.0));
    let json: Vec<_> = documents
        .iter()
        .filter(|(_, format)| *format == Format::Yaml)
        .filter_map(|(text, _)| {
            let options = flowdeck::spec::ExportOptions::new(Format::Json);
            let component = flowdeck::spec::load(text, &LoadOptions::default()).component?;
            let exported = flowdeck::spec::export(&component, &options).ok()?;
            Some((exported.text, Format::Json))
        })
        .collect();
    documents.extend(json);
    documents
}

/// A text with a few places changed as by someone who types.
fn mutated(text: &str, numbers: &mut Numbers) -> String {
    let mut text = text.to_owned();
    for _ in 0..numbers.below(3) {
        let start = numbers.place(&text);
        let end = text.floor_char_boundary(text.len().min(start + numbers.below(40)));
        text.replace_range(start..end.max(start), PIECES[numbers.below(PIECES.len())]);
    }
    text
}

#[track_caller]
fn check_range(text: &str, range: &Range<usize>) {
    assert!(
        text.get(range.clone()).is_some(),
        "{range:?} is not in {text:?}"
    );
}

/// The edits lie in the text, do not overlap, and all count.
#[track_caller]
fn check_edits(text: &str, edits: &[TextEdit]) {
    let mut length = text.len();
    let mut ordered: Vec<_> = edits.iter().collect();
    ordered.sort_by_key(|edit| (edit.range.start, edit.range.end));
    for pair in ordered.windows(2) {
        assert!(pair[0].range.end <= pair[1].range.start, "{edits:?}");
    }
    for edit in ordered {
        check_range(text, &edit.range);
        length = length + edit.text.len() - edit.range.len();
    }
    assert_eq!(apply(text, edits).len(), length);
}

fn check(text: &str, format: Format, at: usize) {
    let options = LoadOptions {
        format: Some(format),
        ..LoadOptions::default()
    };
    let completions = complete(text, &options, at);
    check_range(text, &completions.range);
    assert!(completions.typed_from <= at.max(completions.range.start));
    for item in &completions.items {
        assert!(item.insert.is_char_boundary(item.cursor), "{item:?}");
        assert!(
            item.also
                .iter()
                .all(|edit| edit.range.end <= completions.range.start)
        );
        check_edits(text, &item.edits(completions.range.clone()));
    }
    if let Some(hover) = hover(text, &options, at) {
        check_range(text, &hover.range);
    }
    if let Some(Definition::Here(range)) = definition(text, &options, at) {
        check_range(text, &range);
    }
    for reference in references(text, &options, at) {
        check_range(text, &reference.range);
    }
    if let Some(target) = renamable(text, &options, at) {
        check_range(text, &target.range);
    }
    if let Ok(edits) = rename(text, &options, at, "new name") {
        check_edits(text, &edits);
    }
    for fix in fixes(text, &options, at) {
        check_edits(text, &fix.edits);
        let count = |text: &str| {
            let problems = load(text, &options).diagnostics.into_iter();
            problems.filter(|problem| problem.code == fix.code).count()
        };
        let changed = apply(text, &fix.edits);
        assert!(count(&changed) < count(text), "{fix:?} in {text:?}");
    }
}

#[test]
fn texts_in_the_middle_of_an_edit() {
    let mut numbers = Numbers(7);
    for (document, format) in documents() {
        for _ in 0..2 {
            let text = mutated(&document, &mut numbers);
            for _ in 0..4 {
                let at = numbers.place(&text);
                check(&text, format, at);
            }
        }
    }
}

/// While a document is typed from its beginning, whatever is typed, its end is always asked about.
#[test]
fn texts_that_are_cut_off() {
    let mut numbers = Numbers(11);
    for (document, format) in documents() {
        for _ in 0..3 {
            let end = numbers.place(&document);
            check(document.get(..end).unwrap_or_default(), format, end);
        }
    }
}

#[test]
fn small_texts_at_every_place() {
    for text in [
        "",
        "\n",
        ":",
        "-",
        "{",
        "[",
        "\"",
        "'",
        "a: {",
        "a: [\"",
        "- - ",
        "a: |",
        "a: |\n  {{",
        "? ",
        "&a",
        "*a",
        "<<: ",
        "%",
        "{\"",
        "{\"a\"",
        "{\"a\":",
        "[,",
        "//",
        "{\"a\": \"\\",
        "component_type:",
        "---\na: 1\n---\n",
        "\u{feff}a: é",
    ] {
        for format in [Format::Yaml, Format::Json] {
            for at in 0..=text.len() {
                check(text, format, text.floor_char_boundary(at));
            }
        }
    }
}

/// The samples and the documents of the conformance tests, each in its own format.
fn published() -> Vec<(String, Format)> {
    let mut published = documents();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/conformance");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if let Some(format) = extension.and_then(Format::from_extension) {
            published.push((std::fs::read_to_string(path).unwrap(), format));
        }
    }
    published
}

/// The options that read a text as its format.
fn as_format(format: Format) -> LoadOptions {
    LoadOptions {
        format: Some(format),
        ..LoadOptions::default()
    }
}

/// Whatever version a document is set back to, each problem that says which one it needs has a fix after which it needs
/// none.
#[test]
fn every_version_that_is_too_old_has_a_fix_that_raises_it() {
    let mut tried = 0;
    for (document, format) in published() {
        let options = as_format(format);
        for version in AgentSpecVersion::ALL {
            let written = ["\"26.3.1\"", "\"26.1.2\"", "26.3.1", "26.1.2"]
                .into_iter()
                .find(|written| document.contains(*written));
            let Some(written) = written else {
                continue;
            };
            let quoted = written.replace("26.3.1", version.as_str());
            let quoted = quoted.replace("26.1.2", version.as_str());
            let mut text = document.replacen(written, &quoted, 1);
            for _ in 0..AgentSpecVersion::ALL.len() {
                let problems = load(&text, &options).diagnostics;
                let mut old = problems.iter().filter(|it| it.code.0 == "AS203").peekable();
                if old.peek().is_none() {
                    break;
                }
                let mut next = None;
                for problem in old {
                    let offered = fixes_at(&text, &options, problem.place);
                    let fix = offered.into_iter().find(|fix| fix.code.0 == "AS203");
                    let fix = fix.unwrap_or_else(|| panic!("{problem:?} has no fix in\n{text}"));
                    let changed = apply(&text, &fix.edits);
                    let is_same = |other: &Diagnostic| {
                        other.code == problem.code && other.message == problem.message
                    };
                    let after = load(&changed, &options).diagnostics;
                    assert!(!after.iter().any(is_same), "{fix:?} in\n{text}");
                    tried += 1;
                    next = Some(changed);
                }
                text = next.unwrap();
            }
            let problems = load(&text, &options).diagnostics;
            assert!(problems.iter().all(|it| it.code.0 != "AS203"), "{text}");
        }
    }
    assert!(tried > 40, "{tried}");
}

/// A problem that says what to do about it has a fix that does it, or it is known what a person has to decide first.
#[test]
fn every_problem_with_a_remedy_has_a_fix_or_says_what_is_to_be_decided() {
    let mut without = Vec::new();
    for (text, format) in published() {
        let options = as_format(format);
        for problem in load(&text, &options).diagnostics {
            let has_remedy = problem.help.is_some() && decision(problem.code).is_none();
            if has_remedy && fixes_at(&text, &options, problem.place).is_empty() {
                without.push(format!("{} {} in\n{text}", problem.code, problem.message));
            }
        }
    }
    assert!(without.is_empty(), "{}", without.join("\n"));
}
