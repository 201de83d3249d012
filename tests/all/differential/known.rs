//! Where the two sides differ and may.

/// What a trial is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Valid,
    Plugins,
    Rules,
    Fields,
    PluginFields,
    Scalars,
    Samples,
    Templates,
}

/// A difference, and why it is one.
#[derive(Debug)]
struct Difference {
    subject: Subject,
    /// Part of the names of the documents.
    document: &'static str,
    /// What the disagreement begins with.
    disagreement: &'static str,
    /// Why we do it our way.
    reason: &'static str,
}

/// Differences on purpose; `docs/differences.md` tells them to people.
const DIFFERENCES: &[Difference] = &[
    Difference {
        subject: Subject::Fields,
        document: ".retry_policy is ",
        disagreement: "the SDK accepts it",
        reason: "text or a list is no object; the SDK takes it for an empty one",
    },
    Difference {
        subject: Subject::Fields,
        document: ".session_parameters is ",
        disagreement: "the SDK accepts it",
        reason: "text or a list is no object; the SDK takes it for an empty one",
    },
    Difference {
        subject: Subject::Fields,
        document: "OAuthConfig.pkce is ",
        disagreement: "the SDK accepts it",
        reason: "text or a list is no object; the SDK takes it for an empty one",
    },
    Difference {
        subject: Subject::Fields,
        document: "MessageSummarizationTransform.max_message_size is \"",
        disagreement: "the SDK alone refuses it",
        reason: "numbers in text are numbers in every field; the SDK compares this one before it reads it",
    },
    Difference {
        subject: Subject::Fields,
        document: "MessageSummarizationTransform.max_cache_size is \"",
        disagreement: "the SDK alone refuses it",
        reason: "numbers in text are numbers in every field; the SDK compares this one before it reads it",
    },
    Difference {
        subject: Subject::Fields,
        document: "MessageSummarizationTransform.max_cache_lifetime is \"",
        disagreement: "the SDK alone refuses it",
        reason: "numbers in text are numbers in every field; the SDK compares this one before it reads it",
    },
    Difference {
        subject: Subject::Scalars,
        document: "the YAML \"next\\u{85}line\" in ",
        disagreement: "",
        reason: "a line ends where YAML 1.2 says; in YAML 1.1 there are three more characters that end it",
    },
    Difference {
        subject: Subject::Scalars,
        document: "the YAML \"line\\u{2028}",
        disagreement: "the SDK alone refuses it",
        reason: "a line ends where YAML 1.2 says; in YAML 1.1 there are three more characters that end it",
    },
    Difference {
        subject: Subject::Scalars,
        document: "the YAML \"paragraph\\u{2029}",
        disagreement: "the SDK alone refuses it",
        reason: "a line ends where YAML 1.2 says; in YAML 1.1 there are three more characters that end it",
    },
    Difference {
        subject: Subject::Scalars,
        document: "the YAML \"\\u{feff}bom\"",
        disagreement: "we alone refuse it",
        reason: "a mark of byte order inside a text stands in quotes",
    },
    Difference {
        subject: Subject::Scalars,
        document: "the YAML \".inf\"",
        disagreement: "we alone refuse it",
        reason: "JSON has no such number",
    },
    Difference {
        subject: Subject::Scalars,
        document: "the YAML \"-.inf\"",
        disagreement: "we alone refuse it",
        reason: "JSON has no such number",
    },
    Difference {
        subject: Subject::Scalars,
        document: "the YAML \"+.INF\"",
        disagreement: "we alone refuse it",
        reason: "JSON has no such number",
    },
    Difference {
        subject: Subject::Scalars,
        document: "the YAML \".nan\"",
        disagreement: "we alone refuse it",
        reason: "JSON has no such number",
    },
    Difference {
        subject: Subject::Scalars,
        document: "the YAML \".NaN\"",
        disagreement: "we alone refuse it",
        reason: "JSON has no such number",
    },
    Difference {
        subject: Subject::Scalars,
        document: "the YAML \"2024-01-01",
        disagreement: "",
        reason: "a date stays the text that it is; the SDK reads it and then cannot write it",
    },
    Difference {
        subject: Subject::Scalars,
        document: "the YAML \"-\" in a flow",
        disagreement: "we alone refuse it",
        reason: "YAML 1.2 wants such a dash in quotes",
    },
    Difference {
        subject: Subject::Scalars,
        document: "the YAML \"?\" in a flow",
        disagreement: "the SDK alone refuses it",
        reason: "YAML 1.2 allows an empty key",
    },
    Difference {
        subject: Subject::Scalars,
        document: "the YAML \"&anchor\" in a flow",
        disagreement: "the SDK alone refuses it",
        reason: "YAML 1.2 allows an anchor to be given again",
    },
    Difference {
        subject: Subject::Scalars,
        document: "the YAML \"1,000\" in a flow",
        disagreement: "",
        reason: "keys stay the text that they are written as",
    },
    Difference {
        subject: Subject::Samples,
        document: "/c11_",
        disagreement: "we alone refuse it",
        reason: "a key is given once; the SDK keeps the last of them",
    },
    Difference {
        subject: Subject::Samples,
        document: "/c23_",
        disagreement: "the SDK alone refuses it",
        reason: "definitions are found whatever the order; a warning says that other readers may refuse them",
    },
    Difference {
        subject: Subject::Samples,
        document: "/c24_",
        disagreement: "we alone refuse it",
        reason: "an id names one component; the SDK loses one of them on export",
    },
    Difference {
        subject: Subject::Samples,
        document: "/c78_",
        disagreement: "the SDK alone refuses it",
        reason: "keys stay the text that they are written as",
    },
    Difference {
        subject: Subject::Samples,
        document: "/c80_",
        disagreement: "the SDK alone refuses it",
        reason: "the types of WayFlow's plugins are known; the SDK alone does not have them",
    },
    Difference {
        subject: Subject::Samples,
        document: "/c81_",
        disagreement: "the SDK alone refuses it",
        reason: "types of foreign plugins are kept as they are, with a warning",
    },
    Difference {
        subject: Subject::Valid,
        document: "odd schema 3",
        disagreement: "the SDK alone refuses it",
        reason: "what is and is not a regular expression depends on the engine",
    },
    Difference {
        subject: Subject::Valid,
        document: "odd schema 46",
        disagreement: "the SDK alone refuses it",
        reason: "what is and is not a regular expression depends on the engine",
    },
    Difference {
        subject: Subject::PluginFields,
        document: ".retry_policy is ",
        disagreement: "the SDK accepts it",
        reason: "text or a list is no object; the SDK takes it for an empty one",
    },
    Difference {
        subject: Subject::PluginFields,
        document: ".session_parameters is ",
        disagreement: "the SDK accepts it",
        reason: "text or a list is no object; the SDK takes it for an empty one",
    },
    Difference {
        subject: Subject::PluginFields,
        document: "\"time_",
        disagreement: "the SDK accepts it",
        reason: "a time is text; the SDK also takes a number for seconds since 1970",
    },
    Difference {
        subject: Subject::Scalars,
        document: " 18446744073709551616",
        disagreement: "we alone refuse it",
        reason: "whole numbers have at most 64 bits",
    },
    Difference {
        subject: Subject::Scalars,
        document: " -9223372036854775809",
        disagreement: "we alone refuse it",
        reason: "whole numbers have at most 64 bits",
    },
    Difference {
        subject: Subject::Scalars,
        document: " 123456789012345678901234567890",
        disagreement: "we alone refuse it",
        reason: "whole numbers have at most 64 bits",
    },
    Difference {
        subject: Subject::Scalars,
        document: "the number 1e400",
        disagreement: "we alone refuse it",
        reason: "JSON has no such number",
    },
];

/// The known differences of a subject, and which of them have been met.
#[derive(Debug)]
pub(super) struct Known {
    differences: Vec<(&'static Difference, bool)>,
}

impl Known {
    pub(super) fn of(subject: Subject) -> Self {
        let of_subject = DIFFERENCES.iter().filter(|known| known.subject == subject);
        Self {
            differences: of_subject.map(|known| (known, false)).collect(),
        }
    }

    /// Whether a disagreement is a known one.
    pub(super) fn explains(&mut self, document: &str, disagreement: &str) -> bool {
        let found = self.differences.iter_mut().find(|(known, _)| {
            document.contains(known.document) && disagreement.starts_with(known.disagreement)
        });
        found.map(|(_, is_met)| *is_met = true).is_some()
    }

    /// Differences that are none any more.
    pub(super) fn gone(&self) -> Vec<String> {
        let gone = self.differences.iter().filter(|(_, is_met)| !is_met);
        gone.map(|(known, _)| format!("{}: {}", known.document, known.reason))
            .collect()
    }
}
