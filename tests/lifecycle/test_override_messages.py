"""What travels to the desk's window for overrides comes out as it went in."""

import pytest

from pbx.core.wire import MAX_MESSAGE
from pbx.lifecycle.desk_messages import REPLIES, REQUESTS, DeskRequest
from pbx.lifecycle.override_messages import (
    AskOverride,
    AskOverrides,
    DecideOverride,
    OverridesAre,
    ShownOverride,
)
from pbx.store.overrides import MAX_LISTED

SHOWN = ShownOverride(
    override="0" * 32,
    state="approved",
    tenant="a" * 32,
    region="US-CA",
    mode="notify_optout",
    actor="b" * 32,
    reason="x" * 500,
    asked_at="2026-01-02T03:04:05+00:00",
    decided_by="c" * 32,
    expires_at="2026-01-02T03:04:05+00:00",
)


@pytest.mark.parametrize(
    "request_",
    [
        AskOverride(tenant="acme", region="DE", mode="notify", reason="they have signed", days=30),
        AskOverrides(limit=25),
        DecideOverride(override="o1", decision="ended"),
    ],
)
def test_questions(request_: DeskRequest) -> None:
    assert REQUESTS.decode(REQUESTS.encode(request_)) == request_


def test_the_longest_answer_is_one_message() -> None:
    reply = OverridesAre(overrides=(SHOWN,) * MAX_LISTED)
    octets = REPLIES.encode(reply)
    assert len(octets) < MAX_MESSAGE
    assert REPLIES.decode(octets) == reply
