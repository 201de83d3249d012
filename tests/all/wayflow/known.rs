//! Where the requests differ on purpose. Each difference makes both sides equal in what it is about, and has a row in
//! `docs/differences.md`.

use serde_json::{Value, json};

/// A difference, and how it is taken out of the requests of a case.
pub(super) struct Known {
    pub(super) name: &'static str,
    /// Takes it out of ours and theirs.
    pub(super) even: fn(&mut Vec<Value>, &mut Vec<Value>),
}

/// All of them, in the order in which they are taken out.
pub(super) const KNOWN: [Known; 19] = [
    Known {
        name: "answers of nodes are streamed as well",
        even: |ours, theirs| {
            for request in ours.iter_mut().chain(theirs) {
                drop_keys(request, &["stream", "stream_options"]);
            }
        },
    },
    Known {
        name: "what a provider keeps is not named anew",
        even: |_, theirs| each(theirs, |request| drop_keys(request, &["prompt_cache_key"])),
    },
    Known {
        name: "tools of the responses protocol say that they are not strict",
        even: |ours, _| {
            for tool in ours.iter_mut().flat_map(tools) {
                drop_keys(&mut tool["function"], &["strict"]);
            }
        },
    },
    Known {
        name: "texts are plain strings",
        even: |_, theirs| {
            each_message(theirs, |message| {
                let parts = message["content"].as_array().map(|parts| {
                    parts
                        .iter()
                        .filter_map(|part| part["text"].as_str())
                        .collect::<String>()
                });
                if let Some(text) = parts {
                    message["content"] = json!(text);
                }
            });
        },
    },
    Known {
        name: "a message that says nothing but calls has no text",
        even: |ours, theirs| {
            for requests in [ours, theirs] {
                each_message(requests, |message| {
                    if message["content"].is_null() || message["content"] == "" {
                        drop_keys(message, &["content"]);
                    }
                });
            }
        },
    },
    Known {
        name: "arguments are sent as the model wrote them",
        even: |ours, theirs| {
            for requests in [ours, theirs] {
                each_message(requests, |message| {
                    let calls = message.get_mut("tool_calls").and_then(Value::as_array_mut);
                    for call in calls.into_iter().flatten() {
                        let arguments = call["function"]["arguments"].as_str().unwrap_or_default();
                        call["function"]["arguments"] =
                            serde_json::from_str(arguments).unwrap_or_default();
                    }
                });
            }
        },
    },
    Known {
        name: "results are plain text",
        even: |_, theirs| {
            each_message(theirs, |message| {
                if message["role"] == "tool"
                    && let Some(text) = message["content"].as_str()
                    && let Ok(value) = serde_json::from_str::<Value>(text)
                {
                    message["content"] = json!(
                        value
                            .as_str()
                            .map_or_else(|| value.to_string(), str::to_owned)
                    );
                }
            });
        },
    },
    Known {
        name: "the bound on tokens",
        even: |_, theirs| {
            for request in theirs {
                if let Some(bound) = request
                    .as_object_mut()
                    .unwrap()
                    .remove("max_completion_tokens")
                {
                    request["max_tokens"] = bound;
                }
            }
        },
    },
    Known {
        name: "words of our own tools",
        even: |ours, theirs| {
            for tool in ours.iter_mut().chain(theirs).flat_map(tools) {
                let function = &mut tool["function"];
                if ["talk_to_user", "submit_result", "end_conversation"]
                    .iter()
                    .any(|name| function["name"] == *name)
                {
                    drop_keys(function, &["description"]);
                    if function["name"] == "talk_to_user" {
                        drop_keys(
                            &mut function["parameters"]["properties"]["text"],
                            &["description"],
                        );
                    }
                }
            }
        },
    },
    Known {
        name: "words about the inputs of sub-agents",
        even: |ours, theirs| {
            for tool in ours.iter_mut().chain(theirs).flat_map(tools) {
                for (name, property) in tool["function"]["parameters"]["properties"]
                    .as_object_mut()
                    .into_iter()
                    .flatten()
                {
                    if name == "context" {
                        drop_keys(property, &["description", "title"]);
                    } else if let Some(text) = property["description"].as_str() {
                        property["description"] =
                            json!(text.trim_start_matches("(part of the sub-agent inputs) "));
                    }
                }
            }
        },
    },
    Known {
        name: "a tool without inputs requires none",
        even: |ours, _| {
            for tool in ours.iter_mut().flat_map(tools) {
                let parameters = &mut tool["function"]["parameters"];
                if parameters["properties"] == json!({}) {
                    drop_keys(parameters, &["required"]);
                }
            }
        },
    },
    Known {
        name: "objects are offered as they are declared",
        even: |_, theirs| {
            for tool in theirs.iter_mut().flat_map(tools) {
                for (_, property) in tool["function"]["parameters"]["properties"]
                    .as_object_mut()
                    .into_iter()
                    .flatten()
                {
                    if property.get("additionalProperties") == Some(&json!(true)) {
                        drop_keys(property, &["additionalProperties"]);
                    }
                }
            }
        },
    },
    Known {
        name: "words to the model",
        even: |ours, theirs| {
            const SAID: [(&str, &str); 8] = [
                ("Nobody reads your messages.", "reminder"),
                ("The user is not available;", "reminder"),
                ("There is no tool", "unknown"),
                ("Tool named", "unknown"),
                ("the arguments of `submit_result`", "incomplete"),
                ("The submission: ", "incomplete"),
                ("If the user asked for the end", "sure"),
                ("You attempted to end", "sure"),
            ];
            for requests in [ours, theirs] {
                each_message(requests, |message| {
                    let text = message["content"].as_str().unwrap_or_default();
                    if let Some((_, meaning)) =
                        SAID.iter().find(|(start, _)| text.starts_with(start))
                    {
                        message["content"] = json!(meaning);
                    }
                });
            }
        },
    },
    Known {
        name: "words about summaries",
        even: |ours, theirs| {
            for requests in [ours, theirs] {
                each_message(requests, |message| {
                    if let Some(text) = message["content"].as_str() {
                        message["content"] = json!(
                            text.replace(
                                "Summary so far:\nNothing yet.\n\nTo be added:",
                                "(summary)"
                            )
                            .replace(
                                "Previous summary:\nNothing summarized yet\n\nAdded content:",
                                "(summary)"
                            )
                        );
                    }
                });
            }
        },
    },
    Known {
        name: "calls that are repeated over their results",
        even: |_, theirs| {
            each_message(theirs, |message| {
                let text = message["content"].as_str().unwrap_or_default();
                if text.starts_with("--- TOOL RESULT: ") {
                    message["content"] = json!(text.replace("{'query': 'a'}", r#"{"query": "a"}"#));
                }
            });
        },
    },
    Known {
        name: "who begins is told to",
        even: |ours, _| {
            each(ours, |request| {
                if let Some(messages) = request["messages"].as_array_mut() {
                    messages.retain(|message| message["content"] != "Please begin.");
                }
            });
        },
    },
    Known {
        name: "the last call is held to the outputs",
        even: |ours, _| each(ours, |request| drop_keys(request, &["tool_choice"])),
    },
    Known {
        name: "outputs without any tool",
        even: |ours, theirs| {
            if ours
                .iter()
                .any(|request| request.get("response_format").is_some())
            {
                each(ours, |request| drop_keys(request, &["response_format"]));
                each(theirs, |request| drop_keys(request, &["tools"]));
            }
        },
    },
    Known {
        name: "no summary is asked for",
        even: |_, theirs| {
            each(theirs, |request| {
                if let Some(tools) = request.get_mut("tools").and_then(Value::as_array_mut) {
                    tools.retain(|tool| {
                        tool["function"]["parameters"]["properties"]
                            .get("summary")
                            .is_none()
                    });
                }
            });
        },
    },
];

/// No tools are as good as none.
pub(super) fn without_empty_tools(request: &mut Value) {
    if request.get("tools") == Some(&json!([])) {
        drop_keys(request, &["tools"]);
    }
}

fn each(requests: &mut [Value], change: impl Fn(&mut Value)) {
    requests.iter_mut().for_each(change);
}

fn each_message(requests: &mut [Value], change: impl Fn(&mut Value)) {
    for request in requests {
        request["messages"]
            .as_array_mut()
            .into_iter()
            .flatten()
            .for_each(&change);
    }
}

fn tools(request: &mut Value) -> impl Iterator<Item = &mut Value> {
    request
        .get_mut("tools")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
}

fn drop_keys(value: &mut Value, keys: &[&str]) {
    if let Some(object) = value.as_object_mut() {
        object.retain(|key, _| !keys.contains(&key.as_str()));
    }
}
