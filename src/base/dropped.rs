//! Files dropped on a terminal, which pastes their paths: some in quotes, some with `\` before
//! blanks, some as URLs.

use std::path::PathBuf;

use url::Url;

/// Returns the files of a pasted text; `None` for any other text. Only absolute paths count,
/// because terminals paste no others.
pub(crate) fn dropped_files(pasted: &str) -> Option<Vec<PathBuf>> {
    let pasted = pasted.trim();
    let words = words(pasted);
    let files = words.as_deref().and_then(|words| {
        let files = words.iter().map(|word| whole_path(word));
        files.collect::<Option<Vec<_>>>()
    });
    // Some terminals paste a path with blanks as it is.
    let as_it_is = || {
        let is_one_line = !pasted.contains('\n');
        Some(vec![whole_path(pasted).filter(|_| is_one_line)?])
    };
    files.filter(|files| !files.is_empty()).or_else(as_it_is)
}

fn whole_path(word: &str) -> Option<PathBuf> {
    if word.starts_with("file://") {
        return Url::parse(word).ok()?.to_file_path().ok();
    }
    word.starts_with('/').then(|| PathBuf::from(word))
}

/// Splits a text into words as a shell does; `None` if a quote is not closed.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some('\''), _) => word.get_or_insert_default().push(c),
            (_, '\\') => word.get_or_insert_default().push(chars.next()?),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, _) if c.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropped_files_are_told_from_text() {
        for (pasted, files) in [
            ("/a/t.jsonl", Some(&["/a/t.jsonl"][..])),
            ("'/a/my cat.jpg' ", Some(&["/a/my cat.jpg"])),
            ("\"/a/it's.jsonl\"\n", Some(&["/a/it's.jsonl"])),
            ("/a/my\\ cat.webp\n", Some(&["/a/my cat.webp"])),
            ("/a/my cat.webp", Some(&["/a/my cat.webp"])),
            ("file:///a/my%20cat.gif", Some(&["/a/my cat.gif"])),
            ("/a.jsonl '/b c.jsonl'", Some(&["/a.jsonl", "/b c.jsonl"])),
            ("/a\n/b.png", Some(&["/a", "/b.png"])),
            ("see /a.png", None),
            ("a/b.png", None),
            ("'/a", None),
            ("", None),
        ] {
            let expected = files.map(|files| files.iter().map(PathBuf::from).collect());
            assert_eq!(dropped_files(pasted), expected, "{pasted:?}");
        }
    }
}
