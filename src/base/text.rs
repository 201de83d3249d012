//! Text from outside, made safe to draw, print, copy and log.
//!
//! A character is *hazardous* if a terminal may act on it, or if it hides or reorders text: see
//! [`is_hazardous`]. Such characters are removed from text for people ([`sanitised`],
//! [`printable`]); JSON keeps its values and writes them as escapes ([`json_escaped`]).

use std::borrow::Cow;
use std::fmt::Write;
use std::iter::Peekable;
use std::str::Chars;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Whether a character may act on a terminal or hide text: controls of both sets (except line break
/// and tab), line and paragraph separators, bidirectional overrides and isolates, tags, and
/// zero-width characters except the joiner.
pub(crate) fn is_hazardous(character: char) -> bool {
    match character {
        ' '..='~' | '\n' | '\t' => false,
        '\u{180e}'
        | '\u{200b}'
        | '\u{200c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{061c}'
        | '\u{feff}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}' => true,
        other => other.is_control(),
    }
}

/// Returns the text without hazardous characters (see [`is_hazardous`]) and terminal escape
/// sequences; all kinds of line breaks become `\n`.
pub(crate) fn sanitised(text: &str) -> String {
    clean(text, false)
}

/// Returns the text without hazardous characters and without escape sequences other than those for
/// plain colours, which this program writes for a terminal.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_hazardous) {
        Cow::Owned(clean(text, true))
    } else {
        Cow::Borrowed(text)
    }
}

/// Returns JSON text with hazardous characters as `\uXXXX`: the values are the same, but have no
/// effect on a terminal.
pub(crate) fn json_escaped(json: &str) -> Cow<'_, str> {
    if !json.chars().any(is_hazardous) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len() + 16);
    for character in json.chars() {
        if is_hazardous(character) && character != '\r' {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a string never fails.
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

fn clean(text: &str, keeps_colours: bool) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\u{1b}' => {
                if let Some(colour) = skip_escape_sequence(&mut characters)
                    && keeps_colours
                {
                    clean.push_str(&colour);
                }
            }
            // The same sequences by the second set of controls.
            '\u{9b}' => {
                skip_parameters(&mut characters);
            }
            '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => skip_string(&mut characters),
            '\r' => {
                if characters.peek() != Some(&'\n') {
                    clean.push('\n');
                }
            }
            '\u{85}' | '\u{2028}' | '\u{2029}' => clean.push('\n'),
            other if is_hazardous(other) => {}
            other => clean.push(other),
        }
    }
    clean
}

/// Skips the rest of an escape sequence: parameters up to the final byte, a string up to its end,
/// or else one character. Returns a sequence that sets plain colours.
fn skip_escape_sequence(characters: &mut Peekable<Chars<'_>>) -> Option<String> {
    match characters.next()? {
        '[' => {
            let parameters = skip_parameters(characters);
            is_plain_colour(&parameters).then(|| format!("\u{1b}[{parameters}"))
        }
        'P' | 'X' | ']' | '^' | '_' => {
            skip_string(characters);
            None
        }
        _ => None,
    }
}

/// Skips the rest of a control sequence and returns it.
fn skip_parameters(characters: &mut Peekable<Chars<'_>>) -> String {
    let mut parameters = String::new();
    while let Some(next) = characters.next_if(|c| ('\u{20}'..='\u{7e}').contains(c)) {
        parameters.push(next);
        if ('\u{40}'..='\u{7e}').contains(&next) {
            break;
        }
    }
    parameters
}

/// Skips a string of a terminal sequence, such as a title or a link, at most to the end of the
/// line.
fn skip_string(characters: &mut Peekable<Chars<'_>>) {
    while let Some(next) = characters.next_if(|&c| c != '\n') {
        if next == '\u{7}' || next == '\u{9c}' {
            break;
        }
        if next == '\u{1b}' {
            characters.next_if_eq(&'\\');
            break;
        }
    }
}

/// Whether parameters such as `1;31m` only set weight, underline and a visible foreground colour,
/// neither hidden nor black.
fn is_plain_colour(parameters: &str) -> bool {
    parameters.strip_suffix('m').is_some_and(|codes| {
        codes.split(';').all(|code| {
            matches!(code, "" | "0" | "1" | "2" | "3" | "4" | "22" | "24" | "39")
                || matches!(code.as_bytes(), [b'3', b'1'..=b'6'])
        })
    })
}

