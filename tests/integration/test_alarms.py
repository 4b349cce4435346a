"""The folder of standing alarms, on a real disk."""

import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from pbx.core.io.alarms import MAX_TEXT, AlarmFolder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "run" / "alarms"


def test_an_alarm_stands_since_it_began(folder: Path) -> None:
    AlarmFolder(folder).settle("store_away", "no route")
    (first,) = AlarmFolder(folder).standing()
    AlarmFolder(folder).settle("store_away", "refused")  # as the next process does
    (second,) = AlarmFolder(folder).standing()
    assert (first.text, second.text) == ("no route", "refused")
    assert first.since_at == second.since_at
    assert folder.stat().st_mode & 0o777 == 0o700


def test_it_is_told_once_when_it_begins_and_when_it_is_over(folder: Path) -> None:
    with capture_logs() as logs:
        for text in ("no route", "no route", "refused", "", ""):
            AlarmFolder(folder).settle("store_away", text)
    assert [line["event"] for line in logs] == ["an alarm stands", "an alarm is over"]
    assert AlarmFolder(folder).standing() == []


def test_nothing_stands_where_nothing_was(folder: Path) -> None:
    AlarmFolder(folder).settle("store_away", "")
    assert AlarmFolder(folder).standing() == []
    assert not folder.exists()


def test_the_oldest_is_first_and_a_text_has_an_end(folder: Path) -> None:
    for name in ("zulu", "alpha"):
        AlarmFolder(folder).settle(name, "x" * (MAX_TEXT + 1))
    assert [one.alarm for one in AlarmFolder(folder).standing()] == ["zulu", "alpha"]
    assert {len(one.text) for one in AlarmFolder(folder).standing()} == {MAX_TEXT}


@pytest.mark.parametrize("octets", [b"", b"{", b"[]", b'{"since_at": "x", "text": ""}', b"\xff" * 5000])
def test_a_damaged_file_is_an_alarm(folder: Path, octets: bytes) -> None:
    folder.mkdir(parents=True)
    (folder / "spool.json").write_bytes(octets)
    os.utime(folder / "spool.json", (1_000_000, 1_000_000))
    (alarm,) = AlarmFolder(folder).standing()
    assert (alarm.alarm, alarm.text) == ("spool", "its file is damaged")
    assert alarm.since_at.timestamp() == 1_000_000
    AlarmFolder(folder).settle("spool", "")
    assert AlarmFolder(folder).standing() == []


def test_a_disk_that_refuses_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with capture_logs() as logs:
        folder = AlarmFolder(tmp_path / "file")
        for _ in range(5):  # each turn of a finaliser: the log is not flooded
            folder.settle("spool", "full")
    assert [line["event"] for line in logs] == ["an alarm stands", "an alarm could not be kept"]
