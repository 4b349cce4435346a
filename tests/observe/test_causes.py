"""Nothing that a peer or a disk has said becomes a label."""

import errno
import os
import re
from pathlib import Path

import pytest

from pbx.fraud.guard import AT_ONCE
from pbx.media.refusals import Refusal
from pbx.observe.causes import OTHER, RECORDING_REASONS, call_cause, recording_reason, status_cause
from pbx.recording.watermarks import Watermarks
from pbx.sip.causes import ENDINGS
from pbx.store.calls import LOST

SIP = Path(__file__).parents[2] / "pbx" / "sip"


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (302, "redirected"),
        (404, "unknown_number"),
        (408, "no_answer"),
        (486, "busy"),
        (499, "refused"),
        (503, "unavailable"),
        (603, "declined"),
        (699, "refused"),
        (200, OTHER),
        (7, OTHER),
    ],
)
def test_statuses(status: int, word: str) -> None:
    assert status_cause(status) == word


@pytest.mark.parametrize(
    ("cause", "word"),
    [
        ("bye", "bye"),
        ("media_timeout", "media_timeout"),
        ("486", "busy"),
        *((word, word) for word in ENDINGS),
        ("480", "no_answer"),
        ("no common media: m=audio 4000 RTP/AVP 99", "no_common_media"),
        ("No media", OTHER),
        ("+447700900123", OTHER),
        ("", OTHER),
        ("４８６", OTHER),
        *((cause, "toll_limit") for cause in sorted(AT_ONCE)),
    ],
)
def test_causes_of_calls(cause: str, word: str) -> None:
    assert call_cause(cause) == word


def test_every_end_of_a_leg_has_its_word() -> None:
    """What `InviteSession.end` is called with, wherever that is."""
    texts = [file.read_text() for file in SIP.rglob("*.py")]
    ends = {word for text in texts for word in re.findall(r"\.end\(\"(\w+)\", by_peer=", text)}
    assert {"bye", "cancel", "no_ack", "session_expired"} <= ends
    assert [word for word in sorted(ends) if call_cause(word) != word] == []


def full() -> str:
    """What is said of a spool without room."""
    marks = Watermarks()
    marks.take(99.0)
    return marks.refusal()


@pytest.mark.requirement("R-17")
@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("no recording key", "no_key"),
        (Refusal.NO_WORKER, "no_worker"),
        (full(), "spool_full"),
        (os.strerror(errno.ENOSPC), "spool_full"),
        (f"rec1.jrn: {os.strerror(errno.EFBIG)}", "spool_full"),
        (os.strerror(errno.EIO), "disk"),
        (LOST, "lost"),
        ("the spool does not answer: 64 recordings wait", "stalled"),
        ("no answer", "stalled"),
        ("internal error", "internal"),
        ("what nobody has foreseen", OTHER),
    ],
)
def test_why_recordings_fail(said: str, word: str) -> None:
    assert recording_reason(said) == word
    assert word in RECORDING_REASONS
