#!/usr/bin/env bash
# Who asks a LangGraph server for a task that waits for an answer is not told the question, and over MCP asking is a result that went well.
#
# Packages: langgraph-cli[inmem] 0.4.40 with langgraph-api 0.16.7, langgraph-runtime-inmem 0.36.7 and langgraph 1.2.24 (PyPI, CPython 3.11).
# Input: a graph that asks "From which account?" by `interrupt`, and pays from what is answered, served by `langgraph dev`, which serves
# graphs over A2A and MCP, too. Over A2A (0.3) a client sends "Pay.", asks for the task (`tasks/get`), and answers "rent" to it. Over MCP it
# lists the tools and calls that of the graph. The server is on the loopback address.
# Expected: a task's status has a message for what it says ("TaskStatus" of A2A 0.3), so that whoever comes to a task that is
# `input-required` knows what to answer; artifacts are results. A tool of MCP that needs something asks for it (elicitation), or fails.
# Seen: the question is in an artifact, "Interrupt", of the one response to who sent the message, and nowhere else. Who polls, comes back
# after its connection broke, or was told of the task by somebody else, sees that input is required, and not which. Clients that show
# the status show nothing. (Who knows the question can answer it: then it pays.) Over MCP the tool gives the state of the graph as a text
# that Python prints, no error, with the question in it: for a model it reads as a call that went well, nothing is paid, and since
# the tool takes messages alone, the run that waits can't be answered by anybody. We found no issue.
# Output when this was written, on 2 December 2026:
#   A2A, sent: input-required, the question in an artifact
#   A2A, asked for: input-required, the question in nothing
#   A2A, answered: completed; paid 1
#   MCP, called: no error, the question in a text as Python prints it; the tools take {'bank': 'messages'}; paid 0
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check 'langgraph-cli[inmem]==0.4.40' 'langgraph-api==0.16.7' \
    'langgraph-runtime-inmem==0.36.7' 'langgraph==1.2.24'
cd "$work"
echo '{"dependencies": ["."], "graphs": {"bank": "./bank.py:graph"}}' >langgraph.json
cat >bank.py <<'PYTHON'
import os
from typing import Annotated

from typing_extensions import TypedDict

from langchain_core.messages import AIMessage, AnyMessage
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.types import interrupt


class State(TypedDict):
    messages: Annotated[list[AnyMessage], add_messages]


def log(line):
    with open(os.environ["BANK_LOG"], "a") as file:
        file.write(f"{line}\n")


def pay(state: State):
    log("asked")
    account = interrupt("From which account?")
    log(f"paid from {account}")
    return {"messages": [AIMessage(f"paid from {account}")]}


builder = StateGraph(State)
builder.add_node("pay", pay)
builder.add_edge(START, "pay")
builder.add_edge("pay", END)
graph = builder.compile()
PYTHON
cat >ask.py <<'PYTHON'
import asyncio
import json
import os
import subprocess
import sys
import uuid

import httpx

FOLDER, URL = sys.argv[1:]
LOG = f"{FOLDER}/log"


def logged(word):
    if not os.path.exists(LOG):
        return 0
    with open(LOG) as file:
        return sum(line.startswith(word) for line in file)


def said(task):
    """The state of a task, and where its question is."""
    question = "From which account?"
    status = "status" if question in json.dumps(task["status"]) else ""
    artifact = "an artifact" if question in json.dumps(task.get("artifacts", [])) else ""
    history = "history" if question in json.dumps(task.get("history", [])) else ""
    return f"{task['status']['state']}, the question in {status or artifact or history or 'nothing'}"


async def main():
    async with httpx.AsyncClient(timeout=60) as http:
        async with asyncio.timeout(90):
            while True:
                try:
                    if (await http.get(f"{URL}/ok")).status_code == 200:
                        break
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.2)

        async def ask(path, method, params):
            accept = "application/json" if path != "/mcp" else "application/json, text/event-stream"
            body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
            answer = (await http.post(f"{URL}{path}", json=body, headers={"Accept": accept})).text
            lines = [line[6:] for line in answer.splitlines() if line.startswith("data: ")]
            return json.loads(lines[-1] if lines else answer)["result"]

        assistant = (await http.post(f"{URL}/assistants/search", json={})).json()[0]["assistant_id"]
        a2a = f"/a2a/{assistant}"

        def message(text, **where):
            parts = [{"kind": "text", "text": text}]
            return {"message": {"kind": "message", "role": "user", "messageId": str(uuid.uuid4()), "parts": parts, **where}}

        task = await ask(a2a, "message/send", message("Pay."))
        print(f"A2A, sent: {said(task)}")
        where = {"id": task["id"], "contextId": task["contextId"]}
        print(f"A2A, asked for: {said(await ask(a2a, 'tasks/get', where))}")
        task = await ask(a2a, "message/send", message("rent", taskId=task["id"], contextId=task["contextId"]))
        print(f"A2A, answered: {task['status']['state']}; paid {logged('paid')}")
        tools = (await ask("/mcp", "tools/list", {}))["tools"]
        takes = {tool["name"]: ", ".join(tool["inputSchema"]["properties"]) for tool in tools}
        result = await ask("/mcp", "tools/call", {"name": "bank", "arguments": {"messages": "Pay."}})
        text = result["content"][0]["text"]
        word = "an error" if result.get("isError") else "no error"
        kind = "a text as Python prints it" if text.startswith("{'messages'") and "From which account?" in text else text
        print(f"MCP, called: {word}, the question in {kind}; the tools take {takes}; paid {logged('paid') - 1}")


asyncio.run(main())
PYTHON
export BANK_LOG=$work/log LANGSMITH_TRACING=false LANGGRAPH_CLI_NO_ANALYTICS=1
port=$(python3 -c 'import socket; free = socket.create_server(("127.0.0.1", 0)); print(free.getsockname()[1])')
venv/bin/langgraph dev --no-browser --no-reload --host 127.0.0.1 --port "$port" >server.log 2>&1 &
seen=$(timeout 150 venv/bin/python ask.py "$work" "http://127.0.0.1:$port")
printf '%s\n' "$seen"
[[ "$seen" == "A2A, sent: input-required, the question in an artifact
A2A, asked for: input-required, the question in nothing
A2A, answered: completed; paid 1
MCP, called: no error, the question in a text as Python prints it; the tools take {'bank': 'messages'}; paid 0" ]]
