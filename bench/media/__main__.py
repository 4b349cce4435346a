"""The media plane under real packets: CPU, added delay and loss, beside a C relay and rtpengine.

    python -m bench.media [--calls 50,100,200] [--rounds 3] [--seconds 5] [--only relay,setup] [--json]

Whoever is compared takes turns in every round, and medians of the rounds are printed; the ratio is that to
the C relay in the same round. What else runs on the machine costs all of them, the interpreter most.
"""

import argparse
import asyncio
import dataclasses
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.media.bridged import BRIDGED, SETTING_UP, STALLED, Measure, Scene
from bench.media.load import Arrivals, Report, build
from bench.media.parties import CONFERENCE, PLAYING, TRANSCODING, Stage
from bench.media.rows import Bridged, Party, bridged, party, us_per_packet

YARDSTICK = "C relay"
RELAYING: dict[str, tuple[Arrivals, tuple[str, ...]]] = {
    "relay": ("spread", ("worker", "rtpengine")),
    "recorded": ("spread", ("worker, recording",)),
    "encrypted": (
        "spread",
        (
            *("worker", "worker, AES-CM", "worker, GCM"),
            *("worker, recording", "worker, AES-CM, rec", "worker, GCM, rec"),
            "rtpengine",
        ),
    ),
    "bunched": ("bunched", ("worker", "worker, recording", "rtpengine")),
}
"""Arrivals and relays of a case; cases with the same arrivals share their rounds."""
PARTIES = {"transcoding": TRANSCODING, "playing": PLAYING, "conference": CONFERENCE}
CASES = (*RELAYING, "setup", "stall", *PARTIES)
TARGETS = """
Targets on one core: relay <= 1.7 x the C relay per packet, recorded and encrypted <= 2.2 x, added delay
p99 < 2 ms at 200 calls while 20 calls a second are set up. For orientation, ms per bridged call-second at 100
and 200 calls: Asterisk 2.9-3.1 (6.9 recorded), FreeSWITCH 5.7, rtpengine in userspace 1.7 and 1.5."""

Row = Bridged | Party


class Bench:
    """One run; progress goes to standard error."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self._folder = folder
        self._calls = [int(text) for text in options.calls.split(",")]
        self._rounds, self._seconds, self._quiet = options.rounds, options.seconds, options.json
        self.rows: list[Row] = []

    async def relaying(self, wanted: Sequence[str]) -> None:
        """Bridged calls, for each kind of arrivals and each number of calls."""
        for arrivals in dict.fromkeys(RELAYING[case][0] for case in wanted):
            names = {name for case in wanted if RELAYING[case][0] == arrivals for name in RELAYING[case][1]}
            measures = {name: BRIDGED[name] for name in BRIDGED if name in names or name == YARDSTICK}
            for n_calls in self._calls:
                await self._compare(arrivals, measures, self._scene(n_calls, arrivals))

    async def setup(self) -> None:
        """The most calls while others come and go."""
        await self._compare("setup", SETTING_UP, self._scene(max(self._calls), "spread"))

    async def stall(self) -> None:
        """The most calls while the disk of their spool, or signalling, stands still for two seconds."""
        await self._compare("stall", STALLED, self._scene(max(self._calls), "spread"))

    async def parties(self, case: str) -> None:
        """What one party costs."""
        for what, (measure, n_parties) in PARTIES[case].items():
            stage = Stage(folder=self._folder, n_parties=n_parties, seconds=self._seconds)
            reports = []
            for n in range(self._rounds):
                reports.append(await measure(stage))
                self._progress(f"{case} {what}, round {n + 1}: {reports[-1].cpu_s:.2f} s of CPU")
            self._row(party((case, n_parties, what), reports))

    def _scene(self, n_calls: int, arrivals: Arrivals) -> Scene:
        return Scene(folder=self._folder, n_calls=n_calls, seconds=self._seconds, arrivals=arrivals)

    async def _compare(self, case: str, measures: dict[str, Measure], scene: Scene) -> None:
        reports: dict[str, list[Report]] = {name: [] for name in measures}
        for n in range(self._rounds):
            for name, measure in measures.items():
                report = await measure(scene)
                reports[name].append(report)
                figures = f"{us_per_packet(report):.1f} us/packet, p99 {report.p99_us / 1000:.2f} ms"
                self._progress(f"{case} {scene.n_calls}, round {n + 1}, {name}: {figures}")
        for name in measures:
            self._row(bridged((case, scene.n_calls, name), reports[name], reports[YARDSTICK]))

    def _row(self, row: Row) -> None:
        if not self._quiet:
            if not self.rows or type(row) is not type(self.rows[-1]):
                print(row.heading())
            print(row, flush=True)
        self.rows.append(row)

    def _progress(self, text: str) -> None:
        print(f"  {text}", file=sys.stderr, flush=True)


async def measure(options: argparse.Namespace, cases: Sequence[str]) -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        build(Path(name))
        bench = Bench(Path(name), options)
        await bench.relaying([case for case in cases if case in RELAYING])
        if "setup" in cases:
            await bench.setup()
        if "stall" in cases:
            await bench.stall()
        for case in PARTIES:
            if case in cases:
                await bench.parties(case)
    return bench.rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.media", description="CPU, delay and loss of the media plane")
    parser.add_argument("--calls", default="50,100,200", help="numbers of bridged calls, two streams each")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0, help="of load on each in a round")
    parser.add_argument("--only", default=",".join(CASES), help=f"some of {','.join(CASES)}")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    options = parser.parse_args()
    cases = options.only.split(",")
    if unknown := set(cases) - set(CASES):
        parser.error(f"--only: no case {', '.join(sorted(unknown))}; there are {', '.join(CASES)}")
    if shutil.which("rtpengine") is None:
        parser.error("rtpengine is missing: install rtpengine-daemon (Debian)")
    rows = asyncio.run(measure(options, cases))
    if options.json:
        print(json.dumps([dataclasses.asdict(row) for row in rows], indent=1))
    elif any(isinstance(row, Bridged) for row in rows):
        print(TARGETS)


main()
