//! The workbench on the terminal: state, update, view.
//!
//! The table in [`action`] maps keys to [`Action`](action::Action)s. An action changes the
//! [`State`](app::State) and returns [`Command`](message::Command)s: messages to other parts of the screen,
//! and [`Effect`](effect::Effect)s, which [`perform`] performs. The result of an effect returns as an
//! [`AppEvent`](event::AppEvent). Drawing reads state and changes nothing.
//!
//! ```text
//! crossterm ─▶ event_loop ─▶ layer (who wants the key?) ─▶ keymap ─▶ Action ─▶ app::update ─▶ Vec<Effect>
//!                  ▲                                                                             │
//!                  └────────────── AppEvent: terminal, runs, workspace, jobs ◀── perform ◀───────┘
//! ```
//!
//! # To add …
//!
//! - **an action**: a row in [`action`]'s table (name, id, label, title, keys by context, footer
//!   priority), and an arm in the `update` of the screen or overlay whose context it is in. Keymap,
//!   footer, palette, help and `docs/keys.md` follow from the row.
//! - **a key context** (a pane with letters of its own): a row of [`KeyContext`](action::KeyContext)s, named by the screen's `contexts`.
//! - **an overlay**: a file in `overlays/` with a `State` that is a [`Layer`](layer::Layer); a variant of
//!   [`Overlay`](overlays::Overlay), which names it as a layer. It is opened with
//!   `Message::Open(…)` and closed with `Message::Close`.
//! - **an effect**: a variant of the group in [`effect`] that it belongs to, an arm in
//!   [`perform`], and, if something comes back, a variant of [`JobResult`](event::JobResult).
//! - **a screen**: a folder in `screens/` with `state`, `update`, `view` and a `State` that is a
//!   [`Layer`](layer::Layer); a variant, a row and a field in [`screens`]; the action that shows it; its
//!   contexts; its state at the start, in [`app`].
//!
//! A screen's `update` gets its own state and a [`Context`](app::Context) with the runs, the
//! workspace, the time and its area. It never changes another screen directly, but sends a
//! [`Message`](message::Message).

pub(crate) mod action;
mod answer;
pub(crate) mod app;
pub(crate) mod assist;
mod check;
pub(crate) mod clipboard;
pub(crate) mod effect;
pub(crate) mod event;
pub(crate) mod event_loop;
pub(crate) mod fork;
mod frame;
mod frame_limiter;
pub(crate) mod glyphs;
mod hang_up;
pub(crate) mod history;
pub(crate) mod keymap;
pub(crate) mod launch_plan;
pub(crate) mod launches;
pub(crate) mod layer;
pub(crate) mod message;
pub(crate) mod notices;
pub(crate) mod overlays;
mod perform;
pub(crate) mod remembered;
pub(crate) mod runs_model;
pub(crate) mod screens;
pub(crate) mod terminal;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
pub(crate) mod theme;
mod widgets;
