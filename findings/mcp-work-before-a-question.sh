#!/usr/bin/env bash
# What an MCP tool does before it asks a person is done once or twice, or done and then refused, by the protocol of the client.
#
# Packages: mcp 2.3.0 (PyPI, CPython 3.11) and @modelcontextprotocol/server 2.4.0 (npm, Node.js 20), over stdio; the client is
# that of mcp 2.3.0, once with the protocol of 2026-07-28, which it chooses by itself, and once with that of 2025-11-25.
# Input: two servers, each with two tools that do some work, ask for a name and greet it. One asks out of the tool as it always
# could (`ctx.elicit`, `ctx.mcpReq.elicitInput`), the other in the way that was added for 2026-07-28 (a resolver,
# `inputRequired`). The client answers every question.
# Expected: both SDKs serve both protocols from one definition of a tool; TypeScript's declarations say of it that the two can
# never drift apart. (The specification of 2026-07-28, "Multi Round-Trip Requests", does away with requests of servers.)
# Seen: no tool does its work once and asks, in both. Asking out of the tool is refused with the new protocol, but only when
# the tool gets there: its work is done, and is done again if the model tries again. Python's server answers with an error of
# the protocol, TypeScript's with a result for the model, whose text says how to program the tool. The work of a resolver,
# and of a handler that returns `inputRequired`, is done again in the second round; in Python only with the new protocol, in
# TypeScript with both. So a client that learns the new protocol changes what its servers do. Both rounds are one call to it,
# with the same arguments: a key against repetition that it sends along would have to tell rounds apart.
# Known: Python's migration guide says that `ctx.elicit` is refused, and its code that resolvers may run again.
# Output when this was written, on 30 November 2026:
#   Python, in the tool, 2026-07-28: work 1, refused by an error
#   Python, in the tool, 2025-11-25: work 1, hello Ann
#   Python, resolver, 2026-07-28: work 2, hello Ann
#   Python, resolver, 2025-11-25: work 1, hello Ann
#   TypeScript, in the tool, 2026-07-28: work 1, refused in the result
#   TypeScript, in the tool, 2025-11-25: work 1, hello Ann
#   TypeScript, inputRequired, 2026-07-28: work 2, hello Ann
#   TypeScript, inputRequired, 2025-11-25: work 2, hello Ann
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'mcp==2.3.0'
npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts '@modelcontextprotocol/server@2.4.0'
cat >"$work/server.py" <<'PYTHON'
import sys
from typing import Annotated

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.resolve import Elicit, Resolve
from pydantic import BaseModel


class Person(BaseModel):
    name: str


def work():
    with open(sys.argv[1], "a") as done:
        done.write("x")


async def ask() -> Elicit[Person]:
    work()
    return Elicit("Who?", Person)


server = MCPServer("greeter")


@server.tool()
async def inside(ctx: Context) -> str:
    work()
    answer = await ctx.elicit("Who?", Person)
    return f"hello {answer.data.name}"


@server.tool()
async def apart(person: Annotated[Person, Resolve(ask)]) -> str:
    return f"hello {person.name}"


server.run()
PYTHON
cat >"$work/server.mjs" <<'JAVASCRIPT'
import { appendFileSync } from "node:fs";
import { McpServer, acceptedContent, inputRequired } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";

const question = {
  message: "Who?",
  requestedSchema: { type: "object", properties: { name: { type: "string" } }, required: ["name"] },
};
const work = () => appendFileSync(process.argv[2], "x");
const hello = (name) => ({ content: [{ type: "text", text: `hello ${name}` }] });

serveStdio(() => {
  const server = new McpServer({ name: "greeter", version: "1" });
  server.registerTool("inside", { description: "Greets." }, async (ctx) => {
    work();
    const answer = await ctx.mcpReq.elicitInput(question);
    return hello(answer.content.name);
  });
  server.registerTool("apart", { description: "Greets." }, async (ctx) => {
    work();
    const person = acceptedContent(ctx.mcpReq.inputResponses, "person");
    return person ? hello(person.name) : inputRequired({ inputRequests: { person: inputRequired.elicit(question) } });
  });
  return server;
});
JAVASCRIPT
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import os
import sys

from mcp import Client, MCPError, StdioServerParameters
from mcp_types import ElicitResult

FOLDER = sys.argv[1]


async def answer(_context, _question):
    return ElicitResult(action="accept", content={"name": "Ann"})


async def main():
    servers = {
        "Python": ([sys.executable, f"{FOLDER}/server.py"], "resolver"),
        "TypeScript": (["node", f"{FOLDER}/server.mjs"], "inputRequired"),
    }
    for language, (command, new_way) in servers.items():
        for tool, words in [("inside", "in the tool"), ("apart", new_way)]:
            for mode in ["auto", "legacy"]:
                done = f"{FOLDER}/done"
                open(done, "w").close()
                server = StdioServerParameters(command=command[0], args=[*command[1:], done])
                async with Client(server, mode=mode, elicitation_callback=answer) as client:
                    version = client.session.protocol_version
                    try:
                        result = await client.call_tool(tool, {})
                        said = "refused in the result" if result.is_error else result.content[0].text
                    except MCPError:
                        said = "refused by an error"
                print(f"{language}, {words}, {version}: work {os.path.getsize(done)}, {said}")


asyncio.run(main())
PYTHON
seen=$(timeout 120 "$work/venv/bin/python" "$work/ask.py" "$work" 2>"$work/errors") || cat "$work/errors"
printf '%s\n' "$seen"
[[ "$seen" == 'Python, in the tool, 2026-07-28: work 1, refused by an error
Python, in the tool, 2025-11-25: work 1, hello Ann
Python, resolver, 2026-07-28: work 2, hello Ann
Python, resolver, 2025-11-25: work 1, hello Ann
TypeScript, in the tool, 2026-07-28: work 1, refused in the result
TypeScript, in the tool, 2025-11-25: work 1, hello Ann
TypeScript, inputRequired, 2026-07-28: work 2, hello Ann
TypeScript, inputRequired, 2025-11-25: work 2, hello Ann' ]]
