"""What calls have shown of the recorders of others."""

from datetime import UTC, datetime, timedelta

import pytest

from pbx.siprec.effects import Kind, Told
from pbx.siprec.health import RecorderHealth, RecorderState

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SINCE = "2026-11-24T09:00:00+00:00"


def told(kind: Kind, reason: str = "") -> Told:
    return Told(kind=kind, server="srs@192.0.2.1", reason=reason)


def test_who_was_never_tried_is_not_known() -> None:
    assert RecorderHealth().view(()) == {}


def test_a_recorder_is_up_since_the_first_call_that_it_took() -> None:
    health = RecorderHealth()
    health.note("acme", told("started"), AT)
    health.note("acme", told("started"), AT + timedelta(hours=1))
    health.note("acme", told("stopped"), AT + timedelta(hours=2))
    key = "acme/srs@192.0.2.1"
    assert health.view((key, key, "blue/srs@192.0.2.1")) == {
        key: RecorderState(state="up", since=SINCE, forks=2)
    }


@pytest.mark.parametrize("kind", ["refused", "unauthorized", "lost"])
def test_it_has_failed_since_the_first_failure_for_the_last_reason(kind: Kind) -> None:
    health = RecorderHealth()
    health.note("acme", told("started"), AT - timedelta(hours=1))
    health.note("acme", told("lost", "timeout"), AT)
    health.note("acme", told(kind, "503 Busy"), AT + timedelta(minutes=1))
    (state,) = health.view(()).values()
    assert state == RecorderState(state="failed", since=SINCE, reason="503 Busy")
    assert str(state) == "failed since 2026-11-24 09:00:00 UTC (503 Busy), 0 forks"
    health.note("acme", told("started"), AT + timedelta(minutes=2))
    (state,) = health.view(("acme/srs@192.0.2.1",)).values()
    assert str(state) == "up since 2026-11-24 09:02:00 UTC, 1 fork"


@pytest.mark.parametrize("kind", ["unreachable", "no_port", "stopped"])
def test_what_says_nothing_of_a_recorder_changes_nothing(kind: Kind) -> None:
    health = RecorderHealth()
    health.note("acme", told(kind), AT)
    assert health.view(()) == {}
