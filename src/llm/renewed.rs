//! A value that is good for a while, such as a token: one at a time, made again before it ends.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::OnceCell;

use crate::base::clock::{SharedClock, Timestamp};
use crate::base::lock::lock;

/// How long before its end a value is made again, so that it does not end on its way.
const MARGIN: Duration = Duration::from_mins(1);

/// Room for one value, with the time at which it ends; empty while it is made, by one of those who wait for it.
type Cell<T> = Arc<OnceCell<(Arc<T>, Timestamp)>>;

/// A value that is good for a while.
#[derive(Debug)]
pub(super) struct Renewed<T> {
    clock: SharedClock,
    /// The cell of the present value. It is replaced when the value expires.
    current: Mutex<Cell<T>>,
}

impl<T> Renewed<T> {
    pub(super) fn new(clock: SharedClock) -> Self {
        Self {
            clock,
            current: Mutex::default(),
        }
    }

    /// Returns the present value, or what `make` gives with the time at which it ends.
    ///
    /// # Errors
    /// Those of `make`; the next caller makes it then.
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

    /// Returns the cell of the present value, or a new one if the value has expired.
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
