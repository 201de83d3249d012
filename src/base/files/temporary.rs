//! A text in a file for another program to read.

use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

/// A file in the system's folder for such, which nobody else can read, and which goes when it is dropped.
#[derive(Debug)]
pub(crate) struct TemporaryFile(NamedTempFile);

impl TemporaryFile {
    /// A new file with this text. Blocks.
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
