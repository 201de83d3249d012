//! Lines that a person types on standard input, for all that ask at the terminal.

use std::io;
use std::sync::LazyLock;

use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin};
use tokio::sync::Mutex;

/// One reader for the whole program: the read of a question that was given up is still under way, and gets the line that
/// belongs to the next question.
static LINES: LazyLock<Mutex<Lines<BufReader<Stdin>>>> =
    LazyLock::new(|| Mutex::new(BufReader::new(tokio::io::stdin()).lines()));

/// Returns the next line, without its end; none at the end of the input.
///
/// # Errors
/// Standard input can't be read, or is not UTF-8.
///
/// # Cancel safety
/// A line that is typed after the future was dropped goes to the next caller.
pub(super) async fn next_line() -> io::Result<Option<String>> {
    LINES.lock().await.next_line().await
}
