"""Extensions that an INVITE asks for or lacks; the whole way is in test_reliable."""

import pytest

from pbx.sip.invite_checks import refusal
from pbx.sip.message import Headers, Request
from pbx.sip.reliability import Reliable
from pbx.sip.settings import EndpointSettings
from tests.sip.conftest import PBX


@pytest.mark.rfc("3262", "3")
@pytest.mark.parametrize(
    ("reliable", "header", "status"),
    [
        ("never", "Require", 420),
        ("never", "Supported", None),
        ("supported", "Require", None),
        ("supported", "X-None", None),
        ("required", "Supported", None),
        ("required", "Require", None),
        ("required", "X-None", 421),
    ],
)
def test_reliability(reliable: Reliable, header: str, status: int | None) -> None:
    headers = Headers()
    headers.add(header, "100REL")
    found = refusal(Request("INVITE", "sip:a@b", headers), EndpointSettings(listen=PBX, reliable=reliable))
    assert (found[0] if found else None) == status
