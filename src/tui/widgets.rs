//! Parts that several screens draw with. None knows what it is used for.

pub(crate) mod dialog;
pub(crate) mod editor;
pub(crate) mod highlight;
pub(crate) mod json_view;
pub(crate) mod list;
pub(crate) mod pane;
pub(crate) mod text_field;
