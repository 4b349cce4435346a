"""The presence document before RFC 3863."""

import pytest

from pbx.sip.notify.pidf import Activity, Presence
from pbx.sip.notify.xpidf import OldPresence

HEAD = (
    '<?xml version="1.0"?>\r\n<!DOCTYPE presence PUBLIC "-//IETF//DTD RFCxxxx XPIDF 1.0//EN" "xpidf.dtd">\r\n'
)


def document(*, is_open: bool, activity: Activity = "") -> str:
    old = OldPresence(presence=Presence(is_open=is_open, activity=activity, note="lunch"))
    return old.document("sip:1001@acme.test", 0, None).decode()


@pytest.mark.requirement("REG-08")
def test_the_whole_document() -> None:
    assert document(is_open=True, activity="on-the-phone") == HEAD + (
        '<presence><presentity uri="sip:1001@acme.test;method=SUBSCRIBE" /><atom id="phone">'
        '<address uri="sip:1001@acme.test;user=ip" priority="0.800000"><status status="inuse" />'
        '<msnsubstatus substatus="onthephone" /></address></atom></presence>\r\n'
    )


@pytest.mark.parametrize(
    ("is_open", "activity", "status", "substatus"),
    [
        (True, "", "open", "online"),
        (True, "away", "open", "away"),
        (True, "meeting", "inuse", "busy"),
        (False, "away", "closed", "offline"),
    ],
)
def test_states(is_open: bool, activity: Activity, status: str, substatus: str) -> None:
    written = document(is_open=is_open, activity=activity)
    assert f'<status status="{status}" />' in written
    assert f'<msnsubstatus substatus="{substatus}" />' in written
