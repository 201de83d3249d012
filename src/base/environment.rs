//! The environment variables of programs that other people wrote.

use std::ffi::OsString;

/// The variables that a program needs to find its way on this machine, the same that the SDKs of
/// the Model Context Protocol pass on.
const PASSED_ON: [&str; 11] = [
    "HOME",
    "LANG",
    "LC_ALL",
    "LOGNAME",
    "NODE_EXTRA_CA_CERTS",
    "PATH",
    "SHELL",
    "SSL_CERT_FILE",
    "TERM",
    "TMPDIR",
    "USER",
];

/// Returns the environment variables for a program that the author of a document chose. All others
/// are withheld, above all keys.
pub(crate) fn for_foreign_programs() -> Vec<(&'static str, OsString)> {
    PASSED_ON
        .into_iter()
        .filter_map(|name| Some((name, std::env::var_os(name)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_passed_on_and_what_cargo_sets_is_not() {
        let passed: Vec<&str> = for_foreign_programs()
            .iter()
            .map(|(name, _)| *name)
            .collect();
        assert!(passed.contains(&"PATH"));
        assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
        assert!(!passed.contains(&"CARGO_MANIFEST_DIR"));
    }
}
