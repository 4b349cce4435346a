"""Session-Expires and Min-SE: values, refusals, and the whole table of what a UAS agrees to."""

import pytest

from pbx.core.errors import ParseError
from pbx.sip.message import Headers, Request
from pbx.sip.session_expires import (
    LARGEST,
    Refresher,
    SessionExpires,
    agree,
    min_se,
    refusal,
    session_expires,
)
from pbx.sip.settings import EndpointSettings
from tests.sip.conftest import PBX

SETTINGS = EndpointSettings(listen=PBX)


def invite(**fields: str) -> Request:
    headers = Headers()
    for name, value in fields.items():
        headers.add(name.replace("_", "-"), value)
    return Request("INVITE", "sip:a@b", headers)


@pytest.mark.rfc("4028", "4")
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1800", SessionExpires(1800)),
        ("90;refresher=uac", SessionExpires(90, "uac")),
        (" 4000 ;x=1;Refresher=UAS", SessionExpires(4000, "uas")),
        ("60;refresher=nobody", SessionExpires(60)),
        (str(LARGEST), SessionExpires(LARGEST)),
    ],
)
def test_values(value: str, expected: SessionExpires) -> None:
    assert session_expires(invite(Session_Expires=value)) == expected
    assert session_expires(invite(x=value)) == expected, "x is the compact form"


@pytest.mark.parametrize("value", ["", "-1", "1.5", "x", str(LARGEST + 1), "90;;refresher="])
def test_malformed_values_are_400(value: str) -> None:
    with pytest.raises(ParseError):
        session_expires(invite(Session_Expires=value))
    assert refusal(invite(Session_Expires=value), SETTINGS) == (400, ())


@pytest.mark.rfc("4028", "5")
@pytest.mark.parametrize(("value", "expected"), [("90", 90), ("120", 120), ("5", 90), ("300;x", 300)])
def test_min_se(value: str, expected: int) -> None:
    assert min_se(invite(Min_SE=value)) == expected
    assert min_se(invite()) == 90


@pytest.mark.rfc("4028", "9")
def test_a_short_interval_is_422_for_who_understands_it() -> None:
    settings = EndpointSettings(listen=PBX, min_se_s=120)
    assert refusal(invite(Session_Expires="119", Supported="timer"), settings) == (422, (("Min-SE", "120"),))
    assert refusal(invite(Session_Expires="120", Supported="timer"), settings) is None
    assert refusal(invite(Session_Expires="60"), settings) is None
    assert refusal(invite(), settings) is None


@pytest.mark.rfc("4028", "9")
@pytest.mark.parametrize(
    ("supported", "asked", "current", "expected"),
    [
        # Table 2: UAC supports timer?, its Session-Expires, who refreshes now -> our 2xx
        ("", "", "", None),
        ("", "1800", "", "1800;refresher=uas"),
        ("", "1800;refresher=uac", "", "1800;refresher=uas"),
        ("timer", "", "", "1800;refresher=uas"),
        ("timer", "", "uac", "1800;refresher=uac"),
        ("timer", "1800", "", "1800;refresher=uas"),
        ("timer", "1800;refresher=uac", "", "1800;refresher=uac"),
        ("timer", "1800;refresher=uas", "", "1800;refresher=uas"),
        ("timer", "1800;refresher=uas", "uac", "1800;refresher=uas"),
        ("timer", "1800", "uac", "1800;refresher=uac"),
        ("timer", "4000;refresher=uac", "", "1800;refresher=uac"),
        ("timer", "100;refresher=uac", "", "100;refresher=uac"),
    ],
)
def test_what_we_agree_to(supported: str, asked: str, current: Refresher, expected: str | None) -> None:
    request = invite(**({"Supported": supported} if supported else {}))
    if asked:
        request.headers.add("Session-Expires", asked)
    agreed = agree(request, SETTINGS, current)
    assert (None if agreed is None else str(agreed)) == expected


@pytest.mark.rfc("4028", "9")
def test_minima_and_an_engine_without_a_wish_of_its_own() -> None:
    silent = EndpointSettings(listen=PBX, session_expires_s=0)
    assert agree(invite(Supported="timer"), silent, "") is None
    asked = invite(Supported="timer", Session_Expires="4000;refresher=uac")
    assert agree(asked, silent, "") == SessionExpires(4000, "uac")
    high = invite(Supported="timer", Session_Expires="4000", Min_SE="3000")
    assert agree(high, SETTINGS, "") == SessionExpires(3000, "uas")
