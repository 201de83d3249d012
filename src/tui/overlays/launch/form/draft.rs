//! The inputs of a launch, saved to fill in the next one, in the same session or later.

use super::{Field, Form};
use crate::tui::launches::LaunchDraft;

impl Field {
    /// Returns the name under which the text of a field is saved.
    fn key(&self) -> String {
        let name = match self {
            Self::Profile => "profile",
            Self::Runs => "runs",
            Self::AtOnce => "at_once",
            Self::Timeout => "timeout",
            Self::Seed => "seed",
            Self::Budget => "budget",
            Self::Canary => "canary",
            Self::Rate => "rate",
            Self::Each => "combine",
            Self::Vary => "vary",
            Self::Input(name) => return format!("input:{name}"),
            Self::RowsFile => "rows",
            Self::Message => "message",
            Self::Answers => "answers",
            Self::Stubs => "stubs",
            Self::Launch => "launch",
        };
        name.to_owned()
    }
}

impl Form {
    pub(in crate::tui::overlays::launch) fn draft(&self) -> LaunchDraft {
        let texts = self.fields.iter();
        let texts = texts.filter(|(field, _)| !matches!(field, Field::Profile | Field::Launch));
        LaunchDraft {
            profile: self.is_profile_chosen.then(|| self.profile.clone()),
            is_at_once_of_profile: self.is_at_once_of_profile,
            texts: texts
                .map(|(field, text)| (field.key(), text.text().to_owned()))
                .collect(),
        }
    }

    /// Fills in a saved launch; fields that it doesn't contain keep their text.
    /// [`Form::take_profile`] must be called afterwards.
    pub(in crate::tui::overlays::launch) fn fill_from(&mut self, draft: &LaunchDraft) {
        if let Some(profile) = &draft.profile {
            self.profile.clone_from(profile);
            self.is_profile_chosen = true;
        }
        for (field, text) in &mut self.fields {
            if let Some(last) = draft.texts.get(&field.key()) {
                text.set_text(last.as_str());
            }
        }
        self.is_at_once_of_profile = draft.is_at_once_of_profile;
    }
}
