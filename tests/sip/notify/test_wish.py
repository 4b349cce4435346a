"""What a SUBSCRIBE may ask for."""

import pytest

from pbx.sip.message import Headers, Request
from pbx.sip.notify.wish import MAX_EXPIRES_S, Refused, Wish, accepts, wish_of

PACKAGES = ("dialog", "presence")


def subscribe(**fields: str) -> Request:
    headers = Headers()
    for name, value in fields.items():
        headers.add(name, value)
    return Request("SUBSCRIBE", "sip:1@acme.test", headers)


@pytest.mark.rfc("6665", "3.1.2")
@pytest.mark.rfc("6665", "3.1.1")
@pytest.mark.rfc("6665", "4.2.1.1")
@pytest.mark.parametrize(
    ("fields", "wish"),
    [
        ({"Event": "dialog"}, Wish(package="dialog", event="dialog", expires_s=3600)),
        ({"o": "Dialog"}, Wish(package="dialog", event="Dialog", expires_s=3600)),
        ({"Event": "dialog", "Expires": "0"}, Wish(package="dialog", event="dialog", expires_s=0)),
        ({"Event": "dialog", "Expires": "60"}, Wish(package="dialog", event="dialog", expires_s=60)),
        (
            {"Event": "dialog ; sla;id=7", "Expires": "4000000000"},
            Wish(package="dialog", event="dialog;id=7", expires_s=MAX_EXPIRES_S),
        ),
    ],
)
def test_a_wish(fields: dict[str, str], wish: Wish) -> None:
    assert wish_of(subscribe(**fields), PACKAGES) == wish


@pytest.mark.rfc("6665", "4.2.1.1")
@pytest.mark.requirement("SIP-35")
@pytest.mark.parametrize(
    ("fields", "status", "header"),
    [
        ({}, 489, ("Allow-Events", "dialog, presence")),
        ({"Event": "conference"}, 489, ("Allow-Events", "dialog, presence")),
        ({"Event": "dialog" + ";x" * 100}, 489, ("Allow-Events", "dialog, presence")),
        ({"Event": "dialog", "Expires": "59"}, 423, ("Min-Expires", "60")),
        ({"Event": "dialog", "Expires": "soon"}, 400, None),
        ({"Event": "dialog;id=1;id=2"}, 400, None),
    ],
)
def test_a_refusal(fields: dict[str, str], status: int, header: tuple[str, str] | None) -> None:
    with pytest.raises(Refused) as caught:
        wish_of(subscribe(**fields), PACKAGES)
    assert caught.value.status == status
    assert caught.value.fields == (() if header is None else (header,))


@pytest.mark.parametrize(
    ("accept", "found"),
    [
        (None, True),
        ("application/pidf+xml", True),
        ("text/plain, application/PIDF+xml;q=0.5", True),
        ("application/*", True),
        ("*/*", True),
        ("text/plain", False),
    ],
)
def test_accept(accept: str | None, found: bool) -> None:
    request = subscribe() if accept is None else subscribe(Accept=accept)
    assert accepts(request, "application/pidf+xml") is found
