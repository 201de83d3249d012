#!/usr/bin/env bash
# Who lists a JavaScript A2A server's tasks in pages is told after the first page that there are no more, once its last task moves on.
#
# Packages: a2a-sdk[http-server] 1.3.0 with uvicorn 0.54.0 (PyPI, CPython 3.11) and @a2a-js/sdk 1.3.0 with express 5.2.1 (npm,
# Node.js 20), protocol 1.0.
# Input: an agent on a server of each SDK, with the SDK's handler and its store in memory, that asks "Which account?" and completes
# with the answer. Six tasks are begun, one after the other. A client lists them, two on a page: nothing happens meanwhile; or,
# after the first page, somebody answers one of its two tasks, the first or the last. And it asks for the tasks with a
# `statusTimestampAfter`, which is the newest `timestamp` that it was told, as one does who asks from time to time what is new.
# Expected: the specification (1.0, "List Tasks") has the newest first and a cursor for the rest. The four tasks that nobody
# touches stand behind the first page before and after, so that the pages that follow have them. Of `statusTimestampAfter` the
# protocol says that times greater than or equal to it count; the SDK for JavaScript says so, too, in its types.
# Seen: JavaScript's server looks for the very task and time that the cursor names. Has that task moved on, the next page is empty
# and the last one, with `totalSize` 6 beside it and no error: four of six tasks are never told, and a client that looks for
# work that was left behind finds none. Python's cursor is a position, and all tasks come. By its time JavaScript's server
# takes what is later alone: a task that got its state in the millisecond of the newest one that was told is never
# heard of again by who asks for what is new. (By its code the store in a database of the SDK for JavaScript pages rightly, and
# compares times like the one in memory.)
# Output when this was written, on 1 December 2026:
#   Python, nothing happens: 2 2 2 of 6, never told 0
#   Python, the first of the page moves on: 2 2 2 of 6, never told 0
#   Python, the last of the page moves on: 2 2 2 of 6, never told 0
#   Python, since the newest time: the task of that time is told
#   JavaScript, nothing happens: 2 2 2 of 6, never told 0
#   JavaScript, the first of the page moves on: 2 2 2 of 6, never told 0
#   JavaScript, the last of the page moves on: 2 0 of 6, never told 4
#   JavaScript, since the newest time: the task of that time is not told
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
 "capabilities": {}, "defaultInputModes": ["text/plain"], "defaultOutputModes": ["text/plain"],
 "supportedInterfaces": [{"url": "http://127.0.0.1/", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}]}
JSON
cat >serve.py <<'PYTHON'
import json
import sys

import uvicorn
from a2a.helpers import new_task_from_user_message
from a2a.server.agent_execution import AgentExecutor
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes import create_jsonrpc_routes
from a2a.server.tasks import InMemoryTaskStore, TaskUpdater
from a2a.types import AgentCard
from google.protobuf.json_format import ParseDict
from starlette.applications import Starlette


class Asker(AgentExecutor):
    async def execute(self, context, queue):
        task = context.current_task
        if task:
            await TaskUpdater(queue, task.id, task.context_id).complete()
            return
        task = new_task_from_user_message(context.message)
        await queue.enqueue_event(task)
        await TaskUpdater(queue, task.id, task.context_id).requires_input()

    async def cancel(self, context, queue):
        raise NotImplementedError


with open("card.json") as file:
    card = ParseDict(json.load(file), AgentCard())
handler = DefaultRequestHandler(agent_executor=Asker(), task_store=InMemoryTaskStore(), agent_card=card)
app = Starlette(routes=create_jsonrpc_routes(handler, "/"))
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="critical")
PYTHON
cat >serve.mjs <<'JAVASCRIPT'
import { readFileSync } from "node:fs";
import { AgentCard, Message, Task, TaskStatusUpdateEvent } from "@a2a-js/sdk";
import { AgentEvent, DefaultRequestHandler, InMemoryTaskStore } from "@a2a-js/sdk/server";
import { jsonRpcHandler, UserBuilder } from "@a2a-js/sdk/server/express";
import express from "express";

