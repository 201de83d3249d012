//! Deserializers that accept the deviations of peers: null for a missing value, an empty text for
//! none, times without a zone.

use serde::{Deserialize, Deserializer};

use crate::base::clock::Timestamp;

/// Deserializes a value, or its default for null.
pub(super) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Deserializes a text; `None` for null or an empty text, which protocol buffers write for unset
/// fields.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text: Option<String> = Option::deserialize(deserializer)?;
    Ok(text.filter(|text| !text.is_empty()))
}

/// Deserializes a time; `None` if it is missing or can't be parsed, because no decision depends on
/// it.
pub(super) fn moment<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    let text: Option<String> = Option::deserialize(deserializer)?;
    Ok(text.and_then(|text| Timestamp::in_utc(&text)))
}
