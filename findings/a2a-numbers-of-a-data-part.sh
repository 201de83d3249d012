#!/usr/bin/env bash
# An order number in a data part is another one behind A2A's SDKs of version 1, and Python's turns every 3 into 3.0.
#
# Packages: a2a-sdk[http-server] 1.3.0 and 0.3.26 with uvicorn 0.54.0 (PyPI, CPython 3.11; an environment for each) and
# @a2a-js/sdk 1.3.0 with express 5.2.1 (npm, Node.js 20).
# Input: an agent on a server of each SDK that gives back, as an artifact, the parts that it was sent. It is sent a message with
# one data part, {"order": 9007199254740993, "count": 3}, and the metadata {"try": 2}: in version 1.0 of the protocol and in 0.3,
# which the SDKs of version 1 say that they serve too (`enable_v0_3_compat`, `legacyCompat`). Requests and answers are compared as
# texts. All is on the loopback address.
# Expected: data parts hold any JSON (specification of A2A 1.0, "Part"), and what is given back is what was sent. JSON has
# integers of any size (RFC 8259 warns of those beyond 2^53, since other readers may round them).
# Seen: the SDK of 0.3 keeps numbers as they are. That of 1.3 for Python keeps data parts and metadata as protobuf's values, whose
# numbers are all floats: the order is the one before, by a digit that no range check sees, and what was an integer is written
# with `.0`, which readers with types refuse for an integer. It is so for clients of version 0.3 as well, so that an agent whose
# server is brought up to date changes what its old clients get. The SDK for JavaScript rounds the same number, as all of
# JavaScript does, but writes 3. Nothing is told. Numbers that name something go as texts. The `.0` is known as prebid/salesagent
# issue 1583; of a2a-python we found no issue.
# Output when this was written, on 1 December 2026:
#   Python 0.3.26, 0.3: {"count":3,"order":9007199254740993}, metadata {"try":2}
#   Python 1.3.0, 1.0: {"count":3.0,"order":9007199254740992.0}, metadata {"try":2.0}
#   Python 1.3.0, 0.3: {"count":3.0,"order":9007199254740992.0}, metadata {"try":2.0}
#   JavaScript 1.3.0, 1.0: {"count":3,"order":9007199254740992}, metadata {"try":2}
#   JavaScript 1.3.0, 0.3: {"count":3,"order":9007199254740992}, metadata {"try":2}
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for version in 1.3.0 0.3.26; do
    python3 -m venv "$work/$version"
    "$work/$version/bin/pip" install --quiet --no-compile --disable-pip-version-check \
        "a2a-sdk[http-server]==$version" 'uvicorn==0.54.0'