const asker = {
  async execute({ taskId, contextId, userMessage, task }, bus) {
    const status = (state) => ({ state: `TASK_STATE_${state}`, timestamp: new Date().toISOString() });
    if (!task) {
      const history = [Message.toJSON(userMessage)];
      bus.publish(AgentEvent.task(Task.fromJSON({ id: taskId, contextId, status: status("SUBMITTED"), history })));
    }
    const update = { taskId, contextId, status: status(task ? "COMPLETED" : "INPUT_REQUIRED") };
    bus.publish(AgentEvent.statusUpdate(TaskStatusUpdateEvent.fromJSON(update)));
    bus.finished();
  },
  async cancelTask() {},
};
const card = AgentCard.fromJSON(JSON.parse(readFileSync("card.json", "utf8")));
const requestHandler = new DefaultRequestHandler(card, new InMemoryTaskStore(), asker);
const options = { requestHandler, userBuilder: UserBuilder.noAuthentication };
express().use("/", jsonRpcHandler(options)).listen(+process.argv[2], "127.0.0.1");
JAVASCRIPT
cat >ask.py <<'PYTHON'
import contextlib
import socket
import subprocess
import time
import uuid

import httpx


@contextlib.contextmanager
def served(command):
    """A server with no tasks, and a function that asks it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen([*command, str(port)])
    try:
        end = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                assert time.monotonic() < end
                time.sleep(0.1)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"A2A-Version": "1.0"}, timeout=30) as client:

            def ask(method, params):
                body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
                answer = client.post("/", json=body).json()
                assert "error" not in answer, answer
                return answer["result"]

            yield ask
    finally:
        server.kill()
        server.wait()


def say(ask, text, task=None):
    message = {"messageId": str(uuid.uuid4()), "role": "ROLE_USER", "parts": [{"text": text}]}
    if task:
        message |= {"taskId": task["id"], "contextId": task["contextId"]}
    return ask("SendMessage", {"message": message})["task"]


def begun(ask):
    tasks = []
    for _ in range(6):
        tasks.append(say(ask, "hello"))
        time.sleep(0.02)
    return tasks


def listed(name, command, what, which):
    with served(command) as ask:
        tasks = begun(ask)
        pages, token = [], None
        while True:
            page = ask("ListTasks", {"pageSize": 2, **({"pageToken": token} if token else {})})
            pages.append(page.get("tasks", []))
            token = page.get("nextPageToken")
            if not token:
                break
            assert len(pages) < 10
            if len(pages) == 1 and which is not None:
                assert say(ask, "rent", pages[0][which])["status"]["state"] == "TASK_STATE_COMPLETED"
        told = {task["id"] for page in pages for task in page}
        never = sum(task["id"] not in told for task in tasks)
        print(f"{name}, {what}: {' '.join(str(len(page)) for page in pages)} of {page['totalSize']}, never told {never}")


def since_the_newest(name, command):
    with served(command) as ask:
        begun(ask)
        newest = ask("ListTasks", {})["tasks"][0]
        page = ask("ListTasks", {"statusTimestampAfter": newest["status"]["timestamp"]})
        is_told = newest["id"] in [task["id"] for task in page.get("tasks", [])]
        print(f"{name}, since the newest time: the task of that time is {'' if is_told else 'not '}told")


for name, command in [("Python", ["venv/bin/python", "serve.py"]), ("JavaScript", ["node", "serve.mjs"])]:
    listed(name, command, "nothing happens", None)
    listed(name, command, "the first of the page moves on", 0)
    listed(name, command, "the last of the page moves on", -1)
    since_the_newest(name, command)
PYTHON
seen=$(timeout 150 venv/bin/python ask.py 2>errors) || cat errors
printf '%s\n' "$seen"
[[ "$seen" == 'Python, nothing happens: 2 2 2 of 6, never told 0
Python, the first of the page moves on: 2 2 2 of 6, never told 0
Python, the last of the page moves on: 2 2 2 of 6, never told 0
Python, since the newest time: the task of that time is told
JavaScript, nothing happens: 2 2 2 of 6, never told 0
JavaScript, the first of the page moves on: 2 2 2 of 6, never told 0
JavaScript, the last of the page moves on: 2 0 of 6, never told 4
JavaScript, since the newest time: the task of that time is not told' ]]
