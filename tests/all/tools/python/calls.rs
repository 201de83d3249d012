//! What a function is called with, what it gives, and how it fails.

use flowdeck::tools::{Lane, ToolErrorKind, ToolExecutor, ToolPlan};
use pretty_assertions::assert_eq;
use serde_json::json;

use super::super::Bed;
use super::{bed, tool};

#[tokio::test]
async fn plain_and_async_functions_are_called_where_they_belong() {
    let bed = bed(
        &["add", "later", "alias"],
        "
import asyncio, os

def add(a, b=2):
    return {'sum': a + b, 'pid': os.getpid()}

async def later(a):
    await asyncio.sleep(0)
    return [a, os.getpid()]

async def _hidden(a):
    return 'async after all'

alias = _hidden
",
    );
    let lane = |name| match bed.tools.plan(&tool(name)) {
        ToolPlan::Run { lane, binding } => (lane, binding),
        other => panic!("{other:?}"),
    };
    assert_eq!(lane("add"), (Lane::PythonWorker, "work.py:add".to_owned()));
    assert_eq!(
        lane("later"),
        (Lane::PythonLoop, "work.py:later".to_owned())
    );

    let first = bed.call(&tool("add"), json!({"a": 1})).await.unwrap();
    let second = bed
        .call(&tool("add"), json!({"a": 1, "b": 5}))
        .await
        .unwrap();
    assert_eq!((&first["sum"], &second["sum"]), (&json!(3), &json!(6)));
    assert_eq!(first["pid"], second["pid"], "the worker is kept");

    let first = bed.call(&tool("later"), json!({"a": "ü"})).await.unwrap();
    let second = bed.call(&tool("later"), json!({"a": "ü"})).await.unwrap();
    assert_eq!(first[0], json!("ü"));
    assert_eq!(first, second, "the loop is kept");

    assert_eq!(
        lane("alias").0,
        Lane::PythonWorker,
        "its text does not tell"
    );
    let result = bed.call(&tool("alias"), json!({"a": 1})).await.unwrap();
    assert_eq!(result, json!("async after all"));
    assert_eq!(lane("alias").0, Lane::PythonLoop, "its worker did");
}

#[tokio::test]
async fn what_a_function_prints_and_reads_is_not_the_protocol() {
    let bed = bed(
        &["noisy", "noisy_async"],
        "
import os, subprocess, sys

def noisy():
    print('{\"id\": 1, \"result\": \"forged\"}')
    sys.__stdout__.write('more\\n')
    os.write(1, b'raw\\n')
    subprocess.run(['echo', 'from a child'])
    return sys.stdin.read() + 'real'

async def noisy_async():
    print('x' * 1_000_000)
    return 'real'
",
    );
    for name in ["noisy", "noisy_async"] {
        let result = bed.call(&tool(name), json!({})).await.unwrap();
        assert_eq!(result, json!("real"), "{name}");
    }
}

#[tokio::test]
async fn failures_are_told_in_pythons_words_with_the_persons_line() {
    let bed = bed(
        &["wrong", "wrong_async", "leaves", "typed", "strange", "huge"],
        "
import sys

def wrong():
    raise ValueError('no such city')

async def wrong_async():
    return {}['x']

def leaves():
    sys.exit(3)

def typed(a):
    pass

def strange():
    return object()

def huge():
    return 'x' * 5_000_000
",
    );
    for (name, kind, expected) in [
        (
            "wrong",
            ToolErrorKind::Failed,
            "ValueError: no such city (work.py:5)",
        ),
        (
            "wrong_async",
            ToolErrorKind::Failed,
            "KeyError: 'x' (work.py:8)",
        ),
        (
            "leaves",
            ToolErrorKind::Failed,
            "SystemExit: 3 (work.py:11)",
        ),
        (
            "typed",
            ToolErrorKind::Failed,
            "TypeError: typed() missing 1 required positional argument: 'a'",
        ),
        (
            "strange",
            ToolErrorKind::BadOutput,
            "`strange` returned a object that can't be JSON: a object has no form in JSON",
        ),
        (
            "huge",
            ToolErrorKind::BadOutput,
            "`huge` returned more than 4 MB",
        ),
    ] {
        let error = bed.call(&tool(name), json!({})).await.unwrap_err();
        assert_eq!((error.kind, error.message.as_str()), (kind, expected));
    }
}

