//! Tools written in Rust, registered by name.

use std::any::Any;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use indexmap::IndexMap;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use super::executor::{Lane, ToolError, ToolErrorKind, ToolObserver};
use super::limit::{DEFAULT_LIMIT, HELD_UP, within};
use super::slot::take_slot;
use crate::base::duration;
use crate::conversation::{Awaited, Values};

/// The default number of blocking tools at once, which equals the number of worker threads in the
/// reference runtime.
pub(super) const DEFAULT_BLOCKING_THREADS: usize = 40;

type AsyncFunction =
    Arc<dyn Fn(Values) -> BoxFuture<'static, Result<Value, ToolError>> + Send + Sync>;
type BlockingFunction = Arc<dyn Fn(Values) -> Result<Value, ToolError> + Send + Sync>;

/// The tools of a program that uses flowdeck as a library, by the names of the spec's
/// `ServerTool`s.
///
/// A registered tool takes precedence over a profile's binding of the same name.
#[derive(Clone, Default)]
pub struct ToolRegistry {
    functions: IndexMap<String, ToolFunction>,
}

/// A registered tool.
#[derive(Clone)]
pub(super) enum ToolFunction {
    Async(AsyncFunction),
    Blocking(BlockingFunction),
}

impl ToolRegistry {
    /// Makes a registry without tools.
    pub fn new() -> Self {
        Self::default()
    }

    /// Registers a tool that awaits: it shares the async runtime with everything else, so it must
    /// not block. Dropping its future, on cancel or timeout, must end it. A tool that is registered
    /// twice is the later one.
    ///
    /// ```
    /// use flowdeck::tools::ToolRegistry;
    /// use serde_json::json;
    ///
    /// let mut registry = ToolRegistry::new();
    /// registry.register_async("remote_call", |arguments| async move {
    ///     tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    ///     Ok(json!(format!("the service knows about {}", arguments["topic"])))
    /// });
    /// assert_eq!(registry.names(), ["remote_call"]);
    /// ```
    pub fn register_async<F, Fut>(&mut self, name: impl Into<String>, function: F) -> &mut Self
    where
        F: Fn(Values) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Value, ToolError>> + Send + 'static,
    {
        let function: AsyncFunction = Arc::new(move |arguments| function(arguments).boxed());
        self.functions
            .insert(name.into(), ToolFunction::Async(function));
        self
    }

    /// Registers a tool that computes or blocks: each call has its own worker thread, and the
    /// number of threads is limited by [`ToolsBuilder::blocking_threads`](super::ToolsBuilder).
    /// A thread can't be stopped from outside: after a cancel or timeout the run no longer waits
    /// for the call, but the thread continues to its end and only then frees its slot.
    ///
    /// ```
    /// use flowdeck::tools::{ToolError, ToolRegistry};
    /// use serde_json::json;
    ///
    /// let mut registry = ToolRegistry::new();
    /// registry.register_blocking("heavy_work", |arguments| {
    ///     let text = arguments["text"].as_str().ok_or("`text` must be a string")?;
    ///     Ok(json!(text.bytes().map(u64::from).sum::<u64>()))
    /// });
    /// assert_eq!(registry.names(), ["heavy_work"]);
    /// ```
    pub fn register_blocking<F>(&mut self, name: impl Into<String>, function: F) -> &mut Self
    where
        F: Fn(Values) -> Result<Value, ToolError> + Send + Sync + 'static,
    {
        self.functions
            .insert(name.into(), ToolFunction::Blocking(Arc::new(function)));
        self
    }

    /// Returns the names of the registered tools, in the order of their first registration.
    pub fn names(&self) -> Vec<&str> {
        self.functions.keys().map(String::as_str).collect()
    }

    pub(super) fn get(&self, name: &str) -> Option<&ToolFunction> {
        self.functions.get(name)
    }
}

impl fmt::Debug for ToolRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.functions.keys()).finish()
    }
}

impl ToolFunction {
    pub(super) fn lane(&self) -> Lane {
        match self {
            Self::Async(_) => Lane::Async,
            Self::Blocking(_) => Lane::WorkerThread,
        }
    }

    /// Calls the tool.
    pub(super) async fn call(
        &self,
        name: &str,
        arguments: Values,
        threads: &Threads,
        observer: &dyn ToolObserver,
    ) -> Result<Value, ToolError> {
        match self {
            Self::Async(function) => {
                // The call itself may panic before it gives a future.
                let guarded = async { function(arguments).await };
                let mut watch = Watch::default();
                let caught = watch.watch(AssertUnwindSafe(guarded).catch_unwind());
                let called = within(name, DEFAULT_LIMIT, async {
                    caught
                        .await
                        .unwrap_or_else(|panic| Err(panicked(name, &*panic)))
                });
                let called = called.await;
                if let Some(held) = watch.held() {
                    observer.held(held);
                    let notice = format!(
                        "`{name}` kept the async runtime to itself for {}: register it as a blocking tool",
                        duration::short(held)
                    );
                    observer.notice(notice).await;
                }
                called
            }
            Self::Blocking(function) => threads.call(name, function, arguments, observer).await,
        }
    }
}

/// Measures how long an async function's future runs between two awaits.
#[derive(Debug, Default)]
struct Watch {
    longest: Duration,
}

impl Watch {
    /// Awaits the future and measures each poll.
    async fn watch<F: Future>(&mut self, future: F) -> F::Output {
        let mut future = std::pin::pin!(future);
        std::future::poll_fn(|context| {
            let begun = Instant::now();
            let polled = future.as_mut().poll(context);
            self.longest = self.longest.max(begun.elapsed());
            polled
        })
        .await
    }

    /// Returns the longest poll, if it was long enough to delay others.
    fn held(&self) -> Option<Duration> {
        (self.longest >= HELD_UP).then_some(self.longest)
    }
}

/// The limited set of worker threads for blocking tools.
#[derive(Debug)]
pub(super) struct Threads {
    pub(super) places: Arc<Semaphore>,
    pub(super) tasks: TaskTracker,
}

impl Threads {
    async fn call(
        &self,
        name: &str,
        function: &BlockingFunction,
        arguments: Values,
        observer: &dyn ToolObserver,
    ) -> Result<Value, ToolError> {
        let place = take_slot(&self.places, Awaited::Worker, observer).await;
        let function = Arc::clone(function);
        let thread = self.tasks.spawn_blocking(move || {
            // The place is the thread's: it is free again when the thread is, not when its run is.
            let _place = place;
            function(arguments)
        });
        within(name, DEFAULT_LIMIT, async {
            match thread.await {
                Ok(result) => result,
                Err(ended) if ended.is_panic() => Err(panicked(name, &*ended.into_panic())),
                Err(_cancelled) => Err(ToolError::new(
                    ToolErrorKind::Cancelled,
                    format!("`{name}` was stopped"),
                )),
            }
        })
        .await
    }
}

fn panicked(name: &str, panic: &(dyn Any + Send)) -> ToolError {
    let message = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    ToolError::new(
        ToolErrorKind::Failed,
        match message {
            Some(message) => format!("`{name}` panicked: {message}"),
            None => format!("`{name}` panicked"),
        },
    )
}
