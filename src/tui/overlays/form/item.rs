//! An item of a spec that the form can change.

use serde_json::Value;
use tui_textarea::{CursorMove, TextArea};

use crate::spec::assist::{FormField, FormItem, FormKind, ToolChange, form};
use crate::tui::assist::Question;
use crate::tui::check::Checked;
use crate::tui::widgets::text_keys::text_area;

/// An item of a spec that the form can change, and its typed text.
#[derive(Debug)]
pub(super) struct Item {
    of: FormItem,
    /// The typed text; `None` for a tool, which is only switched on or off.
    text: Option<Box<TextArea<'static>>>,
}

/// Returns all items of the form for a spec.
pub(super) fn of(checked: &Checked) -> Vec<Item> {
    form(&checked.loaded).into_iter().map(Item::new).collect()
}

impl Item {
    fn new(of: FormItem) -> Self {
        let text = match &of.what {
            FormField::Value { value, .. } => {
                let mut area = text_area(&shown(value));
                area.move_cursor(CursorMove::Bottom);
                area.move_cursor(CursorMove::End);
                Some(area)
            }
            FormField::Tool { .. } | FormField::UnusedTool { .. } => None,
        };
        Self { of, text }
    }

    /// Returns the position where the item's component begins.
    pub(super) const fn at(&self) -> usize {
        self.of.at
    }

    /// Returns the display name: `weather: system_prompt`.
    pub(super) fn name(&self) -> String {
        let what = match &self.of.what {
            FormField::Value { path, .. } => path.last().map(String::as_str).unwrap_or_default(),
            FormField::Tool { name, .. } | FormField::UnusedTool { name } => name,
        };
        format!("{}: {what}", self.of.component)
    }

    /// Whether a tool is used; `None` for items with a text.
    pub(super) const fn is_used(&self) -> Option<bool> {
        match self.of.what {
            FormField::Value { .. } => None,
            FormField::Tool { .. } => Some(true),
            FormField::UnusedTool { .. } => Some(false),
        }
    }

    pub(super) fn text(&self) -> Option<&TextArea<'static>> {
        self.text.as_deref()
    }

    pub(super) fn text_mut(&mut self) -> Option<&mut TextArea<'static>> {
        self.text.as_deref_mut()
    }

    /// Returns the typed text if it differs from the document.
    fn written(&self) -> Option<String> {
        let written = self.text.as_ref()?.lines().join("\n");
        match &self.of.what {
            FormField::Value { value, kind, .. } if !says(&written, value, *kind) => Some(written),
            _ => None,
        }
    }

    pub(super) fn is_changed(&self) -> bool {
        self.written().is_some()
    }

    /// Keeps the typed text of the same item in the earlier form.
    pub(super) fn keep_written(&mut self, before: &Self) {
        if let (Some(_), Some(text)) = (before.written(), &before.text) {
            let as_in_text = self.text.replace(text.clone());
            if !self.is_changed() {
                self.text = as_in_text;
            }
        }
    }

    /// Returns the question whose answer makes the change; `None` if nothing changes.
    ///
    /// # Errors
    /// The mistake in the typed text.
    pub(super) fn question(&self) -> Result<Option<Question>, String> {
        let (path, kind) = match &self.of.what {
            FormField::Value { path, kind, .. } => (path, *kind),
            FormField::Tool { index, .. } => {
                return Ok(Some(Question::SetTools(ToolChange::Remove(*index))));
            }
            FormField::UnusedTool { name } => {
                return Ok(Some(Question::SetTools(ToolChange::Add(name.clone()))));
            }
        };
        let Some(written) = self.written() else {
            return Ok(None);
        };
        let path = path.clone();
        let value = match kind {
            _ if written.is_empty() => Value::Null,
            FormKind::Text | FormKind::Line => Value::String(written),
            FormKind::Number if number(&written).is_some() => {
                return Ok(Some(Question::SetNumber { path, written }));
            }
            FormKind::Number => {
                return Err("write a number, such as 0.2, or nothing to leave it out".into());
            }
        };
        Ok(Some(Question::SetField { path, value }))
    }
}

/// Whether the typed text means the value, even if it is written differently.
fn says(written: &str, value: &Value, kind: FormKind) -> bool {
    written == shown(value) || (kind == FormKind::Number && number(written).as_ref() == Some(value))
}

fn number(written: &str) -> Option<Value> {
    let value: Value = serde_json::from_str(written.trim()).ok()?;
    value.is_number().then_some(value)
}

/// Returns the form's text for a value.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
