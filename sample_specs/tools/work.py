"""Two tools for `agents/guide_async.yaml`: one that works, one that waits.

flowdeck keeps the processes that run these functions alive between calls. A plain function gets
a worker process to itself for the time of the call, an `async def` shares one event loop with
the others. Arguments come by name; what a function returns must be something JSON can hold.
"""

import asyncio
import hashlib


def heavy_work(text: str) -> str:
    """Hash a text over and over, which keeps one processor busy for a moment."""
    digest = text.encode()
    for _ in range(400_000):
        digest = hashlib.sha256(digest).digest()
    return digest.hex()[:16]


async def remote_call(topic: str) -> str:
    """Wait as a call to a remote service would, without keeping anything busy."""
    await asyncio.sleep(0.8)
    return f"The remote service knows {len(topic.split())} words about {topic}."
