//! Repair of YAML: blanks lines with errors, and completes the cursor's line.

use std::collections::BTreeSet;

use super::{Draft, Found, MARK, Recovered, find};
use crate::spec::diagnostic::Code;
use crate::spec::syntax::{Format, LineState, TokenKind, line_states, line_tokens, parse};

/// The maximum number of parse attempts, each with more lines blanked.
const MAX_ROUNDS: usize = 12;

/// Blanks every line that makes the text malformed, and the cursor's line if one is given.
pub(super) fn blanked(text: &str, cursor_line: Option<usize>) -> Recovered {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut blank: BTreeSet<usize> = cursor_line.into_iter().collect();
    let mut states = None;
    for _ in 0..MAX_ROUNDS {
        let (recovered, faults) = attempt(&lines, &blank);
        if faults.is_empty() {
            return recovered;
        }
        let states = states.get_or_insert_with(|| states_of(&lines));
        let before = blank.len();
        for line in faults {
            blank.extend(culprit(&lines, states, &blank, line));
        }
        if blank.len() == before {
            return recovered;
        }
    }
    attempt(&lines, &blank).0
}

/// Parses the lines without the blanked ones. Also returns the lines with errors.
fn attempt(lines: &[&str], blank: &BTreeSet<usize>) -> (Recovered, Vec<usize>) {
    let text = without(lines, blank);
    let (tree, problems) = parse(&text, Format::Yaml);
    let faults = problems
        .iter()
        .filter(|problem| problem.code == Code("AS001"))
        .map(|problem| problem.place.line.saturating_sub(1).min(lines.len()));
    let faults = faults.collect();
    let recovered = Recovered {
        text,
        tree,
        inserted: Vec::new(),
    };
    (recovered, faults)
}

/// Returns the text with some lines blanked, so that every other byte keeps its position.
fn without(lines: &[&str], blank: &BTreeSet<usize>) -> String {
    let mut text = String::with_capacity(lines.iter().map(|line| line.len()).sum());
    for (number, line) in lines.iter().enumerate() {
        if blank.contains(&number) {
            let content = line.trim_end_matches(['\r', '\n']);
            text.extend(std::iter::repeat_n(' ', content.len()));
            text.push_str(line.get(content.len()..).unwrap_or_default());
        } else {
            text.push_str(line);
        }
    }
    text
}

/// Returns the lexical state at the start of each line: plain, or inside brackets, quotes or a
/// block. The lines include their line breaks.
fn states_of(lines: &[&str]) -> Vec<LineState> {
    let contents = lines.iter().map(|line| line.trim_end_matches(['\r', '\n']));
    line_states(contents, Format::Yaml)
}

/// Returns the line to blank for an error. If brackets or quotes are not closed, this is the line
/// in which they begin, else the nearest line that is not blank.
fn culprit(
    lines: &[&str],
    states: &[LineState],
    blank: &BTreeSet<usize>,
    fault: usize,
) -> Option<usize> {
    let is_blank =
        |line: usize| blank.contains(&line) || lines.get(line).is_none_or(|l| l.trim().is_empty());
    let is_inside = |line: usize| {
        matches!(
            states.get(line),
            Some(LineState::Flow(_) | LineState::Quoted { .. })
        )
    };
    let opening = (0..=fault).rev().find(|line| !is_inside(*line));
    opening
        .filter(|line| is_inside(fault) && !is_blank(*line))
        .or_else(|| (0..=fault).rev().find(|line| !is_blank(*line)))
}

