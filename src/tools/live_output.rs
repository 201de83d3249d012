//! Reports the output of a running program, line by line.

use std::convert::Infallible;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Notify;

use super::executor::ToolObserver;
use crate::base::lock::lock;
use crate::base::redact::Redactor;

/// How long output is collected before it is reported. The output of a program that ends within
/// this time is not reported, because its result follows immediately.
const GATHER: Duration = Duration::from_millis(100);
/// The maximum number of bytes of a program's output that are reported while it runs.
const MAX_SHOWN_BYTES: usize = 64 * 1024;
/// The text that ends the report of a longer output.
const CUT: &str = "… (what follows is not shown while it runs)";

/// A stream of a program's output: the reader calls `push`, and [`LiveOutput::show`] reports
/// complete lines.
#[derive(Debug, Default)]
pub(super) struct LiveOutput {
    gathered: Mutex<Gathered>,
    came: Notify,
}

#[derive(Debug, Default)]
struct Gathered {
    bytes: Vec<u8>,
    /// The total number of bytes that were pushed.
    n_pushed: usize,
}

impl LiveOutput {
    /// Adds output of the program.
    pub(super) fn push(&self, bytes: &[u8]) {
        let mut gathered = lock(&self.gathered);
        if gathered.n_pushed > MAX_SHOWN_BYTES {
            return;
        }
        gathered.n_pushed += bytes.len();
        if gathered.n_pushed > MAX_SHOWN_BYTES {
            let whole_lines = gathered.bytes.iter().rposition(|byte| *byte == b'\n');
            gathered
                .bytes
                .truncate(whole_lines.map_or(0, |end| end + 1));
            gathered.bytes.extend_from_slice(CUT.as_bytes());
            gathered.bytes.push(b'\n');
        } else {
            gathered.bytes.extend_from_slice(bytes);
        }
        if gathered.bytes.contains(&b'\n') {
            self.came.notify_one();
        }
    }

    /// Reports new lines together, with the program's secrets masked, until the future is dropped.
    pub(super) async fn show(&self, observer: &dyn ToolObserver, given: &Redactor) -> Infallible {
        loop {
            self.came.notified().await;
            tokio::time::sleep(GATHER).await;
            if let Some(lines) = self.take_lines() {
                observer.chunk(Value::String(given.clean(&lines))).await;
            }
        }
    }

    /// Returns the complete lines, without the last line break.
    fn take_lines(&self) -> Option<String> {
        let mut gathered = lock(&self.gathered);
        let end = gathered.bytes.iter().rposition(|byte| *byte == b'\n')?;
        let rest = gathered.bytes.split_off(end + 1);
        let mut lines = std::mem::replace(&mut gathered.bytes, rest);
        lines.truncate(end);
        Some(String::from_utf8_lossy(&lines).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::BoxFuture;
    use pretty_assertions::assert_eq;

    use super::*;

    #[derive(Default)]
    struct Shown(Mutex<Vec<Value>>);

    impl ToolObserver for Shown {
        fn chunk(&self, content: Value) -> BoxFuture<'_, ()> {
            self.0.lock().unwrap().push(content);
            Box::pin(std::future::ready(()))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn whole_lines_are_shown_a_few_at_a_time_up_to_a_bound() {
        let (output, shown) = (LiveOutput::default(), Shown::default());
        let (moment, nothing) = (GATHER + Duration::from_millis(1), Redactor::default());
        let program = async {
            output.push("one\ntw".as_bytes());
            tokio::time::sleep(moment).await;
            output.push("o\n".as_bytes());
            output.push("grü\nüb".as_bytes());
            tokio::time::sleep(moment).await;
            // Lines that are not shown yet when the bound is met still are.
            output.push("er\n".as_bytes());
            output.push(&vec![b'x'; MAX_SHOWN_BYTES]);
            output.push(b"\nmore\n");
            tokio::time::sleep(moment).await;
        };
        tokio::select! {
            () = program => {}
            never = output.show(&shown, &nothing) => match never {},
        }
        assert_eq!(
            *shown.0.lock().unwrap(),
            ["one", "two\ngrü", &format!("über\n{CUT}")]
        );
    }
}
