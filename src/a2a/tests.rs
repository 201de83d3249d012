//! What peers write is read, and what is written is what the specification has.

use pretty_assertions::assert_eq;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::*;
use crate::base::clock::Timestamp;

mod cards;
mod errors;

/// Reads JSON, which has to be readable.
fn read<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

const BOTH: [Version; 2] = [Version::V0_3, Version::V1_0];

#[test]
fn versions_are_named_by_their_first_numbers() {
    for (text, version) in [
        ("1.0", Some(Version::V1_0)),
        ("1.0.1", Some(Version::V1_0)),
        ("1.2", Some(Version::V1_0)),
        ("1", Some(Version::V1_0)),
        ("0.3", Some(Version::V0_3)),
        (" 0.3.0 ", Some(Version::V0_3)),
        ("0.2.6", None),
        ("0.30", None),
        ("2.0", None),
        ("10.0", None),
        ("", None),
    ] {
        assert_eq!(Version::named(text), version, "{text}");
    }
}

#[test]
fn parts_of_both_versions_are_one() {
    let png = || Part {
        filename: Some("a.png".to_owned()),
        media_type: Some("image/png".to_owned()),
        ..Part::new(PartContent::Bytes(vec![0xfb, 0xff, 0]))
    };
    let page = Part {
        media_type: Some("text/html".to_owned()),
        ..Part::new(PartContent::Url("https://example.com/".to_owned()))
    };
    let mut marked = Part::text("hi");
    marked.metadata.insert("lang".to_owned(), json!("en"));
    for (part, new, old) in [
        (
            Part::text("hi"),
            json!({"text": "hi"}),
            json!({"kind": "text", "text": "hi"}),
        ),
        (
            marked,
            json!({"text": "hi", "metadata": {"lang": "en"}}),
            json!({"kind": "text", "text": "hi", "metadata": {"lang": "en"}}),
        ),
        (
            Part::text(""),
            json!({"text": ""}),
            json!({"kind": "text", "text": ""}),
        ),
        (
            png(),
            json!({"raw": "+/8A", "filename": "a.png", "mediaType": "image/png"}),
            json!({"kind": "file", "file": {"bytes": "+/8A", "mimeType": "image/png", "name": "a.png"}}),
        ),
        (
            page,
            json!({"url": "https://example.com/", "mediaType": "text/html"}),
            json!({"kind": "file", "file": {"uri": "https://example.com/", "mimeType": "text/html"}}),
        ),
        (
            Part::data(json!({"a": null})),
            json!({"data": {"a": null}}),
            json!({"kind": "data", "data": {"a": null}}),
        ),
        (
            Part::data(json!([1, 2])),
            json!({"data": [1, 2]}),
            json!({"kind": "data", "data": {"value": [1, 2]}, "metadata": {"data_part_compat": true}}),
        ),
        (
            Part::data(Value::Null),
            json!({"data": null}),
            json!({"kind": "data", "data": {"value": null}, "metadata": {"data_part_compat": true}}),
        ),
    ] {
        assert_eq!(part.to_json(Version::V1_0), new);
        assert_eq!(part.to_json(Version::V0_3), old);
        assert_eq!(read::<Part>(new), part);
        assert_eq!(read::<Part>(old), part);
    }
    // What only peers write.
    for (loose, part) in [
        (
            json!({"kind": "text", "text": "a", "metadata": null}),
            Part::text("a"),
        ),
        (
            json!({"text": "a", "data": null, "raw": null}),
            Part::text("a"),
        ),
        (
            json!({"raw": "-_8A", "filename": "a.png", "mediaType": "image/png"}),
            png(),
        ),
        (
            json!({"raw": "-_8", "mediaType": ""}),
            Part::new(PartContent::Bytes(vec![0xfb, 0xff])),
        ),
    ] {
        assert_eq!(read::<Part>(loose), part);
    }
}

