//! Reads members as peers write them: null for what is absent, empty text for none, times without a zone.

use serde::{Deserialize, Deserializer};

use crate::base::clock::Timestamp;

/// A value, or its default where it is null.
pub(super) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// A text; none where it is null or empty, as protocol buffers write what is not set.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text: Option<String> = Option::deserialize(deserializer)?;
    Ok(text.filter(|text| !text.is_empty()))
}

/// A moment; none where there is none or it can't be read, as no decision hangs on it.
pub(super) fn moment<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    let text: Option<String> = Option::deserialize(deserializer)?;
    Ok(text.and_then(|text| Timestamp::in_utc(&text)))
}
