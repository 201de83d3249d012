//! Documents with several problems at once: each is told once, at its place, with what to do about it.

use std::fs;
use std::path::Path;

use flowdeck::spec::IdSource;
use flowdeck::spec::assist::outline;
use flowdeck::spec::diagnostic::{Colours, Counts};
use flowdeck::spec::{LoadOptions, Loaded, load};
use pretty_assertions::assert_eq;
use proptest::prelude::*;

fn loaded(text: &str) -> Loaded {
    load(
        text,
        &LoadOptions {
            ids: IdSource::counted(),
            ..LoadOptions::default()
        },
    )
}

/// What a person reads about a text.
fn told(file: &str, text: &str) -> String {
    loaded(text)
        .diagnostics
        .iter()
        .map(|problem| problem.render(file, text, Colours::Off))
        .collect()
}

#[test]
fn four_problems_of_different_kinds_are_told_in_their_places() {
    let text = include_str!("../data/validate/four_problems.yaml");
    assert_eq!(
        told("triage.yaml", text),
        "\
triage.yaml:39:22: error[AS510]: `classify` has no input `mesage`; it has `message`
  39 |   destination_input: mesage
     |                      ^^^^^^
     help: did you mean `message`?
triage.yaml:63:13: error[AS301]: \"str\" is not a JSON Schema type
  63 |       type: str
     |             ^^^
     help: did you mean `string`?
triage.yaml:68:5: warning[AS006]: LlmNode has no field `descripton`
  68 |     descripton: Says what a message is about.
     |     ^^^^^^^^^^
     help: did you mean `description`?
triage.yaml:71:23: error[AS101]: nothing in this file or its registry is called `modle`
  71 |       $component_ref: modle
     |                       ^^^^^
     help: did you mean `model`?
"
    );
    assert_eq!(
        Counts::of(&loaded(text).diagnostics),
        Counts {
            errors: 3,
            warnings: 1
        }
    );
}

#[test]
fn the_same_document_in_json_has_the_same_problems_at_its_own_places() {
    let text = "{\n\t\"component_type\": \"ServerTool\", \"agentspec_version\": \"26.1.2\",\r\n\t\
                \"id\": \"日本\", \"nmae\": \"t\", \"name\": \"t\",\r\n\t\
                \"inputs\": [{\"title\": \"é\", \"type\": \"int\"}]\r\n}\r\n";
    assert_eq!(
        told("tool.json", text),
        "\
tool.json:3:14: warning[AS006]: ServerTool has no field `nmae`
  3 |     \"id\": \"日本\", \"nmae\": \"t\", \"name\": \"t\",
    |                   ^^^^^^
    help: did you mean `name`?
tool.json:4:36: error[AS301]: \"int\" is not a JSON Schema type
  4 |     \"inputs\": [{\"title\": \"é\", \"type\": \"int\"}]
    |                                       ^^^^^
    help: did you mean `integer`?
"
    );
}

#[test]
fn every_sample_is_sound_but_the_broken_one() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_specs");
    let mut seen = 0;
    for kind in ["agents", "flows", "teams"] {
        for entry in fs::read_dir(folder.join(kind)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).unwrap();
            let found = told(&name, &text);
            if name == "broken_greeting.yaml" {
                assert_eq!(loaded(&text).diagnostics.len(), 3, "{found}");
            } else {
                assert_eq!(found, "", "{name}");
            }
            seen += 1;
        }
    }
    assert!(seen >= 10, "{seen} samples");
}

proptest! {
    /// Whatever an editor's text looks like on the way: every problem can be shown, and there is an
    /// outline.
    #[test]
    fn a_text_that_is_being_edited_never_fails(
        cut in 0_usize..3_000,
        length in 0_usize..400,
        typed in "[ -~\n\t\\[{\"'&*é日]{0,12}",
    ) {
        let mut text = include_str!("../data/validate/four_problems.yaml").to_owned();
        let start = text.floor_char_boundary(cut);
        let end = text.floor_char_boundary(start + length);
        text.replace_range(start..end, &typed);
        let loaded = loaded(&text);
        for problem in &loaded.diagnostics {
            let shown = problem.render("a.yaml", &text, Colours::On);
            prop_assert!(shown.ends_with('\n'));
            prop_assert!(problem.place.end <= text.len());
        }
        prop_assert!(loaded.component.is_none() || !outline(&loaded).is_empty());
    }
}
