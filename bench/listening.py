"""Time of a seek by HTTP in a recording of four hours (R-25): a second of sound at a place drawn by lot.

    python -m bench.listening [--hours 4] [--seeks 200]

All of it is there: a link that a browser has opened, its rules, the line in the audit log, the vault with its
own record, the object store, and a client that takes a new connection for each seek. Server, vault and client
share one process, and before each seek the kernel forgets what it has cached of the store's files.
`second` asks for a second of sound; `player` for all from there on, as browsers do, and gets the first MiB.
"""

import argparse
import asyncio
import random
import tempfile
import time
from pathlib import Path

import numpy as np

from bench.playback import AIM_MS, SEED, forget
from pbx.playback.io import site as site_module
from pbx.recording import wav
from pbx.sip.defence.buckets import UNLIMITED
from tests.integration.playback_site import House, house_of


def sound(start: int, length: int) -> bytes:
    """Return octets of both channels; no two chunks are alike."""
    at = np.arange(start, start + length)
    return ((at * 7 + (at >> 16)) & 255).astype(np.uint8).tobytes()


async def measure(here: House, hours: float, n_seeks: int) -> None:
    browser, page = await here.player()
    path, lot, head = f"{page}sound.wav", random.Random(SEED), len(wav.header("PCMU", 1))
    took: dict[str, list[float]] = {"second": [], "player": []}
    for _ in range(n_seeks):
        for way, samples in took.items():
            first = head + 16_000 * lot.randrange(int(hours * 3600) - 80)
            last = str(first + 15_999) if way == "second" else ""
            forget(here.site.objects)
            start = time.perf_counter()
            reply = await browser.get(path, Range=f"bytes={first}-{last}")
            samples.append((time.perf_counter() - start) * 1000)
            assert reply.status == 206 and len(reply.body) == (16_000 if last else 1 << 20)
    for way, samples in took.items():
        median, p95, most = np.percentile(samples, [50, 95, 100])
        verdict = "met" if p95 <= AIM_MS else "NOT met"
        print(f"{way:8} median {median:6.1f} ms  p95 {p95:6.1f} ms  max {most:6.1f} ms  ({verdict})")


async def main(hours: float, n_seeks: int) -> None:
    site_module.REQUESTS = UNLIMITED
    with tempfile.TemporaryDirectory() as folder:
        async with house_of(Path(folder), int(hours * 3600), sound) as here:
            await measure(here, hours, n_seeks)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--hours", type=float, default=4.0)
    parser.add_argument("--seeks", type=int, default=200)
    arguments = parser.parse_args()
    asyncio.run(main(arguments.hours, arguments.seeks))
