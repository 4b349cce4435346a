"""`pbx recordings hold`, `release` and `holds` over a real vault, database and directory of objects."""

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from pbx.cli.vault import actor
from pbx.store.audit import AuditStore
from pbx.store.database import Database

Pbx = Callable[..., Coroutine[Any, Any, Any]]  # gives the `Answer` of conftest


async def hold(pbx: Pbx, case: str, recording: str = "rec-1") -> Any:
    return await pbx("recordings", "hold", recording, "--reason", "claim", "--case", case, "--json")


@pytest.mark.requirement("REC-10")
async def test_a_hold_stops_the_destruction_of_the_key(pbx: Pbx, recording: str) -> None:
    held = await hold(pbx, "case 12")
    assert (held.code, held.json["case"], held.json["actor"]) == (0, "case 12", actor())
    assert held.json["object_hold"] == "not_offered"  # a directory has nothing of the kind
    said = await pbx("keys", "shred", recording, "--purpose", "erasure")
    assert said.err == "pbx: rec-1 is under legal hold for case 12: nothing of it is erased\n"
    assert (said.code, (await pbx("recordings", "verify", recording)).code) == (1, 0)
    released = await pbx("recordings", "release", recording, "--reason", "settled")
    assert (released.code, released.err) == (0, "")
    assert (await pbx("keys", "shred", recording, "--purpose", "erasure")).code == 0


@pytest.mark.requirement("REC-10")
async def test_each_case_is_released_by_itself(pbx: Pbx, recording: str, database: Database) -> None:
    assert [(await hold(pbx, case)).code for case in ("a", "b", "b")] == [0, 0, 1]
    assert [row["case"] for row in (await pbx("recordings", "holds", "--json")).json] == ["a", "b"]
    assert (await pbx("recordings", "release", recording, "--case", "a", "--reason", "over")).code == 0
    assert [row["case"] for row in (await pbx("recordings", "holds", "--json")).json] == ["b"]
    assert len((await pbx("recordings", "holds", "--all", "--json")).json) == 2
    assert (await pbx("recordings", "release", recording, "--case", "a", "--reason", "over")).code == 1
    facts = [fact for _, fact in await AuditStore(database).list(3)]
    assert [fact.kind for fact in facts] == [
        "recording.hold_released",
        "recording.held",
        "recording.held",
    ]
    assert facts[0].details["reason"] == "over"


async def test_a_hold_needs_a_recording_a_reason_and_a_case(pbx: Pbx, recording: str) -> None:
    assert (await hold(pbx, "case", recording="rec-9")).code == 1
    assert (await hold(pbx, " ")).code == 2
    assert (await hold(pbx, "c" * 129)).code == 2
    assert (await hold(pbx, "c" * 128)).code == 0
    assert (await pbx("recordings", "release", recording, "--reason", "")).code == 2
