//! HTTP for models and tools: clients with certificates, bodies with a size limit, event streams,
//! retries, and the causes of errors.
//!
//! Nothing here depends on the server or the purpose of a request.

pub(crate) mod body;
pub(crate) mod causes;
pub(crate) mod client;
pub(crate) mod retry;
pub(crate) mod sse;
