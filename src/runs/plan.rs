//! Plans batches from a user's request and the files in it.

mod answers;
mod answers_file;
mod batch_plan;
mod input_lists;
mod input_rows;
mod picture;
mod planning;
mod variants;

pub(crate) use answers::{read_json_result, read_tool_arguments, read_tool_result};
pub(crate) use answers_file::{FileAnswers, is_answers_file, read_answers};
pub use batch_plan::{BatchPlan, BatchTerms, Canary, Origin, QueueName};
pub use input_lists::InputList;
pub(crate) use input_lists::count as count_combinations;
pub use input_rows::Given;
pub(crate) use input_rows::{
    InputRows, Row, is_column_of, is_rows_file, read_rows, read_rows_from,
};
pub(crate) use picture::{is_picture_file, read_picture};
pub(crate) use planning::{DEFAULT_AT_ONCE, give_ids};
pub use planning::{PlanError, PlanProblem, PlanRequest, PlannedBatch, plan};
pub use variants::Variant;
pub(crate) use variants::{Vary, count as count_variants, variants};
