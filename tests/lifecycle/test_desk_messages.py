"""What travels between the desk and those who listen comes out as it went in, and fits its message."""

import pytest

from pbx.core.errors import ParseError
from pbx.core.wire import MAX_MESSAGE
from pbx.lifecycle.desk_messages import (
    MAX_LISTED,
    PIECE,
    REPLIES,
    REQUESTS,
    AskRecordings,
    AskSound,
    DeskReply,
    DeskRequest,
    Listed,
    RecordingsAre,
    Refused,
    Sound,
    SoundIsWhole,
)

ONE = Listed(
    recording="0" * 32,
    started_at="2026-01-02T03:04:05+00:00",
    duration_ms=3_600_000,
    tenant="a" * 32,
    kind="voicemail",
    parties=("extension/1001", "trunk/carrier"),
    purposes=("compliance", "evidence", "fraud", "quality"),
)


@pytest.mark.parametrize(
    "request_",
    [AskRecordings(limit=5), AskSound(recording="r", purpose="quality", form="wav", start_ms=1, length_ms=2)],
)
def test_requests(request_: DeskRequest) -> None:
    assert REQUESTS.decode(REQUESTS.encode(request_)) == request_


@pytest.mark.parametrize(
    "reply",
    [RecordingsAre(recordings=(ONE,)), Sound(octets=b"RIFF"), SoundIsWhole(n_octets=4), Refused(reason="no")],
)
def test_replies(reply: DeskReply) -> None:
    assert REPLIES.decode(REPLIES.encode(reply)) == reply


def test_the_longest_ones_fit() -> None:
    assert len(REPLIES.encode(Sound(octets=bytes(PIECE)))) < MAX_MESSAGE
    assert len(REPLIES.encode(RecordingsAre(recordings=(ONE,) * MAX_LISTED))) < MAX_MESSAGE


def test_another_form_of_access_is_no_request() -> None:
    octets = REQUESTS.encode(AskSound(recording="r", purpose="p", form="wav"))
    with pytest.raises(ParseError):
        REQUESTS.decode(octets.replace(b'"wav"', b'"age"'))
