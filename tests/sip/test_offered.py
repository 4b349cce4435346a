"""Who the caller says he is, and whether he wants that known."""

import pytest

from pbx.sip.message import Headers, Request
from pbx.sip.offered import is_private


@pytest.mark.rfc("3323", "4.1")
@pytest.mark.parametrize(
    ("privacy", "user", "host", "expected"),
    [
        ("", "alice", "example.test", False),
        ("none", "alice", "example.test", False),
        ("id", "alice", "example.test", True),
        ("session; ID", "alice", "example.test", True),
        ("critical", "alice", "example.test", False),
        ("", "Anonymous", "example.test", True),
        ("", "x", "anonymous.invalid", True),
    ],
)
def test_privacy(privacy: str, user: str, host: str, expected: bool) -> None:
    headers = Headers()
    if privacy:
        headers.add("Privacy", privacy)
    assert is_private(Request("INVITE", "sip:a@b", headers), user, host) is expected
