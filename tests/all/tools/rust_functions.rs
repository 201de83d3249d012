//! Tools that are registered Rust functions, and tools that are bound to nothing.

use std::sync::Arc;
use std::sync::mpsc;

use flowdeck::tools::{Lane, ToolErrorKind, ToolExecutor, ToolPlan, ToolRegistry};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{Bed, component, server_tool};

#[tokio::test]
async fn both_kinds_get_arguments_and_give_results() {
    let mut registry = ToolRegistry::new();
    registry
        .register_async("a", |arguments| async move { Ok(json!([arguments["n"]])) })
        .register_blocking("b", |arguments| Ok(json!({"n": arguments["n"]})));
    let bed = Bed::registered(registry);
    let a = server_tool("a", &json!({"n": "integer"}), &json!({"out": "array"}));
    let b = server_tool("b", &json!({"n": "integer"}), &json!({"n": "integer"}));
    assert_eq!(bed.call(&a, json!({"n": 1})).await.unwrap(), json!([1]));
    assert_eq!(bed.call(&b, json!({"n": 2})).await.unwrap(), json!(2));
    let plan = |lane| ToolPlan::Run {
        lane,
        binding: "registered".to_owned(),
    };
    assert_eq!(bed.tools.plan(&a), plan(Lane::Async));
    assert_eq!(bed.tools.plan(&b), plan(Lane::WorkerThread));
}

#[tokio::test]
async fn a_blocking_tool_does_not_hold_up_an_async_one() {
    // The blocking tool ends only after the async one has run: on one loop both would wait for ever.
    let (release, released) = mpsc::channel::<()>();
    let released = std::sync::Mutex::new(released);
    let mut registry = ToolRegistry::new();
    registry.register_blocking("heavy_work", move |_| {
        released.lock().unwrap().recv().map_err(|e| e.to_string())?;
        Ok(json!("heavy"))
    });
    registry.register_async("remote_call", move |_| {
        let release = release.clone();
        async move {
            release.send(()).map_err(|e| e.to_string())?;
            Ok(json!("remote"))
        }
    });
    let bed = Bed::registered(registry);
    let heavy = server_tool("heavy_work", &json!({}), &json!({"out": "string"}));
    let remote = server_tool("remote_call", &json!({}), &json!({"out": "string"}));
    let (heavy, remote) = tokio::join!(bed.call(&heavy, json!({})), bed.call(&remote, json!({})));
    assert_eq!(
        (heavy.unwrap(), remote.unwrap()),
        (json!("heavy"), json!("remote"))
    );
}

#[tokio::test]
async fn blocking_tools_beyond_the_bound_wait_and_tell_so() {
    let mut registry = ToolRegistry::new();
    let (release, released) = mpsc::channel::<()>();
    let released = std::sync::Mutex::new(released);
    registry.register_blocking("t", move |_| {
        released.lock().unwrap().recv().map_err(|e| e.to_string())?;
        Ok(Value::Null)
    });
    let bed = Bed::with("", &[], |builder| {
        builder.registry(registry).blocking_threads(1)
    });
    let tool = server_tool("t", &json!({}), &json!({}));
    let (first, second, ()) = tokio::join!(
        bed.watched(&tool, json!({})),
        bed.watched(&tool, json!({})),
        async {
            release.send(()).unwrap();
            release.send(()).unwrap();
        }
    );
    let waited = [first.1.waited, second.1.waited];
    assert!(waited.iter().any(|waited| !waited.is_zero()), "{waited:?}");
}

#[tokio::test]
async fn a_panic_is_the_failure_of_its_call_alone() {
    let mut registry = ToolRegistry::new();
    registry
        .register_async("a", |_| async { panic!("no sky") })
        .register_blocking("b", |_| panic!("no {}", "earth"));
    let bed = Bed::registered(registry);
    for (name, expected) in [
        ("a", "`a` panicked: no sky"),
        ("b", "`b` panicked: no earth"),
    ] {
        let tool = server_tool(name, &json!({}), &json!({}));
        let error = bed.call(&tool, json!({})).await.unwrap_err();
        assert_eq!(
            (error.kind, error.message.as_str()),
            (ToolErrorKind::Failed, expected)
        );
    }
}

#[tokio::test]
async fn a_cancelled_async_tool_is_dropped() {
    let started = Arc::new(Notify::new());
    let (dropped_tx, mut dropped_rx) = tokio::sync::mpsc::channel::<()>(1);
    let mut registry = ToolRegistry::new();
    let starting = Arc::clone(&started);
    registry.register_async("t", move |_| {
        let (starting, held) = (Arc::clone(&starting), dropped_tx.clone());
        async move {
            let _held = held;
            starting.notify_one();
            std::future::pending().await
        }
    });
    let bed = Bed::registered(registry);
    let tool = server_tool("t", &json!({}), &json!({}));
    let cancel = CancellationToken::new();
    let (ended, ()) = tokio::join!(bed.call_until(&tool, json!({}), &cancel), async {
        started.notified().await;
        cancel.cancel();
    });
    assert_eq!(ended.unwrap_err().kind, ToolErrorKind::Cancelled);
    drop(bed);
    assert_eq!(dropped_rx.recv().await, None);
}

