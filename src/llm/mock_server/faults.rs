//! Simulated failures, selected by a seed, so that tests are repeatable.

/// A simulated failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Status 429 with `Retry-After`.
    TooManyRequests,
    /// Status 500.
    ServerError,
    /// An error object after the first words of a stream.
    InsideStream,
}

/// Selects a failure for each request by its number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Faults {
    rate: f64,
    seed: u64,
}

impl Faults {
    /// Makes the selection; `rate` is the fraction of requests that fail, from 0 to 1.
    pub(super) fn new(rate: f64, seed: u64) -> Self {
        Self { rate, seed }
    }

    /// Returns the failure of the request with a number, counted from 0.
    pub(super) fn of(self, number: u64, is_streamed: bool) -> Option<Fault> {
        let mut random = fastrand::Rng::with_seed(self.seed.rotate_left(32) ^ number);
        if random.f64() >= self.rate {
            return None;
        }
        let faults = [
            Fault::TooManyRequests,
            Fault::ServerError,
            Fault::InsideStream,
        ];
        let possible = if is_streamed { 3 } else { 2 };
        faults.get(random.usize(..possible)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_kept_and_the_seed_decides() {
        let failed = |rate, seed| {
            let faults = Faults::new(rate, seed);
            (0..1_000)
                .filter(|&number| faults.of(number, true).is_some())
                .collect::<Vec<u64>>()
        };
        assert_eq!(failed(0.0, 1).len(), 0);
        assert_eq!(failed(1.0, 1).len(), 1_000);
        assert!((150..250).contains(&failed(0.2, 1).len()));
        assert_eq!(failed(0.2, 1), failed(0.2, 1));
        assert_ne!(failed(0.2, 1), failed(0.2, 2));
    }

    #[test]
    fn a_body_that_is_not_streamed_has_no_fault_inside() {
        let faults = Faults::new(1.0, 3);
        assert!((0..100).all(|number| faults.of(number, false) != Some(Fault::InsideStream)));
        assert!((0..100).any(|number| faults.of(number, true) == Some(Fault::InsideStream)));
    }
}
