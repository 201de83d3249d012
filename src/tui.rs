//! The workbench on the terminal: state, update, view.
//!
//! Keys become [`Action`](action::Action)s by the one table in [`action`]; an action changes
//! [`State`](app::State) and gives [`Command`](command::Command)s; commands are performed by
//! [`perform`], and what comes of them returns as an [`AppEvent`](event::AppEvent). Drawing reads
//! state and changes nothing.
//!
//! ```text
//! crossterm ─▶ event_loop ─▶ layer (who wants the key?) ─▶ keymap ─▶ Action ─▶ app::update ─▶ Vec<Command>
//!                  ▲                                                                             │
//!                  └────────────── AppEvent: terminal, runs, workspace, jobs ◀── perform ◀───────┘
//! ```
//!
//! # To add …
//!
//! - **an action**: a row in [`action`]'s table (name, id, label, title, keys by context, footer
//!   priority), and an arm in the `update` of the screen or overlay whose context it is in. Keymap,
//!   footer, palette, help and `docs/keys.md` follow from the row.
//! - **a key context** (a pane with letters of its own): a variant of
//!   [`KeyContext`](action::KeyContext), named by the screen's `contexts()`.
//! - **an overlay**: a file in `overlays/` with `State`, `contexts`, `update`, `text` (keys that
//!   are text), `draw`; a variant of [`Overlay`](overlays::Overlay). It is opened with
//!   `Command::Ui(UiCommand::Open(…))` and closed with `UiCommand::Close`.
//! - **an effect**: a variant of the group in [`command`] that it belongs to, an arm in
//!   [`perform`], and, if something comes back, a variant of [`JobResult`](event::JobResult).
//! - **a screen**: a folder in `screens/` with `state`, `update`, `view`; a variant of
//!   [`Screen`](screens::Screen).
//!
//! A screen's `update` gets its own state and a [`Context`](app::Context), which shows it the runs,
//! the workspace, the time and its area. It never reaches into another screen: it says so with a
//! [`UiCommand`](command::UiCommand).

pub mod action;
pub mod app;
pub mod assist;
mod check;
pub mod clipboard;
pub mod command;
pub mod event;
pub mod event_loop;
mod frame;
mod frame_limiter;
pub mod glyphs;
mod hang_up;
pub mod keymap;
pub mod launch_plan;
mod layer;
pub mod notices;
pub mod overlays;
mod perform;
mod runs_model;
pub mod screens;
pub mod terminal;
#[cfg(test)]
mod testing;
pub mod theme;
mod widgets;
