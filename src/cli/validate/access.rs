//! The permissions of specs, for `flowdeck validate --explain-access`.

use serde_json::{Value, json};

use super::Checked;
use crate::cli::outcome::{Exit, Stop};
use crate::profile::{Access, AccessLine, Profile};
use crate::spec::{Diagnostic, Loaded};

/// The permissions of one spec under a profile.
#[derive(Debug)]
pub(super) struct Explained {
    profile: String,
    access: Access,
}

impl Explained {
    /// Determines the permissions of a spec; `None` if it can't be run.
    pub(super) fn of(loaded: &Loaded, profile: &Profile) -> Option<Self> {
        let component = loaded.component.as_ref().filter(|_| !loaded.has_errors())?;
        Some(Self {
            profile: profile.name.clone(),
            access: Access::of(component, profile),
        })
    }

    /// Returns the permissions as text, with the name of the file as heading.
    pub(super) fn text(&self, name: &str) -> String {
        let profile = &self.profile;
        let lines = self.access.lines();
        if lines.is_empty() {
            return format!("{name}, profile `{profile}`: reaches nothing outside of flowdeck\n");
        }
        let mut text = format!("{name}, profile `{profile}`:\n");
        for line in lines {
            let line = match line {
                AccessLine::Heading(words) => format!("  {words}\n"),
                AccessLine::Grant(words) => format!("    {words}\n"),
                AccessLine::Concern(words) => format!("      ! {words}\n"),
            };
            text.push_str(&line);
        }
        text
    }
}

/// Returns one object per file: its profile, its permissions (null if they can't be determined),
/// and its problems as without the option.
pub(super) fn json(checked: &[Checked]) -> Result<String, Stop> {
    let objects: Vec<Value> = checked
        .iter()
        .map(|file| {
            let record = |problem| Diagnostic::record(problem, &file.name);
            let problems: Vec<_> = file.diagnostics.iter().map(record).collect();
            let explained = file.explained.as_ref();
            json!({
                "file": file.name,
                "profile": explained.map(|explained| &explained.profile),
                "access": explained.map(|explained| &explained.access),
                "problems": problems,
            })
        })
        .collect();
    serde_json::to_string_pretty(&objects)
        .map(|text| text + "\n")
        .map_err(|error| Stop::from_error(Exit::Failed, &error))
}
