//! The built-in tool that reads files below a folder.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use serde_json::{Value, json};

use crate::tools::executor::{ToolError, ToolErrorKind};

/// The maximum size of a file, in bytes.
const MAX_BYTES: u64 = 1024 * 1024;

/// Returns the text of a file below `folder`. Blocks. Symbolic links are followed if they stay
/// below the folder.
///
/// # Errors
/// The file does not exist, is outside the folder, is not text, or is too large.
pub(super) fn read(folder: &Path, path: &str) -> Result<Value, ToolError> {
    let failed = |why: &str| ToolError::from(format!("can't read `{path}`: {why}"));
    let folder = fs::canonicalize(folder).map_err(|error| {
        ToolError::new(
            ToolErrorKind::Configuration,
            format!("the folder `{}` can't be used: {error}", folder.display()),
        )
    })?;
    let target = fs::canonicalize(folder.join(path)).map_err(|error| failed(&error.to_string()))?;
    if !target.starts_with(&folder) {
        return Err(failed("it is outside of the folder that may be read"));
    }
    // Before it is opened: opening a pipe waits until somebody writes into it.
    let metadata = fs::metadata(&target).map_err(|error| failed(&error.to_string()))?;
    if !metadata.is_file() {
        return Err(failed("it is not a file"));
    }
    let file = File::open(&target).map_err(|error| failed(&error.to_string()))?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| failed(&error.to_string()))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(failed("it is larger than 1 MB"));
    }
    let text = String::from_utf8(bytes).map_err(|_binary| failed("it is not UTF-8 text"))?;
    Ok(json!(text))
}
