//! The words of a server that refuses a request, and what of them means that something is unknown there.

use super::Feature;
use crate::llm::server_words::ServerWords;

/// A feature with the words by which servers refuse it.
pub(super) struct Lesson {
    pub(super) feature: Feature,
    /// How servers name the feature, in the words of all protocols.
    names: &'static [&'static str],
    /// The words of the notice about it.
    pub(super) notice: &'static str,
}

pub(super) const LESSONS: [Lesson; 6] = [
    Lesson {
        feature: Feature::StreamOptions,
        names: &["stream_options", "streamoptions"],
        notice: "does not take `stream_options`: tokens are estimated",
    },
    Lesson {
        feature: Feature::ToolChoice,
        names: &["tool_choice", "toolchoice", "toolconfig.toolchoice"],
        notice: "does not take `tool_choice`: the model decides whether it calls a tool",
    },
    Lesson {
        feature: Feature::ResponseFormat,
        names: &RESPONSE_FORMAT,
        notice: "does not take a JSON Schema for the answer: the prompt asks for the shape instead",
    },
    Lesson {
        feature: Feature::MaxTokens,
        names: &["max_tokens", "max_completion_tokens"],
        notice: "takes the token limit under another name",
    },
    Lesson {
        feature: Feature::Reasoning,
        names: &["reasoning_content", "reasoning_details", "reasoning"],
        notice: "does not take its reasoning back",
    },
    Lesson {
        feature: Feature::Stream,
        names: &["stream", "streaming"],
        notice: "does not stream: answers come in one piece",
    },
];

const RESPONSE_FORMAT: [&str; 10] = [
    "response_format",
    "response format",
    "responseformat",
    "json_schema",
    "text.format",
    "structured output",
    "structured outputs",
    "output_config",
    "response_schema",
    "responseschema",
];

/// Words that mean that a server does not know or take what is named beside them.
const UNKNOWN: [&str; 22] = [
    "must be verified to stream",
    "unsupported",
    "not supported",
    "does not support",
    "doesn't support",
    "do not support",
    "don't support",
    "no longer supported",
    "unknown",
    "unrecognized",
    "unrecognised",
    "not permitted",
    "not allowed",
    "extra_forbidden",
    "was unexpected",
    "unexpected keyword",
    "unavailable",
    "not available",
    "not enabled",
    "incompatible",
    "enabled only for",
    "may not be enabled when tool_choice",
];

/// How a model names the reasoning that it wants back, and words by which it says so.
const REASONING: [&str; 3] = [
    "reasoning_content",
    "reasoning content",
    "include reasoning",
];
const WANTED: [&str; 7] = [
    "must be passed back",
    "missing",
    "field required",
    "must include",
    "must be provided",
    "must be included",
    "is required",
];

/// Words that mean the same of a value. They count for what has values of ours alone, never a person's.
const UNKNOWN_VALUE: [&str; 5] = [
    "input should be",
    "does not match any of the expected tags",
    "must be one of",
    "invalid tool_choice type",
    "invalid_value",
];

/// Words by which a refusal is about the schema that was sent, or about two fields at once, not about a field that is
/// unknown.
const ABOUT_CONTENT: [&str; 36] = [
    // How much, and not what.
    "context length",
    "context_length_exceeded",
    " above ",
    "at most ",
    "greater than ",
    "function.parameters",
    "input_schema",
    "inputschema",
    "function_declarations",
    "functiondeclarations",
    "invalid schema",
    "invalid json schema",
    "invalid_json_schema",
    "in context=",
    "features not supported by",
    "grammar",
    "keyword '",
    "additionalproperties",
    "patternproperties",
    "propertynames",
    "prefixitems",
    "minitems",
    "maxitems",
    "minlength",
    "maxlength",
    "uniqueitems",
    "anyof",
    "oneof",
    "allof",
    "$ref",
    "$defs",
    "$schema",
    "/properties/",
    "schema field",
    "nesting",
    "at the same time",
];

/// The refusal of a request by a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::llm) struct Refusal {
    /// The HTTP status.
    pub(in crate::llm) status: u16,
    /// Its words.
    pub(in crate::llm) words: ServerWords,
}

impl Refusal {
    /// Whether its status is one of a request that a server does not understand.
    pub(in crate::llm) fn may_teach(&self) -> bool {
        matches!(self.status, 400 | 422 | 501)
    }

    /// The refusal without what the server may have quoted of the texts that it was sent: a person's words about a feature
    /// say nothing of the server. `sent` is in small letters.
    pub(in crate::llm) fn without(mut self, sent: &str) -> Self {
        let message = self.words.message.as_deref();
        self.words.message = message.map(|message| unquoted(message, sent));
        self
    }

    /// Whether the server can't be asked for a shape of answers.
    pub(in crate::llm) fn is_about_formats(&self) -> bool {
        let clauses = Clauses::of(&self.words);
        !clauses.are_about_content()
            && LESSONS
                .iter()
                .any(|lesson| lesson.feature == Feature::ResponseFormat && clauses.refuse(lesson))
    }
}

