"""How many times faster than real time the finaliser works (aim 300 x), and what memory it takes.

    python -m bench.finaliser [--minutes 60] [--rounds 3] [--wide]

Closed journals of G.711 calls (of G.722 with --wide, without an aim), two streams of 50 packets a second with
a little jitter, lie in a spool; the finaliser opens, aligns, seals, stores in a directory, reads back and
commits each. Its process time counts, here with that of vault and database. Memory: what the peak of this
process has grown by in a round.
"""

import argparse
import asyncio
import resource
import statistics
import tempfile
import time
from pathlib import Path

from pbx.core.io.entropy import SystemIds
from pbx.core.secret import Secret
from pbx.recording.age import FILE_KEY_SIZE, build_header, parse_recipient
from pbx.recording.io.journal_files import SUFFIX
from pbx.recording.journal import preamble
from tests.integration.finaliser_site import Site, open_site
from tests.recording.long_calls import G722, PCMA, records

AIM = 300.0


async def journal(site: Site, recording: str, minutes: float, payload_type: int) -> None:
    """Put a closed journal into the spool."""
    recipients = await site.vault.recipients("acme")
    assert isinstance(recipients, tuple)
    key, ids = Secret(SystemIds().octets(FILE_KEY_SIZE)), SystemIds()
    header = build_header(key, [parse_recipient(one) for one in recipients], ids, recording=recording)
    with (site.spool / f"{recording}{SUFFIX}").open("wb") as file:
        file.write(preamble(header))
        file.writelines(records(key, recording, minutes, payload_type))


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def run(minutes: float, rounds: int, payload_type: int) -> None:
    speeds = []
    with tempfile.TemporaryDirectory() as folder:
        async with open_site(Path(folder)) as site:
            for number in range(rounds):
                await journal(site, f"rec{number}", minutes, payload_type)
                before, start = peak_mb(), time.process_time()
                assert await site.finaliser().scan(0.0) == 1
                took_s = time.process_time() - start
                speeds.append(minutes * 60 / took_s)
                print(
                    f"round {number + 1}: {speeds[-1]:6.0f} x real time, peak + {peak_mb() - before:.0f} MB"
                )
    codec = "G.722" if payload_type == G722 else "G.711"
    verdict = "no aim" if payload_type == G722 else "met" if statistics.median(speeds) >= AIM else "NOT met"
    speed = statistics.median(speeds)
    print(f"{minutes:g} min of {codec}, median {speed:.0f} x real time: {verdict}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--wide", action="store_true")
    options = parser.parse_args()
    asyncio.run(run(options.minutes, options.rounds, G722 if options.wide else PCMA))


if __name__ == "__main__":
    main()
