#!/usr/bin/env bash
# An order whose result has a sum that is computed is made and told as failed: MCP's Python server writes what its own schema refuses.
#
# Packages: mcp 2.3.0, its MCPServer, and fastmcp 4.1.6, which is built on it (PyPI, CPython 3.11); @modelcontextprotocol/client 2.4.0 (npm,
# Node.js 20), over stdio, protocol 2026-07-28.
# Input: a server of each with five tools that make an order and return a model of Pydantic: a plain one; one with a `computed_field`, which
# takes no other fields (`extra="forbid"`); one whose field has a `serialization_alias`; one whose amount is written with its currency, by
# a `field_serializer`; and one with a field that is left out (`exclude=True`). The clients of both SDKs list the tools and call each.
# Expected: the protocol has a server's structured results fit the `outputSchema` that it lists, and clients check it ("Output Schema").
# Who writes the tool has a type and a value of that type, and the schema is the SDK's work.
# Seen: the schema that MCPServer lists is that of what the model would read, and the result is what the model writes. These are two where
# a field is computed, renamed, written otherwise or left out, all of it everyday Pydantic. The server sends the result without looking;
# each client throws it away and raises an error. The order is made by then, and whoever asked is told that it failed: a model
# that reads so orders once more. Nothing is logged where the tool runs, and its own tests, which call the function, pass.
# FastMCP lists the schema of what is written, and all is well. For MCPServer it is known as python-sdk issue 3100, open since July 2026.
# Output when this was written, on 2 December 2026:
#   MCPServer, Python's client: plain told, computed failed, renamed failed, written failed, hidden failed; ordered 5
#   MCPServer, TypeScript's client: plain told, computed failed, renamed failed, written failed, hidden failed; ordered 5
#   FastMCP, Python's client: plain told, computed told, renamed told, written told, hidden told; ordered 5
#   FastMCP, TypeScript's client: plain told, computed told, renamed told, written told, hidden told; ordered 5
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check 'mcp==2.3.0' 'fastmcp==4.1.6'
echo '{"type": "module"}' >"$work/package.json"
npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts '@modelcontextprotocol/client@2.4.0'
cat >"$work/server.py" <<'PYTHON'
import sys
from decimal import Decimal
from pydantic import BaseModel, ConfigDict, Field, computed_field, field_serializer

if sys.argv[1] == "MCPServer":
    from mcp.server.mcpserver import MCPServer as Server
else:
    from fastmcp import FastMCP as Server

server = Server("shop")


def ordered(name):
    with open(sys.argv[2], "a") as file:
        file.write(f"{name}\n")


class Computed(BaseModel):
    """A result with a sum that is computed."""

    model_config = ConfigDict(extra="forbid")
    price: int
    count: int

    @computed_field
    @property
    def total(self) -> int:
        return self.price * self.count


class Renamed(BaseModel):
    """A result with a name of its own outside of Python."""

    order_id: int = Field(serialization_alias="orderId")


class Written(BaseModel):
    """A result whose amount is written with its currency."""

    amount: float

    @field_serializer("amount")
    def with_currency(self, amount: float) -> str:
        return f"{amount:.2f} EUR"


class Hidden(BaseModel):
    """A result that keeps something to itself."""

    order_id: int
    key: str = Field(exclude=True)


class Plain(BaseModel):
    order_id: int


@server.tool()
def plain() -> Plain:
    ordered("plain")
    return Plain(order_id=7)


@server.tool()
def computed() -> Computed:
    ordered("computed")
    return Computed(price=3, count=4)


@server.tool()
def renamed() -> Renamed:
    ordered("renamed")
    return Renamed(order_id=7)


@server.tool()
def written() -> Written:
    ordered("written")
    return Written(amount=12)


@server.tool()
def hidden() -> Hidden:
    ordered("hidden")
    return Hidden(order_id=7, key="k")


server.run()
PYTHON
cat >"$work/client.py" <<'PYTHON'
import asyncio
import logging
import sys

logging.disable(logging.CRITICAL)
from mcp import Client, StdioServerParameters

path, kind, log, *names = sys.argv[1:]


async def main():
    async with Client(StdioServerParameters(command=sys.executable, args=[path, kind, log])) as client:
        for name in names:
            try:
                told = not (await client.call_tool(name, {})).is_error
            except RuntimeError as error:
                assert "Invalid structured content" in str(error)
                told = False
            print(f"{name} {'told' if told else 'failed'}")


asyncio.run(main())
PYTHON
cat >"$work/client.mjs" <<'JAVASCRIPT'
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

const [command, path, kind, log, ...names] = process.argv.slice(2);
const client = new Client({ name: "client", version: "1" }, { versionNegotiation: { mode: "auto" } });
await client.connect(new StdioClientTransport({ command, args: [path, kind, log], stderr: "ignore" }));
await client.listTools();
for (const name of names) {
  const told = await client.callTool({ name, arguments: {} }).then(
    (result) => !result.isError,
    (error) => {
      if (!error.message.includes("does not match the tool's output schema")) throw error;
      return false;
    },
  );
  console.log(name, told ? "told" : "failed");
}
await client.close();
JAVASCRIPT
names=(plain computed renamed written hidden)
seen=$(
    cd "$work"
    for kind in MCPServer FastMCP; do
        for client in Python TypeScript; do
            case $client in
            Python) command=(venv/bin/python client.py) ;;
            TypeScript) command=(node client.mjs venv/bin/python) ;;
            esac
            told=$(timeout 60 "${command[@]}" server.py "$kind" "$work/log" "${names[@]}" 2>/dev/null | paste -sd, | sed 's/,/, /g')
            echo "$kind, $client's client: $told; ordered $(wc -l <log)"
            rm log
        done
    done
)
printf '%s\n' "$seen"
[[ "$seen" == "MCPServer, Python's client: plain told, computed failed, renamed failed, written failed, hidden failed; ordered 5
MCPServer, TypeScript's client: plain told, computed failed, renamed failed, written failed, hidden failed; ordered 5
FastMCP, Python's client: plain told, computed told, renamed told, written told, hidden told; ordered 5
FastMCP, TypeScript's client: plain told, computed told, renamed told, written told, hidden told; ordered 5" ]]
