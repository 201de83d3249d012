//! The changes that a person may make where a run is forked, and the fork that they want.

mod fields;
mod offers;

use std::sync::Arc;

use crate::base::ids::RunId;
use crate::runs::{
    BatchPlan, Change, Forked, KeptBatch, RunRecord, read_json_result, read_tool_result,
};
use crate::trace::ComponentName;
use crate::tui::launch_plan::Ticket;
use crate::tui::runs_model::RunsModel;
pub(crate) use offers::{Place, offers};

/// A value of a run that a fork can change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    /// The thing that is changed.
    pub(crate) what: What,
    /// Number of the entry from which on the fork goes its own way.
    pub(crate) at: u64,
    /// The name of the change for people: `what get_weather gives`.
    pub(crate) label: String,
    /// As it is in the run.
    pub(crate) text: String,
}

/// A thing that a fork may change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// Nothing: what follows is done once more.
    Nothing,
    /// A message of the user.
    Message,
    /// The result of a tool.
    Result(ResultText),
    /// The arguments that a model gives a tool.
    Arguments,
    /// A field of a component, by its path; none where the path is written, too.
    Field(Option<String>),
}

/// How the result of a tool is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResultText {
    /// As it is.
    Text,
    /// As JSON.
    Json,
    /// As JSON if it is some, else as it is: nothing is known of the tool's results.
    Either,
}

/// A change, with the fields that it sets in the spec.
type Edit = (Change, Vec<(String, String)>);

impl Offer {
    /// Whether there is something to write.
    pub(crate) fn is_written(&self) -> bool {
        self.what != What::Nothing
    }

    /// The change to what was written.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub(crate) fn change(&self, text: &str) -> Result<Edit, String> {
        let set = |path: &str, value: &str| {
            let fields = vec![(path.to_owned(), value.to_owned())];
            (Change::Spec, fields)
        };
        Ok(match &self.what {
            What::Nothing => (Change::Nothing, Vec::new()),
            What::Message if text.trim().is_empty() => {
                return Err("write the message".to_owned());
            }
            What::Message => (Change::Message(text.to_owned()), Vec::new()),
            What::Result(ResultText::Text) => (Change::Result(text.into()), Vec::new()),
            What::Result(ResultText::Json) => (Change::Result(read_json_result(text)?), Vec::new()),
            What::Result(ResultText::Either) => {
                (Change::Result(read_tool_result(&[], text)?), Vec::new())
            }
            What::Arguments => (Change::Arguments(text.to_owned()), Vec::new()),
            What::Field(Some(path)) => set(path, text),
            What::Field(None) => match text.split_once('=') {
                Some((path, value)) if path.contains('.') => set(path.trim(), value),
                Some(_) | None => {
                    return Err(
                        "write COMPONENT.FIELD=VALUE, as in weather.model_id=llama3.2".to_owned(),
                    );
                }
            },
        })
    }
}

/// A fork that is wanted.
#[derive(Debug)]
pub(crate) struct ForkWish {
    /// Comes back with the fork.
    pub(crate) ticket: Ticket,
    /// The run that is forked.
    pub(crate) source: ForkSource,
    /// Number of the entry from which on it goes its own way.
    pub(crate) at: u64,
    /// The change there.
    pub(crate) change: Change,
    /// Fields of components that are set.
    pub(crate) fields: Vec<(String, String)>,
}

/// A tool call that is wanted once more, outside of its run.
#[derive(Debug)]
pub(crate) struct CallWish {
    /// Comes back with the plan.
    pub(crate) ticket: Ticket,
    /// The run.
    pub(crate) source: ForkSource,
    /// The tool.
    pub(crate) tool: ComponentName,
    /// JSON text of an object.
    pub(crate) arguments: String,
}

/// A tool call that can be begun.
#[derive(Debug)]
pub(crate) struct CallReady {
    /// The one run that makes it.
    pub(crate) plan: Box<BatchPlan>,
    /// A remark for the person.
    pub(crate) remark: Option<String>,
}

/// Where that is which happened in the run that is forked.
#[derive(Clone, Debug)]
pub(crate) enum ForkSource {
    /// Here: it is of this session, going on or over.
    Known(Box<KeptBatch>, Arc<RunRecord>),
    /// In the history.
    Kept(RunId),
}

impl ForkSource {
    /// Where that is which happened in a run.
    pub(crate) fn of(run: &Arc<RunRecord>, runs: &RunsModel) -> Self {
        match runs.batch(&run.batch) {
            Some(batch) if !runs.is_past(&run.run) => {
                Self::Known(Box::new(KeptBatch::from(&**batch)), Arc::clone(run))
            }
            Some(_) | None => Self::Kept(run.run.clone()),
        }
    }
}

/// A fork that can be begun.
#[derive(Debug)]
pub(crate) struct ForkReady {
    /// The fork.
    pub(crate) forked: Forked,
    /// A remark for the person.
    pub(crate) remark: Option<String>,
}
