//! The changes that can be made where a run is forked, and requests for forks.

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
    /// The number of the event from which the fork differs.
    pub(crate) at: u64,
    /// The name of the change: `what get_weather gives`.
    pub(crate) label: String,
    /// The current text in the run.
    pub(crate) text: String,
}

/// The kind of value that a fork can change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// No change: the following steps are only run again.
    Nothing,
    /// A message of the user.
    Message,
    /// The result of a tool.
    Result(ResultText),
    /// The arguments of a tool call in a model's answer.
    Arguments,
    /// A field of a component, by its path; `None` if the path is typed too.
    Field(Option<String>),
}

/// The form in which a tool's result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResultText {
    /// As plain text.
    Text,
    /// As JSON.
    Json,
    /// As JSON if the text is valid JSON, or else as text, because the schema of the tool's results
    /// is unknown.
    Either,
}

/// A change, and the fields that it sets in the spec.
type Edit = (Change, Vec<(String, String)>);

impl Offer {
    /// Whether the change needs typed text.
    pub(crate) fn is_written(&self) -> bool {
        self.what != What::Nothing
    }

    /// Returns the change for a typed text.
    ///
    /// # Errors
    /// The mistake in the text.
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

/// A request for a fork.
#[derive(Debug)]
pub(crate) struct ForkWish {
    /// The ticket, returned with the fork.
    pub(crate) ticket: Ticket,
    /// The run to be forked.
    pub(crate) source: ForkSource,
    /// The number of the event from which the fork differs.
    pub(crate) at: u64,
    /// The change at that event.
    pub(crate) change: Change,
    /// The fields of components to be set.
    pub(crate) fields: Vec<(String, String)>,
}

/// A request to repeat a tool call outside of its run.
#[derive(Debug)]
pub(crate) struct CallWish {
    /// The ticket, returned with the plan.
    pub(crate) ticket: Ticket,
    /// The run.
    pub(crate) source: ForkSource,
    /// The tool.
    pub(crate) tool: ComponentName,
    /// The arguments as the JSON text of an object.
    pub(crate) arguments: String,
}

/// A planned tool call that is ready to start.
#[derive(Debug)]
pub(crate) struct CallReady {
    /// The plan with the one run that makes the call.
    pub(crate) plan: Box<BatchPlan>,
    /// A remark for the person.
    pub(crate) remark: Option<String>,
}

/// The location of the events of a forked run.
#[derive(Clone, Debug)]
pub(crate) enum ForkSource {
    /// In this session; the run may be active or ended.
    Known(Box<KeptBatch>, Arc<RunRecord>),
    /// In the history.
    Kept(RunId),
}

impl ForkSource {
    /// Returns the location of a run's events.
    pub(crate) fn of(run: &Arc<RunRecord>, runs: &RunsModel) -> Self {
        match runs.batch(&run.batch) {
            Some(batch) if !runs.is_past(&run.run) => {
                Self::Known(Box::new(KeptBatch::from(&**batch)), Arc::clone(run))
            }
            Some(_) | None => Self::Kept(run.run.clone()),
        }
    }
}

/// A fork that is ready to start.
#[derive(Debug)]
pub(crate) struct ForkReady {
    /// The fork.
    pub(crate) forked: Forked,
    /// A remark for the person.
    pub(crate) remark: Option<String>,
}
