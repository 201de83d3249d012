//! Lists of tasks: filtered, in order, page by page, and with what is in the history alone.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::bed::{Served, agent, text, text_in, tool};
use crate::scripted_model::{ScriptedModel, calls, says};

/// The ids of the tasks on a page.
fn ids(page: &Value) -> Vec<&str> {
    let tasks = page["tasks"].as_array().unwrap().iter();
    tasks.map(|task| task["id"].as_str().unwrap()).collect()
}

async fn list(served: &Served, request: Value) -> Value {
    served.rpc("ListTasks", request).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_are_listed_by_what_is_asked_for_and_after_a_restart_too() {
    let look = calls(&[("look", json!({"at": "sea"}))]);
    let answers = [
        says("One."),
        says("Two."),
        says("Three."),
        look,
        says("I may not."),
    ];
    let model = ScriptedModel::start(answers).await;
    let folder = agent(&model, &json!({"tools": [tool("ServerTool", true)]}));
    let served = Served::start(folder.path(), &[]);
    let first = served.say(text("first")).await;
    let context = &first["contextId"];
    let second = served.say(text_in("second", "contextId", context)).await;
    let third = served.say(text("third")).await;
    let asks = served.say(text("look")).await;
    let all: Vec<&str> = [&asks, &third, &second, &first]
        .map(|task| task["id"].as_str().unwrap())
        .to_vec();
    let check = async |served: &Served| {
        let listed = list(served, json!({})).await;
        assert_eq!(ids(&listed), all, "the newest first");
        assert_eq!(
            (&listed["totalSize"], &listed["pageSize"]),
            (&json!(4), &json!(50))
        );
        let bare = &listed["tasks"][3];
        assert!(
            bare.get("artifacts").is_none() && bare.get("history").is_none(),
            "{bare}"
        );
        assert_eq!(bare["status"], first["status"]);
        let of_context =
            json!({"contextId": context, "includeArtifacts": true, "historyLength": 1});
        let of_context = list(served, of_context).await;
        assert_eq!(ids(&of_context), all[2..]);
        let whole = &of_context["tasks"][0];
        assert_eq!(whole["artifacts"], second["artifacts"]);
        assert_eq!(whole["history"].as_array().unwrap().len(), 1);
        for (state, wanted) in [
            ("TASK_STATE_COMPLETED", &all[1..]),
            ("TASK_STATE_INPUT_REQUIRED", &all[..1]),
            ("TASK_STATE_AUTH_REQUIRED", &[][..]),
            ("TASK_STATE_UNSPECIFIED", &all[..]),
        ] {
            let listed = list(served, json!({"status": state})).await;
            assert_eq!(ids(&listed), wanted, "{state}");
        }
        let after = &second["status"]["timestamp"];
        let later = list(served, json!({"statusTimestampAfter": after})).await;
        assert_eq!(ids(&later)[..2], all[..2]);
        assert!(!ids(&later).contains(&all[3]), "{later}");
        // Page by page, in both bindings.
        let mut paged = Vec::new();
        let mut token = String::new();
        loop {
            let query = format!("/a2a/rest/tasks?pageSize=3&pageToken={token}");
            let (status, page) = served.send(served.get(&query)).await;
            assert_eq!(status, 200, "{page}");
            paged.extend(ids(&page).into_iter().map(str::to_owned));
            token = page["nextPageToken"].as_str().unwrap().to_owned();
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(paged, all);
        for refused in [
            json!({"pageSize": 101}),
            json!({"pageToken": "7"}),
            json!({"status": "TASK_STATE_HAPPY"}),
            json!({"statusTimestampAfter": "yesterday"}),
            json!({"includeArtifacts": "yes"}),
        ] {
            assert_eq!(served.rpc("ListTasks", refused).await, Err(-32602));
        }
    };
    check(&served).await;
    served.kill();
    let served = Served::start(folder.path(), &[]);
    check(&served).await;
    // What was read of the history holds no longer than it is so.
    let no = served.say(text_in("no", "taskId", &asks["id"])).await;
    let done = list(&served, json!({"status": "TASK_STATE_COMPLETED"})).await;
    assert_eq!(
        (ids(&done)[0], &done["totalSize"]),
        (no["id"].as_str().unwrap(), &json!(4))
    );
    // Without a history there is what is open.
    let bare = Served::start(folder.path(), &["--no-history"]);
    assert_eq!(list(&bare, json!({})).await["totalSize"], 0);
}
