//! Runs that workers carry out behind a real NATS server: killed workers, a server that is gone, people who answer.

mod access;
mod bed;
mod first_try;
mod gone;
mod killed;
mod large;
mod live_text;
mod people;
mod rate;
mod refused;
mod relay;
mod resumed;
mod screen;
mod server;
mod slots;
mod trouble;
