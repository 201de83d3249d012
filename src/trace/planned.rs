//! The first entry of a run: everything that is needed to carry the run out, now or once more.

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
    /// The batch it belongs to.
    pub batch: BatchId,
    /// Its index in the batch, from 0, in the order of inputs.
    pub index: usize,
    /// The run that this one repeats.
    pub retry_of: Option<RunId>,
    /// The place in another run where it was forked off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forked_from: Option<ForkPoint>,
    /// The part of the plan that all runs of the batch have in common.
    pub terms: Arc<RunTerms>,
    /// The plan of the run itself.
    pub run: Arc<RunPlan>,
}

/// A place in the record of a run, where another one branches off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForkPoint {
    /// The run.
    pub run: RunId,
    /// The number of the first entry that was not taken over as it is.
    pub seq: u64,
}

/// The terms that all runs of a batch have in common, or all of one variant of the spec.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunTerms {
    /// The root component.
    pub component: ComponentName,
    /// The spec that is run.
    pub spec: Arc<SpecText>,
    /// The settings that vary the spec: values as they were written, by the path of their field.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub settings: IndexMap<String, String>,
    /// The mark of the profile that binds models and tools.
    pub profile: ProfileMark,
    /// The tools that a stub replaces, by name; what they would have done was not done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stubbed: Vec<String>,
    /// The bounds of the run.
    pub limits: Limits,
    /// How long the run may be active; none sets no bound.
    pub timeout: Option<Duration>,
    /// Whether a person watches: requests without an answer wait. Otherwise they end the run.
    pub is_attended: bool,
    /// How much the history keeps of the runs.
    #[serde(default)]
    pub keeping: Keeping,
}

/// The text of a spec in which every component has its id, so that keys of effects mean the same when it is loaded again.
///
/// Secrets are references in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpecText {
    /// SHA-256 of the text, as 64 hexadecimal digits.
    pub hash: String,
    /// Canonical Agent Spec JSON.
    pub text: String,
}

impl RunTerms {
    /// Returns the variant in words: `temperature=0.7 model_id=llama3.2`; empty if nothing is varied. A field is called
    /// by its last name, or by its whole path where another one is called the same.
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
    /// Returns the replaced tools in words: `stubbed get_weather, book_taxi`; empty where there are
    /// none.
    pub fn stubbed_words(&self) -> String {
        if self.stubbed.is_empty() {
            String::new()
        } else {
            format!("stubbed {}", self.stubbed.join(", "))
        }
    }

    /// Returns the variant in words beside others that vary the same: of one field its value alone, without the quotes
    /// of a text.
    pub(crate) fn variant_value(&self) -> String {
        let mut settings = self.shown_settings();
        match (settings.next(), settings.next()) {
            (Some((_, only)), None) => only,
            _ => self.variant(),
        }
    }

    /// Returns the settings of the variant, by the paths of their fields: texts as they are meant, without the
    /// quotes that they were written in.
    pub(crate) fn shown_settings(&self) -> impl Iterator<Item = (&str, String)> {
        let settings = self.settings.iter();
        settings.map(|(path, value)| (path.as_str(), unquoted(value)))
    }

    /// The field that was varied, if it is one: `system_prompt`.
    pub(crate) fn varied_field(&self) -> Option<&str> {
        let mut paths = self.settings.keys();
        match (paths.next(), paths.next()) {
            (Some(only), None) => only.rsplit('.').next(),
            _ => None,
        }
    }
}

impl SpecText {
    /// The text of a component and all below it.
    ///
    /// # Errors
    /// [`ExportError::Incomplete`] if part of it could not be read.
    pub fn of(component: &Arc<Component>) -> Result<Self, ExportError> {
        let text = export(component, &ExportOptions::new(Format::Json))?.text;
        Ok(Self {
            hash: hex_digest(text.as_bytes()),
            text,
        })
    }
}

/// A mark by which a profile is known again. Nothing secret is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileMark {
    /// Its name.
    pub name: String,
    /// A digest of what the profile binds, without secrets and the folder that it is in: 64
    /// hexadecimal digits.
    pub fingerprint: String,
}

/// A run of a batch as it is planned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunPlan {
    /// The root component's inputs.
    pub inputs: Values,
    /// The number of its row of inputs, from 0, whatever variant and repeat of it; none where there
    /// are no rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<usize>,
    /// The number of its variant of the spec, from 0; none where nothing is varied.
    #[serde(default)]
    pub variant: Option<usize>,
    /// Seed of the offline model and of jitter.
    pub seed: Option<u64>,
    /// The answers that are given without asking a person.
    pub answers: Answers,
    /// The message that began it, where a client of a served spec sent one with a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_message: Option<Box<ClientMessage>>,
}

/// Answers that are known before a run starts (`--message`, `--answers`, `--confirm`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    /// Messages of the user, first to last. For an agent the first one starts the conversation.
    pub messages: VecDeque<String>,
    /// Messages of the user for certain questions: the first that fits and has one left goes before [`Answers::messages`].
    #[serde(default)]
    pub replies: Vec<PreparedReply>,
    /// Pictures that are shown with the message which starts the conversation.
    pub images: Vec<Image>,
    /// Results by tool name, first to last.
    pub tools: HashMap<String, VecDeque<Written>>,
    /// The decisions on tools that want confirmation, by tool name.
    pub confirmations: HashMap<String, Confirmation>,
    /// The decision on every other tool; none asks.
    pub default_confirmation: Option<Confirmation>,
}

/// Messages of the user for certain questions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreparedReply {
    /// The pattern of the question, whatever its case: `*` is any text, `?` any character. None
    /// fits every question.
    pub question: Option<String>,
    /// Ids of the components of which one must ask, itself or by what is below it; none at all fits every one.
    pub nodes: Vec<String>,
    /// The messages to answer with, first to last.
    pub messages: VecDeque<String>,
}

/// A decision that is known before the question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirmation {
    /// The tool may be called, with these arguments in place of the model's where given.
    Confirm {
        /// All arguments; none keeps the model's.
        arguments: Option<Written>,
    },
    /// The tool is not called.
    Reject {
        /// The reason, which the model gets.
        reason: Option<String>,
    },
}

#[cfg(test)]
impl Planned {
    /// A run of a test that nobody carries out.
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
