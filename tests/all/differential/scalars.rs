//! Texts and numbers that a reader or writer of YAML or JSON may get wrong, in every place where they can stand.

use flowdeck::spec::Format;
use serde_json::{Map, Value, json};

use super::document::Document;
use super::values::{HOSTILE_NUMBERS, HOSTILE_TEXTS};

/// Every text as a name, a description, free data, a key and an element; every number as free data and as a default.
/// What we write of these has to be read as it was.
pub(super) fn written() -> Vec<Document> {
    let mut documents = Vec::new();
    for text in HOSTILE_TEXTS {
        let tool = json!({
            "component_type": "ServerTool",
            "id": format!("id {text}"),
            "name": text,
            "description": text,
            "metadata": {"text": text, "list": [text, [text], {"inner": text}], "below": {*text: {*text: [{*text: text}]}}},
            "inputs": [{"title": "x", "type": "string", "description": text, "default": text, "enum": [text]}],
        });
        documents.push(Document::of(format!("the text {text:?}"), &tool));
    }
    for number in HOSTILE_NUMBERS {
        let text = format!(
            r#"{{"component_type": "ServerTool", "id": "t", "name": "t", "metadata": {{"n": {number}, "l": [[{number}]]}},
                "inputs": [{{"title": "x", "type": "number", "default": {number}, "minimum": {number}}}]}}"#
        );
        documents.push(Document {
            text,
            ..Document::of(format!("the number {number}"), &Value::Null)
        });
    }
    documents
}

/// Every text as it stands in YAML: plain, in quotes and as a block. We have to read these as PyYAML does.
pub(super) fn read() -> Vec<Document> {
    let mut documents = Vec::new();
    for text in HOSTILE_TEXTS {
        let is_one_line = !text.chars().any(char::is_control);
        let mut ways = vec![
            (
                "in single quotes",
                format!("'{}'", text.replace('\'', "''")),
            ),
            (
                "in double quotes",
                format!("\"{}\"", text.replace('"', "\\\"")),
            ),
        ];
        if is_one_line {
            ways.extend([
                ("plain", (*text).to_owned()),
                ("in a flow", format!("[{text}, {{a: {text}}}]")),
                ("with a note", format!("{text} # note")),
                ("as a block", format!("|\n    {text}\n    {text}\n\n")),
                (
                    "as a folded block",
                    format!(">-\n    {text}\n    {text}\n\n      {text}\n"),
                ),
                ("over two lines", format!("{text}\n    {text}")),
            ]);
        }
        for (way, written) in ways {
            documents.push(yaml(&format!("{text:?} {way}"), &written));
        }
    }
    let numbers = HOSTILE_NUMBERS.iter();
    documents.extend(numbers.map(|number| yaml(&format!("{number} plain"), number)));
    documents
}

/// A document in YAML with a value as it is to be read.
fn yaml(name: &str, value: &str) -> Document {
    Document {
        name: format!("the YAML {name}"),
        text: format!("component_type: ServerTool\nid: t\nname: t\nmetadata:\n  value: {value}\n"),
        format: Format::Yaml,
        supplied: Map::new(),
    }
}
