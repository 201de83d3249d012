//! Extracts words, numbers, names and a topic from a text, for the offline model.

/// Words that do not indicate the topic of a text.
const COMMON: &[&str] = &[
    "a", "about", "above", "after", "all", "also", "an", "and", "any", "are", "as", "ask", "asks",
    "at", "be", "before", "below", "by", "call", "can", "could", "do", "does", "each", "find",
    "for", "from", "get", "gets", "give", "gives", "going", "has", "have", "he", "hello", "help",
    "her", "here", "hi", "his", "how", "i", "if", "in", "into", "is", "it", "its", "just", "let",
    "like", "list", "make", "me", "my", "need", "not", "now", "of", "on", "one", "only", "or",
    "our", "out", "please", "read", "run", "say", "says", "she", "should", "show", "so", "some",
    "tell", "than", "that", "the", "their", "them", "then", "there", "these", "they", "this",
    "those", "to", "tool", "up", "us", "use", "user", "using", "want", "was", "we", "were", "what",
    "when", "where", "which", "who", "whole", "why", "will", "with", "would", "write", "you",
    "your",
];

/// Returns whether a lower-case word does not indicate the topic of a text.
pub(super) fn is_common(word: &str) -> bool {
    COMMON.binary_search(&word).is_ok()
}

/// Returns the words of a text: runs of letters and digits, with inner `-`, `'` and `.`.
pub(super) fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '\'' | '’' | '.' | '_')))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
        .collect()
}

/// Returns the stems of a text: words in lower case, split at `_` and `-`, without the endings of
/// plurals and verbs.
pub(super) fn stems(text: &str) -> Vec<String> {
    words(text)
        .into_iter()
        .flat_map(|word| word.split(['_', '-', '.']))
        .filter(|word| !word.is_empty())
        .map(stem)
        .collect()
}

/// Returns a word in lower case without its ending: `orders` and `ordering` become `order`.
pub(super) fn stem(word: &str) -> String {
    let word = word.to_lowercase();
    for ending in ["ing", "es", "ed", "s"] {
        if let Some(stem) = word.strip_suffix(ending)
            && stem.chars().count() >= 4
        {
            return stem.to_owned();
        }
    }
    word
}

/// Returns the numbers of a text in order. Digits that are part of a word (`A-1042`) do not count.
pub(super) fn numbers(text: &str) -> Vec<f64> {
    words(text)
        .into_iter()
        .filter_map(|word| word.parse::<f64>().ok())
        .filter(|number| number.is_finite())
        .collect()
}

/// Returns the capitalized words that do not begin a sentence, with neighbours joined: `["São
/// Paulo"]`.
pub(super) fn names(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut is_sentence_start = true;
    let mut has_open_name = false;
    for piece in text.split_whitespace() {
        let word = piece.trim_matches(|c: char| !c.is_alphanumeric());
        let is_capital = word.chars().next().is_some_and(char::is_uppercase);
        let is_word = word.chars().count() > 1 && !word.contains(|c: char| c.is_numeric());
        let is_name = is_capital && is_word && !is_sentence_start;
        if is_name {
            match names.last_mut().filter(|_| has_open_name) {
                Some(name) => {
                    name.push(' ');
                    name.push_str(word);
                }
                None => names.push(word.to_owned()),
            }
        }
        is_sentence_start = piece.ends_with(['.', '!', '?', ':']);
        has_open_name = is_name && piece.ends_with(char::is_alphanumeric);
    }
    names
}

/// Returns the first word of a text with the same form as an example: `A-1042` for `B-7`, but not
/// `B7`.
pub(super) fn shaped_like(text: &str, example: &str) -> Option<String> {
    let wanted = shape(example);
    if wanted == "Aa" {
        return names(text).into_iter().next();
    }
    if !wanted.contains(|c: char| !c.is_alphabetic()) {
        return None;
    }
    words(text)
        .into_iter()
        .find(|word| shape(word) == wanted)
        .map(str::to_owned)
}

/// Returns the form of a word: the classes of its characters without repetition, so that `A-1042`
/// becomes `A-9`.
fn shape(word: &str) -> String {
    let mut shape = String::new();
    for character in word.chars() {
        let kind = match character {
            c if c.is_uppercase() => 'A',
            c if c.is_alphabetic() => 'a',
            c if c.is_numeric() => '9',
            other => other,
        };
        if !shape.ends_with(kind) {
            shape.push(kind);
        }
    }
    shape
}

/// Returns the topic of a text in a few words: the words after `about`, else its names, else its
/// longest words. Never empty if the text has words.
pub(super) fn topic(text: &str) -> String {
    let lower = text.to_lowercase();
    if lower.len() == text.len()
        && let Some(start) = lower.find("about ")
        && let Some(rest) = text.get(start + "about ".len()..)
    {
        let phrase = rest
            .trim_start_matches("this news: ")
            .split(['.', '?', '!', ',', ';', ':', '\n'])
            .next()
            .unwrap_or("")
            .trim();
        if !phrase.is_empty() {
            return first_words(phrase, 8);
        }
    }
    if let Some(name) = names(text).into_iter().next() {
        return name;
    }
    let mut found: Vec<&str> = Vec::new();
    for word in words(text) {
        if !is_common(&word.to_lowercase()) && !found.contains(&word) {
            found.push(word);
        }
    }
    if found.is_empty() {
        return first_words(text.trim(), 4);
    }
    found.truncate(4);
    found.join(" ")
}

/// Returns the first words of a text, at most `count`, without punctuation at the cut.
pub(super) fn first_words(text: &str, count: usize) -> String {
    let all: Vec<&str> = text.split_whitespace().collect();
    match all.get(..count) {
        Some(cut) if all.len() > count => cut
            .join(" ")
            .trim_end_matches([',', ';', ':', '.', '-'])
            .to_owned(),
        _ => all.join(" "),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn the_common_words_are_sorted_for_the_search() {
        assert!(COMMON.is_sorted());
    }

    #[test]
    fn names_are_capitalised_words_inside_sentences() {
        let cases: &[(&str, &[&str])] = &[
            ("I need the weather in São Paulo, please.", &["São Paulo"]),
            (
                "Read my calendar for Tuesday. And Friday",
                &["Tuesday", "Friday"],
            ),
            ("Weather? Lima, Rome", &["Rome"]),
            ("nothing here", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(names(text), *expected, "{text}");
        }
    }

    #[test]
    fn examples_find_their_like() {
        let text = "Please refund order A-1042, the saddle arrived in Bern.";
        assert_eq!(shaped_like(text, "B-7").as_deref(), Some("A-1042"));
        assert_eq!(shaped_like(text, "Paris").as_deref(), Some("Bern"));
        assert_eq!(shaped_like(text, "2026-01-01"), None);
        assert_eq!(shaped_like(text, "word"), None);
    }

    #[test]
    fn a_topic_is_a_few_words() {
        let cases = [
            ("Make the remote call about solar sails.", "solar sails"),
            ("What is the capital of Peru?", "Peru"),
            (
                "please summarise quarterly numbers",
                "summarise quarterly numbers",
            ),
            ("do it", "do it"),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(topic(text), expected, "{text}");
        }
    }

    #[test]
    fn numbers_inside_words_are_none() {
        assert_eq!(
            numbers("order A-1042: 2 lamps 38.00, 1 lock"),
            [2.0, 38.0, 1.0]
        );
    }
}
