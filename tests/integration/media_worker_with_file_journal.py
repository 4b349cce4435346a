"""The media worker as a process whose journals are plain JSON lines; started by media_parties."""

import asyncio
import json
from pathlib import Path

import uvloop

from pbx.core.errors import StorageError
from pbx.media.effects import StartRecording
from pbx.media.io.tap import Hearer, JournalSink, Octets
from pbx.media.io.worker import parse_options, run_worker

OPTIONS = parse_options()


class LineSink:
    """One JSON line per packet or note, flushed at once."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8")

    def packet(self, stream: int, arrival_ns: int, rtp: Octets) -> None:
        self._write({"stream": stream, "rtp": rtp.hex()})

    def note(self, kind: str, details: dict[str, str], at_ns: int) -> None:
        self._write({"note": kind, **details})

    def close(self, ended_ns: int = 0) -> None:
        self._write({"note": "closed"})
        self._file.close()

    def _write(self, entry: dict[str, object]) -> None:
        self._file.write(json.dumps(entry) + "\n")
        self._file.flush()


class BrokenSink(LineSink):
    """A programming error on the packet path."""

    def packet(self, stream: int, arrival_ns: int, rtp: Octets) -> None:
        raise RuntimeError("bug")


def open_sink(order: StartRecording, hearer: Hearer) -> JournalSink:
    """Fail as a full disk would when the tenant is called so."""
    if order.tenant == "full-disk":
        raise StorageError("no space left", retryable=False)
    asyncio.get_running_loop().call_soon(hearer.opened)
    if order.tenant == "bug":
        return BrokenSink(OPTIONS.spool / "broken.jsonl")
    return LineSink(OPTIONS.spool / f"{order.recording}.jsonl")


if __name__ == "__main__":
    uvloop.run(run_worker(OPTIONS, open_sink))
