//! HTTP as models and tools share it: clients with their certificates, bodies within a bound, streams of events, retries and
//! what failures come from.
//!
//! Nothing here knows which server is asked, or what for.

pub mod body;
pub mod causes;
pub mod client;
pub mod retry;
pub mod sse;
