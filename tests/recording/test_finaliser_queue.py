"""Which recording is tried when, and what of it is an alarm; no disk, no store."""

from pathlib import Path

import pytest

from pbx.core.ids import SeededIds
from pbx.recording.finaliser_queue import DATABASE, STORE, STUCK, STUCK_ALARM, VAULT, WRITES, FinaliserQueue

A, B, C = Path("a.jrn"), Path("b.jrn"), Path("c.jrn")
AGES = {A: 3.0, B: 1.0, C: 2.0}


@pytest.fixture
def queue() -> FinaliserQueue:
    return FinaliserQueue(SeededIds("queue"))


def standing(queue: FinaliserQueue) -> dict[str, str]:
    return {name: text for name, text in queue.alarms().items() if text}


@pytest.mark.requirement("R-14")
def test_evidence_goes_before_voicemail_then_the_oldest_first(queue: FinaliserQueue) -> None:
    assert queue.order(AGES, {"b"}, AGES) == [C, A, B]


@pytest.mark.requirement("R-14")
def test_in_an_outage_what_has_failed_least_asks(queue: FinaliserQueue) -> None:
    queue.put_off(B, 0.0, "x")
    assert queue.order(AGES, (), AGES) == [B, C, A]  # one recording's own trouble changes nothing
    assert not queue.is_doubtful
    queue.away(STORE, 0.0, "no route")
    assert queue.is_doubtful
    assert queue.order(AGES, (), AGES) == [C, A, B]
    queue.answered(STORE, 1.0)
    assert queue.order(AGES, (), AGES) == [B, C, A]


def test_while_a_store_is_away_nothing_is_due(queue: FinaliserQueue) -> None:
    delay_s = queue.away(STORE, 10.0, "no route")
    assert queue.is_open(STORE, 10.0) and not queue.is_open(VAULT, 10.0)
    assert not queue.is_due(A, 10.0, is_sealed=True)
    assert queue.is_due(A, 10.0 + delay_s, is_sealed=True)


def test_what_is_sealed_needs_no_vault(queue: FinaliserQueue) -> None:
    queue.away(VAULT, 0.0, "gone")
    assert queue.is_due(A, 0.0, is_sealed=True)
    assert not queue.is_due(A, 0.0, is_sealed=False)


@pytest.mark.requirement("R-14")
def test_a_database_that_is_read_well_and_takes_nothing_is_away(queue: FinaliserQueue) -> None:
    for now in (0.0, 2.0):
        queue.put_off(A, now, "full")
        delay_s = queue.away(WRITES, now, "full")
        queue.answered(DATABASE, now)
    assert standing(queue) == {"database_away": "1 recordings have failed and wait: full"}
    assert queue.is_doubtful and not queue.is_open(DATABASE, 2.0)
    assert not queue.is_due(B, 2.0, is_sealed=True)  # one asks for all
    assert queue.is_due(B, 2.0 + delay_s, is_sealed=True)
    queue.answered(WRITES, 3.0)
    assert standing(queue) == {} and not queue.is_doubtful
    assert queue.is_due(A, 3.0, is_sealed=True)


def test_the_end_of_an_outage_ends_all_waiting(queue: FinaliserQueue) -> None:
    for _ in range(8):
        queue.put_off(A, 0.0, "no route")
        queue.away(STORE, 0.0, "no route")
    assert not queue.is_due(A, 20.0, is_sealed=True)
    queue.answered(STORE, 20.0)
    assert queue.is_due(A, 20.0, is_sealed=True)


def test_what_is_gone_is_forgotten(queue: FinaliserQueue) -> None:
    for path in (A, B):
        queue.put_off(path, 0.0, "x")
    queue.keep({B, C})
    assert queue.is_due(A, 0.0, is_sealed=True) and not queue.is_due(B, 0.0, is_sealed=True)
    queue.done(B)
    assert queue.is_due(B, 0.0, is_sealed=True)
    queue.put_off(B, 0.0, "x")
    queue.forget()
    assert queue.is_due(B, 0.0, is_sealed=True)


@pytest.mark.requirement("R-15")
def test_an_outage_is_an_alarm_until_it_is_over(queue: FinaliserQueue) -> None:
    queue.put_off(A, 0.0, "no route")
    queue.away(STORE, 0.0, "no route")
    assert standing(queue) == {}  # one failure may be the fault of one recording
    queue.away(STORE, 2.0, "no route")
    assert standing(queue) == {"store_away": "1 recordings have failed and wait: no route"}
    queue.answered(STORE, 4.0)
    assert standing(queue) == {}


@pytest.mark.requirement("R-15")
def test_a_recording_that_fails_by_itself_is_an_alarm(queue: FinaliserQueue) -> None:
    for _ in range(STUCK):
        assert standing(queue) == {}
        queue.put_off(A, 0.0, "no key of the vault opens it")
    text = "1 recordings wait, one is a: no key of the vault opens it"
    assert standing(queue) == {STUCK_ALARM: text}
    queue.away(DATABASE, 0.0, "busy")
    queue.away(DATABASE, 0.0, "busy")
    assert set(standing(queue)) == {"database_away"}  # which is why it fails
    queue.answered(DATABASE, 0.0)
    queue.keep(())
    assert standing(queue) == {}


def test_what_may_go_on_is_looked_at_again_soon_and_is_no_trouble(queue: FinaliserQueue) -> None:
    for now in range(STUCK + 1):
        queue.rest(A, float(now))
    assert not queue.is_due(A, STUCK + 0.5, is_sealed=False)
    assert queue.is_due(A, STUCK + 1.0, is_sealed=False)
    assert standing(queue) == {}
