"""What travels to the desk's other windows comes out as it went in, and a URL shows itself to nobody else."""

import pytest

from pbx.core.secret import Secret
from pbx.core.wire import MAX_MESSAGE
from pbx.lifecycle.desk_messages import REPLIES, REQUESTS, DeskReply, DeskRequest
from pbx.lifecycle.link_messages import (
    AskLink,
    AskLinks,
    AskRequests,
    BreakGlass,
    Decide,
    LinkMade,
    LinksAre,
    RequestsAre,
    RevokeLink,
    SeeGlass,
    ShownLink,
    ShownRequest,
)
from pbx.store.links import MAX_LISTED

WORDS = "x" * 128
TIME = "2026-01-02T03:04:05+00:00"
LINK = ShownLink(
    link="0" * 32,
    recording="0" * 32,
    tenant="a" * 32,
    actor="b" * 32,
    purpose=WORDS,
    ticket=WORDS,
    span="from 3600.001 for 3600.001",
    made_at=TIME,
    expires_at=TIME,
    uses=10,
    opened=10,
    state="expired",
)
REQUEST = ShownRequest(
    request="0" * 16,
    state="broken_glass",
    recording="0" * 32,
    tenant="a" * 32,
    actor="b" * 32,
    purpose=WORDS,
    reason=WORDS,
    asked_at=TIME,
    decided_by="c" * 32,
    valid_until=TIME,
)


@pytest.mark.parametrize(
    "request_",
    [
        AskLink(recording="r", purpose="p", ticket="t", start_ms=1, length_ms=2, for_s=60, uses=2),
        AskLinks(limit=5),
        RevokeLink(link="l"),
        AskRequests(limit=5),
        Decide(request="q", decision="approved"),
        SeeGlass(request="q"),
        BreakGlass(recording="r", purpose="p", reason="why"),
    ],
)
def test_requests(request_: DeskRequest) -> None:
    assert REQUESTS.decode(REQUESTS.encode(request_)) == request_


@pytest.mark.parametrize(
    "reply",
    [
        LinkMade(link="l", url=Secret("http://x/l/t"), expires_at=TIME),
        LinksAre(links=(LINK,)),
        RequestsAre(requests=(REQUEST,)),
    ],
)
def test_replies(reply: DeskReply) -> None:
    assert REPLIES.decode(REPLIES.encode(reply)) == reply


def test_the_longest_ones_fit() -> None:
    assert len(REPLIES.encode(LinksAre(links=(LINK,) * MAX_LISTED))) < MAX_MESSAGE
    assert len(REPLIES.encode(RequestsAre(requests=(REQUEST,) * MAX_LISTED))) < MAX_MESSAGE


def test_a_url_is_a_secret() -> None:
    assert "token" not in repr(LinkMade(link="l", url=Secret("http://x/l/token"), expires_at=TIME))
