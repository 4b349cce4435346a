"""The Reason header in both directions."""

import pytest

from pbx.core.ids import LegId
from pbx.sip.effects import HangUp
from pbx.sip.message import Headers, Request
from pbx.sip.reason import MAX_TEXT, cause_of, q850_of, reason_fields

LEG = LegId("x")


@pytest.mark.rfc("3326", "2")
@pytest.mark.parametrize(
    ("value", "cause"),
    [
        ('SIP ;cause=200 ;text="Call completed elsewhere"', 200),
        ('sip;text="a, cause=1";cause=487', 487),
        ("Q.850;cause=16", 0),
        ("SIP;cause=20000", 0),
        ("SIP", 0),
        ("", 0),
    ],
)
def test_cause_of_a_peer(value: str, cause: int) -> None:
    headers = Headers()
    headers.add("Reason", value)
    assert cause_of(Request("BYE", "sip:a@b", headers)) == cause


def test_the_first_sip_value_counts() -> None:
    headers = Headers()
    headers.add("Reason", "Q.850;cause=16")
    headers.add("Reason", "SIP;cause=603")
    assert cause_of(Request("BYE", "sip:a@b", headers)) == 603


@pytest.mark.rfc("3326", "2")
@pytest.mark.parametrize(
    ("value", "q850"),
    [
        ('Q.850 ;cause=16 ;text="Terminated"', 16),
        ('SIP;cause=580;text="a, Q.850;cause=1", q.850;cause=17', 17),
        ("Q.850;cause=127", 127),
        ("Q.850;cause=128", 0),
        ("Q.850;cause=1234", 0),
        ("SIP;cause=200", 0),
    ],
)
def test_q850_of_a_peer(value: str, q850: int) -> None:
    headers = Headers()
    headers.add("Reason", value)
    assert q850_of(Request("BYE", "sip:a@b", headers)) == q850


@pytest.mark.rfc("3326", "2")
def test_both_protocols_are_said() -> None:
    assert reason_fields(HangUp(leg=LEG, cause=486, q850=17)) == (
        ("Reason", "SIP;cause=486"),
        ("Reason", "Q.850;cause=17"),
    )
    assert reason_fields(HangUp(leg=LEG, q850=16)) == (("Reason", "Q.850;cause=16"),)


def test_our_text_cannot_break_the_message() -> None:
    ((name, value),) = reason_fields(HangUp(leg=LEG, cause=480, text='a\r\nX: "b"' + "c" * 200))
    assert name == "Reason"
    assert value.startswith('SIP;cause=480;text="aX: \\"b\\"c')
    assert len(value) < MAX_TEXT + 40
    assert reason_fields(HangUp(leg=LEG)) == ()
