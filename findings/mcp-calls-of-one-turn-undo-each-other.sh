#!/usr/bin/env bash
# Of ten edits that a model asks for in one turn, MCP's filesystem server tells of ten and keeps one; its memory server, too.
#
# Packages: @modelcontextprotocol/server-filesystem and @modelcontextprotocol/server-memory 2026.8.31 (npm, Node.js 20), the newest
# when this was written; the client is that of mcp 2.3.0 (PyPI, CPython 3.11), over stdio, protocol 2025-11-25.
# Input: a file of ten lines, and an `edit_file` for each line; ten `create_entities`; and ten `add_observations` to one entity.
# The ten calls are made one after the other, and then all at once, as runtimes do with the calls of one turn.
# Expected: a request of JSON-RPC may be sent before the one before it is answered, and MCP's clients do so. Each call names a
# line, an entity or an observation of its own, so that their order does not matter; what was done is there when all are answered.
# Seen: one after the other all ten are there. At once each is answered as if all were well, the edits with the diff of
# what was changed, and most are gone: each call reads the file before any other has written it, and writes all of it. Neither
# the model nor the person gets a sign of it, and the next turn reads a file that no answer told of.
# Of the memory server it is known (modelcontextprotocol/servers issue 1819), and mended by pull request 4555 of July 2026, which
# is not in this release of August; for two servers on one file it is open (issue 4797). Of the filesystem server we found nothing.
# A runtime that makes calls of one turn at the same time must leave that to be turned off, or a box of such tools loses work.
# Output when this was written, on 1 December 2026:
#   edit_file, one by one: told of 10, kept 10
#   edit_file, at once: told of 10, kept fewer
#   create_entities, one by one: told of 10, kept 10
#   create_entities, at once: told of 10, kept fewer
#   add_observations, one by one: told of 10, kept 10
#   add_observations, at once: told of 10, kept fewer
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'mcp==2.3.0'
npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts \
  '@modelcontextprotocol/server-filesystem@2026.8.31' '@modelcontextprotocol/server-memory@2026.8.31'
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import os
import sys

from mcp import Client, StdioServerParameters

FOLDER = os.path.realpath(sys.argv[1])
COUNT = 10
FILES = f"{FOLDER}/files"
EDITED = f"{FILES}/lines.txt"


def server(name, argument=None, **environment):
    program = f"{FOLDER}/node_modules/@modelcontextprotocol/server-{name}/dist/index.js"
    arguments = [program] + ([argument] if argument else [])
    return StdioServerParameters(command="node", args=arguments, env={**os.environ, **environment})


def entity(name):
    return {"name": name, "entityType": "thing", "observations": []}


async def edit_file(at_once):
    with open(EDITED, "w") as file:
        file.writelines(f"line-{each}-\n" for each in range(COUNT))
    async with Client(server("filesystem", FILES)) as client:
        calls = [
            {"path": EDITED, "edits": [{"oldText": f"line-{each}-", "newText": f"done-{each}-"}]}
            for each in range(COUNT)
        ]
        results = await made(client, "edit_file", calls, at_once)
    told = sum(f"+done-{each}-" in result.content[0].text for each, result in enumerate(results))
    with open(EDITED) as file:
        return told, file.read().count("done-")


async def create_entities(at_once):
    async with Client(server("memory", MEMORY_FILE_PATH=f"{FOLDER}/entities-{at_once}.jsonl")) as client:
        calls = [{"entities": [entity(f"e{each}")]} for each in range(COUNT)]
        results = await made(client, "create_entities", calls, at_once)
        told = sum(len(result.structured_content["entities"]) for result in results)
        graph = (await client.call_tool("read_graph", {})).structured_content
        return told, len(graph["entities"])


async def add_observations(at_once):
    async with Client(server("memory", MEMORY_FILE_PATH=f"{FOLDER}/observations-{at_once}.jsonl")) as client:
        await client.call_tool("create_entities", {"entities": [entity("e")]})
        calls = [{"observations": [{"entityName": "e", "contents": [f"o{each}"]}]} for each in range(COUNT)]
        results = await made(client, "add_observations", calls, at_once)
        told = sum(len(each["addedObservations"]) for result in results for each in result.structured_content["results"])
        graph = (await client.call_tool("read_graph", {})).structured_content
        return told, len(graph["entities"][0]["observations"])


async def made(client, tool, calls, at_once):
    """The results of calls, none of which may be told as an error."""
    if at_once:
        results = await asyncio.gather(*(client.call_tool(tool, call) for call in calls))
    else:
        results = [await client.call_tool(tool, call) for call in calls]
    assert not any(result.is_error for result in results)
    return results


async def main():
    os.makedirs(FILES)
    for tool in [edit_file, create_entities, add_observations]:
        for at_once, words in [(False, "one by one"), (True, "at once")]:
            told, kept = await tool(at_once)
            print(f"{tool.__name__}, {words}: told of {told}, kept {'fewer' if kept < told else kept}")


asyncio.run(main())
PYTHON
seen=$(timeout 150 "$work/venv/bin/python" "$work/ask.py" "$work" 2>"$work/errors") || cat "$work/errors"
printf '%s\n' "$seen"
[[ "$seen" == 'edit_file, one by one: told of 10, kept 10
edit_file, at once: told of 10, kept fewer
create_entities, one by one: told of 10, kept 10
create_entities, at once: told of 10, kept fewer
add_observations, one by one: told of 10, kept 10
add_observations, at once: told of 10, kept fewer' ]]