/// Inserts the marker letter at the cursor and repairs the text until it parses. Returns the
/// repaired text and the key or value that contains the letter.
pub(super) fn marked(text: &str, at: usize) -> Option<(Recovered, Found)> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let line = text.get(..at)?.matches('\n').count();
    let states = states_of(&lines);
    let start = lines
        .iter()
        .take(line)
        .map(|line| line.len())
        .sum::<usize>();
    if is_in_comment(&lines, &states, line, at - start) {
        return None;
    }
    let closing = closing(text.get(opening_of(&lines, &states, line)..at)?);
    let sound = |text: &str| {
        variants(text, at, &closing)
            .into_iter()
            .find_map(|(draft, mark)| {
                let (recovered, is_sound) = draft.parse(Format::Yaml);
                let found = find(&recovered.tree, mark).filter(|_| is_sound)?;
                Some((recovered, found))
            })
    };
    sound(text).or_else(|| {
        let rest = blanked(text, Some(line)).text;
        let end = start + lines.get(line).map_or(0, |line| line.len());
        let (before, after) = (rest.get(..start)?, rest.get(end..)?);
        let mended = format!("{before}{}{after}", text.get(start..end)?);
        sound(&mended).or_else(|| {
            variants(&mended, at, &closing)
                .into_iter()
                .find_map(|(draft, mark)| {
                    let recovered = draft.parse(Format::Yaml).0;
                    let found = find(&recovered.tree, mark)?;
                    Some((recovered, found))
                })
        })
    })
}

fn is_in_comment(lines: &[&str], states: &[LineState], line: usize, column: usize) -> bool {
    let content = lines.get(line).copied().unwrap_or_default();
    let state = states.get(line).copied().unwrap_or_default();
    let before = content.get(..column).unwrap_or_default();
    let (tokens, _) = line_tokens(before, Format::Yaml, state);
    tokens
        .last()
        .is_some_and(|token| token.kind == TokenKind::Comment)
}

/// Returns the byte at which the line begins that opens the brackets or quotes around `line`; the
/// start of `line` itself if there are none.
fn opening_of(lines: &[&str], states: &[LineState], line: usize) -> usize {
    let is_outside = |line: &usize| {
        !matches!(
            states.get(*line),
            Some(LineState::Flow(_) | LineState::Quoted { .. })
        )
    };
    let first = (0..=line).rev().find(is_outside).unwrap_or(0);
    lines.iter().take(first).map(|line| line.len()).sum()
}

/// Returns the characters that close the brackets and quotes left open by the line that opened
/// those around `line`, and the byte at the end of that line; `None` if nothing is left open.
pub(in crate::spec::assist) fn unclosed(text: &str, line: usize) -> Option<(String, usize)> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let line = line.min(lines.len().saturating_sub(1));
    let start = opening_of(&lines, &states_of(&lines), line);
    let content = text.get(start..)?.lines().next()?.trim_end();
    let missing = closing(content);
    (!missing.is_empty()).then(|| (missing, start + content.len()))
}

/// Returns the characters that close the brackets and quotes left open at the end of a text.
pub(in crate::spec::assist) fn closing(text: &str) -> String {
    let mut open: Vec<char> = Vec::new();
    let mut quote = None;
    let mut before = ' ';
    let mut is_escaped = false;
    for character in text.chars() {
        match quote {
            Some('"') if is_escaped => is_escaped = false,
            Some('"') if character == '\\' => is_escaped = true,
            Some(open_quote) if character == open_quote => quote = None,
            Some(_) => {}
            None => match character {
                '"' | '\'' if " [{,:\n".contains(before) => quote = Some(character),
                '[' => open.push(']'),
                // Braces of a placeholder in unquoted text open nothing.
                '{' if " [{,\n".contains(before) => open.push('}'),
                ']' | '}' if open.last() == Some(&character) => {
                    open.pop();
                }
                _ => {}
            },
        }
        before = character;
    }
    quote.into_iter().chain(open.into_iter().rev()).collect()
}

