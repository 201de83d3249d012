//! Pictures in a message: a line `/image FILE` names one picture.

use std::path::PathBuf;

use crate::base::dropped::dropped_files;
use crate::runs::is_picture_file;

/// The beginning of a line that names a picture.
const COMMAND: &str = "/image";

/// A written message, split into text and pictures.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// The text without the lines that name pictures.
    pub(super) text: String,
    /// The named files, in order.
    pub(super) pictures: Vec<PathBuf>,
}

impl Written {
    /// # Errors
    /// The problem in words: the text is empty, or a line names no file.
    pub(super) fn of(written: &str) -> Result<Self, String> {
        let mut pictures = Vec::new();
        let mut text = Vec::new();
        for line in written.lines() {
            match line.trim().strip_prefix(COMMAND) {
                Some("") => return Err(format!("`{COMMAND}` needs a file: {COMMAND} FILE")),
                Some(rest) if rest.starts_with(char::is_whitespace) => {
                    pictures.push(PathBuf::from(rest.trim()));
                }
                _ => text.push(line),
            }
        }
        let text = text.join("\n");
        let says_nothing = text.trim().is_empty();
        if says_nothing && pictures.is_empty() {
            return Err("write a message first".to_owned());
        }
        Ok(Self {
            text: if says_nothing { String::new() } else { text },
            pictures,
        })
    }
}

/// Returns the unfinished path in a line that names a picture; `None` for any other line.
pub(super) fn path_of(line: &str) -> Option<&str> {
    let rest = line.strip_prefix(COMMAND)?;
    rest.strip_prefix(' ').map(str::trim_start)
}

/// Returns the line that names a picture's path.
pub(super) fn line_of(path: &str) -> String {
    format!("{COMMAND} {path}")
}

/// Returns the line for a picture file that was dropped on the terminal; `None` for any other text.
pub(super) fn dropped(pasted: &str) -> Option<String> {
    let files = dropped_files(pasted)?;
    let [picture] = files.as_slice() else {
        return None;
    };
    is_picture_file(picture).then(|| format!("{}\n", line_of(&picture.to_string_lossy())))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn lines_name_pictures() {
        let written = |text: &str, pictures: &[&str]| {
            Ok(Written {
                text: text.to_owned(),
                pictures: pictures.iter().map(PathBuf::from).collect(),
            })
        };
        for (given, expected) in [
            (
                "What is it?\n/image a b.png ",
                written("What is it?", &["a b.png"]),
            ),
            (
                "/image a.png\n/image b.png",
                written("", &["a.png", "b.png"]),
            ),
            (
                "one\n\n/images are good",
                written("one\n\n/images are good", &[]),
            ),
            (" \n", Err("write a message first".to_owned())),
            (
                "x\n/image",
                Err("`/image` needs a file: /image FILE".to_owned()),
            ),
        ] {
            assert_eq!(Written::of(given), expected, "{given:?}");
        }
    }

    #[test]
    fn dropped_files_are_told_from_text() {
        for (pasted, line) in [
            ("/home/a/cat.PNG", Some("/image /home/a/cat.PNG\n")),
            ("'/home/a/my cat.jpg' ", Some("/image /home/a/my cat.jpg\n")),
            (
                "/home/a/my\\ cat.webp\n",
                Some("/image /home/a/my cat.webp\n"),
            ),
            ("file:///a.gif", Some("/image /a.gif\n")),
            ("see /a.png", None),
            ("/a\n/b.png", None),
            ("/etc/hosts", None),
        ] {
            assert_eq!(dropped(pasted).as_deref(), line, "{pasted:?}");
        }
    }
}
