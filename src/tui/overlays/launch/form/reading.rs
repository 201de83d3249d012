//! Parsing of the fields into the request for a launch.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;

use super::{Field, Form};
use crate::base::separated::parts;
use crate::base::shell::ShellLine;
use crate::profile::quantity::{AT_ONCE, RUNS, SEED, TOKENS, duration, rate, whole_number};
use crate::profile::{Profile, Stub, ToolStub};
use crate::runs::{Canary, Given, InputList, PlanRequest, Vary, is_column_of};
use crate::spec::Component;

impl Form {
    /// Returns the number of repetitions of each row; 1 if the text is no number.
    pub(in crate::tui::overlays::launch) fn repeats(&self) -> usize {
        self.number(&Field::Runs)
            .unwrap_or(Some(1))
            .unwrap_or(1)
            .min(*RUNS.end())
    }

    /// Returns the maximum number of concurrent runs; `None` if the field is empty or no number.
    pub(in crate::tui::overlays::launch) fn at_once(&self) -> Option<usize> {
        self.number(&Field::AtOnce).ok().flatten()
    }

    /// Returns the variations.
    ///
    /// # Errors
    /// A description of the expected text.
    pub(in crate::tui::overlays::launch) fn vary(&self) -> Result<Vec<Vary>, String> {
        Vary::read_all(self.text(&Field::Vary)).map_err(|error| error.to_string())
    }

    /// Returns the input lists that are combined.
    ///
    /// # Errors
    /// A description of the expected text.
    pub(in crate::tui::overlays::launch) fn lists(&self) -> Result<Vec<InputList>, String> {
        InputList::read_all(self.text(&Field::Each)).map_err(|error| error.to_string())
    }

    /// Returns the stubs that replace tools.
    ///
    /// # Errors
    /// A description of the expected text.
    pub(in crate::tui::overlays::launch) fn stubs(&self) -> Result<IndexMap<String, Stub>, String> {
        ToolStub::read_all(self.text(&Field::Stubs)).map_err(|error| error.to_string())
    }

    /// Returns the canary; `None` if the field is empty or no number.
    pub(in crate::tui::overlays::launch) fn canary(&self) -> Option<Canary> {
        let n_runs = self.number(&Field::Canary).ok().flatten()?;
        let goes_on = false;
        Some(Canary { n_runs, goes_on })
    }

    fn number(&self, field: &Field) -> Result<Option<usize>, String> {
        let range = if *field == Field::AtOnce {
            AT_ONCE
        } else {
            RUNS
        };
        self.read(field, |text| whole_number(text, &range))
    }

    fn timeout(&self) -> Result<Option<Duration>, String> {
        self.read(&Field::Timeout, duration)
    }

    fn seed(&self) -> Result<Option<u64>, String> {
        self.read(&Field::Seed, |text| whole_number(text, &SEED))
    }

    fn budget(&self) -> Result<Option<u64>, String> {
        self.read(&Field::Budget, |text| whole_number(text, &TOKENS))
    }

    fn rate(&self) -> Result<Option<f64>, String> {
        self.read(&Field::Rate, rate)
    }

