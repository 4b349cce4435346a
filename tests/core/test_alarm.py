"""Standing alarms are values."""

from datetime import UTC, datetime

import pytest

from pbx.core.alarm import StandingAlarm


def test_an_alarm_does_not_change() -> None:
    alarm = StandingAlarm(alarm="store_away", since_at=datetime(2026, 1, 2, tzinfo=UTC), text="no route")
    with pytest.raises(AttributeError):
        alarm.text = "well"  # type: ignore[misc]
