//! Counts with nouns: one run, two runs.

/// Returns a number with a noun, which gets an `s` unless the number is one: `1 run`, `0 runs`.
pub(crate) fn counted(count: impl TryInto<u64>, thing: &str) -> String {
    // What does not fit is many.
    match count.try_into().unwrap_or(u64::MAX) {
        1 => format!("1 {thing}"),
        many => format!("{many} {thing}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn one_is_no_plural() {
        assert_eq!(counted(1_usize, "model call"), "1 model call");
        assert_eq!(counted(0_u64, "run"), "0 runs");
        assert_eq!(counted(2_u64, "file"), "2 files");
    }
}
