//! Plain objects and sets of strings that fields of several types share.
//!
//! Source: Agent Spec 26.3.1; the bounds of retry policies are checked in validation.

use super::ObjectDefinition;
use super::declare::{literals, plain_objects};
use super::kind::{Flag, Integer, List, Map, Maybe, Number, OneOf, Text};

/// A plain object with known fields, which has neither type nor id of its own.
pub trait PlainObject {
    /// Its fields.
    const DEFINITION: ObjectDefinition;
}

/// A set of strings of which a field takes one.
pub trait Literals {
    /// The strings, as the specification spells them.
    const NAMES: &'static [&'static str];
}

/// A set of strings for which booleans were once written.
pub trait FlagLiterals: Literals {
    /// The string that `false` means.
    const OF_FALSE: &'static str;
    /// The string that `true` means.
    const OF_TRUE: &'static str;
}

plain_objects! {
    /// How a model generates, for example `{"temperature": 0.2, "max_tokens": 500}`. Keys that are not listed are handed
    /// to the model as they are; null means unset.
    LlmGenerationConfig, keeps_extras {
        /// At most so many tokens in a reply.
        max_tokens: Maybe<Integer> = null;
        /// How much chance has a say; 0 picks the likeliest token.
        temperature: Maybe<Number> = null;
        /// Draw from the likeliest tokens that together have this probability.
        top_p: Maybe<Number> = null;
    }

    /// How often and after which pauses a failed call is made again.
    RetryPolicy, drops_extras {
        /// Tries after the first one.
        max_attempts: Integer = (integer 2);
        /// Seconds that one try may take.
        request_timeout: Maybe<Number> = null;
        /// Seconds before the first retry.
        initial_retry_delay: Number = (number 1.0);
        /// Seconds that no pause exceeds.
        max_retry_delay: Number = (number 8.0);
        /// Each pause is so many times the one before.
        backoff_factor: Number = (number 2.0);
        /// How pauses are varied by chance.
        jitter: Maybe<OneOf<Jitter>> = "full_and_equal_for_throttle";
        /// Whether every status from 500 to 599 is retried.
        service_error_retry_on_any_5xx: Flag = true;
        /// Further statuses that are retried, each with the error codes it is limited to; `[]` is any code.
        recoverable_statuses: Map<List<Text>> = recoverable_statuses;
    }
}

literals! {
    /// Ways to vary the pauses between retries by chance.
    Jitter: "equal", "full", "full_and_equal_for_throttle", "decorrelated";
    /// How models on Oracle's cloud are served.
    ServingMode: "ON_DEMAND", "DEDICATED";
}
