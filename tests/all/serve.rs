//! `flowdeck serve`: the binary as an agent that other programs talk to.

mod bed;
mod door;
mod forms;
mod lasting;
mod listing;
mod modes;
mod real;
mod remote;
mod repeats;
mod responses;
mod tasks;
