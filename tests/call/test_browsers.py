"""A browser is called by WebSocket, directly or through a proxy."""

from dataclasses import replace

import pytest

from pbx.call.browsers import is_websocket
from pbx.core.address import Remote
from pbx.core.ids import LegId
from pbx.sip.effects import PlaceCall

ORDER = PlaceCall(
    leg=LegId("b"),
    target="sip:1001@192.0.2.7:5060",
    to="sip:1001@acme.example",
    from_uri="sip:1002@acme.example",
    from_display="",
    remote=Remote("udp", "192.0.2.7", 5060),
    offer=b"",
    max_forwards=70,
)


@pytest.mark.parametrize(
    ("target", "browser"),
    [
        ("sip:1001@192.0.2.7:5060", False),
        ("sip:1001@192.0.2.7:5060;transport=tcp", False),
        ("sip:abc@x.invalid;transport=ws", True),
        ("sip:abc@x.invalid;transport=WSS;ob", True),
        ("<sip:abc@x.invalid;transport=ws>", True),
        ("sip:ws@192.0.2.7", False),
    ],
)
def test_the_contact_tells(target: str, browser: bool) -> None:
    assert is_websocket(replace(ORDER, target=target)) == browser


def test_the_connection_tells() -> None:
    assert is_websocket(replace(ORDER, remote=Remote("wss", "192.0.2.7", 443)))
