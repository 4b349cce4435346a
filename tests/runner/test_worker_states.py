"""What `pbx status` reads of the workers is what signalling wrote, or nothing."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from pbx.runner.worker_states import WorkerState, keep, read

FAR = WorkerState(kind="remote", connected=False, legs=3, slow=True, draining=False)
HERE = WorkerState(kind="local", connected=True, legs=1, slow=True, draining=True)
LATE = WorkerState(
    kind="local", connected=True, legs=412, slow=False, draining=False, overloaded=True, late_ms=90.0
)


async def test_what_is_written_is_read(tmp_path: Path) -> None:
    file, asked = tmp_path / "workers.json", asyncio.Event()

    def states() -> dict[str, WorkerState]:
        asked.set()
        return {"media-0": HERE, "remote 192.0.2.7:5590": FAR}

    task = asyncio.create_task(keep(file, states))
    await asked.wait()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert read(file) == {"media-0": HERE, "remote 192.0.2.7:5590": FAR}


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": 1}', '{"a": {"kind": "far"}}', "null"])
def test_a_file_without_sense_tells_nothing(text: str, tmp_path: Path) -> None:
    (tmp_path / "workers.json").write_text(text)
    assert read(tmp_path / "workers.json") == {}
    assert read(tmp_path / "none") == {}


def test_a_state_in_words() -> None:
    assert str(FAR) == "remote, not connected, 3 legs"
    assert str(HERE) == "local, connected, 1 legs, slow, draining"
    assert str(LATE) == "local, connected, 412 legs, 90 ms late, overloaded"
