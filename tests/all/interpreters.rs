//! The Python interpreters that tests use. The environment names them, and `.ci/run` installs them.

use std::path::PathBuf;

/// Has `pyagentspec` 26.3.1.
pub(crate) const PYAGENTSPEC: &str = "FLOWDECK_TEST_PYTHON";

/// Has `wayflowcore` 26.3.1 with its extras `a2a` and `datastore`, and `psycopg2`. It takes half a gigabyte.
pub(crate) const WAYFLOW: &str = "FLOWDECK_TEST_WAYFLOW_PYTHON";

/// Has `a2a-sdk` with its server, `uvicorn` and `openai`.
pub(crate) const A2A: &str = "FLOWDECK_TEST_A2A_PYTHON";

/// Returns the Python that a variable names. Where there is none, a test fails if `CI` is `true`, and is skipped otherwise.
#[expect(
    clippy::disallowed_methods,
    reason = "the test environment says where Python is, and whether it must be"
)]
pub(crate) fn python(variable: &str) -> Option<PathBuf> {
    let named = std::env::var(variable).ok().filter(|path| !path.is_empty());
    if named.is_none() {
        let is_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
        assert!(!is_ci, "{variable} must name a Python in CI");
        println!("skipped: {variable} names no Python");
    }
    named.map(PathBuf::from)
}
