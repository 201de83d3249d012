//! Keeps sign-ins from one run of the program to the next.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rmcp::transport::StoredCredentials;
use rmcp::transport::auth::AuthorizationMetadata;
use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::base::files;
use crate::base::lock::lock;
use crate::conversation::Awaited;
use crate::tools::executor::ToolObserver;

/// A stored sign-in; as JSON in a file of its own, which holds secrets.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct StoredSignIn {
    /// The metadata that the authorization server gives about itself.
    pub(super) metadata: AuthorizationMetadata,
    /// The id by which the server knows us, and our password there, if we have one.
    pub(super) client_id: String,
    pub(super) client_secret: Option<String>,
    /// Where the browser was sent back to.
    pub(super) redirect_uri: String,
    /// The resource that the tokens are for.
    pub(super) resource: String,
    /// The tokens.
    pub(super) credentials: StoredCredentials,
}

/// Where sign-ins are kept: a file for each in a folder that is closed to others, or in memory only.
#[derive(Clone)]
pub(in crate::tools::mcp) struct TokenStore {
    folder: Option<PathBuf>,
    in_memory: Arc<Mutex<HashMap<String, String>>>,
    /// Lets one person sign in at a time: they have one browser, and often one port to come back to.
    turns: Arc<Semaphore>,
}

impl TokenStore {
    pub(in crate::tools::mcp) fn new(folder: Option<PathBuf>) -> Self {
        Self {
            folder,
            in_memory: Arc::default(),
            turns: Arc::new(Semaphore::new(1)),
        }
    }

    /// Waits until nobody else signs in. The turn ends when it is dropped.
    pub(super) async fn turn_to_sign_in(
        &self,
        observer: &dyn ToolObserver,
    ) -> Option<SemaphorePermit<'_>> {
        if let Ok(turn) = self.turns.try_acquire() {
            return Some(turn);
        }
        observer.waits(Some(Awaited::SignIn)).await;
        // It is never closed.
        let turn = self.turns.acquire().await.ok();
        observer.waits(None).await;
        turn
    }

    /// Reads what is kept under a name. What can't be read counts as absent: then one signs in again.
    pub(super) async fn read(&self, name: &str) -> Option<StoredSignIn> {
        let text = match self.file(name) {
            Some(path) => tokio::fs::read_to_string(path).await.ok()?,
            None => self.in_memory().get(name)?.clone(),
        };
        serde_json::from_str(&text).ok()
    }

    /// Keeps something under a name. Where it can't be written the log says so: it is good for this time.
    pub(super) async fn write(&self, name: &str, kept: &StoredSignIn) {
        let Ok(text) = serde_json::to_string(kept) else {
            return;
        };
        let Some(path) = self.file(name) else {
            self.in_memory().insert(name.to_owned(), text);
            return;
        };
        let shown = path.display().to_string();
        let written = tokio::task::spawn_blocking(move || files::write_private(&path, &text)).await;
        if let Ok(Err(error)) = written {
            tracing::warn!(file = shown, %error, "a token can't be kept");
        }
    }

    /// Forgets what is kept under a name.
    pub(super) async fn forget(&self, name: &str) {
        match self.file(name) {
            // What is not there is forgotten.
            Some(path) => drop(tokio::fs::remove_file(path).await),
            None => drop(self.in_memory().remove(name)),
        }
    }

    /// The file for a name, which may hold anything: `P2oi….json`.
    fn file(&self, name: &str) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?;
        let hash = digest(&SHA256, name.as_bytes());
        Some(folder.join(format!("{}.json", URL_SAFE_NO_PAD.encode(hash))))
    }

    /// No user code runs under this lock, so a poisoned one is as good as any.
    fn in_memory(&self) -> std::sync::MutexGuard<'_, HashMap<String, String>> {
        lock(&self.in_memory)
    }
}

impl fmt::Debug for TokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenStore")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}
