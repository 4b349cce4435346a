"""`pbx recordings erase`, `erasures` and `receipt` over a real vault, database and directory of objects."""

from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from pbx.cli.vault import actor
from pbx.config.places import Places
from pbx.lifecycle.nights import NOTICE
from pbx.store.database import Database
from pbx.store.notices import NoticeStore

Pbx = Callable[..., Coroutine[Any, Any, Any]]  # gives the `Answer` of conftest


def objects(places: Places) -> list[Path]:
    return [path for path in (places.var / "objects").rglob("*") if path.is_file()]


def terms(places: Places, written: str) -> None:
    file = places.base / "config" / "acme" / "recording.yaml"
    file.write_text(file.read_text() + written)


@pytest.mark.requirement("REC-10")
@pytest.mark.requirement("REC-15")
async def test_an_erased_recording_leaves_a_receipt(pbx: Pbx, recording: str, places: Places) -> None:
    asked = ("recordings", "erase", recording, "--reason", "letter of 3 May")
    shown = await pbx(*asked, "--what-if", "--json")
    assert (shown.code, shown.json[0]["action"], len(objects(places))) == (0, "erase", 1)
    said = await pbx(*asked)
    assert (said.code, said.err) == (0, "")
    (row,) = (await pbx("recordings", "erasures", "--json")).json
    assert (row["state"], row["ground"], row["actor"]) == ("done", "request", actor())
    assert objects(places) == []
    gone = await pbx("recordings", "show", recording)
    assert (gone.code, "pbx recordings receipt rec-1" in gone.err) == (1, True)
    proof = await pbx("recordings", "receipt", recording, "--json")
    assert (proof.code, proof.json["genuine"], proof.json["reason"]) == (0, True, "letter of 3 May")
    found = (await pbx("recordings", "reconcile", "--json")).json
    assert (found["rows_without_object"], found["objects_without_row"]) == ([], [])
    assert (await pbx("audit", "verify")).code == 0


async def test_a_receipt_that_was_changed_is_not_genuine(
    pbx: Pbx, recording: str, database: Database
) -> None:
    await pbx("recordings", "erase", recording, "--reason", "letter")
    async with database.writing() as session:
        change = "UPDATE erasures SET receipt = replace(CAST(receipt AS TEXT), 'letter', 'lettre')"
        await session.execute(text(change))
        await session.execute(text("UPDATE erasures SET receipt = CAST(receipt AS BLOB)"))
    proof = await pbx("recordings", "receipt", recording, "--json")
    assert (proof.code, proof.json["genuine"]) == (1, False)


@pytest.mark.requirement("D-05")
async def test_a_hold_restricts_what_somebody_wants_erased(pbx: Pbx, recording: str, places: Places) -> None:
    await pbx("recordings", "hold", recording, "--reason", "claim", "--case", "12")
    said = await pbx("recordings", "erase", recording, "--reason", "letter", "--json")
    assert (said.code, said.json["state"], said.json["blocked_by"]) == (1, "blocked", "hold")
    assert len(objects(places)) == 1
    (row,) = (await pbx("recordings", "erasures", "--json")).json
    assert (row["recording"], row["state"]) == (recording, "blocked")
    assert (await pbx("recordings", "receipt", recording)).code == 1


@pytest.mark.requirement("D-05")
@pytest.mark.parametrize("rule", ["minimum", "obligation"])
async def test_a_term_is_stronger_than_a_request(pbx: Pbx, recording: str, places: Places, rule: str) -> None:
    terms(places, f"retention:\n  quality: {{days: 36500, {rule}_days: 36500}}\n")
    said = await pbx("recordings", "erase", recording, "--reason", "letter", "--json")
    assert (said.code, said.json["blocked_by"], len(objects(places))) == (1, rule, 1)
    assert (await pbx("keys", "shred", recording, "--purpose", "letter")).code == 1


@pytest.mark.requirement("D-07")
async def test_what_is_due_is_listed_and_erased(pbx: Pbx, recording: str, places: Places) -> None:
    """The recording is of January 2026, and the sample keeps 90 days."""
    (row,) = (await pbx("recordings", "erase", "--due", "--what-if", "--json")).json
    assert (row["recording"], row["purposes"], row["action"]) == (
        recording,
        "compliance, evidence, quality",
        "erase",
    )
    assert len(objects(places)) == 1
    assert (await pbx("recordings", "erase", "--due")).code == 0  # somebody's order needs no notice
    assert objects(places) == []
    (erased,) = (await pbx("recordings", "erasures", "--json")).json
    assert (erased["ground"], erased["actor"]) == ("retention", actor())
    assert (await pbx("recordings", "erase", "--due", "--json")).json == []


@pytest.mark.requirement("D-07")
async def test_what_falls_due_is_shown(pbx: Pbx, recording: str, places: Places, database: Database) -> None:
    falling = ("recordings", "erasures", "--due", "--json")
    (row,) = (await pbx(*falling)).json
    assert (row["recording"], row["announced_at"], row["action"]) == (recording, None, "erase")
    announced = datetime.fromisoformat(row["until"]) + timedelta(days=2)
    await NoticeStore(database).announce({recording: "acme"}, announced)
    (row,) = (await pbx(*falling)).json
    assert row["erased_from"] == (announced + NOTICE).isoformat()
    table = await pbx("recordings", "erasures", "--due")
    assert (table.code, "erased_from" in table.out) == (0, True)
    terms(places, "retention:\n  quality: {days: 3650}\n")
    assert (await pbx(*falling)).json == []
    assert (await pbx(*falling, "--days", "3650")).json[0]["recording"] == recording
    assert (await pbx(*falling, "--days", "36501")).code == 2


async def test_what_is_not_due_stays(pbx: Pbx, recording: str, places: Places) -> None:
    terms(places, "retention:\n  quality: {days: 36500}\n")
    assert (await pbx("recordings", "erase", "--due", "--json")).json == []
    assert len(objects(places)) == 1


async def test_the_words_of_an_erasure(pbx: Pbx, recording: str, places: Places) -> None:
    erase = ("recordings", "erase")
    for words in ((*erase,), (*erase, recording), (*erase, recording, "--due", "--reason", "x")):
        assert (await pbx(*words)).code == 2
    assert (await pbx(*erase, "rec-9", "--reason", "x")).code == 1
    (places.spool / "rec-1.jrn").write_bytes(b"")
    assert (await pbx(*erase, recording, "--reason", "x")).code == 1
    assert len(objects(places)) == 1
