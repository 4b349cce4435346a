"""What the log says of calls."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pbx.call.effects import Audit, SaveCall
from pbx.call.record import CallRecord
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId
from pbx.runner.told import Told

AT = datetime(2026, 11, 24, tzinfo=UTC)
CALL = CallRecord(
    call=CallId("c"),
    tenant="acme",
    direction="inbound",
    called="1",
    caller_number="+447700900123",
    offered_at=AT,
)


def test_each_state_is_one_line_without_numbers(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "pbx.runner")
    answered = replace(CALL, answered_at=AT)
    ended = replace(answered, ended_at=AT, ended_by="caller", cause="bye")
    told = Told()
    for record in (CALL, CALL, answered, answered, ended, ended):
        told.tell(SaveCall(record=record))
    assert caplog.messages == [
        "call=c inbound begun",
        "call=c inbound answered",
        "call=c inbound ended by=caller cause=bye",
    ]


def test_bad_audio_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    details: dict[str, str | int | bool | None] = {"leg": "a", "detail": "jitter of 60 ms"}
    fact = AuditFact(kind="audio.high_jitter", call=CallId("c"), tenant="acme", details=details)
    Told().tell(Audit(fact=fact))
    assert caplog.messages == ["call=c audio.high_jitter leg=a detail=jitter of 60 ms"]
    assert caplog.records[0].levelname == "WARNING"


def test_a_call_that_is_forgotten_leaves_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "pbx.runner")
    told = Told()
    for _ in range(2):
        told.tell(SaveCall(record=CALL))
        told.forget(CALL.call)
    assert len(caplog.messages) == 2


@pytest.mark.parametrize(("kind", "level"), [("recording.failed", "ERROR"), ("trunk.up", "INFO")])
def test_a_failure_is_an_error(caplog: pytest.LogCaptureFixture, kind: str, level: str) -> None:
    caplog.set_level("INFO", "pbx.runner")
    Told().tell(Audit(fact=AuditFact(kind=kind, tenant="acme", details={"trunk": "blue"})))
    assert [(one.levelname, one.getMessage()) for one in caplog.records] == [
        (level, f"tenant=acme {kind} trunk=blue")
    ]


@pytest.mark.requirement("R-16")
def test_the_spool_is_nobody_s_and_an_alarm(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "pbx.runner")
    for level in ("filling", "tight", "full", "room", "spare_used", "spare_away", "spare_empty"):
        Told().tell(Audit(fact=AuditFact(kind=f"spool.{level}", details={"used": "80.0 %"})))
    assert [record.levelname for record in caplog.records] == [
        *("WARNING", "WARNING", "ERROR", "INFO"),
        *("WARNING", "WARNING", "INFO"),
    ]
    assert caplog.messages[0] == "spool.filling used=80.0 %"


def test_a_forgotten_pause_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "pbx.runner")
    for kind in ("recording.pause_overdue", "recording.secret_overdue", "recording.resumed"):
        Told().tell(Audit(fact=AuditFact(kind=kind, tenant="acme")))
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING", "INFO"]
