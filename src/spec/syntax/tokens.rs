//! What an editor colours: the lexical pieces of each line.
//!
//! Works line by line, without a tree, so that a text that is broken (as any text is while someone types) keeps its
//! colours, and so that an editor can do the visible lines only. It is an approximation where YAML cannot be told by
//! lines; it never fails.

use std::ops::Range;

use super::Format;
use super::scalar::{Meaning, yaml_1_1};
use crate::spec::placeholder;

/// A piece of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Line, from 0.
    pub line: usize,
    /// Columns in characters, from 0; the end is exclusive.
    pub columns: Range<usize>,
    /// What it is.
    pub kind: TokenKind,
}

/// What a piece of text is to a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A key of an object.
    Key,
    /// Text.
    String,
    /// `{{name}}` inside text.
    Placeholder,
    /// A number.
    Number,
    /// `true`, `null`, and what YAML 1.1 takes for them.
    Keyword,
    /// A comment.
    Comment,
    /// Brackets, colons, dashes.
    Punctuation,
    /// A YAML anchor, alias or tag.
    Anchor,
}

/// What a line begins inside of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineState {
    /// Nothing: structure.
    #[default]
    Structure,
    /// Brackets of YAML's flow style, so many.
    Flow(u16),
    /// A YAML block scalar, which lines indented by more than `indent` belong to.
    Block {
        /// The indentation, in characters, of what the block is the value of.
        indent: usize,
    },
    /// Quoted YAML text that goes on, inside so many brackets.
    Quoted {
        /// `"` or `'`.
        quote: char,
        /// The brackets around it.
        flow: u16,
    },
}

/// Longer lines are lexed so far only.
const MAX_LINE_BYTES: usize = 8 << 10;

/// The pieces of a whole text.
pub fn tokens(text: &str, format: Format) -> Vec<Token> {
    let mut state = LineState::default();
    let mut all = Vec::new();
    for (line, content) in text.lines().enumerate() {
        let (mut found, next) = line_tokens(content, format, state);
        for token in &mut found {
            token.line = line;
        }
        all.append(&mut found);
        state = next;
    }
    all
}

/// The pieces of one line (their `line` is 0), and what the next line begins inside of. For an editor that keeps the
/// state of each line and lexes again from the first changed one.
pub fn line_tokens(line: &str, format: Format, state: LineState) -> (Vec<Token>, LineState) {
    let line = line
        .get(..line.floor_char_boundary(MAX_LINE_BYTES))
        .unwrap_or_default();
    let mut lexer = Lexer {
        line,
        at: 0,
        pieces: Vec::new(),
    };
    let state = match format {
        Format::Json => {
            lexer.json();
            LineState::Structure
        }
        Format::Yaml => lexer.yaml(state),
    };
    (lexer.finish(), state)
}

struct Lexer<'l> {
    line: &'l str,
    /// Byte offset of what comes next.
    at: usize,
    /// Pieces by bytes, in order.
    pieces: Vec<(Range<usize>, TokenKind)>,
}

impl<'l> Lexer<'l> {
    fn rest(&self) -> &'l str {
        self.line.get(self.at..).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn take(&mut self, bytes: usize, kind: TokenKind) {
        let end = (self.at + bytes).min(self.line.len());
        if end > self.at {
            self.pieces.push((self.at..end, kind));
        }
        self.at = end;
    }

    /// Takes text and, inside it, placeholders.
    fn take_text(&mut self, bytes: usize) {
        let start = self.at;
        let text = self.rest().get(..bytes).unwrap_or(self.rest());
        for found in placeholder::find(text) {
            self.take(start + found.range.start - self.at, TokenKind::String);
            self.take(found.range.len(), TokenKind::Placeholder);
        }
        self.take(start + text.len() - self.at, TokenKind::String);
    }

    fn json(&mut self) {
        loop {
            self.skip_space();
            let rest = self.rest();
            let Some(first) = rest.chars().next() else {
                return;
            };
            match first {
                '"' => {
                    let length = quoted_length(rest, '"').unwrap_or(rest.len());
                    let after = rest.get(length..).unwrap_or_default().trim_start();
                    if after.starts_with(':') {
                        self.take(length, TokenKind::Key);
                    } else {
                        self.take_text(length);
                    }
                }
                '{' | '}' | '[' | ']' | ',' | ':' => self.take(1, TokenKind::Punctuation),
                _ => {
                    let end = rest.find(|c: char| c.is_whitespace() || "{}[],:\"".contains(c));
                    let word = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
                    let kind = match word {
                        "true" | "false" | "null" => TokenKind::Keyword,
                        _ => TokenKind::Number,
                    };
                    self.take(word.len(), kind);
                }
            }
        }
    }

