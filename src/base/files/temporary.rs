//! A temporary file with a text for another program to read.

use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

/// A file in the system's temporary folder that only this user can read, deleted on drop.
#[derive(Debug)]
pub(crate) struct TemporaryFile(NamedTempFile);

impl TemporaryFile {
    /// Makes a file with this text. Blocks.
    pub(crate) fn of(text: &str) -> io::Result<Self> {
        let mut file = tempfile::Builder::new()
            .prefix("flowdeck-")
            .suffix(".txt")
            .tempfile()?;
        file.write_all(text.as_bytes())?;
        file.flush()?;
        Ok(Self(file))
    }

    /// Returns the path of the file.
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}
