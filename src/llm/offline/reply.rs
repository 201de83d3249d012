//! The texts of the offline model: short, about the question, and with a note that they are made
//! up.

use serde_json::Value;

use super::answer::Situation;
use super::arguments::best_mention;
use super::words;
use crate::base::bounded::truncated;
use crate::conversation::ToolDeclaration;

/// The maximum number of bytes of a tool's result that a reply repeats.
const MAX_RESULT_BYTES: usize = 400;
/// The maximum length of a requested text, in words.
const MAX_LENGTH_WORDS: usize = 100_000;

/// The note that identifies the offline model.
const SIGNATURE: &str = "(I am the offline model: these words are made up.)";

/// Sentences about a topic, which replaces `{}`.
const SENTENCES: [&str; 14] = [
    "There is more to {} than it seems at first.",
    "Most people meet {} on an ordinary day and hardly notice.",
    "The short story of {} is one of patience.",
    "If you ask around, everybody has an opinion about {}.",
    "A good way to begin with {} is to take one small step and look again.",
    "What matters about {} is what you do next.",
    "On closer inspection {} turns out to be quite practical.",
    "Nothing about {} needs to be complicated.",
    "The best part of {} is that it can be tried at once.",
    "In short, {} is worth a second look.",
    "With a little care {} goes well from the start.",
    "Ask again in a week, and {} will look simpler.",
    "The usual questions about {} have short answers.",
    "There is time enough to get {} right.",
];

/// Returns the text that accompanies calls: `I will call get_weather.`
pub(super) fn before_calls(tools: &[&ToolDeclaration]) -> String {
    let names: Vec<&str> = tools.iter().map(|tool| tool.name.as_str()).collect();
    format!("I will call {}.", joined(&names))
}

/// Makes a reply without calls.
pub(super) fn text(situation: &Situation<'_>, seed: u64, length_words: Option<usize>) -> String {
    let mut random = fastrand::Rng::with_seed(seed);
    if let Some(count) = length_words {
        return of_length(count.min(MAX_LENGTH_WORDS), situation, &mut random);
    }
    if !situation.results.is_empty() {
        return about_results(situation);
    }
    let question = situation.question;
    if let Some(choice) = one_of(question, &mut random) {
        return choice;
    }
    let lower = question.to_lowercase();
    let limit = word_limit(&lower);
    if ["only the", "the name of", " only."]
        .iter()
        .any(|phrase| lower.contains(phrase))
        && lower.contains("only")
    {
        return words::topic(question);
    }
    let written = sentences_about(&words::topic(question), 2, &mut random);
    match limit {
        Some(limit) => with_stop(words::first_words(&written, limit)),
        None => format!("{written} {SIGNATURE}"),
    }
}

/// Makes a reply that reports the results of tools.
fn about_results(situation: &Situation<'_>) -> String {
    let lines: Vec<String> = situation
        .results
        .iter()
        .map(|(name, result)| format!("{name} says: {}.", shown(result).trim_end_matches('.')))
        .collect();
    format!("{} {SIGNATURE}", lines.join(" "))
}

/// Formats a result in words: `sky light rain, celsius 14.5` for an object.
fn shown(result: &str) -> String {
    let text = match serde_json::from_str::<Value>(result) {
        Ok(value) => in_words(&value),
        Err(_not_json) => result.trim().to_owned(),
    };
    truncated(&text, MAX_RESULT_BYTES)
}

fn in_words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(in_words).collect();
            items.join(", ")
        }
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{name} {}", in_words(value)))
                .collect();
            fields.join(", ")
        }
        Value::Null => "nothing".to_owned(),
        other => other.to_string(),
    }
}

