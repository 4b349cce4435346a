"""The document of a line, as literal text."""

import pytest

from pbx.sip.notify.dialog_info import DialogInfo
from pbx.sip.notify.line import LineDialog

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\r\n<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" '
RINGING = LineDialog(
    id="d1", state="early", direction="recipient", remote_user="+447700900123", remote_display='Bob "B" <x>'
)


@pytest.mark.rfc("4235", "4.1")
def test_an_idle_line() -> None:
    octets = DialogInfo().document("sip:1001@acme.test", 0, None)
    assert octets.decode() == HEAD + 'version="0" state="full" entity="sip:1001@acme.test" />\r\n'


@pytest.mark.rfc("4235", "4.1.6")
def test_a_ringing_line_with_its_parties() -> None:
    octets = DialogInfo(dialogs=(RINGING,), shows_parties=True).document("sip:1001@acme.test", 3, None)
    assert octets.decode() == HEAD + (
        'version="3" state="full" entity="sip:1001@acme.test">'
        '<dialog id="d1" direction="recipient"><state>early</state>'
        "<local><identity>sip:1001@acme.test</identity></local>"
        '<remote><identity display="Bob &quot;B&quot; &lt;x&gt;">sip:+447700900123@acme.test</identity>'
        '<target uri="sip:+447700900123@acme.test" /></remote></dialog></dialog-info>\r\n'
    )


@pytest.mark.requirement("REG-04")
def test_parties_are_not_shown_unless_the_tenant_says_so() -> None:
    octets = DialogInfo(dialogs=(RINGING,)).document("sip:1001@acme.test", 3, None)
    assert b"+447700900123" not in octets
    assert b"Bob" not in octets


@pytest.mark.rfc("4235", "3.7.1")
def test_an_ended_dialog_is_told_once() -> None:
    before = DialogInfo(dialogs=(RINGING,), shows_parties=True)
    after = DialogInfo(shows_parties=True)
    first = after.document("sip:1001@acme.test", 4, before)
    assert b'<dialog id="d1" direction="recipient"><state>terminated</state></dialog>' in first
    assert b"<dialog " not in after.document("sip:1001@acme.test", 5, after)
