//! Plain objects and sets of strings that several types share.
//!
//! Source: Agent Spec 26.3.1; the bounds of retry policies are checked in validation.

use super::ObjectDefinition;
use super::declare::{literals, plain_objects};
use super::kind::{Flag, Integer, List, Map, Maybe, Number, OneOf, Text};

/// A plain object with known fields, without a type or an id.
pub trait PlainObject {
    /// The declaration of the object.
    const DEFINITION: ObjectDefinition;
}

/// A set of strings from which a field takes one.
pub trait Literals {
    /// The strings, as the specification spells them.
    const NAMES: &'static [&'static str];
}

/// A set of strings for which earlier versions had booleans.
pub trait FlagLiterals: Literals {
    /// The string that `false` stands for.
    const OF_FALSE: &'static str;
    /// The string that `true` stands for.
    const OF_TRUE: &'static str;
}

plain_objects! {
    /// Generation parameters of a model, for example `{"temperature": 0.2, "max_tokens": 500}`. Keys that are not listed are handed
    /// to the model as they are; null means unset.
    LlmGenerationConfig, keeps_extras {
        /// The maximum number of tokens in a reply.
        max_tokens: Maybe<Integer> = null;
        /// The sampling temperature; 0 picks the most likely token.
        temperature: Maybe<Number> = null;
        /// Nucleus sampling: draws from the most likely tokens that together have this probability.
        top_p: Maybe<Number> = null;
    }

    /// How often and after which pauses a failed call is retried.
    RetryPolicy, drops_extras {
        /// The number of retries after the first try.
        max_attempts: Integer = (integer 2);
        /// Seconds that one try may take.
        request_timeout: Maybe<Number> = null;
        /// Seconds before the first retry.
        initial_retry_delay: Number = (number 1.0);
        /// The longest pause in seconds.
        max_retry_delay: Number = (number 8.0);
        /// The factor from one pause to the next.
        backoff_factor: Number = (number 2.0);
        /// How pauses are randomized.
        jitter: Maybe<OneOf<Jitter>> = "full_and_equal_for_throttle";
        /// Whether every status from 500 to 599 is retried.
        service_error_retry_on_any_5xx: Flag = true;
        /// Further statuses that are retried, each with the error codes to which it is limited; `[]` means any code.
        recoverable_statuses: Map<List<Text>> = recoverable_statuses;
    }
}

literals! {
    /// How the pauses between retries are randomized.
    Jitter: "equal", "full", "full_and_equal_for_throttle", "decorrelated";
    /// How models of OCI are served.
    ServingMode: "ON_DEMAND", "DEDICATED";
}
