//! The tokens of each line, for syntax highlighting.
//!
//! Works line by line without a tree, so that broken text stays highlighted and an editor can
//! process only the visible lines. For YAML the result is an approximation where a line alone is
//! ambiguous. Never fails.

use std::ops::Range;

use super::Format;
use super::scalar::{Meaning, yaml_1_1};
use crate::spec::placeholder;

/// A token of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The bytes of the token in the line.
    pub range: Range<usize>,
    /// The kind of the token.
    pub kind: TokenKind,
}

/// The kind of a token.
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
    /// A keyword: `true`, `null`, and the words that YAML 1.1 reads as such.
    Keyword,
    /// A comment.
    Comment,
    /// A bracket, colon, comma or dash.
    Punctuation,
    /// A YAML anchor, alias or tag.
    Anchor,
}

/// The lexical state at the start of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineState {
    /// Outside of any bracket, block or quotation.
    #[default]
    Structure,
    /// Inside this number of brackets of YAML's flow style.
    Flow(u16),
    /// Inside a YAML block scalar, to which all lines with a larger indent than `indent` belong.
    Block {
        /// The indent of the block's key, in characters.
        indent: usize,
    },
    /// Inside a quoted YAML string of several lines.
    Quoted {
        /// The quotation mark: `"` or `'`.
        quote: char,
        /// The number of brackets around the string.
        flow: u16,
    },
}

/// Returns the lexical state at the start of each line.
pub fn line_states<'l>(lines: impl IntoIterator<Item = &'l str>, format: Format) -> Vec<LineState> {
    let mut next = LineState::default();
    lines
        .into_iter()
        .map(|line| {
            let begins = next;
            next = state_after(line, format, begins);
            begins
        })
        .collect()
}

/// Returns the lexical state at the start of the next line.
fn state_after(line: &str, format: Format, state: LineState) -> LineState {
    // Most lines open nothing; they need no closer look.
    let may_open = || line.contains(['|', '>', '"', '\'', '{', '[']);
    if format == Format::Json || (state == LineState::Structure && !may_open()) {
        return LineState::Structure;
    }
    line_tokens(line, format, state).1
}

/// Returns the tokens of one line in order, and the lexical state at the start of the next line.
pub fn line_tokens(line: &str, format: Format, state: LineState) -> (Vec<Token>, LineState) {
    let mut lexer = Lexer {
        line,
        at: 0,
        tokens: Vec::new(),
    };
    let state = match format {
        Format::Json => {
            lexer.json();
            LineState::Structure
        }
        Format::Yaml => lexer.yaml(state),
    };
    (lexer.tokens, state)
}

struct Lexer<'l> {
    line: &'l str,
    /// The byte offset of the next token.
    at: usize,
    tokens: Vec<Token>,
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
            self.tokens.push(Token {
                range: self.at..end,
                kind,
            });
        }
        self.at = end;
    }

    /// Adds the next bytes as text, with placeholders inside as separate tokens.
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
                        _ if word.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
                            TokenKind::Number
                        }
                        // One that is still typed, too.
                        _ => TokenKind::Keyword,
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

    /// Tokenizes a line of YAML, except for the rest of a scalar from an earlier line.
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
}

/// Returns the length of a quoted string in bytes, quotes included; `None` if it is not closed.
fn quoted_length(text: &str, quote: char) -> Option<usize> {
    closing_length(text.get(1..)?, quote).map(|length| length + 1)
}

/// Returns the number of bytes up to and including the closing quote.
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

/// Returns whether a scalar is a key, judging by the text after it.
fn is_key(after: &str, is_quoted: bool) -> bool {
    let after = if is_quoted { after.trim_start() } else { after };
    after
        .strip_prefix(':')
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

/// Returns whether a text is a block scalar header: `|`, `>-`, `|2+`, optionally followed by a
/// comment.
fn is_block_header(text: &str) -> bool {
    let rest = text.trim_start_matches(['|', '>']);
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-'));
    rest.trim_start().is_empty() || rest.trim_start().starts_with('#')
}

/// Returns the length of a word, such as an alias, in bytes.
fn word_length(text: &str, in_flow: bool) -> usize {
    text.find(|c: char| c.is_whitespace() || (in_flow && ",]}".contains(c)))
        .unwrap_or(text.len())
}

/// Returns the length of a plain scalar in bytes. It ends at `: `, ` #`, the end of the line or,
/// inside brackets, at the end of the item.
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
        let mut state = LineState::default();
        for line in text.lines() {
            let (tokens, next) = line_tokens(line, format, state);
            state = next;
            for token in tokens {
                let kind = format!("{:?}", token.kind).to_lowercase().remove(0);
                if token.kind != TokenKind::Punctuation {
                    let piece = line.get(token.range).unwrap().trim();
                    write!(shown, "{kind} {piece}; ").unwrap();
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
            "{\"a\": \"é {{x}}\", \"b\" : [-1.5e3, true, nul",
            Format::Json,
            "k \"a\"; s \"é; p {{x}}; s \"; k \"b\"; n -1.5e3; k true; k nul;",
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

    #[test]
    fn states_are_those_that_the_lines_end_in() {
        let text = "a: |\n  b\nc: \"d\n e\"\nf: [1,\n 2]\ng: 1";
        let quoted = LineState::Quoted {
            quote: '"',
            flow: 0,
        };
        let block = LineState::Block { indent: 0 };
        let plain = LineState::Structure;
        let expected = [
            plain,
            block,
            block,
            quoted,
            plain,
            LineState::Flow(1),
            plain,
        ];
        assert_eq!(line_states(text.lines(), Format::Yaml), expected);
    }

    proptest::proptest! {
        #[test]
        fn any_line_is_covered_in_order(line in "[-a:#|>\"'{}\\[\\], \\\\é日]{0,24}") {
            let quoted = |quote| LineState::Quoted { quote, flow: 1 };
            let block = LineState::Block { indent: 1 };
            for state in [LineState::Structure, LineState::Flow(2), block, quoted('"'), quoted('\'')] {
                for format in [Format::Yaml, Format::Json] {
                    let (tokens, next) = line_tokens(&line, format, state);
                    let mut at = 0;
                    for Token { range, .. } in tokens {
                        proptest::prop_assert!(range.start >= at && !range.is_empty());
                        proptest::prop_assert!(line.get(range.clone()).is_some());
                        at = range.end;
                    }
                    proptest::prop_assert_eq!(next, state_after(&line, format, state));
                }
            }
        }
    }
}