    fn yaml(&mut self, state: LineState) -> LineState {
        let indent = self.line.len() - self.line.trim_start_matches(' ').len();
        let mut flow = 0;
        match state {
            LineState::Block { indent: outer } => {
                if indent > outer || self.line.trim().is_empty() {
                    self.at = indent;
                    self.take_text(self.rest().len());
                    return state;
                }
            }
            LineState::Quoted {
                quote,
                flow: around,
            } => {
                flow = around;
                self.skip_space();
                let rest = self.rest();
                let closing = closing_length(rest, quote);
                self.take_text(closing.unwrap_or(rest.len()));
                if closing.is_none() {
                    return state;
                }
            }
            LineState::Flow(around) => flow = around,
            LineState::Structure => {}
        }
        self.yaml_structure(indent, flow)
    }

    /// Everything but the inside of scalars that began on an earlier line.
    fn yaml_structure(&mut self, indent: usize, mut flow: u16) -> LineState {
        let mut value_indent = indent;
        loop {
            self.skip_space();
            let rest = self.rest();
            let Some(first) = rest.chars().next() else {
                break;
            };
            let second = rest.chars().nth(1);
            let ends_word = second.is_none_or(char::is_whitespace);
            let follows_space = self.at == 0
                || self
                    .line
                    .get(..self.at)
                    .is_some_and(|l| l.ends_with([' ', '\t']));
            match first {
                '#' if follows_space => self.take(rest.len(), TokenKind::Comment),
                '{' | '[' => {
                    flow = flow.saturating_add(1);
                    self.take(1, TokenKind::Punctuation);
                }
                '}' | ']' => {
                    flow = flow.saturating_sub(1);
                    self.take(1, TokenKind::Punctuation);
                }
                ',' if flow > 0 => self.take(1, TokenKind::Punctuation),
                ':' if ends_word || flow > 0 => self.take(1, TokenKind::Punctuation),
                '-' | '?' if ends_word && flow == 0 => {
                    value_indent = self.at;
                    self.take(1, TokenKind::Punctuation);
                }
                '-' | '.' if self.at == 0 && matches!(rest.trim_end(), "---" | "...") => {
                    self.take(3, TokenKind::Punctuation);
                }
                '&' | '*' | '!' => self.take(word_length(rest, flow > 0), TokenKind::Anchor),
                '|' | '>' if flow == 0 && is_block_header(rest) => {
                    let header = rest.find(' ').unwrap_or(rest.len());
                    self.take(header, TokenKind::Punctuation);
                    self.skip_space();
                    self.take(self.rest().len(), TokenKind::Comment);
                    return LineState::Block {
                        indent: value_indent,
                    };
                }
                '"' | '\'' => {
                    let Some(length) = quoted_length(rest, first) else {
                        self.take_text(rest.len());
                        return LineState::Quoted { quote: first, flow };
                    };
                    if is_key(rest.get(length..).unwrap_or_default(), true) {
                        value_indent = if flow == 0 { self.at } else { value_indent };
                        self.take(length, TokenKind::Key);
                    } else {
                        self.take_text(length);
                    }
                }
                _ => {
                    let length = plain_length(rest, flow > 0);
                    let content = rest.get(..length).unwrap_or_default();
                    if is_key(rest.get(length..).unwrap_or_default(), false) {
                        value_indent = if flow == 0 { self.at } else { value_indent };
                        self.take(length, TokenKind::Key);
                    } else {
                        match yaml_1_1(content) {
                            Meaning::Null | Meaning::Bool(_) => {
                                self.take(length, TokenKind::Keyword);
                            }
                            Meaning::Number(_) | Meaning::NotFinite => {
                                self.take(length, TokenKind::Number);
                            }
                            Meaning::Timestamp | Meaning::Reserved | Meaning::Text => {
                                self.take_text(length);
                            }
                        }
                    }
                }
            }
        }
        if flow > 0 {
            LineState::Flow(flow)
        } else {
            LineState::Structure
        }
    }

    /// The pieces by characters.
    fn finish(self) -> Vec<Token> {
        let mut counted = (0, 0);
        let mut column = |offset: usize| {
            let between = self.line.get(counted.0..offset).unwrap_or_default();
            counted = (offset, counted.1 + between.chars().count());
            counted.1
        };
        let pieces = self.pieces.into_iter();
        pieces
            .map(|(bytes, kind)| {
                let start = column(bytes.start);
                Token {
                    line: 0,
                    columns: start..column(bytes.end),
                    kind,
                }
            })
            .collect()
    }
}

