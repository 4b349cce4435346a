"""Message counts, from the SUBSCRIBE to the lamp."""

import pytest

from pbx.sip.effects import SetMessages
from pbx.sip.events import MessagesAsked
from pbx.sip.notify.message_summary import MessageCounts
from pbx.sip.notify.subscription import FIRST_S
from tests.sip.notify.conftest import Site

ASKED = MessagesAsked(tenant="acme", box="1001")


def counts(new: int, old: int = 0, box: str = "1001") -> SetMessages:
    return SetMessages(tenant="acme", box=box, new=new, old=old)


@pytest.mark.rfc("3842", "5.2")
@pytest.mark.parametrize(("new", "old", "expected"), [(0, 0, "no|0/0"), (2, 8, "yes|2/8"), (0, 3, "no|0/3")])
def test_the_document(new: int, old: int, expected: str) -> None:
    waiting, summary = expected.split("|")
    assert MessageCounts(new=new, old=old).document("sip:1001@acme.test", 5, None).decode() == (
        f"Messages-Waiting: {waiting}\r\n"
        "Message-Account: sip:1001@acme.test\r\n"
        f"Voice-Message: {summary} (0/0)\r\n"
    )


@pytest.mark.requirement("REG-07")
def test_the_first_notify_waits_for_the_count(site: Site) -> None:
    assert site.subscribe("sip:1001@acme.test", "message-summary").status == 200
    assert site.events == [ASKED]
    assert site.take() == []
    site.order(counts(2))
    (notify,) = site.take()
    assert b"Voice-Message: 2/0 (0/0)" in notify.body
    assert notify.headers.get("Content-Type") == "application/simple-message-summary"
    site.order(counts(2), counts(3), counts(0, 3))
    assert [one.body.splitlines()[-1] for one in site.take()] == [
        b"Voice-Message: 3/0 (0/0)",
        b"Voice-Message: 0/3 (0/0)",
    ]


@pytest.mark.rfc("6665", "4.2.2")
def test_a_store_that_does_not_answer_delays_the_first_notify_only_so_long(site: Site) -> None:
    site.subscribe("sip:1001@acme.test", "message-summary")
    site.pass_time(FIRST_S + 0.01)
    (notify,) = site.take()
    assert (notify.body, notify.headers.get("Content-Type")) == (b"", None)
    site.order(counts(1))
    assert len(site.take()) == 1


def test_a_fetch_waits_for_the_count_too(site: Site) -> None:
    site.subscribe("sip:1001@acme.test", "message-summary", ("Expires", "0"))
    assert site.take() == []
    site.order(counts(4))
    assert b"4/0" in site.notifies[0].body
    assert site.states() == ["terminated;reason=timeout"]
    assert site.endpoint.n_subscriptions == 0


@pytest.mark.requirement("REG-07")
@pytest.mark.parametrize(
    ("box", "user", "status"),
    [
        ("1001", "1001", 200),
        ("1001", "1002", 403),
        ("support", "1002", 200),
        ("support", "1003", 403),
        ("1002", "1002", 404),
    ],
)
def test_a_box_is_open_to_its_own(site: Site, box: str, user: str, status: int) -> None:
    assert site.subscribe(f"sip:{box}@acme.test", "message-summary", user=user).status == status