#[tokio::test]
async fn missing_files_functions_and_imports_are_told() {
    let profile = r#"
[tools.no_file]
python = "none.py:f"
[tools.no_function]
python = "work.py:nothing"
[tools.bad_import]
python = "import.py:f"
[tools.not_a_function]
python = "work.py:NUMBER"
"#;
    let bed = Bed::new(
        profile,
        &[
            (
                "work.py",
                "import json\nNUMBER = 3\ndef one(): pass\nasync def two(): pass\n",
            ),
            ("import.py", "import no_such_module\n"),
        ],
    );
    let work = bed.path("work.py");
    for (name, expected) in [
        (
            "no_file",
            format!("there is no file `{}`", bed.path("none.py")),
        ),
        (
            "no_function",
            format!("`{work}` has no function `nothing`; it has `one`, `two`"),
        ),
        (
            "bad_import",
            format!(
                "can't load `{}`: ModuleNotFoundError: No module named 'no_such_module' (import.py:1)",
                bed.path("import.py")
            ),
        ),
        (
            "not_a_function",
            format!("`NUMBER` in `{work}` is a int, not a function"),
        ),
    ] {
        let error = bed.call(&tool(name), json!({})).await.unwrap_err();
        assert_eq!(
            (error.kind, error.message),
            (ToolErrorKind::Configuration, expected)
        );
    }
}

#[tokio::test]
async fn a_missing_interpreter_is_told_with_where_to_set_it() {
    let profile = "[python]\ncommand = \"no-python\"\n[tools.f]\npython = \"work.py:f\"\n[tools.g]\npython = \"work.py:g\"\n";
    let bed = Bed::new(
        profile,
        &[("work.py", "def f(): pass\nasync def g(): pass\n")],
    );
    for name in ["f", "g"] {
        let error = bed.call(&tool(name), json!({})).await.unwrap_err();
        assert_eq!(error.kind, ToolErrorKind::Unreachable);
        assert!(
            error
                .message
                .starts_with("can't start Python as `no-python`"),
            "{error}"
        );
        assert!(error.hint.unwrap().contains("[python]"));
    }
}

#[tokio::test]
async fn a_function_that_a_decorator_wrapped_is_unwrapped() {
    // As `@tool` of WayFlow 26.3.1 does: an object that is not callable, with the function in `func`.
    let bed = bed(
        &["plain", "waiting", "partial"],
        "
import functools

class ServerTool:
    def __init__(self, func):
        self.func = func

@ServerTool
def plain(a):
    return a + 1

@ServerTool
async def waiting(a):
    return a + 2

partial = functools.partial(lambda a, b: a + b, b=3)
",
    );
    for (name, expected) in [("plain", 2), ("waiting", 3), ("partial", 4)] {
        let result = bed.call(&tool(name), json!({"a": 1})).await.unwrap();
        assert_eq!(result, json!(expected), "{name}");
    }
}

#[tokio::test]
async fn generators_give_chunks_and_a_result() {
    let bed = bed(
        &["steps", "plain_steps", "returns", "nothing"],
        "
async def steps(n):
    for step in range(n):
        yield {'step': step}
    yield 'done'

def plain_steps(n):
    for step in range(n):
        yield {'step': step}
    yield 'done'

def returns(n):
    for step in range(n):
        yield {'step': step}
    return 'done'

def nothing(n):
    yield from ()
",
    );
    for name in ["steps", "plain_steps", "returns"] {
        let (result, seen) = bed.watched(&tool(name), json!({"n": 2})).await;
        assert_eq!(result.unwrap(), json!("done"), "{name}");
        assert_eq!(seen.chunks, [json!({"step": 0}), json!({"step": 1})]);
    }
    for name in ["steps", "plain_steps"] {
        let error = bed.call(&tool(name), json!({"n": 301})).await.unwrap_err();
        assert_eq!(error.message, format!("`{name}` gave more than 300 pieces"));
    }
    let error = bed
        .call(&tool("nothing"), json!({"n": 0}))
        .await
        .unwrap_err();
    assert_eq!(error.message, "`nothing` ended without a result");
}

#[tokio::test]
async fn an_edited_file_is_loaded_again() {
    let bed = bed(&["f"], "def f(): return 1\n");
    assert_eq!(bed.call(&tool("f"), json!({})).await.unwrap(), json!(1));
    std::fs::write(bed.path("work.py"), "async def f(): return 2\n").unwrap();
    assert_eq!(bed.call(&tool("f"), json!({})).await.unwrap(), json!(2));
    let cache = bed.folder.path().join("__pycache__");
    assert!(!cache.exists(), "nothing is left in the person's folder");
}
