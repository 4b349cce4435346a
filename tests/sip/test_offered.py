"""Who the caller says he is, and whether he wants that known."""

import pytest

from pbx.sip.admission import Admitted
from pbx.sip.events import TrunkOrigin
from pbx.sip.message import Headers, Request
from pbx.sip.offered import dialled_user, is_private


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


@pytest.mark.requirement("SIP-22")
@pytest.mark.parametrize(
    ("user", "account", "to", "expected"),
    [
        ("acme7", "acme7", "<sip:01632960100@10.0.0.1>", "01632960100"),  # the contact that we registered
        ("01632960101", "acme7", "<sip:01632960100@10.0.0.1>", "01632960101"),
        ("acme7", "", "<sip:01632960100@10.0.0.1>", "acme7"),
    ],
)
def test_whom_the_caller_of_a_registered_line_wants(user: str, account: str, to: str, expected: str) -> None:
    headers = Headers()
    headers.add("To", to)
    verdict = Admitted(TrunkOrigin(trunk="blue", tenant="acme"), account=account)
    assert dialled_user(user, verdict, Request("INVITE", f"sip:{user}@10.0.0.1", headers)) == expected