/// Returns possible completions of the text at the cursor, the likeliest first, each with the byte
/// of the marker letter.
fn variants(text: &str, at: usize, closing: &str) -> Vec<(Draft, usize)> {
    let (Some(before), Some(after)) = (text.get(..at), text.get(at..)) else {
        return Vec::new();
    };
    let line = before.rsplit('\n').next().unwrap_or_default();
    // After a colon or a dash a value needs a blank first.
    let is_dash = line.ends_with('-') && line.chars().all(|c| matches!(c, ' ' | '-'));
    let rest = after.split(['\r', '\n']).next().unwrap_or_default();
    let is_at_end = rest.is_empty() || rest.starts_with(' ');
    let lead = if (line.ends_with(':') && is_at_end) || is_dash {
        " "
    } else {
        ""
    };
    let is_word = |c: char| c.is_alphanumeric() || "_.-$/".contains(c);
    let word = after.find(|c| !is_word(c)).unwrap_or(after.len());
    let (word, after_word) = after.split_at_checked(word).unwrap_or((after, ""));
    let rest = after_word
        .split(['\r', '\n'])
        .next()
        .unwrap_or_default()
        .trim();
    let make = |completion: &str| {
        let mut draft = Draft::default();
        draft.keep(before);
        draft.insert(lead);
        draft.insert(MARK);
        draft.keep(word);
        draft.insert(completion);
        draft.keep(after_word);
        (draft, at + lead.len())
    };
    let mut variants = vec![make("")];
    if rest.is_empty() || rest.starts_with('#') {
        variants.push(make(": "));
    }
    if !closing.is_empty() {
        variants.push(make(closing));
    }
    variants
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::super::Token;
    use super::*;

    /// Describes the key or value at the cursor: `key` or `value`, its text, and its path of keys
    /// and indices.
    fn found(text: &str) -> Option<String> {
        let at = text.find('|').unwrap();
        let (recovered, found) = marked(&text.replacen('|', "", 1), at)?;
        let tree = &recovered.tree;
        let mut path = String::new();
        for (node, step) in &found.around {
            match tree.entries(*node) {
                Some(entries) => path.push_str(&entries[*step].key),
                None => path.push_str(&step.to_string()),
            }
            path.push(' ');
        }
        Some(match found.token {
            Token::Key(object, entry) => {
                format!("{path}key {}", tree.entries(object).unwrap()[entry].key)
            }
            Token::Value(node) => format!("{path}value {}", tree.to_json(node)),
        })
    }

    #[test]
    fn the_cursor_is_found_in_half_typed_text() {
        for (text, expected) in [
            ("|", "value \"x\""),
            ("comp|", "value \"compx\""),
            ("a: 1\n|", "key x"),
            ("a: 1\nsys|\nb: 2\n", "key sysx"),
            ("a: 1\nsys|tem: 3\n", "key sysxtem"),
            ("llm:\n  type: T\n  |\nb: 2\n", "llm key x"),
            ("llm:\n  |\nb: 2\n", "llm value \"x\""),
            ("llm:|\nb: 2\n", "llm value \"x\""),
            ("llm: |\nb: 2\n", "llm value \"x\""),
            ("tools:\n- |\nb: 2\n", "tools 0 value \"x\""),
            ("tools:\n-|\nb: 2\n", "tools 0 value \"x\""),
            ("tools:\n- a: 1\n  |\n- b: 2\n", "tools 0 key x"),
            ("n: [{$ref: |}]\n", "n 0 $ref value \"x\""),
            ("n: [{$ref: a|\nb: 2\n", "n 0 $ref value \"ax\""),
            ("n: {a: 1, |\nb: 2\n", "n key x"),
            ("url: \"htt|\nb: \"x\"\n", "url value \"httx\""),
            ("p: >\n  You {{|\nb: 1\n", "p value \"You {{x\\n\""),
            ("a: 0\nbad\nllm:\n  |\n", "llm value \"x\""),
            ("llm:\n  a: 1\n  |\nb: c: d\n", "llm key x"),
            ("x: [1\nllm:\n  a: 1\n  |\nb: 2\n", "llm key x"),
        ] {
            assert_eq!(found(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(found("a: 1 # note |\n"), None);
    }

    #[test]
    fn lines_with_faults_are_blanked_and_the_rest_stays() {
        for (text, expected) in [
            ("a: 1\nbad\nb: 2\n", "a: 1\n   \nb: 2\n"),
            ("a: \"x\nb: \"y\"\nc: 1\n", "a: 1"),
            ("a: [1\nb: 2\nc: 3\n", "     \nb: 2\nc: 3\n"),
            ("a: é: b\r\nc: 3\r\n", "        \r\nc: 3\r\n"),
        ] {
            let recovered = blanked(text, None);
            assert_eq!(recovered.text.len(), text.len(), "{text}");
            if expected != "a: 1" {
                assert_eq!(recovered.text, expected);
            }
            assert!(recovered.tree.root().is_some());
        }
    }
}
