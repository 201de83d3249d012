//! The first event of a run: everything that is needed to execute the run, now or again.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::base::digest::hex_digest;
use crate::base::ids::{BatchId, RunId};
use crate::base::keeping::Keeping;
use crate::base::separated::unquoted;
use crate::base::written::Written;
use crate::conversation::{Image, Values};
use crate::spec::syntax::Format;
use crate::spec::{Component, ExportError, ExportOptions, export};
use crate::trace::{ClientMessage, ComponentName, Limits};

/// A run as it was planned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// The batch that contains the run.
    pub batch: BatchId,
    /// The index of the run in its batch, from 0, in the order of inputs.
    pub index: usize,
    /// The run that this run repeats.
    pub retry_of: Option<RunId>,
    /// The point in another run at which this run was forked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forked_from: Option<ForkPoint>,
    /// The part of the plan that all runs of the batch share.
    pub terms: Arc<RunTerms>,
    /// The plan of this run only.
    pub run: Arc<RunPlan>,
}

/// A point in the record of a run at which another run branches off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForkPoint {
    /// The original run.
    pub run: RunId,
    /// The number of the first event that was not copied unchanged.
    pub seq: u64,
}

/// The settings that all runs of a batch, or of one variant of the spec, share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunTerms {
    /// The root component.
    pub component: ComponentName,
    /// The spec to execute.
    pub spec: Arc<SpecText>,
    /// The settings of the variant: values as written, by the path of their field.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub settings: IndexMap<String, String>,
    /// The name and fingerprint of the profile.
    pub profile: ProfileMark,
    /// The names of the tools that stubs replace.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stubbed: Vec<String>,
    /// The limits of each run.
    pub limits: Limits,
    /// The maximum active time of a run; `None` for no limit.
    pub timeout: Option<Duration>,
    /// Whether a person is available: requests without a prepared answer then wait. Otherwise they
    /// end the run.
    pub is_attended: bool,
    /// How much of the runs the history keeps.
    #[serde(default)]
    pub keeping: Keeping,
}

/// The text of a spec in which every component has an id, so that the keys of effects stay the same
/// when the text is loaded again.
///
/// Secrets are replaced by references.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpecText {
    /// SHA-256 of the text, as 64 hexadecimal digits.
    pub hash: String,
    /// The text, as canonical Agent Spec JSON.
    pub text: String,
}

impl RunTerms {
    /// Describes the variant: `temperature=0.7 model_id=llama3.2`; empty if nothing is varied. A
    /// field is written as the last part of its path, or as the whole path if that would be
    /// ambiguous.
    pub fn variant(&self) -> String {
        let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
        let settings = self.shown_settings().map(|(path, value)| {
            let name = last(path);
            let is_shared = self
                .settings
                .keys()
                .filter(|other| last(other) == name)
                .count()
                > 1;
            format!("{}={value}", if is_shared { path } else { name.as_str() })
        });
        settings.collect::<Vec<_>>().join(" ")
    }
}

impl RunTerms {
    /// Describes the stubbed tools: `stubbed get_weather, book_taxi`; empty if there are none.
    pub fn stubbed_words(&self) -> String {
        if self.stubbed.is_empty() {
            String::new()
        } else {
            format!("stubbed {}", self.stubbed.join(", "))
        }
    }

    /// Describes the variant for display beside other variants of the same fields: of a single
    /// field only the value, without quotes.
    pub(crate) fn variant_value(&self) -> String {
        let mut settings = self.shown_settings();
        match (settings.next(), settings.next()) {
            (Some((_, only)), None) => only,
            _ => self.variant(),
        }
    }

    /// Returns the settings of the variant by the paths of their fields; strings are without
    /// quotes.
    pub(crate) fn shown_settings(&self) -> impl Iterator<Item = (&str, String)> {
        let settings = self.settings.iter();
        settings.map(|(path, value)| (path.as_str(), unquoted(value)))
    }

