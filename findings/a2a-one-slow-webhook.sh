#!/usr/bin/env bash
# A webhook that is slow holds a whole task back on a Python A2A server, and one that is busy once is never told of the end.
#
# Packages: a2a-sdk[http-server] 1.3.0 with uvicorn 0.54.0 (PyPI, CPython 3.11) and @a2a-js/sdk 1.3.0 with express 5.2.1 (npm,
# Node.js 20), protocol 1.0.
# Input: an agent on a server of each SDK that gives an artifact in 10 pieces, one in 50 ms, and completes. Its tasks are kept,
# and its push notifications sent, by what the SDK brings for that. A client streams the task, and has named a webhook: none; one
# that answers at once; one that needs 1 s; or one that refuses the notification of the end with 503 and `Retry-After: 1`, as
# while it is restarted, and takes all others. As soon as the agent itself is done (it says so in a file), the task is asked for.
# Expected: the specification (1.0, 4.3.3 and 13) has agents attempt each delivery at least once, and says that they should try
# failed ones again, with a growing pause, and allow a webhook 10 to 30 s. The SDK for JavaScript says in its code that delivery
# must not block the stream or the response.
# Seen:
# - Python's server waits for the webhook's answer between one event and the next. The agent is long done, and its task is still
#   at work, with a piece or two: for whoever asks, and for all who stream it, named webhook or not. Till the queue has been
#   worked off the rest is in memory alone. With 10 s instead of 1 s, what took half a second would be done after two minutes.
# - JavaScript's server is not held back.
# - Neither tries a failed delivery again. Whoever waits for the webhook alone never hears that the task is done; the log has it.
# Output when this was written, on 1 December 2026:
#   Python, no webhook: when the agent is done: completed, 10 pieces
#   Python, quick webhook: when the agent is done: completed, 10 pieces; the webhook was told of the end
#   Python, slow webhook: when the agent is done: at work, fewer pieces; the stream ended 5 s later or more
#   Python, webhook that is busy once: when the agent is done: completed, 10 pieces; the webhook was not told of the end
#   JavaScript, no webhook: when the agent is done: completed, 10 pieces
#   JavaScript, quick webhook: when the agent is done: completed, 10 pieces; the webhook was told of the end
#   JavaScript, slow webhook: when the agent is done: completed, 10 pieces
#   JavaScript, webhook that is busy once: when the agent is done: completed, 10 pieces; the webhook was not told of the end
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check 'a2a-sdk[http-server]==1.3.0' 'uvicorn==0.54.0'
npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts '@a2a-js/sdk@1.3.0' 'express@5.2.1'
cd "$work"
cat >card.json <<'JSON'
{"name": "a", "description": "d", "version": "1", "skills": [{"id": "s", "name": "s", "description": "d", "tags": ["t"]}],
 "capabilities": {"streaming": true, "pushNotifications": true},
 "defaultInputModes": ["text/plain"], "defaultOutputModes": ["text/plain"],
 "supportedInterfaces": [{"url": "http://127.0.0.1/", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}]}
JSON
cat >serve.py <<'PYTHON'
import asyncio
import json
import sys

import httpx
import uvicorn
from a2a.helpers import new_task_from_user_message, new_text_part
from a2a.server.agent_execution import AgentExecutor
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes import create_jsonrpc_routes
from a2a.server.tasks import (
    BasePushNotificationSender,
    InMemoryPushNotificationConfigStore,
    InMemoryTaskStore,
    TaskUpdater,
)
from a2a.types import AgentCard
from google.protobuf.json_format import ParseDict
from starlette.applications import Starlette


class Writer(AgentExecutor):
    async def execute(self, context, queue):
        task = new_task_from_user_message(context.message)
        await queue.enqueue_event(task)
        updater = TaskUpdater(queue, task.id, task.context_id)
        await updater.start_work()
        for piece in range(10):
            await asyncio.sleep(0.05)
            await updater.add_artifact([new_text_part("x")], artifact_id="a", append=piece > 0)
        await updater.complete()
        with open(f"done-{context.message.message_id}", "w"):
            pass

    async def cancel(self, context, queue):
        raise NotImplementedError


with open("card.json") as file:
    card = ParseDict(json.load(file), AgentCard())
webhooks = InMemoryPushNotificationConfigStore()
handler = DefaultRequestHandler(
    agent_executor=Writer(),
    task_store=InMemoryTaskStore(),
    agent_card=card,
    push_config_store=webhooks,
    push_sender=BasePushNotificationSender(httpx.AsyncClient(timeout=30), webhooks),
)
app = Starlette(routes=create_jsonrpc_routes(handler, "/"))
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="critical")
PYTHON
cat >serve.mjs <<'JAVASCRIPT'
import { readFileSync, writeFileSync } from "node:fs";
import { AgentCard, Message, Task, TaskArtifactUpdateEvent, TaskStatusUpdateEvent } from "@a2a-js/sdk";
import { AgentEvent, DefaultRequestHandler, InMemoryTaskStore } from "@a2a-js/sdk/server";
import { jsonRpcHandler, UserBuilder } from "@a2a-js/sdk/server/express";
import express from "express";

