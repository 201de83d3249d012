//! What will run: from what a person asks for, and the files they name, to a batch.

mod answers;
mod answers_file;
mod batch_plan;
mod input_rows;
mod picture;
mod planning;
mod template;

pub use answers::{read_tool_arguments, read_tool_result};
pub use answers_file::{AnswersError, read_answers};
pub use batch_plan::BatchPlan;
pub use input_rows::{Given, InputRows, Row, RowsError, is_column_of, is_rows_file, read_rows};
pub use picture::{PictureError, is_picture_file, read_picture};
pub use planning::{DEFAULT_AT_ONCE, PlanError, PlanProblem, PlanRequest, PlannedBatch, plan};
pub use template::cannot_run as template_cannot_run;
