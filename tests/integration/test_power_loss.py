"""R-10: the power fails. What was written after the last sync is gone, and that is two seconds at most."""

import bisect
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from pbx.core.ids import RecordingId
from pbx.recording.io import journal_part, journal_writer
from pbx.recording.io.journal_writer import JournalWriter
from pbx.recording.journal import JournalReader, Packet, split_journal
from tests.integration.test_journal_writer import FRAME_NS, NS_PER_S, ORDER, file_key_of

pytestmark = pytest.mark.requirement("R-10")
SECONDS = 3.5
MAX_LOSS_NS = 2 * NS_PER_S
NAMES = ("rec1", "rec2")


@dataclass
class Disk:
    """The real one, and what of each journal is certainly on it: its size when a sync began that ended."""

    spool: Path
    at_ns: list[int] = field(default_factory=list)
    sizes: list[dict[str, int]] = field(default_factory=list)

    def watch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        real = journal_part._syncfs
        assert real is not None

        def sync(fd: int) -> int:
            sizes = {path.stem: path.stat().st_size for path in self.spool.glob("*.jrn")}
            answer = real(fd)
            self.at_ns.append(time.monotonic_ns())
            self.sizes.append(sizes)
            return answer

        monkeypatch.setattr(journal_part, "_syncfs", sync)

    def kept(self, name: str, now_ns: int) -> int:
        """The octets of a journal that outlive a power loss at `now_ns`."""
        n_syncs = bisect.bisect_right(self.at_ns, now_ns)
        return self.sizes[n_syncs - 1].get(name, 0) if n_syncs else 0


def speak(spool: Path) -> tuple[int, int]:
    """Two recordings in real time; when they began and ended."""
    writers = []
    for name in NAMES:
        order = replace(ORDER, recording=RecordingId(name))
        writers.append(JournalWriter.create(spool, order, on_failure=pytest.fail))
    began = time.monotonic_ns()
    for n in range(int(SECONDS * NS_PER_S / FRAME_NS)):
        time.sleep(max(began + n * FRAME_NS - time.monotonic_ns(), 0) / NS_PER_S)
        for writer in writers:
            writer.packet(0, time.monotonic_ns(), bytes(172))
    ended = time.monotonic_ns()
    for writer in writers:
        writer.close()
    assert journal_writer.drain(5)
    return began, ended


def last_heard(octets: bytes, began: int) -> int:
    """When the last packet came that can be read."""
    if not octets:
        return began
    header, offset = split_journal(octets)
    items = JournalReader(file_key_of(header), offset).read(octets[offset:])
    return max((item.arrival_ns for item in items if isinstance(item, Packet)), default=began)


def test_a_power_loss_costs_two_seconds_at_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk(tmp_path)
    disk.watch(monkeypatch)
    began, ended = speak(tmp_path)
    whole = {name: (tmp_path / f"{name}.jrn").read_bytes() for name in NAMES}
    losses = {}
    for now in range(began, ended, NS_PER_S // 20):
        for name in NAMES:
            losses[name, now] = now - last_heard(whole[name][: disk.kept(name, now)], began)
    worst = max(losses.values())
    print(f"at {len(losses)} moments at most {worst / NS_PER_S:.2f} s are lost")
    assert NS_PER_S // 10 < worst <= MAX_LOSS_NS, "without a sync it would be all"
    assert len(disk.at_ns) >= int(SECONDS)
