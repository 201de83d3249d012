//! A YAML parser that reads text like the reference SDK (`PyYAML`'s safe loader, YAML 1.1).
//!
//! There are four intended differences: keys stay as written and dates stay strings (both with a
//! warning), duplicate keys are an error, and aliases share one node.

use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, Span, Tag};
use serde_json::Value;

use super::builder::{Builder, MAX_DEPTH, Stop};
use super::scalar::{Meaning, yaml_1_1, yaml_1_2};
use super::{NodeId, Scalar, Tree};
use crate::base::hash::HashMap;
use crate::spec::diagnostic::{Code, Diagnostic};

/// Parses a document. If it is broken, returns the part before the error.
pub(super) fn parse(text: &str) -> (Tree, Vec<Diagnostic>) {
    let options = granit_parser::options! {
        emit_comments: false,
        emit_unresolved_aliases: true,
        // As PyYAML reads the last line of a file that has no line break at its end.
        block_scalar_eof_without_line_feed: true,
        flow_nesting_limit: MAX_DEPTH + 1,
        block_nesting_limit: MAX_DEPTH + 1,
    };
    let mut reader = Reader {
        text,
        builder: Builder::new(text),
        anchors: HashMap::default(),
        open_anchors: Vec::new(),
        documents: 0,
        key_depth: 0,
    };
    for next in Parser::new_from_str_with_options(text, options) {
        let stop = match next {
            Ok((event, span)) => reader.event(event, span).is_err(),
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(text.len());
                reader.builder.malformed(at..at + 1, error.info());
                true
            }
        };
        if stop {
            break;
        }
    }
    reader.builder.finish()
}

