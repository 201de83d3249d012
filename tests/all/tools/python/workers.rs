//! The life of the processes in which functions run: who waits for whom, what ends them, what is told of it.

use std::time::Duration;

use flowdeck::tools::ToolErrorKind;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::super::Bed;
use super::{bed, bed_with, tool};
use crate::awaited;

#[tokio::test]
async fn a_plain_function_does_not_hold_up_async_ones_nor_these_each_other() {
    // Each ends only after the others have begun.
    let bed = bed(
        &["heavy", "remote"],
        "
import asyncio, os, time

def mark(name):
    with open(name, 'w') as file:
        file.write('x\\n')

def heavy():
    mark('heavy')
    while not (os.path.exists('remote-1') and os.path.exists('remote-2')):
        time.sleep(0.005)
    mark('heavy-done')
    return 'heavy'

async def remote(n):
    while not os.path.exists('heavy'):
        await asyncio.sleep(0.005)
    mark(f'remote-{n}')
    while not os.path.exists('heavy-done'):
        await asyncio.sleep(0.005)
    return f'remote {n}'
",
    );
    let (heavy, remote) = (tool("heavy"), tool("remote"));
    let (first, second, third) = tokio::join!(
        bed.call(&heavy, json!({})),
        bed.call(&remote, json!({"n": 1})),
        bed.call(&remote, json!({"n": 2})),
    );
    let results = [first.unwrap(), second.unwrap(), third.unwrap()];
    assert_eq!(
        results,
        [json!("heavy"), json!("remote 1"), json!("remote 2")]
    );
}

#[tokio::test]
async fn cancelling_a_plain_function_kills_its_worker_and_what_that_started() {
    let bed = bed(
        &["stuck", "fine"],
        "
import os, subprocess, time

def stuck():
    child = subprocess.Popen(['sleep', '1000'])
    with open('pids', 'w') as file:
        file.write(f'{os.getpid()} {child.pid}\\n')
    while True:
        time.sleep(1)

def fine():
    return 'fine'
",
    );
    let cancel = CancellationToken::new();
    let stuck = tool("stuck");
    let (ended, pids) = tokio::join!(bed.call_until(&stuck, json!({}), &cancel), async {
        let pids = bed.wait_for("pids").await;
        cancel.cancel();
        pids
    });
    assert_eq!(ended.unwrap_err().kind, ToolErrorKind::Cancelled);
    for pid in pids.split_whitespace() {
        awaited::end_of(pid).await;
    }
    let result = bed.call(&tool("fine"), json!({})).await.unwrap();
    assert_eq!(result, json!("fine"), "another worker takes the next call");
}

#[tokio::test]
async fn cancelling_an_async_function_leaves_its_neighbours_alone() {
    let bed = bed(
        &["stuck", "neighbour"],
        "
import asyncio, os

async def stuck():
    try:
        with open('started', 'w') as file:
            file.write('x\\n')
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        with open('cancelled', 'w') as file:
            file.write('x\\n')
        raise

async def neighbour():
    while not os.path.exists('cancelled'):
        await asyncio.sleep(0.005)
    return 'well'
",
    );
    let cancel = CancellationToken::new();
    let (stuck, neighbour) = (tool("stuck"), tool("neighbour"));
    let (ended, neighbour, ()) = tokio::join!(
        bed.call_until(&stuck, json!({}), &cancel),
        bed.call(&neighbour, json!({})),
        async {
            bed.wait_for("started").await;
            cancel.cancel();
        }
    );
    assert_eq!(ended.unwrap_err().kind, ToolErrorKind::Cancelled);
    assert_eq!(neighbour.unwrap(), json!("well"));
}

#[tokio::test]
async fn a_timeout_ends_both_kinds() {
    let profile = "
[tools.plain]
python = \"work.py:plain\"
timeout = \"400ms\"
[tools.waiting]
python = \"work.py:waiting\"
timeout = \"400ms\"
";
    let source = "
import asyncio, time
def plain():
    time.sleep(1000)
async def waiting():
    await asyncio.sleep(1000)
";
    let bed = Bed::new(profile, &[("work.py", source)]);
    for name in ["plain", "waiting"] {
        let error = bed.call(&tool(name), json!({})).await.unwrap_err();
        assert_eq!(error.kind, ToolErrorKind::TimedOut, "{error}");
        assert_eq!(
            error.message,
            format!("`{name}` did not end within 0.4 s and was stopped")
        );
    }
}

