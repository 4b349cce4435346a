"""F-15: the disk of database and journal is full; room that was held for facts takes them."""

import errno
from pathlib import Path

import pytest

from pbx.core.errors import StorageError
from pbx.store.fact_journal import RESERVE, RESERVE_BYTES
from tests.integration.small_disk import small_disk
from tests.store.test_fact_journal import facts, opened, read_all


def fill(folder: Path) -> None:
    """Leave no octet free."""
    with (folder / "other").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError as error:
            assert error.errno == errno.ENOSPC


@pytest.mark.requirement("F-15")
def test_room_was_held_for_a_disk_that_is_full(tmp_path: Path) -> None:
    folder = tmp_path / "records"
    with small_disk(folder, "6m"):
        journal = opened(tmp_path)
        journal.reserve()
        assert (folder / RESERVE).stat().st_size == RESERVE_BYTES
        fill(folder)
        journal.append(facts(1, 5000))
        assert not (folder / RESERVE).exists()
        assert read_all(journal) == facts(1, 5000)
        with pytest.raises(StorageError, match="No space left"):
            journal.append(facts(5001, 50_000))
        while (oldest := journal.oldest) is not None:
            journal.remove(journal.read(oldest))
        assert [path.name for path in journal.segments()] == []
        assert (folder / RESERVE).stat().st_size == RESERVE_BYTES  # for the next time


def test_a_disk_that_has_no_room_to_hold_takes_facts_all_the_same(tmp_path: Path) -> None:
    with small_disk(tmp_path / "records", "1m"):
        journal = opened(tmp_path)
        journal.reserve()
        assert not (tmp_path / "records" / RESERVE).exists()
        journal.append(facts(1, 3))
        assert read_all(journal) == facts(1, 3)