const writer = {
  async execute({ taskId, contextId, userMessage }, bus) {
    const message = Message.toJSON(userMessage);
    const becomes = (state) => {
      const update = { taskId, contextId, status: { state: `TASK_STATE_${state}` } };
      bus.publish(AgentEvent.statusUpdate(TaskStatusUpdateEvent.fromJSON(update)));
    };
    const begun = { id: taskId, contextId, status: { state: "TASK_STATE_SUBMITTED" }, history: [message] };
    bus.publish(AgentEvent.task(Task.fromJSON(begun)));
    becomes("WORKING");
    for (let piece = 0; piece < 10; piece++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      const update = { taskId, contextId, append: piece > 0, artifact: { artifactId: "a", parts: [{ text: "x" }] } };
      bus.publish(AgentEvent.artifactUpdate(TaskArtifactUpdateEvent.fromJSON(update)));
    }
    becomes("COMPLETED");
    bus.finished();
    writeFileSync(`done-${message.messageId}`, "");
  },
  async cancelTask() {},
};
const card = AgentCard.fromJSON(JSON.parse(readFileSync("card.json", "utf8")));
const requestHandler = new DefaultRequestHandler(card, new InMemoryTaskStore(), writer);
const options = { requestHandler, userBuilder: UserBuilder.noAuthentication };
express().use("/", jsonRpcHandler(options)).listen(+process.argv[2], "127.0.0.1");
JAVASCRIPT
cat >ask.py <<'PYTHON'
import json
import os
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

delivered = []


class Webhook(BaseHTTPRequestHandler):
    """Keeps what it takes: at once, after a second, or all but the first notification of the end."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        refused = self.path == "/busy" and ended(told) and not refusals
        if self.path == "/slow":
            time.sleep(1)
        if refused:
            refusals.append(told)
        else:
            delivered.append(told)
        self.send_response(503 if refused else 200)
        self.send_header("Content-Length", "0")
        self.send_header("Retry-After", "1")
        self.end_headers()

    def log_message(self, *_):
        pass


refusals = []


def ended(told):
    return told.get("statusUpdate", {}).get("status", {}).get("state") == "TASK_STATE_COMPLETED"


def until(true):
    limit = time.monotonic() + 60
    while not true():
        if time.monotonic() > limit:
            raise TimeoutError
        time.sleep(0.02)


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class Client:
    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}/"

    def body(self, method, params):
        return {"json": {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}, "headers": {"A2A-Version": "1.0"}}

    def stream(self, message_id, webhook):
        params = {"message": {"messageId": message_id, "role": "ROLE_USER", "parts": [{"text": "write"}]}}
        if webhook:
            params["configuration"] = {"taskPushNotificationConfig": {"url": webhook}}
        with httpx.stream("POST", self.url, **self.body("SendStreamingMessage", params), timeout=60) as response:
            for line in response.iter_lines():
                if line.startswith("data:"):
                    yield json.loads(line[5:])["result"]

    def task(self, task_id):
        return httpx.post(self.url, **self.body("GetTask", {"id": task_id}), timeout=60).json()["result"]


def seen(client, message_id, webhook, words):
    """What a client sees of a task with a webhook."""
    delivered.clear()
    refusals.clear()
    ids, over = [], []

    def read():
        for event in client.stream(message_id, webhook):
            ids.extend([event["task"]["id"]] if "task" in event else [])
        over.append(time.monotonic())

    reader = threading.Thread(target=read)
    reader.start()
    until(lambda: os.path.exists(f"done-{message_id}") and ids)
    done = time.monotonic()
    state = lambda: "completed" if client.task(ids[0])["status"]["state"] == "TASK_STATE_COMPLETED" else "at work"
    told = lambda: any(ended(each) and each["statusUpdate"]["taskId"] == ids[0] for each in delivered)
    if words != "slow webhook":
        limit = time.monotonic() + 10  # what is not held back needs no more than a moment
        while state() != "completed" and time.monotonic() < limit:
            time.sleep(0.02)
    task = client.task(ids[0])
    pieces = sum(len(artifact["parts"]) for artifact in task.get("artifacts", []))
    line = f"when the agent is done: {state()}, {'10' if pieces == 10 else 'fewer'} pieces"
    reader.join()
    if over[0] - done >= 5:
        line += "; the stream ended 5 s later or more"
    if words.startswith("quick"):
        until(told)
    if words.endswith("once"):
        until(lambda: refusals)
        time.sleep(8)  # time for another try
    if words.startswith(("quick", "webhook")):
        line += f"; the webhook was {'' if told() else 'not '}told of the end"
    return line


def served(name, command):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen([*command, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: listens(port))
        for number, (words, path) in enumerate(CASES):
            webhook = path and f"http://127.0.0.1:{hook.server_port}/{path}"
            print(f"{name}, {words}: {seen(Client(port), f'{name}-{number}', webhook, words)}")
    finally:
        server.kill()
        server.wait()


CASES = [("no webhook", None), ("quick webhook", "quick"), ("slow webhook", "slow"), ("webhook that is busy once", "busy")]
hook = ThreadingHTTPServer(("127.0.0.1", 0), Webhook)
threading.Thread(target=hook.serve_forever, daemon=True).start()
served("Python", ["venv/bin/python", "serve.py"])
served("JavaScript", ["node", "serve.mjs"])
PYTHON
seen=$(timeout 170 venv/bin/python ask.py 2>errors) || cat errors
printf '%s\n' "$seen"
[[ "$seen" == 'Python, no webhook: when the agent is done: completed, 10 pieces
Python, quick webhook: when the agent is done: completed, 10 pieces; the webhook was told of the end
Python, slow webhook: when the agent is done: at work, fewer pieces; the stream ended 5 s later or more
Python, webhook that is busy once: when the agent is done: completed, 10 pieces; the webhook was not told of the end
JavaScript, no webhook: when the agent is done: completed, 10 pieces
JavaScript, quick webhook: when the agent is done: completed, 10 pieces; the webhook was told of the end
JavaScript, slow webhook: when the agent is done: completed, 10 pieces
JavaScript, webhook that is busy once: when the agent is done: completed, 10 pieces; the webhook was not told of the end' ]]
