"""The files of the journal of facts."""

import errno
import os
from pathlib import Path

import pytest

from pbx.call.effects import Audit
from pbx.core.audit import AuditFact
from pbx.core.errors import StorageError
from pbx.core.ids import SeededIds
from pbx.core.secret import Secret
from pbx.store import fact_journal
from pbx.store.fact_codec import encode
from pbx.store.fact_journal import ASIDE, GONE, FactJournal
from pbx.store.facts import Numbered
from tests.store.test_calls import AT

KEY = Secret(bytes(32))
NUMBER = "+447700900123"


def fact(serial: int, kind: str = "x") -> Numbered:
    return Numbered(serial=serial, entry=Audit(fact=AuditFact(kind=kind, tenant=NUMBER)), at=AT)


def facts(first: int, last: int) -> list[Numbered]:
    return [fact(serial) for serial in range(first, last + 1)]


def opened(folder: Path, seed: str = "seed") -> FactJournal:
    return FactJournal(folder / "records", KEY, SeededIds(seed))


def read_all(journal: FactJournal) -> list[Numbered]:
    return [fact for path in journal.segments() for fact in journal.read(path).facts]


@pytest.mark.requirement("F-18")
def test_facts_are_on_the_disk_sealed_and_private(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.append(facts(1, 3))
    journal.append(facts(4, 4))
    assert journal.n_facts == 4
    (path,) = journal.segments()
    assert path == journal.oldest
    assert path.stat().st_mode & 0o777 == 0o600 and path.parent.stat().st_mode & 0o777 == 0o700
    assert NUMBER.encode() not in path.read_bytes()
    later = opened(tmp_path, "the next process")
    segment = later.read(path)
    assert (segment.journal, list(segment.facts), segment.damage) == (journal.name, facts(1, 4), "")
    later.remove(segment)
    assert later.segments() == []


def test_a_full_segment_is_followed_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fact_journal, "SEGMENT_BYTES", 256)
    monkeypatch.setattr(fact_journal, "RECORD_FACTS", 2)
    journal = opened(tmp_path)
    journal.append(facts(1, 5))
    journal.append(facts(6, 7))
    assert len(journal.segments()) == 3
    assert read_all(journal) == facts(1, 7)


def test_what_is_being_read_grows_no_more(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.append(facts(1, 2))
    oldest = journal.oldest
    assert oldest is not None
    segment = journal.read(oldest)
    journal.append(facts(3, 3))
    journal.remove(segment)
    assert journal.n_facts == 1
    assert read_all(journal) == facts(3, 3)


def test_it_takes_so_many_octets_and_no_more(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.append(facts(1, 1))
    journal.max_bytes = journal.n_bytes + len(encode(fact(2)))
    journal.append(facts(2, 2))
    with pytest.raises(StorageError, match="has its"):
        journal.append(facts(3, 3))
    assert read_all(journal) == facts(1, 2)
    oldest = journal.oldest
    assert oldest is not None
    journal.remove(journal.read(oldest))
    assert journal.n_bytes == 0
    journal.append(facts(3, 3))
    assert read_all(journal) == facts(3, 3)


class SickDisk:
    """Takes so many octets more, then none; what it took of a write stays."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.room = 1 << 30
        self._write = os.write
        monkeypatch.setattr(os, "write", self.write)

    def write(self, descriptor: int, octets: bytes) -> int:
        if not self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.room -= (n_bytes := min(self.room, len(octets)))
        return self._write(descriptor, octets[:n_bytes])


def test_a_disk_that_fills_leaves_nothing_behind_that_hides_what_comes_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, journal = SickDisk(monkeypatch), opened(tmp_path)
    journal.append(facts(1, 2))
    disk.room = 30  # a part of a record
    for _ in range(3):
        with pytest.raises(StorageError, match="No space left"):
            journal.append(facts(3, 4))
    assert len(journal.segments()) == 1
    disk.room = 1 << 30
    journal.append(facts(3, 5))
    assert read_all(journal) == facts(1, 5)
    assert all(not journal.read(path).damage for path in journal.segments())


@pytest.mark.parametrize("octets", [b"pbx", b"x" * 100])
def test_what_cannot_be_read_is_left_aside(
    tmp_path: Path, octets: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    journal = opened(tmp_path)
    journal.append(facts(1, 2))
    (path,) = journal.segments()
    path.write_bytes(path.read_bytes() + bytes(20) + octets)
    segment = journal.read(path)
    assert list(segment.facts) == facts(1, 2) and segment.damage
    journal.remove(segment)
    assert [one.suffix for one in path.parent.iterdir()] == [ASIDE]
    assert "left aside" in caplog.text


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.append(facts(1, 2))
    (path,) = journal.segments()
    path.unlink()
    segment = journal.read(path)
    assert (segment.facts, segment.damage) == ((), GONE)
    journal.remove(segment)
    assert journal.oldest is None


def test_a_fact_without_a_form_does_not_keep_the_others_away(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    odd = Audit(fact=AuditFact(kind="x", details={"odd": object()}))  # type: ignore[dict-item]
    journal.append([fact(1), Numbered(serial=2, entry=odd, at=AT), fact(3)])
    assert journal.refused == 1
    assert read_all(journal) == [fact(1), fact(3)]


def test_a_disk_that_lets_nothing_be_removed_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    journal = opened(tmp_path)
    journal.append(facts(1, 2))
    (first,) = journal.segments()

    def refuse(_path: Path, missing_ok: bool = False) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        journal.remove(journal.read(first))
    assert "cannot be removed: Read-only file system" in caplog.text
    assert (journal.oldest, journal.n_facts, journal.segments()) == (None, 0, [first])
    journal.append(facts(3, 3))
    oldest = journal.oldest
    assert oldest is not None and oldest != first
    journal.remove(journal.read(oldest))
    assert journal.segments() == []


@pytest.mark.parametrize("room", [0, 100, 300, 500, 700, 900, 1100])
def test_facts_that_found_no_room_are_not_half_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    monkeypatch.setattr(fact_journal, "SEGMENT_BYTES", 400)
    monkeypatch.setattr(fact_journal, "RECORD_FACTS", 1)
    disk, journal = SickDisk(monkeypatch), opened(tmp_path)
    journal.append(facts(1, 1))
    n_bytes, disk.room = journal.n_bytes, room
    with pytest.raises(StorageError, match="No space left"):
        journal.append(facts(2, 9))
    assert (read_all(journal), journal.n_facts, journal.n_bytes) == (facts(1, 1), 1, n_bytes)
    disk.room = 1 << 30
    journal.append(facts(2, 9))
    assert read_all(journal) == facts(1, 9)
