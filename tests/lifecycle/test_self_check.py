"""What is read back at night."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from pbx.core.audit import AuditFact
from pbx.core.ids import CallId, SeededIds
from pbx.lifecycle.nights import AFTER_START, next_due
from pbx.lifecycle.self_check import (
    MAX_NAMED,
    MAX_OCTETS,
    MAX_RECORDINGS,
    MAX_TOLD,
    Stored,
    Tally,
    choose,
    failure,
    first_check,
    keys_lost,
)
from pbx.recording.effects import FinishedRecording

pytestmark = pytest.mark.requirement("REC-17")
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ROW = FinishedRecording(
    recording="r1",
    call="c1",
    tenant="acme",
    kind="call",
    header=b"",
    object_key="k",
    size=1,
    sha256_cipher="",
    manifest=b"",
    signature=b"",
    started_at=NOON,
    duration_ms=1,
    recovered=False,
)


def stored(number: int, size: int = 1) -> list[Stored]:
    return [Stored(f"r{n}", size) for n in range(number)]


@pytest.mark.parametrize("number", [0, 1, MAX_RECORDINGS, MAX_RECORDINGS + 1, 500])
def test_as_many_as_there_are_but_no_more_than_the_limit(number: int) -> None:
    chosen = choose(stored(number), SeededIds())
    assert len(set(chosen)) == len(chosen) == min(number, MAX_RECORDINGS)


def test_each_recording_has_the_same_chance() -> None:
    ids, turns = SeededIds("chance"), 1500
    found = Counter(one.recording for _ in range(turns) for one in choose(stored(60), ids))
    assert len(found) == 60
    assert all(0.8 * turns / 3 < number < 1.2 * turns / 3 for number in found.values())


@pytest.mark.parametrize(("size", "number"), [(MAX_OCTETS // 4, 4), (MAX_OCTETS // 4 + 1, 3)])
def test_no_more_octets_than_the_limit(size: int, number: int) -> None:
    assert len(choose(stored(9, size), SeededIds())) == number


def test_one_that_is_larger_than_the_limit_has_its_turn() -> None:
    huge = Stored("huge", MAX_OCTETS + 1)
    assert choose([huge], SeededIds()) == [huge]
    first = {choose([huge, *stored(1)], SeededIds(str(seed)))[0].recording for seed in range(20)}
    assert first == {"huge", "r0"}


def test_a_process_that_starts_again_does_not_check_again_the_same_night() -> None:
    assert first_check(NOON, None) == NOON + AFTER_START
    assert first_check(NOON, NOON - timedelta(hours=9)) == next_due(NOON)  # last night at three
    assert first_check(NOON, NOON - timedelta(hours=9, seconds=1)) == NOON + AFTER_START
    assert first_check(NOON, NOON - timedelta(minutes=1)) == next_due(NOON)


def test_facts_name_the_recording_and_what_is_wrong_in_bounds() -> None:
    assert failure(ROW, ("one", "two")) == AuditFact(
        kind="self_check.failed",
        call=CallId("c1"),
        tenant="acme",
        details={"recording": "r1", "reason": "one; two"},
    )
    assert len(str(failure(ROW, ("x" * (MAX_TOLD + 1),)).details["reason"])) == MAX_TOLD
    tally = Tally(checked=3, octets=9, failed=1)
    assert tally.is_whole
    assert tally.fact().details == {"checked": 3, "octets": 9, "failed": 1}
    assert not Tally(unread=["r1"]).is_whole


def test_lost_keys_are_counted_and_the_first_are_named() -> None:
    names = [f"r{n}" for n in range(MAX_NAMED + 1)]
    fact = keys_lost("acme", names)
    assert (fact.tenant, fact.details["count"]) == ("acme", MAX_NAMED + 1)
    assert fact.details["recordings"] == " ".join(names[:MAX_NAMED])
