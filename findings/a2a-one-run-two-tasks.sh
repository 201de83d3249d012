#!/usr/bin/env bash
# What an agent does is one task in A2A's SDK for Python and another in that for JavaScript, of the same version.
#
# Packages: a2a-sdk 1.3.0 (PyPI, CPython 3.11) and @a2a-js/sdk 1.3.0 (npm, Node.js 20), protocol 1.0.
# Input: the same events of one agent, given to what keeps a server's tasks in each SDK (TaskManager, ResultManager): a
# task; a status with the message m1; an artifact called `draft`; more of it with `append`, the name `report` and metadata
# of its own; the last status with the message m2; and, in a second run, the task again with its status alone.
# Seen: asked for the task, a client hears different things by the language of the server.
# - The message of the last status is in the status alone (Python), or in the history as well (JavaScript): who shows the
#   history and then the status shows it twice; who reads the history alone misses it, of the other server.
# - A name that comes with `append` is ignored, or takes the place of the first.
# - Metadata of an artifact's event is lost, or becomes the task's.
# - A task that is sent again without artifacts and history takes all that went before away, or leaves it.
# All events are accepted by both without a word. That the history of a Python server lacks the last message, and that of
# the Python client does not, is known as a2aproject/a2a-python issue 734.
# Output when this was written:
#   Python: history m0 m1, status m2, artifact draft with 2 parts, metadata {}
#   Python, sent again: history none, artifacts 0
#   JavaScript: history m0 m1 m2, status m2, artifact report with 2 parts, metadata {"pages": 2}
#   JavaScript, sent again: history m0 m1, artifacts 1
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'a2a-sdk==1.3.0'
npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts '@a2a-js/sdk@1.3.0'
cat >"$work/events.json" <<'JSON'
{
  "message": {"messageId": "m0", "role": "ROLE_USER", "taskId": "t", "contextId": "c", "parts": [{"text": "write"}]},
  "events": [
    ["task", {"id": "t", "contextId": "c", "status": {"state": "TASK_STATE_SUBMITTED"}, "history": [
      {"messageId": "m0", "role": "ROLE_USER", "parts": [{"text": "write"}]}]}],
    ["statusUpdate", {"taskId": "t", "contextId": "c", "status": {"state": "TASK_STATE_WORKING", "message":
      {"messageId": "m1", "role": "ROLE_AGENT", "parts": [{"text": "working"}]}}}],
    ["artifactUpdate", {"taskId": "t", "contextId": "c", "artifact":
      {"artifactId": "a", "name": "draft", "parts": [{"text": "one"}]}}],
    ["artifactUpdate", {"taskId": "t", "contextId": "c", "append": true, "lastChunk": true, "metadata": {"pages": 2},
      "artifact": {"artifactId": "a", "name": "report", "parts": [{"text": "two"}]}}]
  ],
  "last": ["statusUpdate", {"taskId": "t", "contextId": "c", "status": {"state": "TASK_STATE_COMPLETED", "message":
    {"messageId": "m2", "role": "ROLE_AGENT", "parts": [{"text": "done"}]}}}],
  "again": ["task", {"id": "t", "contextId": "c", "status": {"state": "TASK_STATE_COMPLETED"}}]
}
JSON
cat >"$work/keep.py" <<'PYTHON'
import asyncio
import json
import logging
import sys

logging.disable(logging.CRITICAL)
from a2a.server.context import ServerCallContext
from a2a.server.tasks import InMemoryTaskStore, TaskManager
from a2a.types import Message, Task, TaskArtifactUpdateEvent, TaskStatusUpdateEvent
from google.protobuf.json_format import MessageToDict, ParseDict

types = {"task": Task, "statusUpdate": TaskStatusUpdateEvent, "artifactUpdate": TaskArtifactUpdateEvent}


async def kept(told, last):
    store, context = InMemoryTaskStore(), ServerCallContext()
    manager = TaskManager(store, context, "t", "c", ParseDict(told["message"], Message()))
    for kind, event in [*told["events"], told[last]]:
        await manager.process(ParseDict(event, types[kind]()))
    return MessageToDict(await store.get("t", context))


with open(sys.argv[1]) as file:
    told = json.load(file)
for last in ["last", "again"]:
    print(json.dumps(asyncio.run(kept(told, last))))
PYTHON
cat >"$work/keep.mjs" <<'JAVASCRIPT'
import { readFileSync } from "node:fs";
import { Message, Task, TaskArtifactUpdateEvent, TaskStatusUpdateEvent } from "@a2a-js/sdk";
import { AgentEvent, InMemoryTaskStore, ResultManager, ServerCallContext } from "@a2a-js/sdk/server";

const types = { task: Task, statusUpdate: TaskStatusUpdateEvent, artifactUpdate: TaskArtifactUpdateEvent };
const told = JSON.parse(readFileSync(process.argv[2], "utf8"));
for (const last of ["last", "again"]) {
  const store = new InMemoryTaskStore();
  const context = new ServerCallContext();
  const manager = new ResultManager(store, context);
  manager.setContext(Message.fromJSON(told.message));
  for (const [kind, event] of [...told.events, told[last]]) {
    await manager.processEvent(AgentEvent[kind](types[kind].fromJSON(event)));
  }
  console.log(JSON.stringify(Task.toJSON(await store.load("t", context))));
}
JAVASCRIPT
cat >"$work/show.py" <<'PYTHON'
import json
import sys

language = sys.argv[1]
whole, again = map(json.loads, sys.stdin)


def history(task):
    return " ".join(message["messageId"] for message in task.get("history", [])) or "none"


(artifact,) = whole["artifacts"]
named = f"{artifact['name']} with {len(artifact['parts'])} parts"
status = whole["status"]["message"]["messageId"]
metadata = json.dumps(whole.get("metadata", {}))
print(f"{language}: history {history(whole)}, status {status}, artifact {named}, metadata {metadata}")
print(f"{language}, sent again: history {history(again)}, artifacts {len(again.get('artifacts', []))}")
PYTHON
seen=$(
    cd "$work"
    venv/bin/python keep.py events.json | python3 show.py Python
    node keep.mjs events.json | python3 show.py JavaScript
)
printf '%s\n' "$seen"
[[ "$seen" == 'Python: history m0 m1, status m2, artifact draft with 2 parts, metadata {}
Python, sent again: history none, artifacts 0
JavaScript: history m0 m1 m2, status m2, artifact report with 2 parts, metadata {"pages": 2}
JavaScript, sent again: history m0 m1, artifacts 1' ]]