#[test]
fn parts_that_hold_nothing_or_two_things_are_refused() {
    for (part, words) in [
        (json!({}), "none of `text`, `raw`, `url` and `data`"),
        (json!({"kind": "video"}), "of kind `video`"),
        (json!({"text": "a", "url": "b"}), "more than one"),
        (json!({"text": "a", "data": {}}), "more than one"),
        (json!({"raw": "a b"}), "not base64"),
        (
            json!({"kind": "file", "file": {"mimeType": "image/png"}}),
            "of kind `file`",
        ),
    ] {
        let error = serde_json::from_value::<Part>(part.clone()).unwrap_err();
        assert!(error.to_string().contains(words), "{part}: {error}");
    }
}

#[test]
fn states_are_read_in_either_versions_words() {
    for (new, old, is_terminal, is_interrupted) in [
        ("TASK_STATE_SUBMITTED", "submitted", false, false),
        ("TASK_STATE_WORKING", "working", false, false),
        ("TASK_STATE_INPUT_REQUIRED", "input-required", false, true),
        ("TASK_STATE_AUTH_REQUIRED", "auth-required", false, true),
        ("TASK_STATE_COMPLETED", "completed", true, false),
        ("TASK_STATE_FAILED", "failed", true, false),
        ("TASK_STATE_CANCELED", "canceled", true, false),
        ("TASK_STATE_REJECTED", "rejected", true, false),
        ("TASK_STATE_UNSPECIFIED", "unknown", false, false),
    ] {
        let state = TaskState::named(new);
        assert_eq!(state, TaskState::named(old));
        assert_eq!(
            [state.name(Version::V1_0), state.name(Version::V0_3)],
            [new, old]
        );
        assert_eq!(state.is_terminal(), is_terminal, "{old}");
        assert_eq!(state.is_interrupted(), is_interrupted, "{old}");
    }
    assert_eq!(TaskState::named("asleep"), TaskState::Unknown);
}

/// A task with everything in it.
fn whole_task() -> Task {
    let mut question = Message::new("m1", Role::Agent, vec![Part::text("Which city?")]);
    question.task_id = Some("t".to_owned());
    question.context_id = Some("c".to_owned());
    question.extensions = vec!["https://example.com/extension".to_owned()];
    question.reference_task_ids = vec!["t0".to_owned()];
    let mut task = Task::new(
        "t",
        "c",
        TaskStatus {
            state: TaskState::InputRequired,
            message: Some(question),
            timestamp: Timestamp::in_utc("2026-01-01T00:00:00.123Z"),
        },
    );
    task.history = vec![Message::new("m0", Role::User, vec![Part::text("Weather?")])];
    task.artifacts = vec![Artifact {
        name: Some("report".to_owned()),
        description: Some("of the weather".to_owned()),
        ..Artifact::new("a", vec![Part::data(json!({"sunny": true}))])
    }];
    task.metadata.insert("pages".to_owned(), json!(2));
    task
}

#[test]
fn a_task_is_written_as_each_version_has_it_and_read_back() {
    let task = whole_task();
    assert_eq!(
        task.to_json(Version::V1_0),
        json!({
            "id": "t",
            "contextId": "c",
            "status": {
                "state": "TASK_STATE_INPUT_REQUIRED",
                "message": {
                    "messageId": "m1", "contextId": "c", "taskId": "t", "role": "ROLE_AGENT",
                    "parts": [{"text": "Which city?"}],
                    "extensions": ["https://example.com/extension"],
                    "referenceTaskIds": ["t0"],
                },
                "timestamp": "2026-01-01T00:00:00.123Z",
            },
            "artifacts": [{
                "artifactId": "a", "name": "report", "description": "of the weather",
                "parts": [{"data": {"sunny": true}}],
            }],
            "history": [{"messageId": "m0", "role": "ROLE_USER", "parts": [{"text": "Weather?"}]}],
            "metadata": {"pages": 2},
        })
    );
    let old = task.to_json(Version::V0_3);
    assert_eq!(old["kind"], "task");
    assert_eq!(old["status"]["state"], "input-required");
    assert_eq!(old["status"]["message"]["kind"], "message");
    assert_eq!(old["history"][0]["role"], "user");
    for version in BOTH {
        assert_eq!(read::<Task>(task.to_json(version)), task);
    }
}

