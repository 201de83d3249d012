//! Runs that workers carry out behind a real NATS server: killed workers, a server that is gone, people who answer.

mod access;
mod bed;
mod killed;
mod people;
mod rate;
mod refused;
mod relay;
mod screen;
mod server;
mod slots;
mod trouble;
