//! The problems that prevent a launch: no more of them than a person reads, the rest as a count.

use std::fmt;

use crate::trace::MASKED;

/// Most problems that are kept; a file of rows may have one in each.
const MAX_PROBLEMS: usize = 20;

/// Why nothing can be started: what is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanError {
    problems: Vec<PlanProblem>,
    n_more: usize,
}

/// A problem of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanProblem {
    /// The row, from 1; none where it is about all runs.
    pub row: Option<usize>,
    /// The line of the row in the file, from 1.
    pub line: Option<usize>,
    /// The input or column.
    pub name: Option<String>,
    /// The problem.
    pub message: String,
}

impl PlanError {
    /// The first problems, in the order of the rows.
    pub fn problems(&self) -> &[PlanProblem] {
        &self.problems
    }

    /// Returns how many problems there are beside [`Self::problems`].
    pub const fn n_more(&self) -> usize {
        self.n_more
    }

    /// The problems without what was given: only where each one is.
    #[must_use]
    pub fn masked(mut self) -> Self {
        for problem in &mut self.problems {
            if problem.name.is_some() || problem.row.is_some() {
                problem.message = format!("{MASKED} (leave out `--mask` to read what is wrong)");
            }
        }
        self
    }

    /// Returns how many problems there are.
    pub(super) fn count(&self) -> usize {
        self.problems.len() + self.n_more
    }

    /// Adds a problem, which is put into words only if it is kept.
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
    /// A problem that is about all runs.
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
