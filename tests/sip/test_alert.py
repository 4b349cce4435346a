"""Auto-answer and distinctive ringing, as the makers read them."""

import pytest

from pbx.core.errors import MisuseError
from pbx.sip.alert import Alert, alert_fields
from pbx.sip.message import Request
from tests.sip.conftest import PBX as US
from tests.sip.conftest import PHONE, Network, open_settings, pbx_settings, place

INTERCOM = Alert(answer_after_s=0)


@pytest.mark.requirement("REG-12")
@pytest.mark.parametrize(
    ("alert", "user_agent", "expected"),
    [
        (Alert(), "Snom", {}),
        (
            INTERCOM,
            "snomD785/10.1",
            {
                "Answer-Mode": "Auto",
                "Call-Info": "<sip:a.test>;answer-after=0",
                "Alert-Info": "<http://a.test>;info=alert-autoanswer",
            },
        ),
        (INTERCOM, "PolycomVVX-VVX_410", {"Answer-Mode": "Auto", "Alert-Info": "Auto Answer"}),
        (
            INTERCOM,
            "Aastra 6757i",
            {"Answer-Mode": "Auto", "Alert-Info": "<http://a.test>;info=alert-autoanswer"},
        ),
        (Alert(info="door"), "", {"Alert-Info": "<http://a.test>;info=door"}),
        (Alert(info="door"), "Poly/1", {"Alert-Info": "door"}),
    ],
)
def test_the_maker_chooses_the_form(alert: Alert, user_agent: str, expected: dict[str, str]) -> None:
    assert dict(alert_fields(alert, "a.test", user_agent)) == expected


def test_the_invite_carries_it_and_the_route() -> None:
    network = Network(pbx_settings(), open_settings(PHONE))
    network.order(US, place(PHONE, alert=INTERCOM, user_agent="Yealink", route=("<sip:edge;lr>",)))
    (invite,) = network.sent(US, "INVITE")
    assert isinstance(invite, Request)
    assert invite.headers.get("Call-Info") == "<sip:10.0.0.1>;answer-after=0"
    assert invite.headers.get("Route") == "<sip:edge;lr>"
    with pytest.raises(MisuseError):
        network.order(US, place(PHONE, leg="x", alert=Alert(info="a\r\nb")))
