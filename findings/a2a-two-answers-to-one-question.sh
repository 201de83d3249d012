#!/usr/bin/env bash
# An answer to an A2A agent's question that is sent once more is paid twice, by both SDKs, and Python's pays after "completed".
#
# Packages: a2a-sdk[http-server] 1.3.0 with uvicorn 0.54.0 (PyPI, CPython 3.11) and @a2a-js/sdk 1.3.0 with express 5.2.1 (npm,
# Node.js 20), protocol 1.0.
# Input: an agent on a server of each SDK, with the SDK's handler and its store in memory, that asks "Which account?" and with the
# answer works for a second, pays, gives a receipt and completes. While it works on the answer "rent" the task is sent a second
# message, which is waited for: the same once more, word for word with its `messageId`, as a client does that had no response;
# another answer, as of a second person; or, where the task never asked, more to do.
# Expected: a task in a terminal state accepts no further messages (specification of A2A 1.0, 3.1.1), and `messageId` is there
# for an agent to tell repetitions (3.3.1, where it may). Who waits is told the latest state with all artifacts (3.2.2).
# Seen: neither SDK looks at the `messageId`, and neither refuses what comes while the task is at work.
# - Python's server puts the second message behind the first. That completes the task, and then the agent is run for the second
#   all the same: the completed task is at work again, pays and gets another receipt. The second sender is told before that:
#   completed, with the receipt for the first message, and has no reason to ask again.
# - JavaScript's server runs both at the same time. Both pay; the first completes the task, and the receipt of the second is
#   dropped (the two runs are known: a2aproject/a2a-js pull request 632).
# Output when this was written, on 1 December 2026:
#   Python, the answer once more: told completed with rent; then at work again, paid rent rent, receipts rent rent
#   Python, another answer: told completed with rent; then at work again, paid rent food, receipts rent food
#   Python, more to do: told completed with rent; then at work again, paid rent food, receipts rent food
#   JavaScript, the answer once more: told completed with rent; then as before, paid rent rent, receipts rent
#   JavaScript, another answer: told completed with rent; then as before, paid rent food, receipts rent
#   JavaScript, more to do: told completed with rent; then as before, paid rent food, receipts rent
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
 "capabilities": {"streaming": true}, "defaultInputModes": ["text/plain"], "defaultOutputModes": ["text/plain"],
 "supportedInterfaces": [{"url": "http://127.0.0.1/", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}]}
JSON
cat >serve.py <<'PYTHON'
import asyncio
import json
import sys
import uuid

import uvicorn
from a2a.helpers import new_task_from_user_message, new_text_part
from a2a.server.agent_execution import AgentExecutor
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes import create_jsonrpc_routes
from a2a.server.tasks import InMemoryTaskStore, TaskUpdater
from a2a.types import AgentCard
from google.protobuf.json_format import ParseDict
from starlette.applications import Starlette


def log(line):
    with open("log", "a") as file:
        file.write(f"{line}\n")


class Payer(AgentExecutor):
    async def execute(self, context, queue):
        what = context.message.parts[0].text
        task = context.current_task
        if not task:
            task = new_task_from_user_message(context.message)
            await queue.enqueue_event(task)
        updater = TaskUpdater(queue, task.id, task.context_id)
        if what == "hello":
            await updater.requires_input()
            return
        await updater.start_work()
        log(f"works {what}")
        await asyncio.sleep(1)
        log(f"paid {what}")
        await updater.add_artifact([new_text_part(what)], artifact_id=str(uuid.uuid4()))
        await updater.complete()

    async def cancel(self, context, queue):
        raise NotImplementedError


with open("card.json") as file:
    card = ParseDict(json.load(file), AgentCard())
handler = DefaultRequestHandler(agent_executor=Payer(), task_store=InMemoryTaskStore(), agent_card=card)
app = Starlette(routes=create_jsonrpc_routes(handler, "/"))
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="critical")
PYTHON
cat >serve.mjs <<'JAVASCRIPT'
import { randomUUID } from "node:crypto";
import { appendFileSync, readFileSync } from "node:fs";
import { AgentCard, Message, Task, TaskArtifactUpdateEvent, TaskStatusUpdateEvent } from "@a2a-js/sdk";
import { AgentEvent, DefaultRequestHandler, InMemoryTaskStore } from "@a2a-js/sdk/server";
import { jsonRpcHandler, UserBuilder } from "@a2a-js/sdk/server/express";
import express from "express";

