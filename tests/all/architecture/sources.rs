//! The sources of the crate as code: without comments, what stands in strings, and tests.
#![expect(
    clippy::string_slice,
    reason = "every index comes from a search in the same text"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// One source file.
pub(super) struct Source {
    /// Below `src/`, for example `spec/load.rs`.
    pub(super) path: String,
    /// Its text without comments and without the contents of strings.
    pub(super) code: String,
    /// The same without its tests; empty if all of it is a test.
    pub(super) product: String,
}

/// All source files.
pub(super) fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(files.len() > 20, "the sources were not found");
    let mut sources = Vec::new();
    let mut tests = Vec::new();
    for file in files {
        let path = file.strip_prefix(&root).unwrap().to_string_lossy();
        let path = path.replace('\\', "/");
        let code = code_of(&fs::read_to_string(&file).unwrap());
        let (product, names) = without_tests(&code);
        let folder = path.trim_end_matches(".rs");
        tests.extend(names.iter().map(|name| format!("{folder}/{name}")));
        sources.push(Source {
            path,
            code,
            product,
        });
    }
    for source in &mut sources {
        let is_below = |test: &String| {
            let rest = source.path.strip_prefix(test.as_str());
            rest.is_some_and(|rest| rest.starts_with('/') || rest == ".rs")
        };
        if tests.iter().any(is_below) {
            source.product.clear();
        }
    }
    sources
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

/// A text without comments and without the contents of strings and characters.
fn code_of(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_within_word = code.ends_with(is_of_word);
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if let Some(length) = raw_string(rest).filter(|_| !is_within_word) {
            code.push_str("\"\"");
            length
        } else if first == '"' {
            code.push_str("\"\"");
            1 + quoted(&rest[1..], '"')
        } else if let Some(length) = character(rest) {
            code.push_str("''");
            length
        } else {
            code.push(first);
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    code
}

/// How long a comment is that begins here; those within it end by themselves.
fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    loop {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
        } else {
            at += rest.chars().next().map_or(0, char::len_utf8);
        }
        if depth == 0 || at == text.len() {
            return at;
        }
    }
}

/// How long a raw string is, if one begins here.
fn raw_string(text: &str) -> Option<usize> {
    let after = text.strip_prefix('b').unwrap_or(text).strip_prefix('r')?;
    let opened = after.trim_start_matches('#');
    let hashes = after.len() - opened.len();
    let content = opened.strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let end = content.find(&close).map(|at| at + close.len());
    Some(text.len() - content.len() + end.unwrap_or(content.len()))
}

/// How long what is quoted is, with the quote that closes it.
fn quoted(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        if c == quote && !is_escaped {
            return at + 1;
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    text.len()
}

/// How long a character is, if one begins here: no lifetime.
fn character(text: &str) -> Option<usize> {
    let content = text.strip_prefix('\'')?;
    let mut chars = content.chars();
    let is_one = chars.next()? == '\\' || chars.next()? == '\'';
    is_one.then(|| 1 + quoted(content, '\''))
}

/// The code without its test modules, and the names of those that are files of their own.
fn without_tests(code: &str) -> (String, Vec<String>) {
    const MARK: &str = "#[cfg(test)]";
    let mut product = String::new();
    let mut names = Vec::new();
    let mut rest = code;
    while let Some((before, after)) = rest.split_once(MARK) {
        product.push_str(before);
        // The item that is for tests only ends with its body, or at the semicolon before it has one.
        let end = after.find([';', '{']).unwrap_or(after.len());
        let (head, body) = after.split_at(end);
        if body.starts_with(';') && words(head).any(|word| word == "mod") {
            let name = head.split_whitespace().last().unwrap_or_default();
            names.push(name.to_owned());
        }
        rest = &body[braces(body)..];
    }
    product.push_str(rest);
    (product, names)
}

/// How long a block in braces is; a semicolon is one of its own.
fn braces(code: &str) -> usize {
    let mut depth = 0;
    for (at, c) in code.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + c.len_utf8();
        }
    }
    code.len()
}

/// The names that follow a path such as `crate::`, those of a group in braces each.
pub(super) fn names_after(code: &str, path: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, found) in code.match_indices(path) {
        let (before, rest) = (&code[..at], &code[at + found.len()..]);
        if before.ends_with(|c: char| is_of_word(c) || c == ':') {
            continue;
        }
        if rest.starts_with('{') {
            let group = &rest[1..braces(rest) - 1];
            let mut depth = 0;
            let parts = group.split(|c| {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ => {}
                }
                c == ',' && depth == 0
            });
            names.extend(parts.map(leading_name));
        } else {
            names.push(leading_name(rest));
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn leading_name(text: &str) -> String {
    text.trim_start()
        .chars()
        .take_while(|c| is_of_word(*c))
        .collect()
}

/// The words of a code: names and keywords.
pub(super) fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c| !is_of_word(c))
        .filter(|word| !word.is_empty())
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[test]
fn comments_and_strings_are_no_code() {
    for (text, code) in [
        ("a // b\nc", "a \nc"),
        (
            "let url = \"http://x\"; tokio::spawn",
            "let url = \"\"; tokio::spawn",
        ),
        (r#"f("\"//", '"', b) // c"#, "f(\"\", '', b) "),
        ("r#\"a \" // b\"#; c", "\"\"; c"),
        ("a /* b /* c */ d */ e", "a  e"),
        (
            "fn f<'a>(x: &'a str, y: '\\'') {}",
            "fn f<'a>(x: &'a str, y: '') {}",
        ),
    ] {
        assert_eq!(code_of(text), code);
    }
}

#[test]
fn tests_are_no_product() {
    let code = "use a;\n#[cfg(test)]\nmod tests {\n fn f() { g() }\n}\nfn h() {}";
    assert_eq!(without_tests(code).0, "use a;\n\nfn h() {}");
    let (product, names) = without_tests("#[cfg(test)]\nmod tests;\nfn h() {}");
    assert_eq!(
        (product.as_str(), names),
        ("\nfn h() {}", vec!["tests".to_owned()])
    );
}

#[test]
fn the_names_after_a_path_are_those_of_its_group() {
    let code = "use crate::{spec::{Component, load}, tui}; crate::base::x(); mycrate::y";
    assert_eq!(names_after(code, "crate::"), ["spec", "tui", "base"]);
}