/// Bytes of quoted text with its quotes, if it is closed.
fn quoted_length(text: &str, quote: char) -> Option<usize> {
    closing_length(text.get(1..)?, quote).map(|length| length + 1)
}

/// Bytes up to and with the closing quote.
fn closing_length(text: &str, quote: char) -> Option<usize> {
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if character == '\\' && quote == '"' {
            characters.next();
        } else if character == quote {
            // In single quotes, two of them are one.
            if quote == '\'' && characters.next_if(|(_, next)| *next == '\'').is_some() {
                continue;
            }
            return Some(at + 1);
        }
    }
    None
}

/// Whether what follows a scalar makes it a key.
fn is_key(after: &str, is_quoted: bool) -> bool {
    let after = if is_quoted { after.trim_start() } else { after };
    after
        .strip_prefix(':')
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

/// `|`, `>-`, `|2+`, with nothing or a comment after it.
fn is_block_header(text: &str) -> bool {
    let rest = text.trim_start_matches(['|', '>']);
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-'));
    rest.trim_start().is_empty() || rest.trim_start().starts_with('#')
}

/// Bytes of a word such as an alias.
fn word_length(text: &str, in_flow: bool) -> usize {
    text.find(|c: char| c.is_whitespace() || (in_flow && ",]}".contains(c)))
        .unwrap_or(text.len())
}

/// Bytes of a plain scalar: up to `: `, ` #`, the end, or inside brackets what ends an item.
fn plain_length(text: &str, in_flow: bool) -> usize {
    let mut before = ' ';
    let mut characters = text.char_indices().peekable();
    let mut end = text.len();
    while let Some((at, character)) = characters.next() {
        let ends_word = characters
            .peek()
            .is_none_or(|(_, next)| next.is_whitespace() || (in_flow && ",]}".contains(*next)));
        let is_end = (character == ':' && ends_word)
            || (character == '#' && before.is_whitespace() && at > 0)
            || (in_flow && ",[]{}".contains(character));
        if is_end && at > 0 {
            end = at;
            break;
        }
        before = character;
    }
    text.get(..end)
        .map_or(end, |content| content.trim_end().len().max(1))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    /// Marks each piece of a text: `k‹name›`, by the first letter of its kind.
    #[track_caller]
    fn check(text: &str, format: Format, expected: &str) {
        let mut shown = String::new();
        for (line, content) in text.lines().enumerate() {
            let characters: Vec<char> = content.chars().collect();
            for token in tokens(text, format)
                .iter()
                .filter(|token| token.line == line)
            {
                let kind = format!("{:?}", token.kind).to_lowercase().remove(0);
                let piece: String = characters[token.columns.clone()].iter().collect();
                if token.kind != TokenKind::Punctuation {
                    write!(shown, "{kind} {}; ", piece.trim()).unwrap();
                }
            }
        }
        assert_eq!(shown.trim_end(), expected);
    }

    #[test]
    fn yaml_pieces() {
        check(
            "# top\nname: Bob  # who\n- id: 3\n  ok: yes\nurl: http://h:80/x\n\"q\": 'it''s'",
            Format::Yaml,
            "c # top; k name; s Bob; c # who; k id; n 3; k ok; k yes; k url; s http://h:80/x; k \"q\"; s 'it''s';",
        );
        check(
            "a: {b: [x, 2], c: *r}\nd: &r !!str t",
            Format::Yaml,
            "k a; k b; s x; n 2; k c; a *r; k d; a &r; a !!str; s t;",
        );
    }

    #[test]
    fn yaml_blocks_and_quotes_go_on_over_lines() {
        check(
            "- text: |-\n    Say {{word}}: no key\n\n    # no comment\n  next: \"one\n    two\" # c",
            Format::Yaml,
            "k text; s Say; p {{word}}; s : no key; s # no comment; k next; s \"one; s two\"; c # c;",
        );
    }

    #[test]
    fn json_pieces() {
        check(
            "{\"a\": \"é {{x}}\", \"b\" : [1.5, true]}",
            Format::Json,
            "k \"a\"; s \"é; p {{x}}; s \"; k \"b\"; n 1.5; k true;",
        );
    }

    #[test]
    fn broken_text_keeps_its_colours() {
        check(
            "{\"a\": \"b\n{{{\"c\": 1",
            Format::Json,
            "k \"a\"; s \"b; k \"c\"; n 1;",
        );
        check(
            "a: 'open\nb: still",
            Format::Yaml,
            "k a; s 'open; s b: still;",
        );
    }
}
