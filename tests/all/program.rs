//! The binary, as a person or a script runs it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// What came of one run of the program.
#[derive(Debug)]
pub(crate) struct Ran {
    /// The exit code.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The program, in the repository's folder, with an environment that is the same everywhere.
pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flowdeck"));
    command
        .args(arguments)
        .current_dir(repository())
        .env_remove("CLICOLOR_FORCE")
        .env_remove("RUST_BACKTRACE")
        .env_remove("RUST_LIB_BACKTRACE")
        .env("XDG_STATE_HOME", state_home())
        .env("NO_COLOR", "1")
        .env("NO_PROXY", "127.0.0.1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Where the tests' runs are kept, apart from those of the person whose machine it is.
pub(crate) fn state_home() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("state")
}

/// Runs the program to its end.
pub(crate) fn run(arguments: &[&str]) -> Ran {
    run_with_input(arguments, "")
}

/// Runs a command of the program to its end.
pub(crate) fn ran(command: &mut Command) -> Ran {
    command.output().unwrap().into()
}

/// Runs the program to its end with a text on standard input.
pub(crate) fn run_with_input(arguments: &[&str], input: &str) -> Ran {
    let mut child = program(arguments).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A program that does not read its input may have closed it.
    let _closed = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    Ran::from(output)
}

/// The repository's folder.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Writes a file into a folder and gives its path.
pub(crate) fn file(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// What the environment wishes for in place of a test's own number.
#[expect(
    clippy::disallowed_methods,
    reason = "the test environment says what is to be tried"
)]
pub(crate) fn wish(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}
