//! Recognizes error messages that report an unknown or unsupported feature.

use super::Feature;
use crate::llm::server_words::ServerWords;

/// A feature, with the phrases by which servers reject it.
pub(super) struct Lesson {
    pub(super) feature: Feature,
    /// The names of the feature in the error messages of all protocols.
    names: &'static [&'static str],
    /// The text of the notice to the user.
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

/// Phrases that mean that a server does not know or support the feature named next to them.
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

/// Names of the reasoning that a model requires, and phrases by which a server asks for it.
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

/// Phrases that mean the same for a value. They count only for features whose values flowdeck
/// chooses, not the user.
const UNKNOWN_VALUE: [&str; 5] = [
    "input should be",
    "does not match any of the expected tags",
    "must be one of",
    "invalid tool_choice type",
    "invalid_value",
];

/// Phrases that show that an error is about the content of the schema, or about two fields
/// together, and not about an unknown field.
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

/// A server's error response to a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::llm) struct Refusal {
    /// The HTTP status.
    pub(in crate::llm) status: u16,
    /// The text of the response.
    pub(in crate::llm) words: ServerWords,
}

impl Refusal {
    /// Returns whether the HTTP status is one that servers use for requests they do not understand.
    pub(in crate::llm) fn may_teach(&self) -> bool {
        matches!(self.status, 400 | 422 | 501)
    }

    /// Removes what the server may have quoted from the request, because a user's text about a
    /// feature says nothing about the server. `sent` is the request's text in lower case.
    pub(in crate::llm) fn without(mut self, sent: &str) -> Self {
        let message = self.words.message.as_deref();
        self.words.message = message.map(|message| unquoted(message, sent));
        self
    }

    /// Returns whether the server does not support structured output.
    pub(in crate::llm) fn is_about_formats(&self) -> bool {
        let clauses = Clauses::of(&self.words);
        !clauses.are_about_content()
            && LESSONS
                .iter()
                .any(|lesson| lesson.feature == Feature::ResponseFormat && clauses.refuse(lesson))
    }
}

/// The clauses of an error message in lower case; a feature and the phrase about it are in the same
/// clause.
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

    /// Returns whether a clause reports a feature as unknown or unsupported.
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

/// Returns whether a clause has a path into one of the tools: `tools[0].function`, `tools.0.custom`.
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

/// Removes the passages of several words that also occur in `sent`.
fn unquoted(text: &str, sent: &str) -> String {
    /// The minimum number of words in a passage; shorter ones coincide by chance.
    const LEAST_WORDS: usize = 5;
    /// The maximum number of words that are examined; relevant messages are short.
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

/// Returns whether a text contains a name as a whole word. With `is_whole`, a longer path below the
/// name does not count, because a user's schema begins there.
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
