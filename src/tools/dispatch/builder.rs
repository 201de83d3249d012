//! Builds [`Tools`] from a profile and further settings.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Tools;
use crate::base::clock::{SharedClock, WallClock};
use crate::profile::Profile;
use crate::tools::a2a::RemoteAgents;
use crate::tools::http::HttpTools;
use crate::tools::mcp::{self, McpTools, SessionSettings};
use crate::tools::oci_agent::OciAgents;
use crate::tools::postgres::PostgresTools;
use crate::tools::python::{self, PythonTools};
use crate::tools::registry::{DEFAULT_BLOCKING_THREADS, Threads, ToolRegistry};

/// The settings from which [`Tools`] is built.
#[derive(Debug)]
pub struct ToolsBuilder {
    profile: Arc<Profile>,
    registry: ToolRegistry,
    blocking_threads: usize,
    python_silence: Duration,
    token_folder: Option<PathBuf>,
    mcp_idle: Duration,
    clock: Option<SharedClock>,
}

impl ToolsBuilder {
    pub(super) fn new(profile: Arc<Profile>) -> Self {
        Self {
            profile,
            registry: ToolRegistry::new(),
            blocking_threads: DEFAULT_BLOCKING_THREADS,
            python_silence: python::DEFAULT_SILENCE,
            token_folder: None,
            mcp_idle: mcp::DEFAULT_IDLE,
            clock: None,
        }
    }

    /// Sets the tools written in Rust.
    #[must_use]
    pub fn registry(mut self, registry: ToolRegistry) -> Self {
        self.registry = registry;
        self
    }

    /// Sets the maximum number of concurrent blocking tools, at least 1; the default is 40.
    #[must_use]
    pub fn blocking_threads(mut self, threads: usize) -> Self {
        self.blocking_threads = threads.max(1);
        self
    }

    /// Sets how long a Python worker may send no heartbeat during a call before it is killed; the
    /// default is 5 s.
    #[must_use]
    pub fn python_silence(mut self, silence: Duration) -> Self {
        self.python_silence = silence;
        self
    }

    /// Sets the folder in which access tokens are stored; by default they are kept only in memory.
    #[must_use]
    pub fn token_folder(mut self, folder: Option<PathBuf>) -> Self {
        self.token_folder = folder;
        self
    }

    /// Sets how long an unused session with an MCP server is kept; the default is half an hour.
    #[must_use]
    pub fn mcp_idle(mut self, idle: Duration) -> Self {
        self.mcp_idle = idle;
        self
    }

    /// Sets the clock for `current_time`; the default is the machine's clock.
    #[must_use]
    pub fn clock(mut self, clock: SharedClock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Builds the tools. Nothing is started before the first call.
    pub fn build(self) -> Tools {
        let clock = self.clock.unwrap_or_else(|| Arc::new(WallClock));
        let tasks = TaskTracker::new();
        let stopping = CancellationToken::new();
        Tools {
            python: PythonTools::new(
                &self.profile.python,
                &self.profile.folder,
                self.python_silence,
                (tasks.clone(), stopping.clone()),
            ),
            threads: Threads {
                places: Arc::new(Semaphore::new(self.blocking_threads)),
                tasks: tasks.clone(),
            },
            http: HttpTools::default(),
            postgres: PostgresTools::new(Arc::clone(&self.profile), tasks.clone()),
            mcp: McpTools::new(
                self.profile.folder.clone(),
                SessionSettings {
                    token_folder: self.token_folder,
                    idle: self.mcp_idle,
                    tasks: tasks.clone(),
                },
            ),
            agents: RemoteAgents::new(self.profile.folder.clone(), tasks.clone()),
            oci_agents: OciAgents::new(SharedClock::clone(&clock)),
            clock,
            profile: self.profile,
            registry: self.registry,
            tasks,
            stopping,
        }
    }
}