struct Reader<'t> {
    text: &'t str,
    builder: Builder,
    /// The finished nodes with an anchor, by the parser's number for it.
    anchors: HashMap<usize, NodeId>,
    /// The anchors of the open arrays and objects; 0 for none.
    open_anchors: Vec<usize>,
    documents: usize,
    /// The nesting depth inside a key that is an array or object, which is skipped.
    key_depth: usize,
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Stop> {
        let bytes = span.byte_range().unwrap_or_default();
        if self.key_depth > 0 {
            self.skip_in_key(&event);
            return Ok(());
        }
        match event {
            Event::DocumentStart(..) => return self.document_start(bytes),
            Event::Scalar(content, style, anchor, tag) => {
                let bytes = self.trimmed(bytes);
                self.scalar(&content, style, tag.as_deref(), anchor, bytes);
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), "seq", &span);
                if self.builder.expects_key() {
                    self.composite_key(bytes, "a list");
                } else {
                    self.builder.open_array(bytes)?;
                    self.open_anchors.push(anchor);
                }
            }
            Event::MappingStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), "map", &span);
                if self.builder.expects_key() {
                    self.composite_key(bytes, "a mapping");
                } else {
                    self.builder.open_object(bytes)?;
                    self.open_anchors.push(anchor);
                }
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let closed = self.builder.close((!bytes.is_empty()).then_some(bytes.end));
                let anchor = self.open_anchors.pop().unwrap_or(0);
                if let Some(node) = closed.filter(|_| anchor != 0) {
                    self.anchors.insert(anchor, node);
                }
            }
            Event::Alias(anchor) => self.alias(anchor, bytes),
            Event::UnresolvedAlias(name) => {
                self.builder
                    .malformed(bytes.clone(), format!("no anchor is called `{name}`"));
                self.placeholder(bytes);
            }
            _ => {}
        }
        Ok(())
    }

    fn document_start(&mut self, bytes: Range<usize>) -> Result<(), Stop> {
        self.documents += 1;
        if self.documents > 1 {
            self.builder
                .malformed(bytes, "a second document begins here; a file holds one");
            return Err(Stop);
        }
        Ok(())
    }

    /// Returns the range of a block scalar without trailing blanks and line breaks, since the
    /// parser's range extends to the next token.
    fn trimmed(&self, bytes: Range<usize>) -> Range<usize> {
        let visible = self.text.get(bytes.clone()).unwrap_or_default().trim_end();
        bytes.start..bytes.start + visible.len()
    }

    fn scalar(
        &mut self,
        content: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        anchor: usize,
        bytes: Range<usize>,
    ) {
        let is_plain = style == ScalarStyle::Plain;
        if is_plain
            && self
                .text
                .get(bytes.clone())
                .is_some_and(|source| source.contains('\t'))
        {
            self.builder
                .malformed(bytes.clone(), "a tab inside unquoted text; quote the text");
        }
        if self.builder.expects_key() {
            if is_plain && tag.is_none() && content == "<<" {
                self.builder.merge_key();
            } else {
                if is_plain && tag.is_none() {
                    self.warn_of_key(content, bytes.clone());
                }
                // An empty key is written without a character and read as the text `~`.
                let key = if bytes.is_empty() { "" } else { content };
                self.builder.key(key.into(), bytes);
            }
            return;
        }
        let value = match tag {
            Some(tag) => self.tagged(content, tag, bytes.clone()),
            None if is_plain => self.plain(content, bytes.clone()),
            None => Scalar::String(content.into()),
        };
        let node = self.builder.scalar(value, bytes);
        if anchor != 0 {
            self.anchors.insert(anchor, node);
        }
    }

    /// Converts an untagged plain scalar by the rules of YAML 1.1.
    fn plain(&mut self, content: &str, bytes: Range<usize>) -> Scalar {
        let (here, elsewhere) = (yaml_1_1(content), yaml_1_2(content));
        match &here {
            Meaning::Timestamp => self.warn(bytes, format!(
                "unquoted `{content}` is a date for YAML 1.1 readers such as the Python SDK; read as text"
            ), format!("write \"{content}\"")),
            Meaning::NotFinite => {
                let place = self.builder.place(bytes);
                let message = format!("`{content}` is not a number that a document can hold");
                self.builder.problems.push(Diagnostic::error(Code("AS008"), place, message));
            }
            Meaning::Reserved => self.builder.malformed(
                bytes,
                format!("unquoted `{content}` is reserved; write \"{content}\" for the text"),
            ),
            _ if here != elsewhere => self.warn(bytes, format!(
                "unquoted `{content}` is {} here, but {} for YAML 1.2 readers",
                spoken(&here), spoken(&elsewhere),
            ), format!("write \"{content}\" if it is text, else the value in full")),
            Meaning::Number(number) => self.builder.check_whole(content, number, bytes),
            _ => {}
        }
        match here {
            Meaning::Null => Scalar::Null,
            Meaning::Bool(flag) => Scalar::Bool(flag),
            Meaning::Number(number) => Scalar::Number(number),
            Meaning::NotFinite | Meaning::Timestamp | Meaning::Reserved | Meaning::Text => {
                Scalar::String(content.into())
            }
        }
    }

    fn warn_of_key(&mut self, content: &str, bytes: Range<usize>) {
        let meaning = yaml_1_1(content);
        if meaning != Meaning::Text {
            self.warn(
                bytes,
                format!(
                    "unquoted `{content}` is {} for YAML 1.1 readers such as the Python SDK; read as text",
                    meaning.describe(),
                ),
                format!("write \"{content}\""),
            );
        }
    }

    fn warn(&mut self, bytes: Range<usize>, message: String, help: String) {
        let place = self.builder.place(bytes);
        self.builder
            .problems
            .push(Diagnostic::warning(Code("AS008"), place, message).with_help(help));
    }

    /// Converts a scalar with a tag such as `!!str`.
    fn tagged(&mut self, content: &str, tag: &Tag, bytes: Range<usize>) -> Scalar {
        let text = || Scalar::String(content.into());
        let name = if tag.original() == "!" {
            Some("str")
        } else {
            tag.core_suffix()
        };
        match (name, yaml_1_1(content)) {
            (Some("str"), _) => text(),
            (Some("null"), _) => Scalar::Null,
            (Some("bool"), Meaning::Bool(flag)) => Scalar::Bool(flag),
            (Some("int"), Meaning::Number(number)) if !number.is_f64() => Scalar::Number(number),
            (Some("float"), Meaning::Number(number)) => {
                let number = number.as_f64().and_then(serde_json::Number::from_f64);
                number.map_or_else(text, Scalar::Number)
            }
            (Some("bool" | "int" | "float"), _) => {
                self.builder.malformed(
                    bytes,
                    format!("`{content}` is not a valid `{}`", tag.original()),
                );
                text()
            }
            _ => {
                self.unknown_tag(tag, bytes);
                text()
            }
        }
    }

    fn check_tag(&mut self, tag: Option<&Tag>, expected: &str, span: &Span) {
        if let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema_tag(expected)) {
            let bytes = span.tag_span().and_then(|span| span.byte_range());
            self.unknown_tag(tag, bytes.or(span.byte_range()).unwrap_or_default());
        }
    }

    fn unknown_tag(&mut self, tag: &Tag, bytes: Range<usize>) {
        self.builder.malformed(
            bytes,
            format!("the tag `{}` has no meaning here", tag.original()),
        );
    }

    fn alias(&mut self, anchor: usize, bytes: Range<usize>) {
        match self.anchors.get(&anchor) {
            None => {
                let message = "this alias is inside the value that it repeats, or repeats a key";
                self.builder.malformed(bytes.clone(), message);
                self.placeholder(bytes);
            }
            Some(_) if self.builder.expects_key() => {
                self.builder
                    .malformed(bytes, "an alias can't be a key; write the key");
                self.builder.unusable_key();
            }
            Some(node) => self.builder.alias(*node, bytes),
        }
    }

    /// Adds a dummy in place of a key or value that could not be read.
    fn placeholder(&mut self, bytes: Range<usize>) {
        if self.builder.expects_key() {
            self.builder.unusable_key();
        } else {
            self.builder.scalar(Scalar::Null, bytes);
        }
    }

    fn composite_key(&mut self, bytes: Range<usize>, what: &str) {
        self.builder
            .malformed(bytes, format!("{what} can't be a key"));
        self.builder.unusable_key();
        self.key_depth = 1;
    }

    fn skip_in_key(&mut self, event: &Event<'_>) {
        match event {
            Event::SequenceStart(..) | Event::MappingStart(..) => self.key_depth += 1,
            Event::SequenceEnd | Event::MappingEnd => self.key_depth -= 1,
            _ => {}
        }
    }
}

/// Describes a scalar's type and value for people: `the number 90`.
fn spoken(meaning: &Meaning) -> String {
    match meaning {
        Meaning::Bool(flag) => format!("the boolean {flag}"),
        Meaning::Number(number) => format!("the number {}", Value::Number(number.clone())),
        other => other.describe().to_owned(),
    }
}
