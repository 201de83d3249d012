//! Commands of the pages, run as a person would who types them.
//!
//! Each page has a folder of its own with the samples in it, and its commands share a history. A line may say
//! `# exit code N`; what stands below a command is its output, where a line `…` stands for any number of lines. An id
//! such as `r_7dc6` or `b_384e` is that of the newest run or batch. A block of commands that want more than a folder is marked
//! (```` ```console needs=nats ````), and its commands are only read.

use std::collections::BTreeSet;

use regex::Regex;

use super::folder::Folder;
use super::page::{Block, Page, pages};
use crate::program::run;

/// What a block of commands may need that a test has not.
const NEEDS: &[(&str, &str)] = &[
    ("clone", "a clone of the repository with its toolchain"),
    ("collector", "an OpenTelemetry collector"),
    ("docker", "Docker"),
    ("nats", "a NATS server"),
    ("port", "the default port, for as long as it is served"),
    ("python", "Python with a package of PyPI"),
    ("profile", "a profile of the reader's own"),
    ("registry", "a package registry that has flowdeck"),
    ("screen", "a terminal"),
    ("server", "a model server"),
];

/// Options of other programs that pages name by themselves.
const OF_CARGO: &[&str] = &["--bench"];

/// What commands other than flowdeck a block may call.
const OTHERS: &[&str] = &["sed"];

#[test]
fn every_command_of_a_block_works() {
    let pages = pages();
    let problems: Vec<String> = std::thread::scope(|scope| {
        let tried: Vec<_> = pages
            .iter()
            .map(|page| scope.spawn(|| try_page(page)))
            .collect();
        tried
            .into_iter()
            .flat_map(|page| page.join().unwrap())
            .collect()
    });
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
}

#[test]
fn the_lines_of_the_samples_page_do_what_it_says() {
    let pages = pages();
    let page = pages
        .iter()
        .find(|page| page.name == "docs/samples.md")
        .unwrap();
    let folder = Folder::new();
    let lines: Vec<_> = page
        .spans
        .iter()
        .filter(|span| {
            ["flowdeck run ", "flowdeck validate "]
                .iter()
                .any(|start| span.text.starts_with(start))
        })
        .collect();
    assert!(lines.len() > 15, "only {} lines were found", lines.len());
    std::thread::scope(|scope| {
        for line in lines {
            let folder = &folder;
            scope.spawn(move || {
                // The one sample that is broken on purpose.
                let code = i32::from(line.text.contains("broken_greeting"));
                let ran = folder.run(&line.text, &folder.path().join("sample_specs"));
                assert_eq!(
                    ran.code, code,
                    "line {}: {}\n{}",
                    line.line, line.text, ran.stderr
                );
            });
        }
    });
}

/// Runs or reads the commands of a page and gives what is wrong with them.
fn try_page(page: &Page) -> Vec<String> {
    let mut problems = Vec::new();
    let folder = Folder::new();
    let blocks = page
        .blocks
        .iter()
        .filter(|block| block.language() == "console");
    for block in blocks {
        let needs = block.mark("needs");
        if let Some(needs) = needs
            && !NEEDS.iter().any(|(name, _)| *name == needs)
        {
            problems.push(format!(
                "{}:{}: unknown need `{needs}`",
                page.name, block.line
            ));
        }
        for (command, expected) in commands(block) {
            let tried = match needs {
                Some(_) => reads(&folder, &command),
                None => works(&folder, &command, &expected),
            };
            if let Err(problem) = tried {
                problems.push(format!(
                    "{}:{}: {command}\n{problem}",
                    page.name, block.line
                ));
            }
        }
    }
    problems
}

/// The commands of a block, each with the output that stands below it.
fn commands(block: &Block) -> Vec<(String, String)> {
    let mut commands: Vec<(String, String)> = Vec::new();
    for line in block.text.lines() {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => commands.push((command.to_owned(), String::new())),
            (None, Some((command, _))) if command.ends_with('\\') => {
                command.push('\n');
                command.push_str(line);
            }
            (None, Some((_, output))) => {
                output.push_str(line);
                output.push('\n');
            }
            (None, None) => panic!("line {}: a block of commands begins with `$ `", block.line),
        }
    }
    assert!(!commands.is_empty(), "line {}: no command", block.line);
    commands
}

