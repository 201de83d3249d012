//! The lines of a trace, read one at a time, so that the size of the file does not matter.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use super::BytesRead;
use crate::base::files::ReadError;
use crate::trace::{NotATrace, RunEvent, TraceReader};

/// The lines of a file or of a stream, read one at a time.
pub(super) struct Lines {
    file: BufReader<Box<dyn Read>>,
    text: Vec<u8>,
    most_bytes: usize,
    read: BytesRead,
}

/// A line, or a marker for a line that is too long.
pub(super) enum LineOfFile<'l> {
    Text { text: &'l [u8], is_last: bool },
    TooLong { most_bytes: usize },
}

impl LineOfFile<'_> {
    /// Passes the line to a reader.
    pub(super) fn read(
        self,
        reader: &mut TraceReader,
        take: impl FnMut(RunEvent),
    ) -> Result<(), NotATrace> {
        match self {
            Self::Text { text, is_last } => reader.line(text, is_last, take),
            Self::TooLong { most_bytes } => {
                let most_mib = most_bytes >> 20;
                reader.skip_line(format!("it is longer than {most_mib} MiB, and left out"));
                Ok(())
            }
        }
    }
}

impl Lines {
    /// Opens a file with lines of at most `most_bytes`.
    pub(super) fn open(path: &Path, most_bytes: usize) -> Result<Self, ReadError> {
        let failed = |source| ReadError::Io {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if metadata.is_dir() {
            let path = path.to_owned();
            return Err(ReadError::NotAFile { path });
        }
        Ok(Self::of(Box::new(file), metadata.len(), most_bytes))
    }

    /// Reads a stream whose lines have at most so many bytes. `of` is its length in bytes; 0 if nobody knows.
    pub(super) fn of(stream: Box<dyn Read>, of: u64, most_bytes: usize) -> Self {
        Self {
            file: BufReader::with_capacity(256 << 10, stream),
            text: Vec::new(),
            most_bytes,
            read: BytesRead { read: 0, of },
        }
    }

    /// Returns the progress of reading the file.
    pub(super) const fn bytes_read(&self) -> BytesRead {
        self.read
    }

    /// Returns the next line; `None` at the end of the file.
    pub(super) fn next(&mut self, path: &Path) -> Result<Option<LineOfFile<'_>>, ReadError> {
        self.read_next().map_err(|source| ReadError::Io {
            path: path.to_owned(),
            source,
        })
    }

    fn read_next(&mut self) -> io::Result<Option<LineOfFile<'_>>> {
        self.text.clear();
        let most = u64::try_from(self.most_bytes).unwrap_or(u64::MAX);
        let mut bounded = self.file.by_ref().take(most.saturating_add(1));
        let n_bytes = bounded.read_until(b'\n', &mut self.text)?;
        self.read.add(n_bytes);
        if n_bytes == 0 {
            return Ok(None);
        }
        let is_last = self.text.last() != Some(&b'\n');
        if !is_last || self.text.len() <= self.most_bytes {
            let text = &self.text;
            return Ok(Some(LineOfFile::Text { text, is_last }));
        }
        self.text = Vec::new();
        self.read.add(self.file.skip_until(b'\n')?);
        let most_bytes = self.most_bytes;
        Ok(Some(LineOfFile::TooLong { most_bytes }))
    }
}
