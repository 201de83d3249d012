//! Operations outside of the run other than calls of models and tools and questions to people.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::RunContext;
use crate::base::clock::Timestamp;
use crate::runtime::Halt;
use crate::trace::{Failure, FailureKind, RunEventBody};

impl RunContext {
    /// Returns the outcome of an operation: the recorded one, or that of `live`, which is then
    /// recorded. Each position has at most one operation.
    ///
    /// # Errors
    /// Those of the operation; [`Halt::Cancelled`].
    ///
    /// # Cancel safety
    /// As that of `live`.
    pub(in crate::runtime) async fn operate<T>(
        &self,
        operation: &str,
        live: impl Future<Output = Result<T, Halt>>,
    ) -> Result<T, Halt>
    where
        T: Serialize + DeserializeOwned,
    {
        self.stoppable(Box::pin(self.operate_unstopped(operation, live)))
            .await
    }

    async fn operate_unstopped<T>(
        &self,
        operation: &str,
        live: impl Future<Output = Result<T, Halt>>,
    ) -> Result<T, Halt>
    where
        T: Serialize + DeserializeOwned,
    {
        self.begin_effect().await?;
        let outcome = match self.shared.past.operation(self.key.as_str()) {
            Some(outcome) => outcome.clone(),
            None if self.was_stopped() => return Err(Halt::Cancelled),
            None => match live.await {
                Ok(value) => Ok(serde_json::to_value(value).map_err(|error| unreadable(&error))?),
                Err(Halt::Failed(failure)) => Err(failure),
                Err(halt) => return Err(halt),
            },
        };
        self.emit(RunEventBody::Operated {
            key: self.key.to_string(),
            operation: operation.to_owned(),
            outcome: Box::new(outcome.clone()),
        })
        .await?;
        // Read back also when it is new, so that the run goes by nothing that is not recorded.
        serde_json::from_value(outcome?).map_err(|error| unreadable(&error).into())
    }

    /// Returns the current time.
    ///
    /// # Errors
    /// As [`RunContext::operate`].
    pub(in crate::runtime) async fn time(&self) -> Result<Timestamp, Halt> {
        let ordinal = self.part.ordinal(&self.key, "time");
        let place = self.at("time", usize::try_from(ordinal).unwrap_or(usize::MAX));
        let now = async { Ok(self.shared.clock.now()) };
        place.operate("time", now).await
    }
}

fn unreadable(error: &serde_json::Error) -> Failure {
    Failure::from_error(FailureKind::Internal, error)
}
