//! The media types that a client accepts, and answers in these types.
//!
//! What an agent says is text and has no other form. Outputs are data; for a client that accepts
//! only text, a single text output is sent as it is, and any other outputs as a JSON object in
//! text.

use serde_json::Value;

use super::{JSON, TEXT};
use crate::a2a::{Artifact, ErrorCode, Part, PartContent, ProtocolError};
use crate::conversation::Values;
use crate::spec::Component;

/// Refuses a request whose client accepts none of the media types that the component can return.
///
/// # Errors
/// [`ErrorCode::ContentTypeNotSupported`].
pub(super) fn check(accepted: &[String], component: &Component) -> Result<(), ProtocolError> {
    let has_data = !component.outputs().is_empty();
    if takes(accepted, TEXT) || (has_data && takes(accepted, JSON)) {
        return Ok(());
    }
    let given = if has_data {
        format!("{TEXT} and {JSON}")
    } else {
        TEXT.to_owned()
    };
    Err(ProtocolError::new(
        ErrorCode::ContentTypeNotSupported,
        format!(
            "`{}` gives {given}, and `acceptedOutputModes` has {} alone",
            component.name(),
            accepted.join(", ")
        ),
    ))
}

/// Whether a media type is among the accepted ones, which may be ranges (`text/*`). An empty list
/// accepts all.
pub(super) fn takes(accepted: &[String], media_type: &str) -> bool {
    let takes = |accepted: &String| {
        let range = accepted.split(';').next().unwrap_or_default().trim();
        match range.to_ascii_lowercase().as_str() {
            "*" | "*/*" => true,
            // Version 0.2 of the protocol had kinds of parts here, and some clients still do.
            "text" => media_type == TEXT,
            range => match range.strip_suffix("/*") {
                Some(kind) => media_type.split('/').next() == Some(kind),
                None => range == media_type,
            },
        }
    };
    accepted.is_empty() || accepted.iter().any(takes)
}

/// Returns an artifact with only the parts that the client accepts; `None` if no part is left.
pub(super) fn accepted(artifact: Artifact, accepted: &[String]) -> Option<Artifact> {
    let is_taken = |part: &Part| {
        let media_type = part.media_type.as_deref();
        let own = match part.content {
            PartContent::Text(_) => TEXT,
            PartContent::Data(_) => JSON,
            PartContent::Bytes(_) | PartContent::Url(_) => "application/octet-stream",
        };
        takes(accepted, media_type.unwrap_or(own))
    };
    let was_empty = artifact.parts.is_empty();
    let parts: Vec<Part> = artifact.parts.into_iter().filter(is_taken).collect();
    (was_empty || !parts.is_empty()).then_some(Artifact { parts, ..artifact })
}

/// Returns the part that holds the outputs.
pub(super) fn of_outputs(outputs: &Values, accepted: &[String]) -> Part {
    if takes(accepted, JSON) {
        return Part::data(Value::Object(outputs.clone()));
    }
    let mut values = outputs.values();
    match (values.next(), values.next()) {
        (Some(Value::String(only)), None) => Part::text(only.as_str()),
        _ => Part::text(Value::Object(outputs.clone()).to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::takes;

    #[test]
    fn media_types_are_taken_by_name_by_range_and_where_nothing_is_said() {
        for (accepted, text, json) in [
            (&[][..], true, true),
            (&["Text/Plain; charset=utf-8"], true, false),
            (&["text"], true, false),
            (&["application/*"], false, true),
            (&["image/png", "*/*"], true, true),
            (&["image/png", "textual/plain"], false, false),
        ] {
            let list: Vec<String> = accepted.iter().map(|one| (*one).to_owned()).collect();
            let both = (takes(&list, "text/plain"), takes(&list, "application/json"));
            assert_eq!(both, (text, json), "{accepted:?}");
        }
    }
}
