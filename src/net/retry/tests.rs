//! The decisions of the reference.

use pretty_assertions::assert_eq;

use super::*;

fn status(status: u16) -> Outcome {
    Outcome::Status {
        status,
        code: None,
        retry_after: None,
    }
}

fn is_retried(outcome: &Outcome) -> bool {
    decide(outcome, 1, &RetryPolicy::default(), Duration::ZERO, 0.5) != Decision::GiveUp
}

#[test]
fn the_decision_table_is_the_references() {
    for retried in [409, 429, 500, 502, 503, 504, 529] {
        assert!(is_retried(&status(retried)), "{retried}");
    }
    for final_status in [400, 401, 403, 404, 408, 422, 501] {
        assert!(!is_retried(&status(final_status)), "{final_status}");
    }
    assert!(is_retried(&Outcome::Transport));
    assert!(!is_retried(&Outcome::Final));
}

#[test]
fn a_policy_is_read_from_the_language() {
    let read = RetryPolicy::from_json(&serde_json::json!({
        "max_attempts": 5, "request_timeout": 2.5, "jitter": null,
        "recoverable_statuses": {"400": ["busy"]}, "backoff_factor": 3,
    }));
    let expected = RetryPolicy {
        max_attempts: 5,
        request_timeout: Some(Duration::from_millis(2500)),
        jitter: Jitter::None,
        recoverable_statuses: BTreeMap::from([(400, vec!["busy".to_owned()])]),
        backoff_factor: 3.0,
        ..RetryPolicy::default()
    };
    assert_eq!(read, expected);
    assert_eq!(
        RetryPolicy::from_json(&serde_json::json!({})),
        RetryPolicy::default()
    );
}

#[test]
fn attempts_and_total_time_are_bounded() {
    let policy = RetryPolicy::default();
    let at = |attempt, seconds| {
        decide(
            &status(503),
            attempt,
            &policy,
            Duration::from_secs(seconds),
            0.0,
        )
    };
    assert_eq!(at(2, 0), Decision::RetryAfter(Duration::ZERO));
    assert_eq!(at(3, 0), Decision::GiveUp);
    assert_eq!(at(1, 600), Decision::GiveUp);
}

/// `initial_retry_delay` 0.5, `backoff_factor` 3, `max_retry_delay` 10. The columns are the
/// failed attempt, the status (0 is a broken connection), what chance drew, and the seconds to
/// wait without jitter, with `full`, `equal`, `full_and_equal_for_throttle` and `decorrelated`.
#[test]
fn delays_follow_the_formula_of_each_jitter() {
    #[rustfmt::skip]
    let table: [(u32, u16, f64, [f64; 5]); 14] = [
        (1, 503, 0.0,   [0.5,  0.0,    0.25,   0.0,    0.5]),
        (1, 503, 0.5,   [0.5,  0.25,   0.375,  0.25,   1.0]),
        (1, 429, 0.5,   [0.5,  0.25,   0.375,  0.375,  1.0]),
        (1, 409, 0.75,  [0.5,  0.375,  0.4375, 0.4375, 1.25]),
        (1, 0,   0.5,   [0.5,  0.25,   0.375,  0.25,   1.0]),
        (2, 503, 0.5,   [1.5,  0.75,   1.125,  0.75,   2.0]),
        (2, 429, 0.5,   [1.5,  0.75,   1.125,  1.125,  2.0]),
        (3, 500, 0.25,  [4.5,  1.125,  2.8125, 1.125,  4.75]),
        (3, 429, 0.25,  [4.5,  1.125,  2.8125, 2.8125, 4.75]),
        // From here on `t` (13.5, 40.5, …) is above the largest delay.
        (4, 503, 0.5,   [10.0, 6.75,   7.5,    6.75,   10.0]),
        (4, 429, 0.5,   [10.0, 6.75,   7.5,    7.5,    10.0]),
        (4, 503, 0.875, [10.0, 10.0,   9.375,  10.0,   10.0]),
        (5, 0,   0.125, [10.0, 5.0625, 5.625,  5.0625, 10.0]),
        (9, 503, 0.0,   [10.0, 0.0,    5.0,    0.0,    10.0]),
    ];
    let jitters = [
        Jitter::None,
        Jitter::Full,
        Jitter::Equal,
        Jitter::FullAndEqualForThrottle,
        Jitter::Decorrelated,
    ];
    for (attempt, code, random, waits) in table {
        let outcome = match code {
            0 => Outcome::Transport,
            code => status(code),
        };
        for (jitter, seconds) in jitters.into_iter().zip(waits) {
            let policy = RetryPolicy {
                jitter,
                max_attempts: 20,
                initial_retry_delay: Duration::from_millis(500),
                backoff_factor: 3.0,
                max_retry_delay: Duration::from_secs(10),
                ..RetryPolicy::default()
            };
            assert_eq!(
                decide(&outcome, attempt, &policy, Duration::ZERO, random),
                Decision::RetryAfter(Duration::from_secs_f64(seconds)),
                "{jitter:?} {code} {attempt} {random}"
            );
        }
    }
}

