"""A server by the Python SDK of the protocol (mcp 2.x), which speaks it with and without the handshake.

Its tools ask the person, take a tree, and add a tool. Over standard input and output.
"""

from __future__ import annotations

from typing import Annotated

from mcp.server import MCPServer
from mcp.server.mcpserver import AcceptedElicitation, Context, Elicit, ElicitationResult, Resolve
from pydantic import BaseModel

mcp = MCPServer("test")


class Confirm(BaseModel):
    ok: bool


class Node(BaseModel):
    label: str
    children: list[Node] = []


async def confirm_delete(path: str) -> Confirm | Elicit[Confirm]:
    return Elicit(f"{path} has 2 file(s). Delete anyway?", Confirm)


@mcp.tool()
async def delete_folder(
    path: str, confirm: Annotated[ElicitationResult[Confirm], Resolve(confirm_delete)]
) -> str:
    """Deletes a folder, after a question."""
    match confirm:
        case AcceptedElicitation(data=Confirm(ok=True)):
            return f"deleted {path}"
        case AcceptedElicitation():
            return "kept the folder"
        case _:
            return "declined: folder not deleted"


@mcp.tool()
def depth(tree: Node) -> str:
    """How deep a tree is."""

    def of(node: Node) -> int:
        return 1 + max((of(child) for child in node.children), default=0)

    return str(of(tree))


def report() -> str:
    """Says that all is well."""
    return "all is well"


@mcp.tool()
async def enable_reports(ctx: Context) -> str:
    """Adds a tool."""
    mcp.add_tool(report)
    await ctx.notify_tools_changed()
    return "reporting is live"


if __name__ == "__main__":
    mcp.run()