done
npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts '@a2a-js/sdk@1.3.0' 'express@5.2.1'
cd "$work"
cat >card.json <<'JSON'
{"name": "a", "description": "d", "version": "1", "skills": [{"id": "s", "name": "s", "description": "d", "tags": ["t"]}],
 "capabilities": {}, "defaultInputModes": ["application/json"], "defaultOutputModes": ["application/json"],
 "supportedInterfaces": [
  {"url": "http://127.0.0.1/", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"},
  {"url": "http://127.0.0.1/", "protocolBinding": "JSONRPC", "protocolVersion": "0.3"}]}
JSON
cat >serve.py <<'PYTHON'
import json
import sys

import uvicorn
from a2a.server.agent_execution import AgentExecutor
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.tasks import InMemoryTaskStore, TaskUpdater
from a2a.types import AgentCard

VERSION, PORT = sys.argv[1:]
if VERSION == "0.3.26":
    from a2a.server.apps import A2AStarletteApplication
    from a2a.utils import new_task as begun
else:
    from a2a.helpers import new_task_from_user_message as begun
    from a2a.server.routes import create_jsonrpc_routes
    from google.protobuf.json_format import ParseDict
    from starlette.applications import Starlette


class Echo(AgentExecutor):
    async def execute(self, context, queue):
        task = begun(context.message)
        await queue.enqueue_event(task)
        updater = TaskUpdater(queue, task.id, task.context_id)
        await updater.add_artifact(list(context.message.parts))
        await updater.complete()

    async def cancel(self, context, queue):
        raise NotImplementedError


with open("card.json") as file:
    card = json.load(file)
if VERSION == "0.3.26":
    card = AgentCard.model_validate({**card, "url": "http://127.0.0.1/"})
    handler = DefaultRequestHandler(agent_executor=Echo(), task_store=InMemoryTaskStore())
    app = A2AStarletteApplication(agent_card=card, http_handler=handler).build()
else:
    card = ParseDict(card, AgentCard())
    handler = DefaultRequestHandler(agent_executor=Echo(), task_store=InMemoryTaskStore(), agent_card=card)
    app = Starlette(routes=create_jsonrpc_routes(handler, "/", enable_v0_3_compat=True))
uvicorn.run(app, host="127.0.0.1", port=int(PORT), log_level="critical")
PYTHON
cat >serve.mjs <<'JAVASCRIPT'
import { readFileSync } from "node:fs";
import { AgentCard, Message, Task, TaskArtifactUpdateEvent, TaskStatusUpdateEvent } from "@a2a-js/sdk";
import { AgentEvent, DefaultRequestHandler, InMemoryTaskStore } from "@a2a-js/sdk/server";
import { jsonRpcHandler, UserBuilder } from "@a2a-js/sdk/server/express";
import express from "express";

const echo = {
  async execute({ taskId, contextId, userMessage }, bus) {
    const message = Message.toJSON(userMessage);
    const submitted = { state: "TASK_STATE_SUBMITTED" };
    const artifact = { artifactId: "a", parts: message.parts };
    const completed = { state: "TASK_STATE_COMPLETED" };
    bus.publish(AgentEvent.task(Task.fromJSON({ id: taskId, contextId, status: submitted, history: [message] })));
    bus.publish(AgentEvent.artifactUpdate(TaskArtifactUpdateEvent.fromJSON({ taskId, contextId, artifact })));
    bus.publish(AgentEvent.statusUpdate(TaskStatusUpdateEvent.fromJSON({ taskId, contextId, status: completed })));
    bus.finished();
  },
  async cancelTask() {},
};
const card = AgentCard.fromJSON(JSON.parse(readFileSync("card.json", "utf8")));
const requestHandler = new DefaultRequestHandler(card, new InMemoryTaskStore(), echo);
const options = { requestHandler, userBuilder: UserBuilder.noAuthentication, legacyCompat: { enabled: true } };
express().use("/", jsonRpcHandler(options)).listen(+process.argv[2], "127.0.0.1");
JAVASCRIPT
cat >ask.py <<'PYTHON'
import json
import socket
import subprocess
import time

import httpx

SENT = '{"order":9007199254740993,"count":3}'
CALLS = {
    "1.0": ("SendMessage", '{"messageId":"m","role":"ROLE_USER","parts":[{"data":%s}],"metadata":{"try":2}}'),
    "0.3": (
        "message/send",
        '{"kind":"message","messageId":"m","role":"user","parts":[{"kind":"data","data":%s}],"metadata":{"try":2}}',
    ),
}


class Number(str):
    """A number as it is written."""


def written(value):
    """Numbers as they are written, in the order of their names."""
    return "{" + ",".join(f'"{key}":{value[key]}' for key in sorted(value)) + "}"


def asked(port, protocol):
    method, message = CALLS[protocol]
    body = '{"jsonrpc":"2.0","id":1,"method":"%s","params":{"message":%s}}' % (method, message % SENT)
    headers = {"Content-Type": "application/json", "A2A-Version": protocol}
    answer = httpx.post(f"http://127.0.0.1:{port}/", content=body, headers=headers, timeout=30).text
    result = json.loads(answer, parse_int=Number, parse_float=Number)["result"]
    task = result.get("task", result)
    return task["artifacts"][0]["parts"][0]["data"], task["history"][0]["metadata"]


def served(name, command, protocols):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen([*command, str(port)])
    try:
        until = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
        for protocol in protocols:
            data, metadata = asked(port, protocol)
            print(f"{name}, {protocol}: {written(data)}, metadata {written(metadata)}")
    finally:
        server.kill()
        server.wait()


served("Python 0.3.26", ["0.3.26/bin/python", "serve.py", "0.3.26"], ["0.3"])
served("Python 1.3.0", ["1.3.0/bin/python", "serve.py", "1.3.0"], ["1.0", "0.3"])
served("JavaScript 1.3.0", ["node", "serve.mjs"], ["1.0", "0.3"])
PYTHON
seen=$(timeout 150 1.3.0/bin/python ask.py 2>errors) || cat errors
printf '%s\n' "$seen"
[[ "$seen" == 'Python 0.3.26, 0.3: {"count":3,"order":9007199254740993}, metadata {"try":2}
Python 1.3.0, 1.0: {"count":3.0,"order":9007199254740992.0}, metadata {"try":2.0}
Python 1.3.0, 0.3: {"count":3.0,"order":9007199254740992.0}, metadata {"try":2.0}
JavaScript 1.3.0, 1.0: {"count":3,"order":9007199254740992}, metadata {"try":2}
JavaScript 1.3.0, 0.3: {"count":3,"order":9007199254740992}, metadata {"try":2}' ]]
