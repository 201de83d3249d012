//! `flowdeck serve`: the binary as an agent that other programs talk to.

mod bed;
mod door;
mod lasting;
mod real;
mod responses;
mod tasks;