    /// Parses the text of a field; `None` if it is empty.
    fn read<T>(
        &self,
        field: &Field,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, String> {
        match self.text(field).trim() {
            "" => Ok(None),
            text => read(text).map(Some),
        }
    }

    /// Returns the problems of fields that are not inputs.
    pub(in crate::tui::overlays::launch) fn problems(&self) -> Vec<(Field, String)> {
        let checks = [
            (Field::Runs, self.number(&Field::Runs).err()),
            (Field::AtOnce, self.number(&Field::AtOnce).err()),
            (Field::Timeout, self.timeout().err()),
            (Field::Seed, self.seed().err()),
            (Field::Budget, self.budget().err()),
            (Field::Canary, self.number(&Field::Canary).err()),
            (Field::Rate, self.rate().err()),
            (Field::Each, self.lists().err()),
            (Field::Vary, self.vary().err()),
            (Field::Stubs, self.stubs().err()),
        ];
        checks
            .into_iter()
            .filter_map(|(field, problem)| Some((field, problem?)))
            .collect()
    }

    /// Returns the request, without the rows themselves: only their columns are given. An empty
    /// field sets nothing, so that its default or the rows apply. Only an input of type string
    /// without a default gets the empty text as its value.
    pub(in crate::tui::overlays::launch) fn request(
        &self,
        component: &Arc<Component>,
        profile: &Arc<Profile>,
        columns: &[String],
        repeats: usize,
    ) -> PlanRequest {
        let own = self.own_inputs(columns).into_iter();
        let inputs = own
            .map(|(name, text)| (name.to_owned(), Given::Text(text.to_owned())))
            .collect();
        let message = self.text(&Field::Message);
        let messages = (!message.trim().is_empty()).then(|| message.to_owned());
        PlanRequest {
            inputs,
            lists: self.lists().unwrap_or_default(),
            repeats,
            messages: messages.into_iter().collect(),
            at_once: self.at_once(),
            timeout: self.timeout().ok().flatten(),
            seed: self.seed().ok().flatten(),
            max_tokens_total: self.budget().ok().flatten(),
            canary: self.canary(),
            requests_per_second: self.rate().ok().flatten(),
            is_attended: true,
            is_steered: true,
            ..PlanRequest::new(Arc::clone(component), Arc::clone(profile))
        }
    }

    /// Returns the inputs that have one value for all runs, with their texts: the ones that no
    /// column and no list gives.
    fn own_inputs(&self, columns: &[String]) -> Vec<(&str, &str)> {
        let lists = self.lists().unwrap_or_default();
        let is_given = |name: &str| {
            let mut columns = columns.iter();
            columns.any(|column| is_column_of(column, name))
                || lists.iter().any(|list| list.name == name)
        };
        let own = self.fields.iter().filter_map(|(field, text)| match field {
            Field::Input(name) if !text.text().is_empty() && !is_given(name) => {
                Some((name.as_str(), text.text()))
            }
            _ => None,
        });
        own.collect()
    }

    /// Returns the command line for the same launch. Its paths are absolute, so that it works in
    /// any folder.
    pub(in crate::tui::overlays::launch) fn command_line(
        &self,
        spec: &Path,
        root: &Path,
        columns: &[String],
        default_profile: &str,
    ) -> ShellLine {
        let spec = spec.to_string_lossy();
        let mut line = ShellLine::new(&["flowdeck", "run", &spec]);
        if self.profile != default_profile {
            line.option("--profile", &self.profile);
        }
        for (name, text) in self.own_inputs(columns) {
            line.option("--input", format!("{name}={text}"));
        }
        for (field, option) in [
            (Field::Each, "--combine"),
            (Field::Vary, "--vary"),
            (Field::Stubs, "--stub"),
        ] {
            let written = parts(self.text(&field), ';').into_iter().map(str::trim);
            for part in written.filter(|part| !part.is_empty()) {
                line.option(option, part);
            }
        }
        for (field, option) in [(Field::RowsFile, "--inputs"), (Field::Answers, "--answers")] {
            let written = self.text(&field).trim();
            if !written.is_empty() {
                line.option(option, root.join(written).to_string_lossy());
            }
        }
        let message = self.text(&Field::Message);
        if !message.trim().is_empty() {
            line.option("--message", message);
        }
        for (field, option) in [
            (Field::Runs, "--runs"),
            (Field::AtOnce, "--at-once"),
            (Field::Timeout, "--timeout"),
            (Field::Seed, "--seed"),
            (Field::Budget, "--max-tokens-total"),
            (Field::Canary, "--canary"),
            (Field::Rate, "--rate"),
        ] {
            let written = self.text(&field).trim();
            let is_usual = field == Field::Runs && written == "1";
            if !written.is_empty() && !is_usual {
                line.option(option, written);
            }
        }
        line
    }
}
