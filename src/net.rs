//! HTTP as models and tools share it: clients with their certificates, bodies within a bound, streams of events, retries and
//! what failures come from.
//!
//! Nothing here knows which server is asked, or what for.

pub(crate) mod body;
pub(crate) mod causes;
pub(crate) mod client;
pub(crate) mod retry;
pub(crate) mod sse;