/// As `fasta2a` 0.6.1, below WayFlow 26.3.1, writes one.
#[test]
fn a_task_of_wayflow_is_read() {
    let task: Task = read(json!({
        "id": "t", "context_id": "ignored", "contextId": "c", "kind": "task",
        "status": {"state": "input-required", "timestamp": "2026-12-01T05:25:31.048955"},
        "history": [
            {"role": "user", "parts": [{"kind": "text", "text": "hi"}], "kind": "message", "messageId": "m0"},
            {"role": "agent", "parts": [{"kind": "data", "data": {"a": 6}, "metadata": {"type": "tool_request"}}],
             "kind": "message", "messageId": "m1"},
        ],
        "artifacts": null,
        "metadata": null,
    }));
    assert_eq!(task.status.state, TaskState::InputRequired);
    let at = task.status.timestamp.map(Timestamp::to_rfc3339);
    assert_eq!(at.as_deref(), Some("2026-12-01T05:25:31.048Z"));
    assert_eq!(task.history.len(), 2);
    assert_eq!(task.artifacts, []);
}

#[test]
fn events_are_told_apart_in_either_version() {
    let status = TaskStatusUpdate {
        task_id: "t".to_owned(),
        context_id: Some("c".to_owned()),
        status: TaskStatus::new(TaskState::Completed, Timestamp::from_ns(0)),
        metadata: serde_json::Map::new(),
    };
    let artifact = TaskArtifactUpdate {
        task_id: "t".to_owned(),
        context_id: Some("c".to_owned()),
        artifact: Artifact::new("a", vec![Part::text("two")]),
        append: true,
        last_chunk: true,
        metadata: serde_json::Map::new(),
    };
    let events = [
        StreamEvent::Task(whole_task()),
        StreamEvent::Message(Message::new("m", Role::Agent, vec![Part::text("hi")])),
        StreamEvent::Status(status),
        StreamEvent::Artifact(artifact),
    ];
    for event in events {
        for version in BOTH {
            assert_eq!(read::<StreamEvent>(event.to_json(version)), event);
        }
        // Without a kind it is told by what it has.
        let mut bare = event.to_json(Version::V0_3);
        bare.as_object_mut().unwrap().remove("kind");
        assert_eq!(read::<StreamEvent>(bare), event);
    }
    let error = serde_json::from_value::<StreamEvent>(json!({"weather": "fine"})).unwrap_err();
    assert!(error.to_string().contains("neither a task nor a message"));
    let error = serde_json::from_value::<StreamEvent>(json!({"task": {"id": 7}})).unwrap_err();
    assert!(
        error.to_string().starts_with("it can't be read as task:"),
        "{error}"
    );
}

#[test]
fn a_status_is_final_in_0_3_where_streams_end() {
    for (state, is_final) in [
        (TaskState::Submitted, false),
        (TaskState::Working, false),
        (TaskState::InputRequired, true),
        (TaskState::AuthRequired, true),
        (TaskState::Completed, true),
        (TaskState::Failed, true),
    ] {
        let update = TaskStatusUpdate {
            task_id: "t".to_owned(),
            context_id: None,
            status: TaskStatus::new(state, Timestamp::from_ns(0)),
            metadata: serde_json::Map::new(),
        };
        assert_eq!(
            update.to_json(Version::V0_3)["final"],
            is_final,
            "{state:?}"
        );
        assert_eq!(update.to_json(Version::V1_0).get("final"), None);
    }
}

