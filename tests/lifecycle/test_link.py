"""When a link opens, for how long it is heard, and what is told of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from pbx.core.secret import Secret
from pbx.lifecycle.link import LISTENING, LONGEST_FOR, Link, digest, session_end

pytestmark = pytest.mark.requirement("REC-11")
AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
LINK = Link(
    link="l1",
    token_sha256=digest(Secret("token")),
    recording="r1",
    call="c1",
    tenant="acme",
    actor="ada",
    uid=1001,
    purpose="case 12",
    ticket="T/1",
    start_ms=60_000,
    length_ms=90_000,
    uses=1,
    made_at=AT,
    expires_at=AT + timedelta(minutes=15),
)


def test_it_opens_so_often_and_so_long() -> None:
    almost = LINK.expires_at - timedelta(microseconds=1)
    assert LINK.can_open(0, almost)
    assert not LINK.can_open(0, LINK.expires_at)
    assert not LINK.can_open(1, AT)
    assert replace(LINK, uses=2).can_open(1, AT)
    assert not replace(LINK, revoked_at=AT).can_open(0, AT)


@pytest.mark.parametrize(
    ("length_ms", "duration_ms", "minutes"),
    [
        (90_000, 600_000, 15 + 14),  # never less than a quarter of an hour
        (0, 60_000 + 40 * 60_000, 14 + 80),  # twice what is left behind the beginning
        (0, 100 * 3_600_000, 14 + 24 * 60),
    ],
)
def test_who_opened_it_late_may_still_hear_it(length_ms: int, duration_ms: int, minutes: int) -> None:
    opened_at = AT + timedelta(minutes=14)
    end = session_end(replace(LINK, length_ms=length_ms), duration_ms, opened_at)
    assert end == AT + timedelta(minutes=minutes)
    assert opened_at + LISTENING <= end <= opened_at + LONGEST_FOR


def test_a_session_is_not_shorter_than_its_link() -> None:
    long = replace(LINK, expires_at=AT + timedelta(hours=20))
    assert session_end(long, 600_000, AT) == long.expires_at


def test_what_is_told_has_no_token() -> None:
    fact = LINK.fact("recording.link_revoked", "eve")
    assert fact.details["span"] == "from 60 for 90" and fact.details["by"] == "eve"
    assert fact.details["ticket"] == "T/1" and fact.call == "c1"
    assert LINK.token_sha256 not in str(fact) and "token" not in str(fact)
    assert replace(LINK, start_ms=0, length_ms=0).span == ""
    assert replace(LINK, length_ms=0).span == "from 60 for all"


def test_a_hash_is_kept() -> None:
    assert digest(Secret("token")) == sha256(b"token").hexdigest()
