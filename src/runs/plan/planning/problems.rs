//! The problems that prevent a launch; only the first ones are kept, and the rest are counted.

use std::fmt;

use crate::trace::MASKED;

/// The maximum number of problems that are kept, because a file of rows may have one in each row.
const MAX_PROBLEMS: usize = 20;

/// The problems that prevent a launch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanError {
    problems: Vec<PlanProblem>,
    n_more: usize,
}

/// A problem of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanProblem {
    /// The number of the row, from 1; `None` if the problem concerns all runs.
    pub row: Option<usize>,
    /// The line number of the row in the file, from 1.
    pub line: Option<usize>,
    /// The name of the input or column.
    pub name: Option<String>,
    /// The problem.
    pub message: String,
}

impl PlanError {
    /// Returns the first problems, in the order of rows.
    pub fn problems(&self) -> &[PlanProblem] {
        &self.problems
    }

    /// Returns the number of further problems after [`Self::problems`].
    pub const fn n_more(&self) -> usize {
        self.n_more
    }

    /// Removes all given values from the problems, so that only their positions remain.
    #[must_use]
    pub fn masked(mut self) -> Self {
        for problem in &mut self.problems {
            if problem.name.is_some() || problem.row.is_some() {
                problem.message = format!("{MASKED} (leave out `--mask` to read what is wrong)");
            }
        }
        self
    }

    /// Returns the number of problems.
    pub(super) fn count(&self) -> usize {
        self.problems.len() + self.n_more
    }

    /// Adds a problem, whose message is made only if it is kept.
    pub(super) fn add(&mut self, problem: impl FnOnce() -> PlanProblem) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem());
        } else {
            self.n_more += 1;
        }
    }
}

impl From<PlanProblem> for PlanError {
    fn from(problem: PlanProblem) -> Self {
        Self {
            problems: vec![problem],
            n_more: 0,
        }
    }
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.problems.iter().enumerate() {
            let line_break = if at == 0 { "" } else { "\n" };
            write!(f, "{line_break}{problem}")?;
        }
        match self.n_more {
            0 => Ok(()),
            1 => f.write_str("\nand 1 more problem"),
            more => write!(f, "\nand {more} more problems"),
        }
    }
}

impl std::error::Error for PlanError {}

impl PlanProblem {
    /// Makes a problem that concerns all runs.
    pub fn of_all(message: impl Into<String>) -> Self {
        Self {
            row: None,
            line: None,
            name: None,
            message: message.into(),
        }
    }
}

impl fmt::Display for PlanProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        match (self.row, &self.name) {
            (Some(row), Some(name)) => write!(f, "row {row}, column `{name}`: ")?,
            (Some(row), None) => write!(f, "row {row}: ")?,
            (None, Some(name)) => write!(f, "input `{name}`: ")?,
            (None, None) => {}
        }
        f.write_str(&self.message)
    }
}