#[tokio::test]
async fn an_async_function_that_blocks_its_loop_is_named_and_the_next_call_works() {
    let bed = bed_with(
        &["blocking", "neighbour", "fine"],
        "
import asyncio, os, time

async def blocking():
    while not os.path.exists('waiting'):
        await asyncio.sleep(0.005)
    time.sleep(1000)

async def neighbour():
    with open('waiting', 'w') as file:
        file.write('x\\n')
    await asyncio.Event().wait()

async def fine():
    return 'fine'
",
        Duration::from_millis(1500),
        2,
    );
    let (blocking, neighbour) = (tool("blocking"), tool("neighbour"));
    let (blocked, bystander) = tokio::join!(
        bed.call(&blocking, json!({})),
        bed.call(&neighbour, json!({}))
    );
    assert_eq!(
        blocked.unwrap_err().message,
        "`blocking` was stopped: its Python worker gave no sign of life for 1.5 s"
    );
    assert_eq!(
        bystander.unwrap_err().message,
        "`neighbour` was stopped with its Python worker, whose loop `blocking` blocked"
    );
    assert_eq!(
        bed.call(&tool("fine"), json!({})).await.unwrap(),
        json!("fine")
    );
}

#[tokio::test]
async fn a_long_plain_function_is_not_taken_for_silent() {
    let bed = bed_with(
        &["long"],
        "
import time
def long():
    until = time.monotonic() + 3
    while time.monotonic() < until:
        pass
    return 'done'
",
        Duration::from_millis(1500),
        1,
    );
    assert_eq!(
        bed.call(&tool("long"), json!({})).await.unwrap(),
        json!("done")
    );
}

#[tokio::test]
async fn a_worker_that_dies_is_told_and_replaced() {
    let source = "
import os, sys
def dies():
    print('last words', file=sys.stderr)
    os._exit(7)
async def dies_async():
    os._exit(8)
def fine():
    return 'fine'
async def fine_async():
    return 'fine'
";
    let bed = bed(&["dies", "dies_async", "fine", "fine_async"], source);
    for (name, expected) in [
        (
            "dies",
            "the Python worker of `dies` is gone: its process ended with exit code 7: last words",
        ),
        (
            "dies_async",
            "the Python worker of `dies_async` is gone: its process ended with exit code 8",
        ),
    ] {
        let error = bed.call(&tool(name), json!({})).await.unwrap_err();
        assert_eq!(error.message, expected);
    }
    for name in ["fine", "fine_async"] {
        assert_eq!(
            bed.call(&tool(name), json!({})).await.unwrap(),
            json!("fine")
        );
    }
}

#[tokio::test]
async fn more_calls_than_workers_wait_their_turn_and_tell_so_also_when_they_fail() {
    let bed = bed_with(
        &["f", "fails"],
        "
import time
def f():
    time.sleep(0.05)
    return 1
def fails():
    time.sleep(0.05)
    raise ValueError('no')
",
        Duration::from_secs(5),
        1,
    );
    for name in ["f", "fails"] {
        let tool = tool(name);
        let ((first, seen), (second, then)) =
            tokio::join!(bed.watched(&tool, json!({})), bed.watched(&tool, json!({})),);
        let is_good = name == "f";
        assert_eq!((first.is_ok(), second.is_ok()), (is_good, is_good));
        assert!(seen.waited.max(then.waited) > Duration::from_millis(40));
    }
}

#[tokio::test]
async fn an_async_function_that_blocks_for_a_while_is_named_though_it_recovers() {
    let bed = bed_with(
        &["careless", "long", "good", "fails"],
        "
import asyncio, time

async def careless():
    await asyncio.sleep(0)
    time.sleep(0.15)
    return 'done'

async def long():
    time.sleep(1.2)
    await asyncio.sleep(0)
    return 'done'

async def good():
    await asyncio.sleep(0.15)
    return 'done'

async def fails():
    time.sleep(0.15)
    raise ValueError('no')
",
        Duration::from_secs(2),
        1,
    );
    for (name, what) in [
        ("careless", "blocked"),
        // It is named while it blocks, and only then.
        ("long", "blocks"),
        ("fails", "blocked"),
    ] {
        let (result, seen) = bed.watched(&tool(name), json!({})).await;
        assert_eq!(result.is_ok(), name != "fails");
        assert!(seen.held.unwrap() >= Duration::from_millis(150), "{seen:?}");
        let [notice] = seen.notices.as_slice() else {
            panic!("{seen:?}");
        };
        let begin = format!("`{name}` {what} the loop that all async Python tools share");
        assert!(notice.starts_with(&begin), "{notice}");
    }
    let (result, seen) = bed.watched(&tool("good"), json!({})).await;
    assert_eq!(result.unwrap(), json!("done"));
    assert_eq!((seen.held, seen.notices), (None, Vec::new()));
}

#[tokio::test]
async fn shutdown_and_drop_end_the_workers() {
    let source = "
import os
def plain():
    return os.getpid()
async def waiting():
    return os.getpid()
";
    for is_orderly in [true, false] {
        let bed = bed(&["plain", "waiting"], source);
        let mut pids: Vec<Value> = Vec::new();
        for name in ["plain", "waiting"] {
            pids.push(bed.call(&tool(name), json!({})).await.unwrap());
        }
        if is_orderly {
            bed.tools.shutdown().await;
        }
        drop(bed);
        for pid in pids {
            awaited::end_of(&pid.to_string()).await;
        }
    }
}
