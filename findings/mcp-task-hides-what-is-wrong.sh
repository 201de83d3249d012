#!/usr/bin/env bash
# A tool that must be called as a task hides which argument is missing.
#
# Packages: @modelcontextprotocol/server-everything 2026.8.31 (npm) with the @modelcontextprotocol/sdk that it brings
# (1.32.2 when this was written), Node.js 20; protocol 2025-11-25 over stdio.
# Input: `tools/call` of `simulate-research-query`, whose `execution.taskSupport` is `required`, as a task: once with its
# argument `topic` and once without.
# Seen: with the argument a task is made. Without it, the server checks the arguments, puts its finding into an ordinary tool
# result, and then refuses that result because it is no task: the client hears of an invalid task and never of `topic`.
# Output when this was written:
#   with topic: a task
#   without topic: error -32602, names the task: True, names topic: False
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts '@modelcontextprotocol/server-everything@2026.8.31'
cat >"$work/ask.py" <<'PYTHON'
import json
import subprocess
import sys

server = subprocess.Popen(
    ["node", sys.argv[1], "stdio"],
    stdin=subprocess.PIPE,
    stdout=subprocess.PIPE,
    stderr=subprocess.DEVNULL,
    text=True,
)


def tell(message):
    server.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    server.stdin.flush()


def ask(number, method, params):
    tell({"id": number, "method": method, "params": params})
    for line in server.stdout:
        answer = json.loads(line)
        if answer.get("id") == number and "method" not in answer:
            return answer
    raise SystemExit("the server has ended")


client = {"name": "finding", "version": "1"}
ask(1, "initialize", {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client})
tell({"method": "notifications/initialized"})
for number, (words, arguments) in enumerate([("with", {"topic": "tea"}), ("without", {})], start=2):
    call = {"name": "simulate-research-query", "arguments": arguments, "task": {}}
    answer = ask(number, "tools/call", call)
    if "error" in answer:
        error = answer["error"]
        said = f"{error['message']} {json.dumps(error.get('data'))}"
        named = f"names the task: {'task' in said}, names topic: {'topic' in said}"
        print(f"{words} topic: error {error['code']}, {named}")
    else:
        print(f"{words} topic: {'a task' if 'task' in answer['result'] else 'no task'}")
server.kill()
PYTHON
seen=$(timeout 60 python3 "$work/ask.py" "$work/node_modules/@modelcontextprotocol/server-everything/dist/index.js")
printf '%s\n' "$seen"
[[ "$seen" == 'with topic: a task
without topic: error -32602, names the task: True, names topic: False' ]]
