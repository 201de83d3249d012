//! The fields of the launch dialog: made from the component's inputs and filled in from the last
//! launch, or else from the profile file's example, or else from the inputs' defaults.

mod draft;
mod reading;

use std::path::Path;
use std::sync::Arc;

use crossterm::event::KeyEvent;
use ratatui::layout::Rect;
use serde_json::Value;

use crate::profile::{Example, Profile};
use crate::runs::DEFAULT_AT_ONCE;
use crate::spec::Component;
use crate::spec::property::settle;
use crate::tui::notices::Notice;
use crate::tui::widgets::text_field::TextField;

/// The default maximum time that one run may be active, in seconds.
const DEFAULT_TIMEOUT_SECONDS: &str = "120";

/// A field, in the order of the dialog.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Field {
    Profile,
    Runs,
    AtOnce,
    Timeout,
    Seed,
    /// The token budget of all runs together.
    Budget,
    /// The number of runs that go first as canaries.
    Canary,
    /// The maximum number of model requests per second.
    Rate,
    /// Lists of input values whose combinations are all run: `INPUT=A,B; …`.
    Each,
    /// Fields of the spec with alternative values: `COMPONENT.FIELD=A,B; …`.
    Vary,
    /// The file with prepared answers.
    Answers,
    /// Results that replace tools: `TOOL=RESULT; TOOL!=ERROR`.
    Stubs,
    /// An input of the component, by its name.
    Input(String),
    RowsFile,
    Message,
    /// The launch button, which has the focus at first.
    Launch,
}

impl Field {
    /// Whether the field is folded while it is empty and was never focused.
    pub(super) const fn is_further(&self) -> bool {
        matches!(
            self,
            Self::Budget | Self::Canary | Self::Rate | Self::Answers | Self::Stubs
        )
    }

    /// Whether the field takes a number. When such a field is entered with `tab`, typing replaces
    /// its text.
    const fn is_number(&self) -> bool {
        matches!(
            self,
            Self::Runs
                | Self::AtOnce
                | Self::Timeout
                | Self::Seed
                | Self::Budget
                | Self::Canary
                | Self::Rate
        )
    }
}

/// The fields and their texts.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) profile: String,
    /// Whether a person has chosen the profile, now or for the last launch.
    pub(super) is_profile_chosen: bool,
    fields: Vec<(Field, TextField)>,
    focus: usize,
    /// Whether the maximum number of concurrent runs still comes from the profile and not from a
    /// person or the last launch.
    is_at_once_of_profile: bool,
    /// Whether anything was changed since the dialog was opened.
    is_edited: bool,
    further: Further,
}

/// The visibility of the further fields while they are empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Further {
    Folded,
    /// The fields are shown because one of them had the focus.
    Unfolded,
}

/// Returns a profile's default for the maximum number of concurrent runs.
fn bound_of(profile: &Profile) -> usize {
    profile.at_once.unwrap_or(DEFAULT_AT_ONCE)
}

/// Makes the text of a field; an input may have several lines.
fn new_text(field: &Field, text: String) -> TextField {
    match field {
        Field::Input(_) | Field::Message => TextField::of_lines(text),
        Field::Profile
        | Field::Runs
        | Field::AtOnce
        | Field::Timeout
        | Field::Seed
        | Field::Budget
        | Field::Canary
        | Field::Rate
        | Field::RowsFile
        | Field::Answers
        | Field::Stubs
        | Field::Each
        | Field::Vary
        | Field::Launch => TextField::new(text),
    }
}

impl Form {
    pub(super) fn new(
        root: &Path,
        component: Option<&Arc<Component>>,
        example: Option<&Example>,
        profile: &Profile,
    ) -> Self {
        let inputs = component
            .map(|component| component.inputs())
            .unwrap_or_default();
        let none = Example::default();
        let example = example.unwrap_or(&none);
        let at_once = example.at_once.unwrap_or_else(|| bound_of(profile));
        let rows_file = example.inputs.as_ref();
        let mut fields = vec![
            (Field::Profile, String::new()),
            (Field::Runs, example.runs.unwrap_or(1).to_string()),
            (Field::AtOnce, at_once.to_string()),
            (Field::Timeout, DEFAULT_TIMEOUT_SECONDS.to_owned()),
            (Field::Seed, String::new()),
        ];
        for input in inputs {
            let name = input.title().to_owned();
            // What does not fit its input is shown as it is written, to be corrected.
            let example = example.input.get(&name).map(|written| {
                settle(written, input.schema()).unwrap_or_else(|_| written.to_string().into())
            });
            // A column of the rows fills it.
            let text = match example.or_else(|| input.default().cloned()) {
                Some(_) if rows_file.is_some() => String::new(),
                Some(Value::String(text)) => text,
                Some(value) => value.to_string(),
                None => String::new(),
            };
            fields.push((Field::Input(name), text));
        }
        // As short as a person would write it.
        let rows_file = rows_file.map(|path| {
            let shown = path.strip_prefix(root).unwrap_or(path);
            shown.display().to_string()
        });
        fields.extend([
            (Field::Each, String::new()),
            (Field::RowsFile, rows_file.unwrap_or_default()),
            (Field::Message, example.message.clone().unwrap_or_default()),
            (Field::Vary, String::new()),
            (Field::Budget, String::new()),
            (Field::Canary, String::new()),
            (Field::Rate, String::new()),
            (Field::Answers, String::new()),
            (Field::Stubs, String::new()),
            (Field::Launch, String::new()),
        ]);
        let fields: Vec<_> = fields
            .into_iter()
            .map(|(field, text)| {
                let text = new_text(&field, text);
                (field, text)
            })
            .collect();
        Self {
            is_at_once_of_profile: example.at_once.is_none(),
            is_edited: false,
            further: Further::Folded,
            profile: profile.name.clone(),
            is_profile_chosen: false,
            focus: fields.len() - 1,
            fields,
        }
    }

