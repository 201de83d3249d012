//! Links, pictures and paths that are named.

use std::collections::HashMap;
use std::path::Path;

use super::page::pages;
use crate::program::repository;

#[test]
fn every_link_leads_to_a_file_and_a_heading_that_exist() {
    let pages = pages();
    let anchors: HashMap<&str, &[String]> = pages
        .iter()
        .map(|page| (page.name.as_str(), page.anchors.as_slice()))
        .collect();
    let (mut problems, mut n_links) = (Vec::new(), 0);
    for page in &pages {
        for link in &page.links {
            if ["https://", "http://"]
                .iter()
                .any(|web| link.text.starts_with(web))
            {
                continue;
            }
            n_links += 1;
            let (path, anchor) = match link.text.split_once('#') {
                Some((path, anchor)) => (path, Some(anchor)),
                None => (link.text.as_str(), None),
            };
            let target = if path.is_empty() {
                page.name.clone()
            } else {
                joined(&page.name, path)
            };
            let is_there = repository().join(&target).exists();
            let has_heading = anchor.is_none_or(|anchor| {
                let of = anchors.get(target.as_str());
                of.is_some_and(|anchors| anchors.iter().any(|found| found == anchor))
            });
            if !is_there || !has_heading {
                problems.push(format!("{}:{}: {}", page.name, link.line, link.text));
            }
        }
    }
    assert!(n_links > 100, "only {n_links} links were found");
    assert!(
        problems.is_empty(),
        "lead nowhere:\n{}",
        problems.join("\n")
    );
}

/// What a relative link of a page names, as a path from the repository's folder.
fn joined(page: &str, path: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}

/// A path in backticks, such as `src/spec/language/`, is checked like a link: files move, and words about them stay.
#[test]
fn paths_that_are_named_exist() {
    let (mut problems, mut n_paths) = (Vec::new(), 0);
    // What was in a folder when a change was made is no concern of the list of changes.
    for page in pages().iter().filter(|page| page.name != "CHANGELOG.md") {
        for span in &page.spans {
            let is_path = FOLDERS.iter().any(|folder| span.text.starts_with(folder))
                && !span.text.contains([' ', '*', '{', '<', '…'])
                && !span.text.contains("NAME");
            if !is_path {
                continue;
            }
            n_paths += 1;
            if !exists(&span.text) {
                problems.push(format!("{}:{}: {}", page.name, span.line, span.text));
            }
        }
    }
    assert!(n_paths > 20, "only {n_paths} paths were found");
    assert!(
        problems.is_empty(),
        "are not there:\n{}",
        problems.join("\n")
    );
}

/// The folders of the repository, and of `src/`, whose files pages name.
const FOLDERS: &[&str] = &[
    ".ci/",
    "docs/",
    "findings/",
    "packaging/",
    "sample_specs/",
    "src/",
    "tests/",
    "themes/",
    "fleet/",
    "llm/",
    "runs/",
    "runtime/",
    "serve/",
    "spec/",
    "tools/",
    "tui/",
];

/// ARCHITECTURE.md names modules from `src/`, a page about the samples names files from their folder.
fn exists(path: &str) -> bool {
    let below = |folder: &str| {
        let file = repository().join(folder).join(path);
        file.exists() || Path::new(&format!("{}.rs", file.display())).exists()
    };
    ["", "src", "sample_specs"].into_iter().any(below)
}