#[test]
fn a_task_takes_its_updates_in() {
    let said = |id: &str, text: &str| Message::new(id, Role::Agent, vec![Part::text(text)]);
    let status = |state, message| TaskStatusUpdate {
        task_id: "t".to_owned(),
        context_id: Some("c".to_owned()),
        status: TaskStatus {
            message,
            ..TaskStatus::new(state, Timestamp::from_ns(0))
        },
        metadata: serde_json::Map::new(),
    };
    let artifact = |id: &str, text: &str, append| TaskArtifactUpdate {
        task_id: "t".to_owned(),
        context_id: None,
        artifact: Artifact::new(id, vec![Part::text(text)]),
        append,
        last_chunk: false,
        metadata: serde_json::Map::new(),
    };
    let mut task = Task::new("t", "c", TaskStatus::default());
    task.apply_status(status(TaskState::Working, Some(said("m1", "at work"))));
    task.apply_artifact(artifact("a", "one", false));
    task.apply_artifact(artifact("b", "other", true));
    task.apply_artifact(artifact("a", "two", true));
    task.apply_status(status(TaskState::Working, Some(said("m2", "nearly"))));
    // The same words once more are no more words.
    task.apply_status(status(TaskState::Working, Some(said("m2", "nearly"))));
    task.apply_status(status(TaskState::Completed, Some(said("m3", "done"))));
    assert_eq!(task.history, [said("m1", "at work"), said("m2", "nearly")]);
    assert_eq!(task.status.message, Some(said("m3", "done")));
    let made = |id: &str, texts: &[&str]| {
        Artifact::new(id, texts.iter().copied().map(Part::text).collect())
    };
    assert_eq!(
        task.artifacts,
        [made("a", &["one", "two"]), made("b", &["other"])]
    );
    task.apply_artifact(artifact("a", "new", false));
    assert_eq!(task.artifacts, [made("a", &["new"]), made("b", &["other"])]);
}

#[test]
fn a_message_is_sent_as_each_version_has_it() {
    let message = Message::new("m", Role::User, vec![Part::text("hi")]);
    let configuration = SendMessageConfiguration {
        accepted_output_modes: vec!["text/plain".to_owned()],
        history_length: Some(3),
        return_immediately: true,
        push_notification: None,
    };
    let request = SendMessageRequest {
        tenant: Some("acme".to_owned()),
        ..SendMessageRequest::new(message, configuration)
    };
    let new = json!({
        "tenant": "acme",
        "message": {"messageId": "m", "role": "ROLE_USER", "parts": [{"text": "hi"}]},
        "configuration": {"acceptedOutputModes": ["text/plain"], "returnImmediately": true, "historyLength": 3},
    });
    let old = json!({
        "message": {"kind": "message", "messageId": "m", "role": "user", "parts": [{"kind": "text", "text": "hi"}]},
        "configuration": {"acceptedOutputModes": ["text/plain"], "blocking": false, "historyLength": 3},
    });
    assert_eq!(request.to_json(Version::V1_0), new);
    assert_eq!(request.to_json(Version::V0_3), old);
    assert_eq!(read::<SendMessageRequest>(new), request);
    let without_tenant = SendMessageRequest {
        tenant: None,
        ..request
    };
    assert_eq!(read::<SendMessageRequest>(old), without_tenant);
    // Who says nothing waits.
    let bare: SendMessageRequest =
        read(json!({"message": {"messageId": "m", "role": "user", "parts": []}}));
    assert!(!bare.configuration.return_immediately);
    let error = serde_json::from_value::<SendMessageRequest>(
        json!({"message": {"messageId": "m", "role": "system", "parts": []}}),
    );
    assert!(error.unwrap_err().to_string().contains("`system`"));
}

#[test]
fn methods_have_their_versions_names() {
    for (name, version, method) in [
        ("SendMessage", Version::V1_0, Some(Method::SendMessage)),
        ("message/send", Version::V0_3, Some(Method::SendMessage)),
        (
            "tasks/resubscribe",
            Version::V0_3,
            Some(Method::SubscribeToTask),
        ),
        ("message/send", Version::V1_0, None),
        ("SendMessage", Version::V0_3, None),
        ("ListTasks", Version::V1_0, Some(Method::ListTasks)),
        ("tasks/list", Version::V0_3, None),
    ] {
        assert_eq!(Method::named(name, version), method, "{name}");
    }
}