    /// Sets the profile, with its maximum number of concurrent runs unless a person has typed one.
    pub(super) fn take_profile(&mut self, profile: &Profile) {
        self.is_edited |= self.profile != profile.name;
        self.profile.clone_from(&profile.name);
        let bound = bound_of(profile).to_string();
        if self.is_at_once_of_profile && self.text(&Field::AtOnce) != bound {
            self.set_text(&Field::AtOnce, bound);
        }
    }

    /// Replaces the text of a field.
    pub(super) fn set_text(&mut self, wanted: &Field, written: String) {
        self.is_edited = true;
        if let Some((_, text)) = self.fields.iter_mut().find(|(field, _)| field == wanted) {
            text.set_text(written);
        }
    }

    /// Whether anything was changed since the dialog was opened.
    pub(super) const fn is_edited(&self) -> bool {
        self.is_edited
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = (&Field, &TextField)> {
        self.fields.iter().map(|(field, text)| (field, text))
    }

    pub(super) fn focus(&self) -> &Field {
        self.fields
            .get(self.focus)
            .map_or(&Field::Launch, |(field, _)| field)
    }

    pub(super) fn focus_on(&mut self, wanted: &Field) {
        if let Some(place) = self.fields.iter().position(|(field, _)| field == wanted) {
            self.move_focus(place);
        }
    }

    pub(super) fn step(&mut self, step: isize) {
        let count = self.fields.len();
        self.move_focus((self.focus + count).saturating_add_signed(step) % count);
        if let Some((field, text)) = self.fields.get_mut(self.focus)
            && field.is_number()
        {
            text.select_all();
        }
    }

    fn move_focus(&mut self, place: usize) {
        if let Some((_, text)) = self.fields.get_mut(self.focus) {
            text.select_none();
        }
        self.focus = place;
        if self.focus().is_further() {
            self.further = Further::Unfolded;
        }
    }

    /// Whether the further fields are shown.
    pub(super) fn is_unfolded(&self) -> bool {
        let mut further = self.fields.iter().filter(|(field, _)| field.is_further());
        self.further == Further::Unfolded || further.any(|(_, text)| !text.text().is_empty())
    }

    /// Gives a key to the focused field. Returns whether its text has changed.
    pub(super) fn input(&mut self, key: KeyEvent) -> bool {
        let has_changed = match self.fields.get_mut(self.focus) {
            Some((Field::Profile | Field::Launch, _)) | None => false,
            Some((_, text)) => text.input(key),
        };
        if has_changed {
            self.edited();
        }
        has_changed
    }

    /// Pastes a text into the focused field. Returns a notice about the parts that were left out.
    pub(super) fn paste(&mut self, pasted: &str) -> Option<Notice> {
        match self.fields.get_mut(self.focus) {
            Some((Field::Profile | Field::Launch, _)) | None => None,
            Some((_, text)) => {
                let notice = text.paste(pasted);
                self.edited();
                notice
            }
        }
    }

    /// Moves the cursor of the focused field to a clicked column.
    pub(super) fn click(&mut self, column: u16, area: Rect) {
        if let Some((_, text)) = self.fields.get_mut(self.focus) {
            text.click(column, area);
        }
    }

    /// Inserts a line break in the focused field. Returns whether the field may have several lines.
    pub(super) fn break_line(&mut self) -> bool {
        match self.fields.get_mut(self.focus) {
            Some((_, text)) if text.takes_lines() => {
                text.insert("\n");
                self.edited();
                true
            }
            _ => false,
        }
    }

    /// Whether the focused field may have several lines.
    pub(super) fn takes_lines(&self) -> bool {
        let focused = self.fields.get(self.focus);
        focused.is_some_and(|(_, text)| text.takes_lines())
    }

    fn edited(&mut self) {
        self.is_edited = true;
        if self.focus() == &Field::AtOnce {
            self.is_at_once_of_profile = false;
        }
    }

    pub(super) fn text(&self, wanted: &Field) -> &str {
        let found = self.fields.iter().find(|(field, _)| field == wanted);
        found.map_or("", |(_, text)| text.text())
    }
}