/// The clauses of a refusal in small letters: what is unknown and the word for it are in the same one.
pub(super) struct Clauses(Vec<String>);

impl Clauses {
    pub(super) fn of(words: &ServerWords) -> Self {
        let mut text = words.message.as_deref().unwrap_or("").to_lowercase();
        if text.contains("'loc':") || text.contains("\"loc\":") {
            // A path as Python and JSON write it: with dots as elsewhere.
            for separator in ["', '", "\", \"", "\",\""] {
                text = text.replace(separator, ".");
            }
        }
        let clauses = text
            .split(['\n', ';'])
            .flat_map(|part| part.split(". "))
            .flat_map(|part| part.split("}, {"))
            .flat_map(|part| part.split("},{"));
        // What was sent may be repeated there.
        let clauses = clauses.filter_map(|clause| clause.split("'input':").next());
        let mut clauses: Vec<String> = clauses.map(str::to_owned).collect();
        let named = |name: &Option<String>| name.as_deref().unwrap_or("").to_lowercase();
        clauses.push(format!(
            "{} {}",
            named(&words.parameter),
            named(&words.code)
        ));
        Self(clauses)
    }

    pub(super) fn are_about_content(&self) -> bool {
        let mut clauses = self.0.iter();
        clauses.any(|clause| {
            ABOUT_CONTENT.iter().any(|word| clause.contains(word)) || is_inside_tool(clause)
        })
    }

    pub(super) fn want_reasoning(&self) -> bool {
        self.0.iter().any(|clause| {
            let says = |words: &[&str]| words.iter().any(|word| clause.contains(word));
            says(&WANTED)
                && !says(&UNKNOWN)
                && REASONING.iter().any(|name| mentions(clause, name, false))
        })
    }

    /// Whether a clause says that what a lesson is about is unknown.
    pub(super) fn refuse(&self, lesson: &Lesson) -> bool {
        let has_own_values = matches!(
            lesson.feature,
            Feature::ToolChoice | Feature::ResponseFormat
        );
        let is_whole = matches!(lesson.feature, Feature::ResponseFormat | Feature::Reasoning);
        self.0.iter().any(|clause| {
            let says = |words: &[&str]| words.iter().any(|word| clause.contains(word));
            if !(says(&UNKNOWN) || has_own_values && says(&UNKNOWN_VALUE)) {
                return false;
            }
            // Google names the unknown word and then where it is.
            let clause = match clause.split_once("unknown name \"") {
                Some((_, rest)) => rest.split_once('"').map_or(rest, |(name, _)| name),
                None => clause,
            };
            let mut names = lesson.names.iter();
            names.any(|name| mentions(clause, name, is_whole))
        })
    }
}

/// Whether a clause has a path that leads into one of the tools: `tools[0].function`, `tools.0.custom`.
fn is_inside_tool(clause: &str) -> bool {
    let mut found = ["tools", "functions"]
        .iter()
        .flat_map(|name| clause.match_indices(name));
    found.any(|(at, name)| {
        let rest = clause.get(at + name.len()..).unwrap_or("");
        let index = rest.strip_prefix(['[', '.', '/']);
        index.is_some_and(|index| index.starts_with(|c: char| c.is_ascii_digit()))
    })
}

/// A text without the stretches of some words that are in `sent`, too.
fn unquoted(text: &str, sent: &str) -> String {
    /// Fewer words are in many texts by chance.
    const LEAST_WORDS: usize = 5;
    /// The most words of a text that are looked at: what teaches is short.
    const MOST_WORDS: usize = 500;
    let edge = |c: char| !c.is_alphanumeric() && c != '_';
    let small = text.to_lowercase();
    let words: Vec<&str> = small.split(' ').take(MOST_WORDS).collect();
    let is_sent = |from: usize, to: usize| {
        let stretch = words.get(from..to).unwrap_or_default().join(" ");
        sent.contains(stretch.trim_matches(edge))
    };
    let mut kept: Vec<&str> = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let mut end = at + LEAST_WORDS;
        if end > words.len() || !is_sent(at, end) {
            kept.extend(words.get(at));
            at += 1;
            continue;
        }
        while end < words.len() && is_sent(at, end + 1) {
            end += 1;
        }
        at = end;
    }
    kept.join(" ")
}

/// Whether a name is in a text as a whole word. With `is_whole` a path that goes on inside of what is named, past its kind,
/// is no mention: there a person's schema begins.
fn mentions(text: &str, name: &str, is_whole: bool) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + name.len()..).unwrap_or("");
        if before.is_some_and(is_part) || after.starts_with(is_part) {
            return false;
        }
        let inside = after
            .strip_prefix('.')
            .filter(|rest| rest.starts_with(is_part));
        let inside = inside.map(|rest| {
            let end = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
            rest.split_at(end)
        });
        match inside {
            Some((step, rest)) if is_whole => {
                matches!(step, "type" | "json_schema" | "format") && !rest.starts_with('.')
            }
            _ => true,
        }
    })
}
