#!/usr/bin/env bash
# A payment that is cancelled over A2A is made by a Pydantic AI agent, and one that waits for a yes is completed, and can't be said yes to.
#
# Packages: fasta2a 2.1.1 with pydantic-ai-slim 2.68.0 and uvicorn 0.54.0 (PyPI, CPython 3.11), protocol 1.0.
# Input: an agent, served by `agent_to_a2a`, with the tools `pay`, which needs 3 s, and `transfer`, which wants a yes (`requires_approval`,
# so that its `output_type` has DeferredToolRequests). A client has it pay, and cancels the task once the tool has begun; has it
# transfer, and says "yes" to the task; and has it do something at which the model fails with a reason. The model is a function of this
# script; the server is on the loopback address.
# Expected: a server that is asked to cancel a task attempts to, and who can't says so (TaskNotCancelableError); a task that needs
# something of its client is `input-required`, and a message with its id goes on with it (specification of A2A 1.0, "Cancel
# Task" and "Multi-Turn Patterns").
# Seen: the cancel is answered when the work is over, 3 s later, as if it had been done as asked: with the task, which is completed, and
# the payment made. A call that waits for a yes is the result of a task that is `completed`: data with Pydantic AI's own classes in it. A
# yes to that task is taken, and begins another one, in which the model is told that the call was interrupted; no message does
# what the approval would. Clients that take `completed` for done have paid nothing. And a task that fails says no word of why.
# Its code has the worker's `cancel_task` do nothing; of these we found no issue.
# Output when this was written, on 2 December 2026:
#   pay, cancelled: answered when it is over with completed; paid 1; ends completed
#   transfer, which wants a yes: completed with data with calls, approvals, metadata
#   the yes to that task: another task, completed with the tool says: The tool call was interrupted before a result was produced.; transferred 0
#   overdraw, which fails: failed with no words
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
    'fasta2a==2.1.1' 'pydantic-ai-slim==2.68.0' 'httpx==0.28.1' 'uvicorn==0.54.0'
cat >"$work/serve.py" <<'PYTHON'
import asyncio
import logging
import sys
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
import uvicorn
from fasta2a.pydantic_ai import agent_to_a2a
from pydantic_ai import Agent, DeferredToolRequests
from pydantic_ai.models.function import DeltaToolCall, FunctionModel

port, path = int(sys.argv[1]), sys.argv[2]


def log(line):
    with open(path, "a") as file:
        file.write(f"{line}\n")


async def model(messages, info):
    """Calls the tool that it is told to, or fails, or says what the tool returned."""
    told = [part.content for message in messages for part in message.parts if part.part_kind == "user-prompt"]
    returned = [part.content for part in messages[-1].parts if part.part_kind == "tool-return"]
    if returned:
        yield f"the tool says: {returned[-1]}"
    elif told[-1] in ("pay", "transfer"):
        yield {0: DeltaToolCall(name=told[-1], json_args="{}", tool_call_id="1")}
    elif told[-1] == "overdraw":
        raise RuntimeError("The account is closed.")
    else:
        yield f"told: {', '.join(told)}"


agent = Agent(FunctionModel(stream_function=model), name="bank", output_type=[str, DeferredToolRequests])


@agent.tool_plain
async def pay() -> str:
    log("begun")
    await asyncio.sleep(3)
    log("paid")
    return "paid"


@agent.tool_plain(requires_approval=True)
def transfer() -> str:
    log("transferred")
    return "transferred"


uvicorn.run(agent_to_a2a(agent, url=f"http://127.0.0.1:{port}"), host="127.0.0.1", port=port, log_level="critical")
PYTHON
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import os
import socket
import subprocess
import sys
import time
import uuid

import httpx

FOLDER = sys.argv[1]
LOG = f"{FOLDER}/log"


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def logged():
    if not os.path.exists(LOG):
        return []
    with open(LOG) as file:
        return file.read().split()


def state(task):
    return task["status"]["state"].removeprefix("TASK_STATE_").lower()


def words(task):
    parts = [part for artifact in task.get("artifacts", []) for part in artifact["parts"]]
    status = "".join(part.get("text", "") for part in task["status"].get("message", {}).get("parts", []))
    return " ".join([part.get("text") or f"data with {', '.join(part['data']['result'])}" for part in parts] + [status]).strip()


async def until(true):
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.05)


class Client:
    def __init__(self, port):
        self.url, self.http = f"http://127.0.0.1:{port}/", httpx.AsyncClient(timeout=60)

    async def ask(self, method, params):
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = (await self.http.post(self.url, json=body, headers={"A2A-Version": "1.0"})).json()
        return answer.get("result") or answer["error"]

    async def send(self, text, **where):
        message = {"messageId": str(uuid.uuid4()), "role": "ROLE_USER", "parts": [{"text": text}], **where}
        return (await self.ask("SendMessage", {"message": message}))["task"]

    async def ended(self, task):
        async with asyncio.timeout(60):
            while state(task) in ("submitted", "working"):
                await asyncio.sleep(0.05)
                task = await self.ask("GetTask", {"id": task["id"]})
        return task


async def main():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, f"{FOLDER}/serve.py", str(port), LOG], stderr=subprocess.DEVNULL)
    try:
        await until(lambda: listens(port))
        client = Client(port)
        task = await client.send("pay")
        await until(lambda: "begun" in logged())
        begun = time.monotonic()
        answer = await client.ask("CancelTask", {"id": task["id"]})
        took = "at once" if time.monotonic() - begun < 1.5 else "when it is over"
        task = await client.ended(task)
        print(f"pay, cancelled: answered {took} with {state(answer)}; paid {logged().count('paid')}; ends {state(task)}")
        task = await client.ended(await client.send("transfer"))
        print(f"transfer, which wants a yes: {state(task)} with {words(task)}")
        yes = await client.send("yes", taskId=task["id"], contextId=task["contextId"])
        same = "the same task" if yes["id"] == task["id"] else "another task"
        yes = await client.ended(yes)
        print(f"the yes to that task: {same}, {state(yes)} with {words(yes)}; transferred {logged().count('transferred')}")
        task = await client.ended(await client.send("overdraw"))
        print(f"overdraw, which fails: {state(task)} with {words(task) or 'no words'}")
    finally:
        server.kill()
        server.wait()


asyncio.run(main())
PYTHON
seen=$(timeout 150 "$work/venv/bin/python" "$work/ask.py" "$work")
printf '%s\n' "$seen"
[[ "$seen" == 'pay, cancelled: answered when it is over with completed; paid 1; ends completed
transfer, which wants a yes: completed with data with calls, approvals, metadata
the yes to that task: another task, completed with the tool says: The tool call was interrupted before a result was produced.; transferred 0
overdraw, which fails: failed with no words' ]]
