//! Runs that workers carry out behind a real NATS server: killed workers, a server that is gone, people who answer.

mod bed;
mod killed;
mod people;
mod refused;
mod server;
mod trouble;
