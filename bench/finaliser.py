"""How many times faster than real time the finaliser works (aim 300 x), and what memory it takes.

    python -m bench.finaliser [--minutes 60] [--rounds 3]

Closed journals of G.711 calls, two streams of 50 packets a second with a little jitter, lie in a spool; the
finaliser opens, aligns, seals, stores in a directory, reads back and commits each. Its process time counts,
here with that of vault and database. Memory: what the peak of this process has grown by in a round.
"""

import argparse
import asyncio
import random
import resource
import statistics
import struct
import tempfile
import time
from pathlib import Path

from pbx.core.io.entropy import SystemIds
from pbx.core.secret import Secret
from pbx.recording.age import FILE_KEY_SIZE, build_header, parse_recipient
from pbx.recording.io.journal_files import SUFFIX
from pbx.recording.journal import End, Head, Item, JournalEncoder, Packet, preamble
from tests.integration.finaliser_site import Site, open_site

AIM = 300.0
FRAME_NS, N_SAMPLES, BATCH = 20_000_000, 160, 1500
_RTP = struct.Struct("!BBHII")


def packets(n_frames: int) -> list[Item]:
    """Two voices that are there all the time; a packet comes up to 10 ms late."""
    jitter, noise = random.Random(1), random.Random(2)
    voices = [noise.randbytes(N_SAMPLES) for _ in range(50)]
    items: list[Item] = []
    for n in range(n_frames):
        for stream in (0, 1):
            rtp = _RTP.pack(0x80, 8, n & 0xFFFF, n * N_SAMPLES & 0xFFFFFFFF, 7 + stream) + voices[n % 50]
            items.append(Packet(stream, n * FRAME_NS + jitter.randrange(10_000_000), rtp))
    return items


async def journal(site: Site, recording: str, items: list[Item], ended_ns: int) -> None:
    """Put a closed journal into the spool."""
    recipients = await site.vault.recipients("acme")
    assert isinstance(recipients, tuple)
    key, ids = Secret(SystemIds().octets(FILE_KEY_SIZE)), SystemIds()
    header = build_header(key, [parse_recipient(one) for one in recipients], ids, recording=recording)
    encoder = JournalEncoder(key)
    head = Head(
        recording=recording,
        call="bench",
        tenant="acme",
        kind="call",
        leg="a",
        started_at="2026-11-29T00:00:00+00:00",
        origin_ns=0,
    )
    with (site.spool / f"{recording}{SUFFIX}").open("wb") as file:
        file.write(preamble(header) + encoder.encode([head]))
        for at in range(0, len(items), BATCH):
            file.write(encoder.encode(items[at : at + BATCH]))
        file.write(encoder.encode([End(ended_ns)]))


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def run(minutes: float, rounds: int) -> None:
    n_frames = int(minutes * 60 * 50)
    speeds = []
    with tempfile.TemporaryDirectory() as folder:
        async with open_site(Path(folder)) as site:
            for number in range(rounds):
                await journal(site, f"rec{number}", packets(n_frames), n_frames * FRAME_NS)
                before, start = peak_mb(), time.process_time()
                assert await site.finaliser().scan(0.0) == 1
                took_s = time.process_time() - start
                speeds.append(minutes * 60 / took_s)
                print(
                    f"round {number + 1}: {speeds[-1]:6.0f} x real time, peak + {peak_mb() - before:.0f} MB"
                )
    speed = statistics.median(speeds)
    print(f"{minutes:g} min of G.711, median {speed:.0f} x real time: {'met' if speed >= AIM else 'NOT met'}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    asyncio.run(run(options.minutes, options.rounds))


if __name__ == "__main__":
    main()