const log = (line) => appendFileSync("log", `${line}\n`);
const payer = {
  async execute({ taskId, contextId, userMessage, task }, bus) {
    const message = Message.toJSON(userMessage);
    const what = message.parts[0].text;
    const becomes = (state) => {
      const update = { taskId, contextId, status: { state: `TASK_STATE_${state}` } };
      bus.publish(AgentEvent.statusUpdate(TaskStatusUpdateEvent.fromJSON(update)));
    };
    if (!task) {
      const begun = { id: taskId, contextId, status: { state: "TASK_STATE_SUBMITTED" }, history: [message] };
      bus.publish(AgentEvent.task(Task.fromJSON(begun)));
    }
    if (what === "hello") {
      becomes("INPUT_REQUIRED");
      bus.finished();
      return;
    }
    becomes("WORKING");
    log(`works ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    log(`paid ${what}`);
    const update = { taskId, contextId, artifact: { artifactId: randomUUID(), parts: [{ text: what }] } };
    bus.publish(AgentEvent.artifactUpdate(TaskArtifactUpdateEvent.fromJSON(update)));
    becomes("COMPLETED");
    bus.finished();
  },
  async cancelTask() {},
};
const card = AgentCard.fromJSON(JSON.parse(readFileSync("card.json", "utf8")));
const requestHandler = new DefaultRequestHandler(card, new InMemoryTaskStore(), payer);
const options = { requestHandler, userBuilder: UserBuilder.noAuthentication };
express().use("/", jsonRpcHandler(options)).listen(+process.argv[2], "127.0.0.1");
JAVASCRIPT
cat >ask.py <<'PYTHON'
import asyncio
import os
import socket
import subprocess
import uuid

import httpx


async def until(true):
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.02)


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def logged(word):
    if not os.path.exists("log"):
        return []
    with open("log") as file:
        return [line.split()[1] for line in file if line.startswith(word)]


def receipts(task):
    return " ".join(part["text"] for artifact in task.get("artifacts", []) for part in artifact["parts"]) or "none"


def state(task):
    return task["status"]["state"].removeprefix("TASK_STATE_").lower()


class Client:
    def __init__(self, port):
        self.url, self.http = f"http://127.0.0.1:{port}/", httpx.AsyncClient(timeout=60)

    async def ask(self, method, params):
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return (await self.http.post(self.url, json=body, headers={"A2A-Version": "1.0"})).json()["result"]

    async def send(self, text, message_id, task=None, wait=True):
        where = {"taskId": task["id"], "contextId": task["contextId"]} if task else {}
        message = {"messageId": message_id, "role": "ROLE_USER", "parts": [{"text": text}], **where}
        params = {"message": message, "configuration": {"returnImmediately": not wait}}
        return (await self.ask("SendMessage", params))["task"]


async def case(client, words):
    if os.path.exists("log"):
        os.remove("log")
    first_id, other_id = str(uuid.uuid4()), str(uuid.uuid4())
    if words == "more to do":
        task = await client.send("rent", first_id, wait=False)
    else:
        task = await client.send("hello", str(uuid.uuid4()))
        assert task["status"]["state"] == "TASK_STATE_INPUT_REQUIRED"
        task = await client.send("rent", first_id, task, wait=False)
    await until(lambda: logged("works"))
    await asyncio.sleep(0.2)
    text, message_id = ("rent", first_id) if words == "the answer once more" else ("food", other_id)
    told = await client.send(text, message_id, task)
    states = []
    async with asyncio.timeout(60):
        while len(logged("paid")) < 2 or not states or states[-1] != "completed":
            states.append(state(await client.ask("GetTask", {"id": task["id"]})))
            await asyncio.sleep(0.02)
    await asyncio.sleep(1)
    after = "at work again" if "working" in states else "as before"
    kept = receipts(await client.ask("GetTask", {"id": task["id"]}))
    return f"told {state(told)} with {receipts(told)}; then {after}, paid {' '.join(logged('paid'))}, receipts {kept}"


async def served(name, command):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen([*command, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        await until(lambda: listens(port))
        for words in ("the answer once more", "another answer", "more to do"):
            print(f"{name}, {words}: {await case(Client(port), words)}", flush=True)
    finally:
        server.kill()
        server.wait()


asyncio.run(served("Python", ["venv/bin/python", "serve.py"]))
asyncio.run(served("JavaScript", ["node", "serve.mjs"]))
PYTHON
seen=$(timeout 120 venv/bin/python ask.py 2>errors) || cat errors
printf '%s\n' "$seen"
[[ "$seen" == 'Python, the answer once more: told completed with rent; then at work again, paid rent rent, receipts rent rent
Python, another answer: told completed with rent; then at work again, paid rent food, receipts rent food
Python, more to do: told completed with rent; then at work again, paid rent food, receipts rent food
JavaScript, the answer once more: told completed with rent; then as before, paid rent rent, receipts rent
JavaScript, another answer: told completed with rent; then as before, paid rent food, receipts rent
JavaScript, more to do: told completed with rent; then as before, paid rent food, receipts rent' ]]
