//! Stores sign-ins across runs of the program.

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

/// A stored sign-in, which is written as JSON to a file of its own and contains secrets.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct StoredSignIn {
    /// The metadata of the authorization server.
    pub(super) metadata: AuthorizationMetadata,
    /// The client id, and the client's password if there is one.
    pub(super) client_id: String,
    pub(super) client_secret: Option<String>,
    /// The redirect address of the sign-in.
    pub(super) redirect_uri: String,
    /// The resource for which the tokens are valid.
    pub(super) resource: String,
    /// The tokens.
    pub(super) credentials: StoredCredentials,
}

/// The store of sign-ins: one file for each in a private folder, or only in memory.
#[derive(Clone)]
pub(in crate::tools::mcp) struct TokenStore {
    folder: Option<PathBuf>,
    in_memory: Arc<Mutex<HashMap<String, String>>>,
    /// Lets one sign-in happen at a time, because a person has one browser, and often there is one
    /// redirect port.
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

    /// Waits until no other sign-in is in progress. The turn ends on drop.
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

    /// Reads the sign-in with a name. An unreadable one counts as absent, so that a new sign-in is
    /// needed.
    pub(super) async fn read(&self, name: &str) -> Option<StoredSignIn> {
        let text = match self.file(name) {
            Some(path) => tokio::fs::read_to_string(path).await.ok()?,
            None => self.in_memory().get(name)?.clone(),
        };
        serde_json::from_str(&text).ok()
    }

    /// Stores a sign-in under a name. If that fails, the log says so, and the sign-in stays valid
    /// in memory.
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

    /// Deletes the sign-in with a name.
    pub(super) async fn forget(&self, name: &str) {
        match self.file(name) {
            // What is not there is forgotten.
            Some(path) => drop(tokio::fs::remove_file(path).await),
            None => drop(self.in_memory().remove(name)),
        }
    }

    /// Returns the file for a name, which may contain any characters: `P2oi….json`.
    fn file(&self, name: &str) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?;
        let hash = digest(&SHA256, name.as_bytes());
        Some(folder.join(format!("{}.json", URL_SAFE_NO_PAD.encode(hash))))
    }

    /// Locks the memory. A poisoned lock is still usable, because no user code runs while it is
    /// held.
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
