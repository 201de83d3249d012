//! Widgets that several screens use. They don't depend on the screens.

pub(crate) mod count;
pub(crate) mod dialog;
pub(crate) mod divider;
pub(crate) mod editor;
pub(crate) mod failure;
pub(crate) mod find;
pub(crate) mod graph;
pub(crate) mod json_view;
pub(crate) mod list;
pub(crate) mod markdown;
pub(crate) mod moment;
pub(crate) mod pane;
pub(crate) mod path_completion;
pub(crate) mod popup;
pub(crate) mod problem;
pub(crate) mod rows;
pub(crate) mod span_sign;
pub(crate) mod text_field;
pub(crate) mod text_keys;
pub(crate) mod tiles;
pub(crate) mod transcript;
