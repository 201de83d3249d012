#!/usr/bin/env bash
# A tool made with MCP's Python SDK that may be given a text gets None for the text "null", and refuses a text that holds JSON.
#
# Packages: mcp 2.3.0, its MCPServer, and fastmcp 4.1.6, which is built on it (PyPI, CPython 3.11), over stdio; protocol
# 2026-07-28.
# Input: a server of each with the same three tools: `remove(owner: str | None = None)`, which removes the notes of an owner, or of
# all; `save(text: str | None = None)`; and `tag(tags: list[str] | str)`. They are called with the owner "null" (a name that people
# do have), a text that is JSON, and a tag that is written in brackets. By the schemas that the servers list for the tools, all
# are texts, and valid.
# Expected: a text arrives as the text that it is, as with a parameter declared `str`, and as with FastMCP.
# Seen: the SDK's server reads each text as JSON before it looks at what the parameter is, unless that is exactly `str`: what is
# an object, a list or null takes the place of the text; numbers and texts do not. So the owner "null" is no owner, and everything
# is removed. A text that holds JSON, such as the content of a file, can't be saved at all: the refusal says that a text
# was expected, which is what was sent, and a model that reads it can't do better. A tag in brackets is a list or a text by the
# chance of its spelling. `str = ""` in place of `str | None = None` avoids it. FastMCP of mcp 1.30.0 does the same (tried). It is
# meant for clients that send lists as texts (a comment in the SDK's code); for `str` itself it was mended (python-sdk issue 1112).
# Output when this was written, on 1 December 2026:
#   MCPServer, remove {"owner": "null"}: removed all
#   MCPServer, remove {"owner": "nil"}: removed those of nil
#   MCPServer, save {"text": "{\"a\": 1}"}: refused
#   MCPServer, save {"text": "a: 1"}: saved a: 1
#   MCPServer, tag {"tags": "[\"a\"]"}: tags a
#   MCPServer, tag {"tags": "[a]"}: text [a]
#   FastMCP, remove {"owner": "null"}: removed those of null
#   FastMCP, remove {"owner": "nil"}: removed those of nil
#   FastMCP, save {"text": "{\"a\": 1}"}: saved {"a": 1}
#   FastMCP, save {"text": "a: 1"}: saved a: 1
#   FastMCP, tag {"tags": "[\"a\"]"}: text ["a"]
#   FastMCP, tag {"tags": "[a]"}: text [a]
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check 'fastmcp==4.1.6' 'mcp==2.3.0'
cat >"$work/server.py" <<'PYTHON'
import logging
import sys

logging.disable(logging.CRITICAL)
if sys.argv[1] == "FastMCP":
    from fastmcp import FastMCP as Server
else:
    from mcp.server.mcpserver import MCPServer as Server

server = Server("notes")


@server.tool()
def remove(owner: str | None = None) -> str:
    return "removed all" if owner is None else f"removed those of {owner}"


@server.tool()
def save(text: str | None = None) -> str:
    return f"saved {text}"


@server.tool()
def tag(tags: list[str] | str) -> str:
    return f"text {tags}" if isinstance(tags, str) else f"tags {' '.join(tags)}"


server.run(**({"show_banner": False} if sys.argv[1] == "FastMCP" else {}))
PYTHON
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import json
import sys

from mcp import Client, MCPError, StdioServerParameters

CALLS = [
    ("remove", {"owner": "null"}),
    ("remove", {"owner": "nil"}),
    ("save", {"text": '{"a": 1}'}),
    ("save", {"text": "a: 1"}),
    ("tag", {"tags": '["a"]'}),
    ("tag", {"tags": "[a]"}),
]


async def main():
    for name in ["MCPServer", "FastMCP"]:
        server = StdioServerParameters(command=sys.executable, args=[f"{sys.argv[1]}/server.py", name])
        async with Client(server) as client:
            assert client.session.protocol_version == "2026-07-28"
            schemas = {tool.name: json.dumps(tool.input_schema) for tool in (await client.list_tools()).tools}
            for tool, arguments in CALLS:
                assert '{"type": "string"}' in schemas[tool]
                try:
                    result = await client.call_tool(tool, arguments)
                    said = "refused" if result.is_error else result.content[0].text
                except MCPError:
                    said = "refused"
                print(f"{name}, {tool} {json.dumps(arguments)}: {said}")


asyncio.run(main())
PYTHON
seen=$(timeout 120 "$work/venv/bin/python" "$work/ask.py" "$work" 2>"$work/errors") || cat "$work/errors"
printf '%s\n' "$seen"
[[ "$seen" == 'MCPServer, remove {"owner": "null"}: removed all
MCPServer, remove {"owner": "nil"}: removed those of nil
MCPServer, save {"text": "{\"a\": 1}"}: refused
MCPServer, save {"text": "a: 1"}: saved a: 1
MCPServer, tag {"tags": "[\"a\"]"}: tags a
MCPServer, tag {"tags": "[a]"}: text [a]
FastMCP, remove {"owner": "null"}: removed those of null
FastMCP, remove {"owner": "nil"}: removed those of nil
FastMCP, save {"text": "{\"a\": 1}"}: saved {"a": 1}
FastMCP, save {"text": "a: 1"}: saved a: 1
FastMCP, tag {"tags": "[\"a\"]"}: text ["a"]
FastMCP, tag {"tags": "[a]"}: text [a]' ]]