/// Runs a command and holds what comes of it against what the page says.
fn works(folder: &Folder, command: &str, expected: &str) -> Result<(), String> {
    let name = command.split_whitespace().next().unwrap_or_default();
    if name != "flowdeck" && !OTHERS.contains(&name) {
        return Err(format!(
            "`{name}` is not run by this test: mark the block with `needs=`"
        ));
    }
    let code = Regex::new(r"# .*exit code (\d+)").unwrap();
    let code = code
        .captures(command)
        .map_or(0, |found| found[1].parse().unwrap());
    let ran = folder.run(command, folder.path());
    if ran.code != code {
        return Err(format!(
            "exit code {} in place of {code}\n{}{}",
            ran.code, ran.stdout, ran.stderr
        ));
    }
    if !expected.is_empty() && !fits(&ran.stdout, expected) {
        return Err(format!("prints\n{}", ran.stdout));
    }
    Ok(())
}

/// Whether an output is the expected one, in which a line `…` stands for any lines.
fn fits(output: &str, expected: &str) -> bool {
    let parts: Vec<_> = expected.split("…\n").collect();
    let mut rest = output;
    for (n, part) in parts.iter().enumerate() {
        let Some(at) = rest.find(part) else {
            return false;
        };
        if n == 0 && at > 0 {
            return false;
        }
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.is_empty() || parts.last().is_some_and(|part| part.is_empty())
}

/// Reads a command without doing what it says: its options, their values and its subcommand are known.
fn reads(folder: &Folder, command: &str) -> Result<(), String> {
    if !command.starts_with("flowdeck") {
        return Ok(());
    }
    // Whatever stands before `--help` is read first.
    let ran = folder.run(&format!("{} --help", first_of_line(command)), folder.path());
    if ran.code == 0 {
        Ok(())
    } else {
        Err(ran.stderr)
    }
}

/// A line of a shell up to its first pipe, redirection, `&` or comment.
fn first_of_line(line: &str) -> &str {
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None if matches!(c, '|' | '>' | '&') || (c == '#' && before == ' ') => {
                return line.get(..at).unwrap_or(line);
            }
            _ => {}
        }
        before = c;
    }
    line
}

/// `flowdeck run --rate N` in a sentence: the command is one, and has these options.
#[test]
fn commands_and_options_in_sentences_exist() {
    let options = options();
    let all: BTreeSet<&str> = options
        .iter()
        .flat_map(|(_, options)| options)
        .map(String::as_str)
        .collect();
    let flag = Regex::new(r"(?:^|[\s(|])(--[a-z][a-z-]+)").unwrap();
    let (mut problems, mut n_flags) = (Vec::new(), 0);
    for page in pages().iter().filter(|page| page.name != "CHANGELOG.md") {
        for span in &page.spans {
            let line = first_of_line(&span.text);
            let words: Vec<_> = line.split_whitespace().collect();
            let is_ours = words.first() == Some(&"flowdeck");
            if !is_ours && !line.starts_with("--") {
                continue;
            }
            let known = options
                .iter()
                .filter(|(command, _)| {
                    is_ours
                        && words
                            .iter()
                            .skip(1)
                            .zip(command)
                            .filter(|(a, b)| *a == b)
                            .count()
                            == command.len()
                })
                .max_by_key(|(command, _)| command.len());
            for found in flag.captures_iter(line) {
                n_flags += 1;
                let is_known = match known {
                    Some((_, options)) => options.contains(&found[1]),
                    None => all.contains(&found[1]) || OF_CARGO.contains(&&found[1]),
                };
                if !is_known {
                    problems.push(format!(
                        "{}:{}: `{}` has no {}",
                        page.name, span.line, line, &found[1]
                    ));
                }
            }
        }
    }
    assert!(n_flags > 50, "only {n_flags} options were found");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Every command, as its words, with the options that its help lists.
fn options() -> Vec<(Vec<String>, BTreeSet<String>)> {
    let mut found = Vec::new();
    let mut todo: Vec<Vec<String>> = vec![Vec::new()];
    let command_of = Regex::new(r"^  ([a-z][a-z-]+) ").unwrap();
    let option = Regex::new(r"--[a-z][a-z-]+").unwrap();
    while let Some(command) = todo.pop() {
        let words = command
            .iter()
            .map(String::as_str)
            .chain(["--help"])
            .collect::<Vec<_>>();
        let help = run(&words).stdout;
        let commands = help.split_once("Commands:\n").map_or("", |(_, rest)| rest);
        let commands = commands.split("\n\n").next().unwrap_or_default();
        todo.extend(
            commands
                .lines()
                .filter_map(|line| command_of.captures(line))
                .map(|name| {
                    let mut words = command.clone();
                    words.push(name[1].to_owned());
                    words
                }),
        );
        let options = option
            .find_iter(&help)
            .map(|option| option.as_str().to_owned())
            .collect();
        found.push((command, options));
    }
    assert!(found.len() > 20, "the commands were not found");
    found
}