#[tokio::test]
async fn bindings_without_a_call_are_planned_as_such() {
    let bed = Bed::new("[tools.fixed]\nvalue = 3\n[tools.asked]\nask = true\n", &[]);
    let fixed = server_tool("fixed", &json!({}), &json!({"out": "integer"}));
    assert_eq!(bed.call(&fixed, json!({})).await.unwrap(), json!(3));
    let asked = server_tool("asked", &json!({}), &json!({"out": "integer"}));
    assert_eq!(bed.tools.plan(&asked), ToolPlan::AskPerson);
    let client = component(json!({"component_type": "ClientTool", "name": "c", "id": "c"}));
    assert_eq!(bed.tools.plan(&client), ToolPlan::AskPerson);
}

#[tokio::test]
async fn a_tool_that_is_bound_to_nothing_says_how_to_bind_it() {
    let bed = Bed::new("", &[]);
    let tool = server_tool("t", &json!({}), &json!({}));
    let error = bed.call(&tool, json!({})).await.unwrap_err();
    assert_eq!(
        error.message,
        "`t` is not available: nothing is bound to it here"
    );
    assert!(
        error
            .hint
            .as_ref()
            .unwrap()
            .starts_with("[tools.t]\nask = true")
    );
    let plan = ToolPlan::Unbound {
        message: error.message,
        hint: error.hint.unwrap(),
    };
    assert_eq!(bed.tools.plan(&tool), plan);
}

#[tokio::test]
async fn after_shutdown_calls_are_refused() {
    let mut registry = ToolRegistry::new();
    registry.register_async("t", |_| async { Ok(json!(1)) });
    let bed = Bed::registered(registry);
    bed.tools.shutdown().await;
    let tool = server_tool("t", &json!({}), &json!({}));
    let error = bed.call(&tool, json!({})).await.unwrap_err();
    assert_eq!(error.kind, ToolErrorKind::Cancelled);
}

#[tokio::test]
async fn a_full_pool_of_blocked_threads_delays_nobody_else() {
    // The one thread is held until every other kind of tool has given its result.
    let (release, released) = mpsc::channel::<()>();
    let released = std::sync::Mutex::new(released);
    let mut registry = ToolRegistry::new();
    registry.register_blocking("stuck", move |_| {
        released.lock().unwrap().recv().map_err(|e| e.to_string())?;
        Ok(json!("free"))
    });
    registry.register_async("remote", |_| async { Ok(json!("remote")) });
    let profile =
        "[tools.fixed]\nvalue = \"fixed\"\n[tools.program]\ncommand = [\"echo\", \"program\"]\n";
    let bed = Bed::with(profile, &[], |builder| {
        builder.registry(registry).blocking_threads(1)
    });
    let tool = |name| server_tool(name, &json!({}), &json!({"out": "string"}));
    let stuck = tool("stuck");
    let others = async {
        for name in ["remote", "fixed", "program"] {
            let given = bed.call(&tool(name), json!({})).await.unwrap();
            assert_eq!(given.as_str().unwrap().trim(), name);
        }
        release.send(()).unwrap();
        release.send(()).unwrap();
    };
    let (first, second, ()) = tokio::join!(
        bed.watched(&stuck, json!({})),
        bed.watched(&stuck, json!({})),
        others,
    );
    let waited = [first.1.waited, second.1.waited];
    assert!(
        waited[1] > waited[0],
        "the second waits for the thread: {waited:?}"
    );
}

#[tokio::test]
async fn an_async_tool_that_blocks_the_runtime_is_found_out() {
    let mut registry = ToolRegistry::new();
    registry.register_async("good", |_| async {
        tokio::task::yield_now().await;
        Ok(json!(1))
    });
    // Blocks as a careless function does: it waits without giving its thread free.
    registry.register_async("careless", |_| async {
        let (_sender, receiver) = mpsc::channel::<()>();
        let waited = receiver.recv_timeout(std::time::Duration::from_millis(150));
        Ok(json!(waited.is_err()))
    });
    let bed = Bed::registered(registry);
    let tool = |name| server_tool(name, &json!({}), &json!({}));
    let (_, good) = bed.watched(&tool("good"), json!({})).await;
    assert_eq!((good.held, good.notices), (None, Vec::new()));
    let (_, careless) = bed.watched(&tool("careless"), json!({})).await;
    let held = careless.held.unwrap();
    assert!(held >= std::time::Duration::from_millis(150), "{held:?}");
    let notice = careless.notices.concat();
    assert!(
        notice.contains("`careless` kept the async runtime to itself"),
        "{notice}"
    );
}
