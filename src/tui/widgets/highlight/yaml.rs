//! Parts of a line of YAML.

use std::ops::Range;

use super::{LineState, Token, json};
use crate::tui::theme::Role;

/// The parts of a line, and the state in which the next line begins.
pub(super) fn line(text: &str, state: LineState) -> (Vec<Token>, LineState) {
    match state {
        LineState::Block { indent } => {
            if text.trim().is_empty() || indent_of(text) > indent {
                return (whole(text, Role::String), state);
            }
        }
        LineState::Quoted(quote) => {
            let Some(end) = closing(text, quote) else {
                return (whole(text, Role::String), state);
            };
            let mut lexer = Lexer::new(text, end);
            lexer.tokens.push((0..end, Role::String));
            lexer.values();
            return lexer.finish();
        }
        LineState::Plain => {}
    }
    let mut lexer = Lexer::new(text, 0);
    lexer.entry();
    lexer.finish()
}

/// The state in which the line after this one begins.
pub(super) fn next_state(text: &str, state: LineState) -> LineState {
    // Most lines can't begin a block or leave a quote open; they need no closer look.
    let may_change = text.contains(['|', '>', '"', '\'']);
    match state {
        LineState::Plain if !may_change => LineState::Plain,
        LineState::Block { indent } if text.trim().is_empty() || indent_of(text) > indent => state,
        _ => line(text, state).1,
    }
}

fn whole(text: &str, role: Role) -> Vec<Token> {
    if text.is_empty() {
        Vec::new()
    } else {
        vec![(0..text.len(), role)]
    }
}

fn indent_of(text: &str) -> usize {
    text.len() - text.trim_start_matches(' ').len()
}

/// Where a quoted scalar that began on an earlier line ends, after its quote.
fn closing(text: &str, quote: char) -> Option<usize> {
    if quote == '"' {
        let opened = format!("\"{text}");
        let length = json::string_length(&opened);
        return (length < opened.len() || is_closed(&opened)).then(|| length - 1);
    }
    let opened = format!("'{text}");
    single_quoted_length(&opened).map(|length| length - 1)
}

/// Whether a double-quoted string that reaches to the end of the text is closed there.
fn is_closed(text: &str) -> bool {
    let body = text.strip_suffix('"').filter(|body| !body.is_empty());
    body.is_some_and(|body| {
        let backslashes = body.len() - body.trim_end_matches('\\').len();
        backslashes % 2 == 0
    })
}

/// How long the single-quoted scalar at the beginning is, if it ends: `''` is a quote in it.
fn single_quoted_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        if bytes[at] == b'\'' {
            if bytes.get(at + 1) != Some(&b'\'') {
                return Some(at + 1);
            }
            at += 1;
        }
        at += 1;
    }
    None
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    tokens: Vec<Token>,
    /// The column of the key or value that a block scalar on this line would belong to.
    owner_indent: usize,
    next: LineState,
}

impl<'t> Lexer<'t> {
    fn new(text: &'t str, at: usize) -> Self {
        Self {
            text,
            at,
            tokens: Vec::new(),
            owner_indent: indent_of(text),
            next: LineState::Plain,
        }
    }

