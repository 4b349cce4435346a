"""What an entry of the log commits to."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from pbx.core.audit import AuditFact
from pbx.core.ids import CallId
from pbx.recording.log_entry import MAX_EXACT, payload

AT = datetime(2026, 11, 28, 12, 0, 0, 5, tzinfo=UTC)


@pytest.mark.rfc("8785", "3.2")
def test_a_payload_is_canonical() -> None:
    fact = AuditFact(kind="a.b", call=CallId("c"), tenant="acme", details={"z": True, "a": None, "n": 1})
    assert payload(3, AT, fact) == (
        b'{"at":"2026-11-28T12:00:00.000005+00:00","call":"c","details":{"a":null,"n":1,"z":true},'
        b'"kind":"a.b","position":3,"tenant":"acme","v":1}'
    )


def test_the_same_moment_is_the_same_payload_in_every_zone() -> None:
    fact, east = AuditFact(kind="x"), timezone(timedelta(hours=2))
    assert payload(0, AT, fact) == payload(0, AT.astimezone(east), fact) != payload(1, AT, fact)


@pytest.mark.parametrize(
    ("number", "written"), [(MAX_EXACT, b":9007199254740991}"), (MAX_EXACT + 1, b':"9007199254740992"}')]
)
def test_a_number_that_a_double_cannot_hold_is_text(number: int, written: bytes) -> None:
    assert written in payload(0, AT, AuditFact(kind="x", details={"n": number}))


def test_half_a_character_loses_no_fact() -> None:
    assert b'"?"' in payload(0, AT, AuditFact(kind="x", details={"name": "\ud800"}))
