"""`pbx explain --call`: of a real database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pbx.config.places import Places
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId
from pbx.store.audit import AuditStore
from pbx.store.calls import CallStore
from pbx.store.consents import ConsentStore
from pbx.store.database import Database
from pbx.store.keys import StoreKeys
from tests.cli.test_records import AT, Pbx, call_record, consent_record

ROUTE = "config/acme/dialplan.yaml:2: did +441632960100 -> flow support"


@pytest.fixture
async def kept(places: Places, database: Database) -> None:
    calls = CallStore(database, StoreKeys.load_or_create(places.store_keys))
    await calls.save(replace(call_record("call-1"), route=ROUTE))
    await ConsentStore(database).save(consent_record())
    audit = AuditStore(database)
    for call in ("call-1", "call-2"):
        fact = AuditFact(kind="recording.paused", call=CallId(call), tenant="acme", details={"by": call})
        await audit.append(fact, AT + timedelta(seconds=9))


async def test_the_story_has_what_record_consents_and_facts_say(pbx: Pbx, kept: None) -> None:
    said = await pbx("explain", "--call", "call-1")
    assert said.code == 0
    lines = [line.strip() for line in said.out.splitlines()]
    assert lines[0] == "0.0s trunk carrier (+447700900123) calls 01632960100, 2026-01-02 03:04 UTC"
    assert lines[1] == f"0.0s {ROUTE}"
    assert "0.0s consent of the caller: notify_optout, informed" in lines
    assert [line for line in lines if "paused" in line] == ["9.0s noted: recording.paused (by call-1)"]
    assert lines[-1] == "67.0s the call is over: bye; recording: recorded"


async def test_json_has_seconds_and_places(pbx: Pbx, kept: None) -> None:
    said = (await pbx("explain", "--call", "call-1", "--json")).json
    assert (said["tenant"], said["call"]) == ("acme", "call-1")
    assert {"at_s": 0.0, "words": "did +441632960100 -> flow support", "place": ROUTE.split(": ")[0]} in said[
        "story"
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--call", "call-9"], "no call call-9: pbx calls list has their ids"),
        (["999", "--call", "call-1"], "--call: what happened supposes nothing"),
        (["--call", "call-1", "--at", "2026-12-25 10:00"], "--call: what happened supposes nothing"),
        ([], "say the NUMBER that is called, or --call and the id of a call"),
    ],
)
async def test_what_makes_no_sense_is_refused(pbx: Pbx, kept: None, words: list[str], said: str) -> None:
    answer = await pbx("explain", *words)
    assert (answer.code, said in answer.err) == (1, True)
