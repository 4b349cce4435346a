"""A disk that takes its time to sync: what is heard meanwhile is in the files all the same (R-09)."""

import threading
import time
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pytest

from pbx.core.errors import StorageError
from pbx.core.ids import RecordingId
from pbx.recording.io import journal_part, journal_writer, sync_thread, writer_thread
from pbx.recording.io.journal_writer import JournalWriter
from pbx.recording.journal import Packet
from tests.integration.spare_site import until
from tests.integration.test_journal_writer import FRAME_NS, NS_PER_S, ORDER, create, read
from tests.integration.test_power_loss import last_heard

PACKET = bytes(172)
SYNC_S = 1.0
MAX_LOSS_NS = 270_000_000


@dataclass
class Held:
    """The syncs of the real disk, each of which ends when it may."""

    begun: threading.Event = field(default_factory=threading.Event)
    goes: threading.Event = field(default_factory=threading.Event)
    at_once: int = 0
    most_at_once: int = 0

    def use(self, monkeypatch: pytest.MonkeyPatch) -> None:
        real = journal_part._syncfs
        assert real is not None

        def sync(fd: int) -> int:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            self.begun.set()
            assert self.goes.wait(20)
            self.at_once -= 1
            return real(fd)

        monkeypatch.setattr(journal_part, "_syncfs", sync)
        monkeypatch.setattr(sync_thread, "SYNC_INTERVAL_S", 0.05)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Held:
    one = Held()
    one.use(monkeypatch)
    return one


@pytest.mark.requirement("R-09")
def test_what_is_heard_during_a_sync_is_in_the_file_before_the_sync_ends(tmp_path: Path, held: Held) -> None:
    path, writer = tmp_path / "rec1.jrn", create(tmp_path)
    assert held.begun.wait(5)
    for number in range(3):  # the sync of the first one goes on
        writer.packet(0, number * FRAME_NS, PACKET)
        until(partial(has_more_than, number, path), "nothing is written while the disk syncs")
    writer.close()
    assert not journal_writer.drain(0.01), "it is locked until it is synced"
    held.goes.set()
    assert journal_writer.drain(5)
    assert held.most_at_once == 1


def has_more_than(n_packets: int, path: Path) -> bool:
    return sum(isinstance(item, Packet) for item in read(path)) > n_packets


def test_so_many_may_wait_for_their_last_sync_and_no_more(
    tmp_path: Path, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_thread, "MAX_WAITING", 3)
    create(tmp_path).close()
    assert held.begun.wait(5)
    for n_over in range(3):
        begin(tmp_path, n_over).close()
    syncs = writer_thread.WriterThread.current().syncs
    until(lambda: syncs.n_over >= 3, "they are not written")
    with pytest.raises(StorageError, match="the spool does not answer: 3 recordings wait"):
        begin(tmp_path, 9)
    held.goes.set()
    assert journal_writer.drain(5)
    begin(tmp_path, 10).close()
    assert journal_writer.drain(5)


def begin(spool: Path, number: int) -> JournalWriter:
    order = replace(ORDER, recording=RecordingId(f"more{number}"))
    return JournalWriter.create(spool, order, on_failure=pytest.fail)


@pytest.mark.proof
@pytest.mark.requirement("R-09")
@pytest.mark.requirement("R-10")
def test_with_syncs_of_a_second_nothing_waits_longer_for_its_file_than_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At each frame: how long ago the oldest packet came that a kill would lose now."""
    ages = {}
    for sync_s in (0.0, SYNC_S):
        folder = tmp_path / str(sync_s)
        folder.mkdir()
        ages[sync_s] = worst_age_ns(folder, monkeypatch, sync_s)
    print({f"{sync_s} s": f"{age / 1e6:.0f} ms" for sync_s, age in ages.items()})
    assert ages[SYNC_S] <= MAX_LOSS_NS


def worst_age_ns(spool: Path, monkeypatch: pytest.MonkeyPatch, sync_s: float) -> int:
    real = journal_part._syncfs
    assert real is not None

    def sync(fd: int) -> int:
        time.sleep(sync_s)
        return real(fd)

    with monkeypatch.context() as patch:
        patch.setattr(journal_part, "_syncfs", sync)
        writer, path = create(spool), spool / "rec1.jrn"
        seen: list[tuple[int, int]] = []
        began = time.monotonic_ns()
        for n in range(int(5 * SYNC_S * NS_PER_S / FRAME_NS)):
            time.sleep(max(began + n * FRAME_NS - time.monotonic_ns(), 0) / NS_PER_S)
            seen.append((time.monotonic_ns(), path.stat().st_size))
            writer.packet(0, time.monotonic_ns(), PACKET)
        writer.close()
        assert journal_writer.drain(10)
    octets = path.read_bytes()
    return max(at - last_heard(octets[:size], began) for at, size in seen)
