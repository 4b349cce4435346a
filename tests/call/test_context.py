"""One instant ties the machines' clock to the calendar."""

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta, timezone

import pytest

from pbx.call.context import TrunkRoute, Wall
from pbx.core.address import Remote

AT = datetime(2026, 12, 31, 23, 59, 59, 500_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (1000.0, AT),
        (1000.25, AT + timedelta(milliseconds=250)),
        (1001.0, datetime(2027, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)),
        (999.5, datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_monotonic_seconds_become_wall_clock_times(now: float, expected: datetime) -> None:
    assert Wall(AT, 1000.0).time(now) == expected


def test_the_zone_stays() -> None:
    berlin = timezone(timedelta(hours=1))
    assert Wall(AT.astimezone(berlin), 0.0).time(60.0).utcoffset() == timedelta(hours=1)


def test_a_route_cannot_be_changed_under_a_running_call() -> None:
    route = TrunkRoute(name="carrier", remote=Remote("udp", "192.0.2.9", 5060), caller_id="+441632960100")
    with pytest.raises(FrozenInstanceError):
        route.caller_id = "+441632960199"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("host", "port", "authority"),
    [
        ("192.0.2.9", 5060, "192.0.2.9:5060"),
        ("2001:db8::1", 5060, "[2001:db8::1]:5060"),
        ("c.example", 0, "c.example"),
    ],
)
def test_host_and_port_of_a_trunk(host: str, port: int, authority: str) -> None:
    assert TrunkRoute(name="c", remote=Remote("udp", host, port), caller_id="").authority == authority
