//! A value that expires, such as a token, and is renewed before that.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::OnceCell;

use crate::base::clock::{SharedClock, Timestamp};
use crate::base::lock::lock;

/// How long before its expiry a value is renewed, so that it does not expire in transit.
const MARGIN: Duration = Duration::from_mins(1);

/// A cell for one value and its expiry time. The cell is empty while one of the waiting callers
/// makes the value.
type Cell<T> = Arc<OnceCell<(Arc<T>, Timestamp)>>;

/// A value that expires and is renewed.
#[derive(Debug)]
pub(super) struct Renewed<T> {
    clock: SharedClock,
    /// The cell of the current value, which is replaced when the value expires.
    current: Mutex<Cell<T>>,
}

impl<T> Renewed<T> {
    pub(super) fn new(clock: SharedClock) -> Self {
        Self {
            clock,
            current: Mutex::default(),
        }
    }

    /// Returns the current value, or a new one from `make`, which also returns the expiry time.
    ///
    /// # Errors
    /// Those of `make`; the next caller then tries again.
    pub(super) async fn get<E>(
        &self,
        make: impl Future<Output = Result<(T, Timestamp), E>>,
    ) -> Result<Arc<T>, E> {
        let cell = self.cell();
        let work = async {
            let (value, end) = make.await?;
            Ok((Arc::new(value), end))
        };
        let (value, _end) = cell.get_or_try_init(|| work).await?;
        Ok(Arc::clone(value))
    }

    /// Returns the cell of the current value, or a new cell if the value has expired.
    fn cell(&self) -> Cell<T> {
        let mut current = lock(&self.current);
        let is_over = current
            .get()
            .is_some_and(|(_value, end)| end.since(self.clock.now()) <= MARGIN);
        if is_over {
            *current = Arc::default();
        }
        Arc::clone(&current)
    }
}