    fn finish(self) -> (Vec<Token>, LineState) {
        (self.tokens, self.next)
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn take(&mut self, length: usize, role: Role) {
        self.tokens.push((self.range(length), role));
        self.at += length;
    }

    fn range(&self, length: usize) -> Range<usize> {
        self.at..self.at + length
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// A whole line: dashes, perhaps a key, values, a comment.
    fn entry(&mut self) {
        self.skip_blanks();
        while self.rest() == "-" || self.rest().starts_with("- ") {
            self.owner_indent = self.at;
            self.take(1, Role::Muted);
            self.skip_blanks();
        }
        let rest = self.rest();
        if rest.starts_with("---") || rest.starts_with("...") || rest.starts_with('%') {
            self.take(rest.trim_end().len(), Role::Keyword);
            return;
        }
        if let Some(length) = key_length(rest) {
            self.owner_indent = self.at;
            self.take(length, Role::Key);
            self.skip_blanks();
            self.take(1, Role::Muted);
        }
        self.values();
    }

    /// What follows a key or a dash, up to the end of the line.
    fn values(&mut self) {
        loop {
            self.skip_blanks();
            let rest = self.rest();
            let Some(first) = rest.chars().next() else {
                return;
            };
            let is_after_blank = self.at == 0
                || self
                    .text
                    .get(..self.at)
                    .is_some_and(|before| before.ends_with([' ', '\t']));
            match first {
                '#' if is_after_blank => return self.take(rest.len(), Role::Comment),
                '{' | '}' | '[' | ']' | ',' | ':' => self.take(1, Role::Muted),
                '"' => self.double_quoted(rest),
                '\'' => self.single_quoted(rest),
                '|' | '>' if is_block_header(rest) => {
                    let header = rest.split(" #").next().unwrap_or(rest).trim_end().len();
                    self.take(header, Role::Keyword);
                    self.next = LineState::Block {
                        indent: self.owner_indent,
                    };
                }
                '&' | '*' | '!' => {
                    let length = rest.find([' ', ',', ']', '}']).unwrap_or(rest.len());
                    self.take(length, Role::Keyword);
                }
                _ => self.plain(rest),
            }
        }
    }

    fn double_quoted(&mut self, rest: &str) {
        let length = json::string_length(rest);
        if length == rest.len() && !(rest.len() > 1 && is_closed(rest)) {
            self.next = LineState::Quoted('"');
        }
        self.quoted(length);
    }

    fn single_quoted(&mut self, rest: &str) {
        let length = single_quoted_length(rest).unwrap_or_else(|| {
            self.next = LineState::Quoted('\'');
            rest.len()
        });
        self.quoted(length);
    }

    /// A quoted scalar is a key where a colon follows it, as in `{"a": 1}`.
    fn quoted(&mut self, length: usize) {
        let after = self.rest().get(length..).unwrap_or_default();
        let role = if after.starts_with(':') {
            Role::Key
        } else {
            Role::String
        };
        self.take(length, role);
    }

    fn plain(&mut self, rest: &str) {
        let is_flow = self
            .tokens
            .iter()
            .any(|(range, _)| matches!(self.text.get(range.clone()), Some("{" | "[")));
        let comment = rest.find(" #").unwrap_or(rest.len());
        let end = if is_flow {
            let stop = rest.find([',', ']', '}']).unwrap_or(rest.len());
            let colon = rest.find(": ").unwrap_or(rest.len());
            if colon < stop.min(comment) {
                return self.take(colon, Role::Key);
            }
            stop.min(comment)
        } else {
            comment
        };
        let word = rest.get(..end).unwrap_or(rest).trim_end();
        // At least one character is taken, so that the line comes to its end.
        let length = word
            .len()
            .max(rest.chars().next().map_or(1, char::len_utf8));
        self.take(length, scalar_role(word));
    }
}

/// How long the key at the beginning of a line is, without its colon; none if there is no key.
fn key_length(text: &str) -> Option<usize> {
    match text.chars().next()? {
        '"' => {
            let length = json::string_length(text);
            text.get(length..)?
                .trim_start()
                .starts_with(':')
                .then_some(length)
        }
        '\'' => {
            let length = single_quoted_length(text)?;
            text.get(length..)?
                .trim_start()
                .starts_with(':')
                .then_some(length)
        }
        '#' | '{' | '[' | '|' | '>' | '&' | '*' | '!' => None,
        _ => {
            let end = text.match_indices(':').map(|(at, _)| at).find(|at| {
                let after = text.get(at + 1..).unwrap_or_default();
                after.is_empty() || after.starts_with([' ', '\t'])
            })?;
            let comment = text.find(" #").unwrap_or(text.len());
            (end < comment).then_some(end)
        }
    }
}

/// Whether a value is the beginning of a block scalar: `|`, `>-`, `|2+`, perhaps with a comment.
fn is_block_header(text: &str) -> bool {
    let header = text.split(" #").next().unwrap_or(text).trim_end();
    header
        .chars()
        .skip(1)
        .all(|c| c.is_ascii_digit() || matches!(c, '+' | '-'))
}

/// What a plain scalar is, as YAML 1.1 reads it.
fn scalar_role(word: &str) -> Role {
    let is_keyword = matches!(
        word.to_ascii_lowercase().as_str(),
        "true" | "false" | "yes" | "no" | "on" | "off" | "null" | "~"
    );
    if is_keyword {
        Role::Keyword
    } else if word.parse::<f64>().is_ok()
        && word.starts_with(|c: char| c.is_ascii_digit() || "-+.".contains(c))
    {
        Role::Number
    } else {
        Role::String
    }
}
