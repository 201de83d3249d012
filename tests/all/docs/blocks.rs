//! Code blocks that are no commands: what they hold can be read as what they are said to be.

use std::fs;
use std::path::Path;

use flowdeck::profile::ProfileFile;
use flowdeck::spec::{LoadOptions, load};
use serde_json::Value;

use super::folder::Folder;
use super::page::{Block, pages};

#[test]
fn blocks_can_be_read_as_what_they_are() {
    let (mut problems, mut n_blocks) = (Vec::new(), 0);
    for page in pages() {
        for block in &page.blocks {
            n_blocks += 1;
            if let Err(problem) = check(block, &page.name) {
                problems.push(format!("{}:{}: {problem}", page.name, block.line));
            }
        }
    }
    assert!(n_blocks > 30, "only {n_blocks} blocks were found");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Checks a block. `toml` is a `flowdeck.toml` and `yaml` a component of Agent Spec, unless `file=` names another file or
/// `part` says that it is a piece of one.
fn check(block: &Block, page: &str) -> Result<(), String> {
    let marks: Vec<_> = block.info.iter().skip(1).map(String::as_str).collect();
    match (block.language(), &marks[..]) {
        // The test of `flowdeck open` runs the Python with pyagentspec.
        ("text", []) | ("python", ["file=trace_lines.py" | "part"]) => Ok(()),
        // These are run: the commands by `commands`, the code as tests of the crate's documentation.
        ("console", marks) if marks.iter().all(|mark| mark.starts_with("needs=")) => Ok(()),
        ("rust", []) if page == "docs/library.md" => Ok(()),
        ("toml", []) => ProfileFile::parse(&block.text, Path::new("flowdeck.toml"))
            .map(drop)
            .map_err(|error| error.to_string()),
        ("toml", ["file=config.toml"]) => {
            is_taken(&block.text, "home/config/flowdeck/config.toml", "")
        }
        ("yaml", ["file=answers.yaml"]) => {
            is_taken(&block.text, "answers.yaml", " --answers answers.yaml")
        }
        ("yaml", ["part" | "file=compose.yaml"]) => serde_yaml::from_str::<Value>(&block.text)
            .map(drop)
            .map_err(|error| error.to_string()),
        ("yaml", []) => {
            let loaded = load(&block.text, &LoadOptions::default());
            let errors = loaded
                .diagnostics
                .iter()
                .filter(|problem| problem.is_error());
            let errors: Vec<_> = errors.map(|error| error.message.as_str()).collect();
            if errors.is_empty() {
                Ok(())
            } else {
                Err(errors.join("; "))
            }
        }
        ("json", []) => serde_json::from_str::<Value>(&block.text)
            .map(drop)
            .map_err(|error| error.to_string()),
        (language, marks) => Err(format!("no block of `{language}` may be marked {marks:?}")),
    }
}

/// Whether `flowdeck run` takes a file without a word about it, with rows and a spec that the answers of the pages fit.
fn is_taken(text: &str, file: &str, option: &str) -> Result<(), String> {
    let folder = Folder::new();
    let write = |file: &str, text: &str| {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let tools = ["book_taxi", "refund", "delete_all", "drop", "pay"].map(|name| {
        let inputs = "[{title: euros, type: integer, default: 1}]";
        format!("{{component_type: ServerTool, name: {name}, inputs: {inputs}}}")
    });
    let spec = format!(
        "component_type: Agent\nagentspec_version: 26.1.2\nid: ask_days\nname: ask_days\nsystem_prompt: Plan {{{{days}}}}.\n\
         llm_config: {{component_type: OllamaConfig, name: m, url: 'http://localhost:1', model_id: m}}\ntools: [{}]\n",
        tools.join(", ")
    );
    write("spec.yaml", &spec);
    write("rows.csv", "days\n3\n4\n");
    write(file, text);
    let line = format!(
        "flowdeck run spec.yaml --profile offline --inputs rows.csv --message Hi --nats none{option}"
    );
    let ran = folder.run(&line, folder.path());
    let is_warned = ran
        .stderr
        .lines()
        .any(|line| line.starts_with("warning") && !line.contains("is bound to nothing"));
    if ran.code == 0 && !is_warned {
        Ok(())
    } else {
        Err(ran.stderr)
    }
}
