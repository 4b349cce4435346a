"""What of a binding outlives the process."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pbx.core.address import Remote, Transport
from pbx.core.wall import Wall
from pbx.sip.bindings.kept import keep, revive
from pbx.sip.location import Binding

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
BEFORE, AFTER = Wall(AT, 5000.0), Wall(AT + timedelta(seconds=30), 10.0)  # the machine was restarted
PHONE = Binding(
    uri="sip:bob@203.0.113.5:5060",
    remote=Remote("udp", "203.0.113.5", 40000),
    call_id="c",
    cseq=7,
    expires_at=5060.0,
    refreshed_at=4990.0,
    q=500,
    instance="urn:x",
    reg_id=1,
    path=(),
    user_agent="phone",
    is_reachable=False,
    rtt_s=0.0214,
)


def test_times_are_those_of_the_wall() -> None:
    kept = keep(PHONE, BEFORE)
    assert kept.expires_at == AT + timedelta(seconds=60)
    assert (kept.is_reachable, kept.rtt_ms) == (False, 21)
    revived = revive(kept, AFTER, 10.0)
    assert revived == replace(PHONE, expires_at=40.0, refreshed_at=-30.0, is_reachable=None, rtt_s=None)
    assert revive(kept, AFTER, 40.0) is None


@pytest.mark.rfc("5626", "6")
@pytest.mark.parametrize(
    ("transport", "uri", "path", "port"),
    [
        ("tcp", "sip:bob@203.0.113.5:5070;transport=tcp", (), 5070),
        ("tls", "sip:bob@203.0.113.5:5071", (), 5071),
        ("tcp", "sip:bob@192.168.1.2:5070;transport=tcp", (), None),
        ("tcp", "sip:bob@203.0.113.5", (), None),
        ("wss", "sip:x@203.0.113.5:5070", (), None),
        ("wss", "sip:x@df7jal23ls0d.invalid", ("<sip:edge;lr>",), 41000),
    ],
    ids=["listens", "listens to TLS", "behind NAT", "no port", "browser", "behind an edge"],
)
def test_a_connection_is_not_revived(
    transport: Transport, uri: str, path: tuple[str, ...], port: int | None
) -> None:
    flow = replace(PHONE, uri=uri, remote=Remote(transport, "203.0.113.5", 41000, 9), path=path)
    revived = revive(keep(flow, BEFORE), AFTER, 10.0)
    remote = None if port is None else Remote(transport, "203.0.113.5", port)
    assert (revived.remote if revived is not None else None) == remote
