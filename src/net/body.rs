//! Bodies of answers, read within a bound.

use std::time::Duration;

use reqwest::Response;
use tokio::time::timeout;

/// Why a body was not read to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    /// The body is larger than the bound.
    #[error("the answer is too large")]
    TooLarge,
    /// The connection broke off.
    #[error(transparent)]
    BrokenOff(#[from] reqwest::Error),
}

/// The whole body of an answer, of at most `limit` bytes.
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

/// The beginning of the body of an answer, as far as it comes in time and up to about `limit` bytes. One that never ends
/// must not hide what came before it.
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
