//! The rows of the table: how many conversations at once, of how many rounds and tokens, with which delay of the model.

use std::str::FromStr;

/// What is run, and what it is given as an argument: `runs,rounds,tokens,delay_ms`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// Conversations, all at once.
    pub(crate) runs: usize,
    /// Tool calls of each; none is a flow of one model node.
    pub(crate) rounds: usize,
    /// Pieces of text of each answer.
    pub(crate) tokens: usize,
    /// Milliseconds until the model begins to answer.
    pub(crate) delay_ms: u64,
}

impl Row {
    pub(crate) const fn new(runs: usize, rounds: usize, tokens: usize, delay_ms: u64) -> Self {
        Self {
            runs,
            rounds,
            tokens,
            delay_ms,
        }
    }

    /// Whether it is an agent; otherwise it is a flow.
    pub(crate) const fn is_agent(self) -> bool {
        self.rounds > 0
    }
}

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            runs,
            rounds,
            tokens,
            delay_ms,
        } = self;
        write!(f, "{runs},{rounds},{tokens},{delay_ms}")
    }
}

impl FromStr for Row {
    type Err = Box<dyn std::error::Error>;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers = text.split(',').map(str::parse);
        let numbers: Vec<usize> = numbers.collect::<Result<_, _>>()?;
        let [runs, rounds, tokens, delay_ms] = numbers[..] else {
            return Err("not a row".into());
        };
        Ok(Self::new(runs, rounds, tokens, delay_ms.try_into()?))
    }
}
