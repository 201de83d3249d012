//! A model server that answers by a script and keeps what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::{Value, json};

use super::responses;

/// What the server answers.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    Text(&'static str),
    /// Text beside calls, each a name and arguments as JSON.
    Calls(&'static str, Vec<(&'static str, &'static str)>),
}

/// What the server answers to requests whose last message has a text in it.
pub(super) type Rule = (&'static str, Answer);

/// A server for one run; it stops when it is asked to.
pub(super) struct Server {
    pub(super) url: String,
    requests: Arc<Mutex<Vec<Value>>>,
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<()>,
    address: std::net::SocketAddr,
}

impl Server {
    /// Starts on a free port. A script that is over goes on with `Done.`
    pub(super) fn start(answers: Vec<Answer>) -> Self {
        Self::choosing(answers.into_iter().map(|answer| ("", answer)).collect())
    }

    /// The same with answers that wait for their question: the first that fits a request is given to it, once. So the
    /// order of requests made at the same time does not matter.
    pub(super) fn choosing(mut rules: Vec<Rule>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        let is_over = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&is_over);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ends.load(Ordering::SeqCst) {
                    break;
                }
                // A client may open a connection that it does not need.
                let Some(request) = read(stream.as_ref().unwrap()) else {
                    continue;
                };
                let answer = choose(&mut rules, &request);
                let number = kept.lock().unwrap().len();
                let reply = reply(&answer, number, &request);
                kept.lock().unwrap().push(request);
                stream.unwrap().write_all(reply.as_bytes()).unwrap();
            }
        });
        Self {
            url: format!("http://{address}"),
            requests,
            is_over,
            thread,
            address,
        }
    }

    /// Stops, and gives the bodies of the requests.
    pub(super) fn stop(self) -> Vec<Value> {
        self.is_over.store(true, Ordering::SeqCst);
        // It looks when a connection comes.
        drop(TcpStream::connect(self.address).unwrap());
        self.thread.join().unwrap();
        std::mem::take(&mut self.requests.lock().unwrap())
    }
}

/// The body of a request; none if there is no request.
fn read(stream: &TcpStream) -> Option<Value> {
    let mut reader = BufReader::new(stream);
    let mut length = None;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap() == 0 {
            return None;
        }
        let line = line.to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = Some(value.trim().parse().unwrap());
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length?];
    reader.read_exact(&mut body).unwrap();
    Some(serde_json::from_slice(&body).unwrap())
}

/// The answer of the first rule that fits, which is used up.
fn choose(rules: &mut Vec<Rule>, request: &Value) -> Answer {
    let messages = request["messages"].as_array();
    let last = messages.and_then(|messages| messages.last());
    let last = last.map_or_else(String::new, Value::to_string);
    let fitting = rules.iter().position(|(part, _)| last.contains(part));
    fitting.map_or(Answer::Text("Done."), |index| rules.remove(index).1)
}

/// Calls as a model writes them that is told of its tools in words, after what it thinks.
fn in_words(text: &str, calls: &[Value]) -> String {
    let calls = calls.iter().map(|call| {
        let function = &call["function"];
        let arguments = function["arguments"].as_str().unwrap();
        let arguments: Value = serde_json::from_str(arguments).unwrap();
        json!({"name": function["name"], "parameters": arguments})
    });
    format!("{text}\n{}", calls.collect::<Value>())
}

fn reply(answer: &Answer, number: usize, request: &Value) -> String {
    let is_streamed = request["stream"] == json!(true);
    let (text, calls) = match answer {
        Answer::Text(text) => (*text, &[][..]),
        Answer::Calls(text, calls) => (*text, calls.as_slice()),
    };
    let calls: Vec<Value> = calls
        .iter()
        .enumerate()
        .map(|(index, (name, arguments))| {
            json!({
                "index": index, "id": format!("call_{number}_{index}"), "type": "function",
                "function": {"name": name, "arguments": arguments},
            })
        })
        .collect();
    let (kind, body) = if request.get("input").is_some() {
        responses::reply(text, &calls, is_streamed)
    } else if !calls.is_empty() && request.get("tools").is_none() {
        chat(&in_words(text, &calls), &[], is_streamed)
    } else {
        chat(text, &calls, is_streamed)
    };
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// An answer of chat completions.
fn chat(text: &str, calls: &[Value], is_streamed: bool) -> (&'static str, String) {
    let finish = if calls.is_empty() {
        "stop"
    } else {
        "tool_calls"
    };
    let usage = json!({"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2});
    let mut message = json!({"role": "assistant", "content": text});
    if !calls.is_empty() {
        message["tool_calls"] = json!(calls);
    }
    let part = if is_streamed { "delta" } else { "message" };
    let choice = json!({"index": 0, "finish_reason": finish, part: message});
    let body = json!({"id": "c", "object": "o", "created": 1, "model": "m", "choices": [choice], "usage": usage});
    if is_streamed {
        (
            "text/event-stream",
            format!("data: {body}\n\ndata: [DONE]\n\n"),
        )
    } else {
        ("application/json", body.to_string())
    }
}
