"""A call of a day is finished in the memory of a short one (R-24), measured in a process of its own."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from pbx.core.errors import ParseError, StorageError
from pbx.recording.io.journal_files import FileOctets
from tests.integration.long_call_sealed import KEY
from tests.recording.long_calls import records

PER_HOUR_KB = 30_000  # a packet is kept as 27 octets, 10 MB an hour
WINDOWS_KB = 30_000  # what a window, the opened records and the list of gaps take, whatever the length


def test_a_journal_is_read_where_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "a.jrn"
    path.write_bytes(b"0123456789")
    with path.open("rb") as file:
        octets = FileOctets(file.fileno()).behind(2).behind(1)
        path.open("ab").write(b"later")
        assert octets.size == 7
        assert (octets.read(0, 3), octets.read(5, 9), octets.read(9, 3)) == (b"345", b"89", b"")
        with pytest.raises(ParseError):
            octets.preamble()
    with pytest.raises(StorageError):
        octets.read(0, 1)


async def sealed(folder: Path, minutes: float) -> dict[str, Any]:
    path = folder / "long.jrn"
    with path.open("wb") as file:
        file.writelines(records(KEY, "long", minutes))
    command = (sys.executable, "-m", "tests.integration.long_call_sealed", str(path))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    found: dict[str, Any] = json.loads(output)
    assert found["samples"] == minutes * 60 * 8000
    assert not found["recovered"]
    return found


@pytest.mark.requirement("R-24")
async def test_memory_hardly_grows_with_the_call(tmp_path: Path) -> None:
    found = await sealed(tmp_path, 20)  # sound alone is 19 MB of it, once a sample is an octet
    assert found["grown_kb"] < WINDOWS_KB + PER_HOUR_KB / 3


@pytest.mark.proof
@pytest.mark.requirement("R-24")
async def test_a_call_of_a_day_is_finished_in_600_megabytes(tmp_path: Path) -> None:
    found = await sealed(tmp_path, 24 * 60)
    print(found)
    assert found["peak_kb"] < 600_000
    assert found["grown_kb"] < WINDOWS_KB + 24 * PER_HOUR_KB