    /// Returns the name of the varied field if there is only one: `system_prompt`.
    pub(crate) fn varied_field(&self) -> Option<&str> {
        let mut paths = self.settings.keys();
        match (paths.next(), paths.next()) {
            (Some(only), None) => only.rsplit('.').next(),
            _ => None,
        }
    }
}

impl SpecText {
    /// Makes the text of a component and everything below it.
    ///
    /// # Errors
    /// [`ExportError::Incomplete`], if part of the component could not be read.
    pub fn of(component: &Arc<Component>) -> Result<Self, ExportError> {
        let text = export(component, &ExportOptions::new(Format::Json))?.text;
        Ok(Self {
            hash: hex_digest(text.as_bytes()),
            text,
        })
    }
}

/// The identity of a profile, without secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileMark {
    /// The name of the profile.
    pub name: String,
    /// A digest of the profile's bindings, without secrets and the profile's folder: 64 hexadecimal
    /// digits.
    pub fingerprint: String,
}

/// The part of the plan that is specific to one run of a batch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunPlan {
    /// The inputs of the root component.
    pub inputs: Values,
    /// The number of the input row, from 0, which is the same for all variants and repetitions;
    /// `None` without rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<usize>,
    /// The number of the spec's variant, from 0; `None` if nothing is varied.
    #[serde(default)]
    pub variant: Option<usize>,
    /// The seed of the offline model and of retry jitter.
    pub seed: Option<u64>,
    /// The prepared answers.
    pub answers: Answers,
    /// The message that started the run, if it came with an id from a client of a served spec.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_message: Option<Box<ClientMessage>>,
}

/// Answers that are prepared before a run starts (`--message`, `--answers`, `--confirm`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    /// Messages of the user, in order. For an agent, the first one starts the conversation.
    pub messages: VecDeque<String>,
    /// Messages of the user for certain questions. The first entry that matches and has a message
    /// left takes precedence over [`Answers::messages`].
    #[serde(default)]
    pub replies: Vec<PreparedReply>,
    /// Images that accompany the first message of the conversation.
    pub images: Vec<Image>,
    /// Results by tool name, in order.
    pub tools: HashMap<String, VecDeque<Written>>,
    /// Decisions about tools that require confirmation, by tool name.
    pub confirmations: HashMap<String, Confirmation>,
    /// The decision about every other tool; `None` asks a person.
    pub default_confirmation: Option<Confirmation>,
}

/// Messages of the user for questions that match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreparedReply {
    /// The pattern of the question, case-insensitive: `*` matches any text, `?` any character.
    /// `None` matches every question.
    pub question: Option<String>,
    /// The ids of components, one of which must ask the question or contain the component that
    /// does. If empty, any component matches.
    pub nodes: Vec<String>,
    /// The messages to answer with, in order.
    pub messages: VecDeque<String>,
}

/// A decision about a tool call that is prepared in advance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirmation {
    /// The tool may be called, with other arguments if given.
    Confirm {
        /// All arguments; `None` keeps the model's.
        arguments: Option<Written>,
    },
    /// The tool must not be called.
    Reject {
        /// The reason, which is sent to the model.
        reason: Option<String>,
    },
}

#[cfg(test)]
impl Planned {
    /// A run of a test that nobody executes.
    pub(crate) fn of_test(
        batch: &str,
        index: usize,
        component: ComponentName,
        inputs: Values,
    ) -> Self {
        let terms = RunTerms {
            component,
            spec: Arc::new(SpecText {
                hash: String::new(),
                text: String::new(),
            }),
            settings: IndexMap::new(),
            profile: ProfileMark {
                name: "offline".to_owned(),
                fingerprint: String::new(),
            },
            stubbed: Vec::new(),
            limits: Limits::default(),
            timeout: None,
            is_attended: true,
            keeping: Keeping::All,
        };
        Self {
            batch: BatchId::new(batch),
            index,
            retry_of: None,
            forked_from: None,
            terms: Arc::new(terms),
            run: Arc::new(RunPlan {
                inputs,
                row: None,
                variant: None,
                seed: None,
                answers: Answers::default(),
                client_message: None,
            }),
        }
    }
}