#[test]
fn no_policy_makes_a_delay_that_is_none() {
    for (initial, factor) in [(0.0, 1e300), (1e300, 1e300), (1.0, 1e-300), (0.0, 1.0)] {
        for attempt in [1, 2, 20] {
            let policy = RetryPolicy {
                initial_retry_delay: Duration::try_from_secs_f64(initial).unwrap_or(Duration::MAX),
                backoff_factor: factor,
                max_attempts: 20,
                ..RetryPolicy::default()
            };
            for random in [0.0, 0.999] {
                let waits = delay(attempt, &policy, false, random);
                assert!(
                    waits <= policy.max_retry_delay,
                    "{initial} {factor} {attempt}"
                );
            }
        }
    }
}

#[test]
fn the_server_decides_the_wait_up_to_a_bound() {
    let asked = |seconds| {
        let outcome = Outcome::Status {
            status: 429,
            code: None,
            retry_after: Some(Duration::from_secs(seconds)),
        };
        decide(&outcome, 1, &RetryPolicy::default(), Duration::ZERO, 0.9)
    };
    assert_eq!(asked(2), Decision::RetryAfter(Duration::from_secs(2)));
    assert_eq!(asked(900), Decision::RetryAfter(MAX_RETRY_AFTER));
}

#[test]
fn a_status_with_codes_needs_one_of_them() {
    let policy = RetryPolicy {
        recoverable_statuses: BTreeMap::from([(400, vec!["busy".to_owned()])]),
        ..RetryPolicy::default()
    };
    let decided = |code: Option<&str>| {
        let outcome = Outcome::Status {
            status: 400,
            code: code.map(str::to_owned),
            retry_after: None,
        };
        decide(&outcome, 1, &policy, Duration::ZERO, 0.5) != Decision::GiveUp
    };
    assert!(decided(Some("busy")));
    assert!(!decided(Some("busy_forever")));
    assert!(!decided(None));
}

#[test]
fn what_a_policy_lists_adds_to_the_server_errors() {
    let policy = |any_5xx, status, codes: &[&str]| RetryPolicy {
        service_error_retry_on_any_5xx: any_5xx,
        recoverable_statuses: BTreeMap::from([(
            status,
            codes.iter().map(|code| (*code).to_owned()).collect(),
        )]),
        ..RetryPolicy::default()
    };
    for (policy, code, is_retried) in [
        (policy(true, 503, &["busy"]), 503, true),
        (policy(false, 503, &["busy"]), 503, false),
        (policy(false, 503, &[]), 503, true),
        (policy(true, 501, &[]), 501, true),
        (policy(true, 418, &[]), 429, false),
        (policy(true, 401, &[]), 401, false),
        (policy(true, 403, &[]), 403, false),
    ] {
        let decided = decide(&status(code), 1, &policy, Duration::ZERO, 0.5);
        assert_eq!(decided != Decision::GiveUp, is_retried, "{code} {policy:?}");
    }
}
