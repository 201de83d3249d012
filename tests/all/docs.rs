//! What README, ARCHITECTURE, CHANGELOG and docs/ say: links lead somewhere, commands work, blocks of code can be read.

mod blocks;
mod commands;
mod folder;
mod links;
mod page;
mod summary;
