//! Datastores in PostgreSQL, against a real server that the tests start themselves.

mod doubt;
mod encryption;
mod faults;
mod flows;
mod queries;
mod restarts;
mod rows;
mod server;
mod wayflow;
