//! The pages, taken apart into what the tests look at.

use std::collections::HashMap;
use std::fs;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::program::repository;

/// One page of the documentation.
#[derive(Default)]
pub(super) struct Page {
    /// The path from the repository's folder, such as `docs/history.md`.
    pub(super) name: String,
    /// Code blocks, in order.
    pub(super) blocks: Vec<Block>,
    /// Where each heading can be linked to, without the `#`.
    pub(super) anchors: Vec<String>,
    /// Targets of links and pictures.
    pub(super) links: Vec<Found>,
    /// What is in single backticks.
    pub(super) spans: Vec<Found>,
}

/// A code block.
pub(super) struct Block {
    /// The line that opens it, from 1.
    pub(super) line: usize,
    /// The words behind the opening fence: the language, then marks such as `needs=nats`.
    pub(super) info: Vec<String>,
    /// The lines in it.
    pub(super) text: String,
}

/// A piece of a page.
pub(super) struct Found {
    /// The line on which it begins, from 1.
    pub(super) line: usize,
    pub(super) text: String,
}

impl Block {
    /// The language, such as `console`; empty where none is given.
    pub(super) fn language(&self) -> &str {
        self.info.first().map_or("", String::as_str)
    }

    /// What a mark such as `needs=nats` says.
    pub(super) fn mark(&self, name: &str) -> Option<&str> {
        let mut words = self.info.iter().filter_map(|word| word.split_once('='));
        words.find_map(|(key, value)| (key == name).then_some(value))
    }
}

/// All pages: the papers of the repository's folder, then `docs/`.
pub(super) fn pages() -> Vec<Page> {
    let mut names: Vec<_> = fs::read_dir(repository().join("docs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| format!("docs/{}", path.file_name().unwrap().display()))
        .collect();
    names.sort();
    let papers = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md"];
    let papers = papers.into_iter().map(str::to_owned);
    papers.chain(names).map(|name| Page::read(&name)).collect()
}

impl Page {
    fn read(name: &str) -> Self {
        let text = fs::read_to_string(repository().join(name)).unwrap();
        let mut page = Self {
            name: name.to_owned(),
            ..Self::default()
        };
        let after_breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        let line_starts: Vec<_> = std::iter::once(0).chain(after_breaks).collect();
        let mut seen = HashMap::new();
        let (mut heading, mut block): (Option<String>, Option<Block>) = (None, None);
        let parser = Parser::new_ext(&text, Options::ENABLE_TABLES).into_offset_iter();
        for (event, range) in parser {
            let line = line_starts.partition_point(|start| *start <= range.start);
            match event {
                Event::Start(Tag::CodeBlock(kind)) => {
                    let info = match &kind {
                        CodeBlockKind::Fenced(info) => info,
                        CodeBlockKind::Indented => "",
                    };
                    block = Some(Block {
                        line,
                        info: info.split_whitespace().map(str::to_owned).collect(),
                        text: String::new(),
                    });
                }
                Event::End(TagEnd::CodeBlock) => page.blocks.extend(block.take()),
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    let text = dest_url.into_string();
                    page.links.push(Found { line, text });
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    let anchor = slug(&heading.take().unwrap_or_default());
                    page.anchors.push(once(&mut seen, anchor));
                }
                Event::Text(piece) => {
                    let of = block.as_mut().map(|block| &mut block.text);
                    if let Some(text) = of.or(heading.as_mut()) {
                        text.push_str(&piece);
                    }
                }
                Event::Code(piece) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&piece);
                    }
                    let text = piece.into_string();
                    page.spans.push(Found { line, text });
                }
                _ => {}
            }
        }
        page
    }
}

/// How GitHub and mdBook call a heading in an address.
fn slug(heading: &str) -> String {
    heading
        .trim()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .flat_map(char::to_lowercase)
        .collect()
}

/// The second heading of one name is `name-1`.
fn once(seen: &mut HashMap<String, usize>, anchor: String) -> String {
    let before = seen.entry(anchor.clone()).or_default();
    *before += 1;
    match *before {
        1 => anchor,
        n => format!("{anchor}-{}", n - 1),
    }
}