/// Returns the width of a text on one line, in terminal cells.
pub(crate) fn width_cells(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// Returns the text on one line, cut to `max_cells` cells with `…` at the end if something is left
/// out. Line breaks and tabs become blanks.
pub(crate) fn ellipsis(text: &str, max_cells: usize) -> String {
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

/// Returns the text on one line, cut to `max_cells` cells. Paths are shortened first, at their
/// beginnings, so that the words around them and the file names stay; then the end is cut as by
/// [`ellipsis`].
pub(crate) fn ellipsis_in_paths(text: &str, max_cells: usize) -> String {
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

/// Returns how many cells can be cut at the beginning of a path, which keeps its last part. `None`
/// if the word is no path or was already cut.
fn spare_cells(word: &str) -> usize {
    let path = word.trim_start_matches('`');
    let folder = path.rfind('/').and_then(|end| path.get(..end));
    folder
        .filter(|folder| !folder.starts_with('\u{2026}'))
        .map_or(0, width_cells)
}

/// Returns the length of the common prefix of two texts, in bytes.
pub(crate) fn shared_bytes(one: &str, other: &str) -> usize {
    one.char_indices()
        .zip(other.chars())
        .find(|((_, a), b)| a != b)
        .map_or(one.len().min(other.len()), |((at, _), _)| at)
}

/// Returns the start of the word at a byte position.
pub(crate) fn word_start(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    before.rfind(char::is_whitespace).map_or(0, |at| at + 1)
}

/// Returns the length in bytes of the common prefix of all texts, cut to the beginning of a word;
/// zero if there are fewer than two texts or all are the same.
pub(crate) fn shared_beginning<'t>(texts: impl IntoIterator<Item = &'t str>) -> usize {
    let mut texts = texts.into_iter();
    let Some(first) = texts.next() else { return 0 };
    let mut shared = None;
    let mut differ = false;
    for text in texts {
        shared = Some(shared_bytes(first, text).min(shared.unwrap_or(first.len())));
        differ |= text != first;
    }
    shared
        .filter(|_| differ)
        .map_or(0, |shared| word_start(first, shared))
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
            ("a\u{9b}31mred", "ared"),
            ("a\u{9d}0;title\u{9c}b", "ab"),
            ("a\u{1b}P1$r\u{1b}\\b", "ab"),
            ("a\u{85}b\u{2028}c\u{2029}d", "a\nb\nc\nd"),
            ("a\u{7f}\u{80}\u{9f}b", "a"),
            ("t\u{e0041}\u{fff9}\u{180e}x", "tx"),
        ];
        for (text, expected) in cases {
            assert_eq!(sanitised(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_printed_text_keeps_the_colours_that_are_seen_and_nothing_else() {
        for (text, expected) in [
            ("\u{1b}[1;31merror\u{1b}[0m", "\u{1b}[1;31merror\u{1b}[0m"),
            ("\u{1b}[8mhidden\u{1b}[m", "hidden\u{1b}[m"),
            ("\u{1b}[30mblack", "black"),
            ("\u{1b}[2Jgone\u{1b}[31", "gone"),
            ("\u{9b}31mred", "red"),
            ("plain\ttext\n", "plain\ttext\n"),
        ] {
            assert_eq!(printable(text), expected, "{text:?}");
        }
    }

    #[test]
    fn json_keeps_its_values_and_loses_what_a_terminal_acts_on() {
        let value = serde_json::json!({"a\u{9b}": "b\u{202e}\u{2028}\u{7f}\u{e0041}\u{1b}é\n日"});
        for text in [value.to_string(), format!("{value:#}")] {
            let escaped = json_escaped(&text);
            assert!(!escaped.chars().any(is_hazardous), "{escaped}");
            assert_eq!(
                serde_json::from_str::<serde_json::Value>(&escaped).unwrap(),
                value
            );
        }
        assert!(matches!(json_escaped("{\"é\": 1}\n"), Cow::Borrowed(_)));
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

    #[test]
    fn what_texts_begin_with_alike_ends_before_a_word() {
        let of = |texts: &[&str]| shared_beginning(texts.iter().copied());
        assert_eq!(of(&["It is 14 °C", "It is 19 °C", "It is dry"]), 6);
        assert_eq!(of(&["São Paulo", "São Pedro"]), 5);
        assert_eq!(of(&["Oslo", "Osaka"]), 0);
        assert_eq!(of(&["It is", "It is dry"]), 3);
        assert_eq!(of(&["the same", "the same"]), 0);
        assert_eq!(of(&["It is dry"]), 0);
    }
}
