//! Text from models and tools, made safe to draw, copy and log.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Whether a character may act on a terminal or hide text: controls (but not line break and tab),
/// bidirectional overrides and isolates, zero-width characters other than the joiner.
pub fn is_hazardous(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{200b}'
        | '\u{200c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{061c}'
        | '\u{feff}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{e0000}'..='\u{e007f}' => true,
        other => other.is_control(),
    }
}

/// The text without characters that act on a terminal or hide text (see [`is_hazardous`]) and
/// without ANSI escape sequences; `\r\n` and a lone `\r` become `\n`.
pub fn sanitised(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\u{1b}' => skip_escape_sequence(&mut characters),
            '\r' => {
                if characters.peek() != Some(&'\n') {
                    clean.push('\n');
                }
            }
            other if is_hazardous(other) => {}
            other => clean.push(other),
        }
    }
    clean
}

/// Skips what follows an escape character: CSI up to its final byte, OSC up to BEL or ST, else
/// one character.
fn skip_escape_sequence(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match characters.next() {
        Some('[') => {
            while let Some(next) = characters.next_if(|c| ('\u{20}'..='\u{7e}').contains(c)) {
                if ('\u{40}'..='\u{7e}').contains(&next) {
                    break;
                }
            }
        }
        Some(']') => {
            while let Some(next) = characters.next_if(|&c| c != '\n') {
                if next == '\u{7}' {
                    break;
                }
                if next == '\u{1b}' {
                    characters.next_if_eq(&'\\');
                    break;
                }
            }
        }
        _ => {}
    }
}

/// How many terminal cells a text takes on one line.
pub fn width_cells(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// How many terminal cells a character takes.
pub fn char_width_cells(character: char) -> usize {
    UnicodeWidthChar::width(character).unwrap_or(0)
}

/// The text on one line, cut to `width_cells` cells with `…` at the end where something is left
/// out. Line breaks and tabs become blanks.
pub fn ellipsis(text: &str, max_cells: usize) -> String {
    let one_line: String = text
        .chars()
        .map(|c| if c == '\n' || c == '\t' { ' ' } else { c })
        .collect();
    if width_cells(&one_line) <= max_cells {
        return one_line;
    }
    let mut cut = String::new();
    let mut used = 0;
    for cluster in one_line.graphemes(true) {
        let width = width_cells(cluster);
        if used + width + 1 > max_cells {
            break;
        }
        cut.push_str(cluster);
        used += width;
    }
    if max_cells > 0 {
        cut.push('…');
    }
    cut
}

/// The text on one line, cut to `max_cells` cells. Paths in it give way first, from their left, so
/// that the words around them and the names of the files stay; then its end does, as with
/// [`ellipsis`].
pub fn ellipsis_in_paths(text: &str, max_cells: usize) -> String {
    let text = text.replace(['\n', '\t'], " ");
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    let mut too_many = width_cells(&text).saturating_sub(max_cells);
    while too_many > 0 {
        let paths = words.iter_mut().filter(|word| spare_cells(word) > 1);
        let Some(word) = paths.max_by_key(|word| spare_cells(word)) else {
            break;
        };
        let lead = word.len() - word.trim_start_matches('`').len();
        let folder = word.rfind('/').and_then(|end| word.get(lead..end));
        let (mut gone, mut end) = (0, lead);
        for cluster in folder.unwrap_or_default().graphemes(true) {
            if gone > too_many {
                break;
            }
            gone += width_cells(cluster);
            end += cluster.len();
        }
        word.replace_range(lead..end, "\u{2026}");
        too_many = too_many.saturating_sub(gone.saturating_sub(1));
    }
    ellipsis(&words.join(" "), max_cells)
}

/// How many cells a path can spare at its beginning: all but its last part. None if the word is no
/// path or was cut already.
fn spare_cells(word: &str) -> usize {
    let path = word.trim_start_matches('`');
    let folder = path.rfind('/').and_then(|end| path.get(..end));
    folder
        .filter(|folder| !folder.starts_with('\u{2026}'))
        .map_or(0, width_cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_sequences_and_overrides_are_gone() {
        let cases = [
            ("a\u{1b}[31mred\u{1b}[0m", "ared"),
            ("x\u{1b}]0;title\u{7}y", "xy"),
            ("x\u{1b}]8;;http://h\u{1b}\\link", "xlink"),
            ("a\r\nb\rc", "a\nb\nc"),
            ("\u{202e}evil\u{2066}", "evil"),
            ("tab\tkept", "tab\tkept"),
            ("\u{1b}", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(sanitised(text), expected, "{text:?}");
        }
    }

    #[test]
    fn an_ellipsis_counts_cells_and_never_splits_a_cluster() {
        assert_eq!(ellipsis("hello", 5), "hello");
        assert_eq!(ellipsis("hello!", 5), "hell…");
        assert_eq!(ellipsis("日本語", 5), "日本…");
        assert_eq!(ellipsis("日本語", 4), "日…");
        assert_eq!(ellipsis("a\nb", 9), "a b");
        assert_eq!(ellipsis("abc", 0), "");
    }

    #[test]
    fn a_path_gives_way_before_the_words_around_it() {
        let text = "can't write `/home/ann/projects/weather/results/paris-1.json`: disk full";
        let cases = [
            (80, text),
            (
                60,
                "can't write `…jects/weather/results/paris-1.json`: disk full",
            ),
            (45, "can't write `…esults/paris-1.json`: disk full"),
            (30, "can't write `…/paris-1.json`:…"),
        ];
        for (room, expected) in cases {
            let cut = ellipsis_in_paths(text, room);
            assert_eq!(cut, expected, "{room}");
            assert!(width_cells(&cut) <= room);
        }
        assert_eq!(ellipsis_in_paths("/a/b/c to /d/e/f", 12), "…/b/c to …/f");
        assert_eq!(ellipsis_in_paths("no path here", 8), "no path…");
    }
}