/// Picks one of the answers that a prompt allows: `answer with one of: a, b, c`, or quoted words
/// after `answer`, `reply`, `classify` and similar verbs.
fn one_of(question: &str, random: &mut fastrand::Rng) -> Option<String> {
    let allowed = listed(question).or_else(|| quoted(question))?;
    let texts: Vec<&str> = allowed.iter().map(String::as_str).collect();
    // The list itself mentions every word: only what is outside it counts.
    let mut outside = question.to_owned();
    for text in &texts {
        if let Some((before, after)) = outside.split_once(text) {
            outside = format!("{before} {after}");
        }
    }
    let at = best_mention(&outside, &texts).unwrap_or_else(|| random.usize(..texts.len()));
    allowed.get(at).cloned()
}

/// Returns the items after `one of`, separated by commas and `or`, up to the end of the line or
/// sentence.
fn listed(question: &str) -> Option<Vec<String>> {
    let (_, rest) = question.split_once("one of")?;
    let rest = rest.trim_start_matches([':', ' ', '(', '[']);
    let rest = rest
        .strip_prefix("these:")
        .or(rest.strip_prefix("the following:"))
        .unwrap_or(rest);
    let line = rest.trim_start().lines().next()?;
    let list = line.split(['.', ';', ')', ']', '?']).next()?;
    let allowed: Vec<String> = list
        .replace(" or ", ",")
        .replace(" and ", ",")
        .split(',')
        .map(|word| {
            word.trim()
                .trim_matches(['"', '\'', '`', '“', '”', '*'])
                .to_owned()
        })
        .filter(|word| !word.is_empty() && word.split_whitespace().count() <= 4)
        .collect();
    (allowed.len() > 1).then_some(allowed)
}

fn quoted(question: &str) -> Option<Vec<String>> {
    let lower = question.to_lowercase();
    let asks = [
        "answer", "reply", "respond", "classify", "category", "either", "choose",
    ];
    if !asks.iter().any(|word| lower.contains(word)) {
        return None;
    }
    for quote in ['"', '`', '\''] {
        let mut allowed: Vec<String> = Vec::new();
        for (at, piece) in question.split(quote).enumerate() {
            let is_inside = at % 2 == 1;
            let is_word = !piece.is_empty() && piece.len() < 40 && !piece.contains('\n');
            if is_inside && is_word && !allowed.iter().any(|word| word == piece) {
                allowed.push(piece.to_owned());
            }
        }
        if allowed.len() > 1 {
            return Some(allowed);
        }
    }
    None
}

/// Returns the number in `at most 12 words`, `within 12 words`, `12 words or fewer`.
fn word_limit(lower: &str) -> Option<usize> {
    let all: Vec<&str> = lower.split_whitespace().collect();
    all.windows(2).find_map(|pair| match pair {
        [number, unit] if unit.starts_with("word") => number.parse().ok(),
        _ => None,
    })
}

fn sentences_about(topic: &str, count: usize, random: &mut fastrand::Rng) -> String {
    let topic = if topic.is_empty() { "this" } else { topic };
    let mut order: Vec<&str> = SENTENCES.to_vec();
    random.shuffle(&mut order);
    let sentences: Vec<String> = order
        .into_iter()
        .cycle()
        .take(count.clamp(1, SENTENCES.len()))
        .map(|sentence| capitalised(&sentence.replace("{}", topic)))
        .collect();
    sentences.join(" ")
}

fn of_length(count: usize, situation: &Situation<'_>, random: &mut fastrand::Rng) -> String {
    let topic = words::topic(situation.question);
    let mut written: Vec<String> = SIGNATURE.split(' ').map(str::to_owned).collect();
    while written.len() < count {
        let sentences = sentences_about(&topic, SENTENCES.len(), random);
        written.extend(sentences.split_whitespace().map(str::to_owned));
    }
    written.truncate(count);
    written.join(" ")
}

fn capitalised(sentence: &str) -> String {
    let mut characters = sentence.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(characters).collect()
    })
}

fn with_stop(text: String) -> String {
    if text.ends_with(['.', '!', '?']) || text.is_empty() {
        text
    } else {
        text + "."
    }
}

/// Joins names: `a`, `a and b`, `a, b and c`.
fn joined(names: &[&str]) -> String {
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
    }
}
