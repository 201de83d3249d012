//! A part of a message or of an artifact.

use base64::Engine as _;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Version;
use super::lenient::{or_default, text};
use super::object::Object;

/// The metadata field with which version 0.3 marks a data part whose `value` holds data that is not
/// an object, as in A2A's SDK for Python.
const IS_WRAPPED: &str = "data_part_compat";

/// A part of a message or of an artifact.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "WirePart")]
pub struct Part {
    /// The content of the part.
    pub content: PartContent,
    /// The name of the part's file.
    pub filename: Option<String>,
    /// The media type of the text or file: `text/plain`, `image/png`, ….
    pub media_type: Option<String>,
    /// Custom fields, which the protocol leaves to its users.
    pub metadata: Map<String, Value>,
}

/// The content of a part.
#[derive(Clone, Debug, PartialEq)]
pub enum PartContent {
    /// Text.
    Text(String),
    /// The contents of a file.
    Bytes(Vec<u8>),
    /// The address of a file.
    Url(String),
    /// A JSON value.
    Data(Value),
}

impl Part {
    /// Makes a part with only this content.
    pub fn new(content: PartContent) -> Self {
        Self {
            content,
            filename: None,
            media_type: None,
            metadata: Map::new(),
        }
    }

    /// Makes a text part.
    pub fn text(text: impl Into<String>) -> Self {
        Self::new(PartContent::Text(text.into()))
    }

    /// Makes a data part.
    pub fn data(data: impl Into<Value>) -> Self {
        Self::new(PartContent::Data(data.into()))
    }

    /// Converts the part to JSON.
    pub fn to_json(&self, version: Version) -> Value {
        match version {
            Version::V1_0 => self.to_1_0(),
            Version::V0_3 => self.to_0_3(),
        }
    }

    fn to_1_0(&self) -> Value {
        let object = match &self.content {
            PartContent::Text(text) => Object::default().with("text", text.as_str()),
            PartContent::Bytes(bytes) => Object::default().with("raw", STANDARD.encode(bytes)),
            PartContent::Url(url) => Object::default().with("url", url.as_str()),
            PartContent::Data(data) => Object::default().with("data", data.clone()),
        };
        object
            .with_map("metadata", &self.metadata)
            .with_text("filename", self.filename.as_deref())
            .with_text("mediaType", self.media_type.as_deref())
            .into()
    }

    fn to_0_3(&self) -> Value {
        let mut metadata = self.metadata.clone();
        let object = Object::default();
        let object = match &self.content {
            PartContent::Text(text) => object.with("kind", "text").with("text", text.as_str()),
            PartContent::Bytes(bytes) => {
                let file = Object::default().with("bytes", STANDARD.encode(bytes));
                object.with("kind", "file").with("file", self.file(file))
            }
            PartContent::Url(url) => {
                let file = Object::default().with("uri", url.as_str());
                object.with("kind", "file").with("file", self.file(file))
            }
            PartContent::Data(data @ Value::Object(_)) => {
                object.with("kind", "data").with("data", data.clone())
            }
            PartContent::Data(data) => {
                metadata.insert(IS_WRAPPED.to_owned(), Value::Bool(true));
                object
                    .with("kind", "data")
                    .with("data", json!({"value": data}))
            }
        };
        object.with_map("metadata", &metadata).into()
    }

    fn file(&self, file: Object) -> Object {
        file.with_text("mimeType", self.media_type.as_deref())
            .with_text("name", self.filename.as_deref())
    }
}

/// A part in the form of either version.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WirePart {
    text: Option<String>,
    raw: Option<String>,
    url: Option<String>,
    /// The data. Missing and null are different here: null is data.
    #[serde(default, deserialize_with = "present")]
    data: Option<Value>,
    file: Option<WireFile>,
    #[serde(default, deserialize_with = "text")]
    filename: Option<String>,
    #[serde(default, deserialize_with = "text")]
    media_type: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    metadata: Map<String, Value>,
    kind: Option<String>,
}

/// A file in the form of version 0.3.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireFile {
    bytes: Option<String>,
    uri: Option<String>,
    #[serde(default, deserialize_with = "text")]
    mime_type: Option<String>,
    #[serde(default, deserialize_with = "text")]
    name: Option<String>,
}

fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl TryFrom<WirePart> for Part {
    type Error = String;

    fn try_from(wire: WirePart) -> Result<Self, String> {
        let mut metadata = wire.metadata;
        let (mut filename, mut media_type) = (wire.filename, wire.media_type);
        let mut contents = Vec::new();
        contents.extend(wire.text.map(PartContent::Text));
        if let Some(raw) = &wire.raw {
            contents.push(PartContent::Bytes(decoded(raw)?));
        }
        contents.extend(wire.url.map(PartContent::Url));
        if let Some(file) = wire.file {
            if let Some(bytes) = &file.bytes {
                contents.push(PartContent::Bytes(decoded(bytes)?));
            }
            contents.extend(file.uri.map(PartContent::Url));
            filename = filename.or(file.name);
            media_type = media_type.or(file.mime_type);
        }
        // Some peers write null beside what the part holds.
        let data = wire
            .data
            .filter(|data| contents.is_empty() || !data.is_null());
        if let Some(data) = data {
            contents.push(PartContent::Data(unwrapped(data, &mut metadata)));
        }
        match <[PartContent; 1]>::try_from(contents) {
            Ok([content]) => Ok(Self {
                content,
                filename,
                media_type,
                metadata,
            }),
            Err(contents) if contents.is_empty() => Err(match wire.kind {
                Some(kind) => format!("a part of kind `{kind}` has no text, file or data"),
                None => "a part has none of `text`, `raw`, `url` and `data`".to_owned(),
            }),
            Err(_) => Err("a part has more than one of text, file and data".to_owned()),
        }
    }
}

/// Returns the data that version 0.3 wraps in an object because it is not one itself.
fn unwrapped(data: Value, metadata: &mut Map<String, Value>) -> Value {
    if metadata.get(IS_WRAPPED) != Some(&Value::Bool(true)) {
        return data;
    }
    match data {
        Value::Object(mut members) if members.len() == 1 && members.contains_key("value") => {
            metadata.shift_remove(IS_WRAPPED);
            members.shift_remove("value").unwrap_or_default()
        }
        data => data,
    }
}

/// Decodes base64 of either alphabet, with or without padding, as readers of protocol buffers do.
fn decoded(base64: &str) -> Result<Vec<u8>, String> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &ALPHABET,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let standard = base64.replace('-', "+").replace('_', "/");
    LENIENT
        .decode(standard)
        .map_err(|error| format!("the bytes of a file are not base64: {error}"))
}
