//! Reads bodies of responses with a size limit.

use std::time::Duration;

use reqwest::Response;
use tokio::time::timeout;

/// The reason why a body could not be read completely.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    /// The body exceeds the limit.
    #[error("the answer is too large")]
    TooLarge,
    /// The connection broke.
    #[error(transparent)]
    BrokenOff(#[from] reqwest::Error),
}

/// Reads the complete body of a response, of at most `limit` bytes.
///
/// # Errors
/// [`BodyError`].
pub(crate) async fn whole(answer: &mut Response, limit: usize) -> Result<Vec<u8>, BodyError> {
    let mut body = Vec::new();
    while let Some(bytes) = answer.chunk().await? {
        body.extend_from_slice(&bytes);
        if body.len() > limit {
            return Err(BodyError::TooLarge);
        }
    }
    Ok(body)
}

/// Reads the beginning of a body: what arrives in time, up to about `limit` bytes. A body that
/// never ends is therefore still readable.
pub(crate) async fn beginning(answer: &mut Response, limit: usize, within: Duration) -> Vec<u8> {
    let mut body = Vec::new();
    let reading = async {
        while body.len() < limit
            && let Ok(Some(bytes)) = answer.chunk().await
        {
            body.extend_from_slice(&bytes);
        }
    };
    let _as_far_as_it_came = timeout(within, reading).await;
    body
}
