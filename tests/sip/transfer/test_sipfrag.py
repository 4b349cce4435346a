"""Bodies of NOTIFY: a status line, made and read."""

import pytest

from pbx.sip.transfer.sipfrag import MAX_FRAGMENT, sipfrag, status_of


@pytest.mark.rfc("3515", "2.4.5")
@pytest.mark.parametrize("status", [100, 180, 200, 404, 486, 603])
def test_made_and_read_again(status: int) -> None:
    assert status_of(sipfrag(status)) == status


@pytest.mark.parametrize(
    ("fragment", "status"),
    [
        (b"SIP/2.0 200 OK\r\nTo: <sip:a@b>\r\n", 200),
        (b"SIP/2.0 486", 486),
        (b"\r\nsip/2.0 180 Ringing", 180),
        (b"", None),
        (b"SIP/2.0 700 x", None),
        (b"SIP/2.0 2000 x", None),
        (b"INVITE sip:a@b SIP/2.0", None),
        (b"\r\n" * MAX_FRAGMENT + b"SIP/2.0 200 OK", None),
    ],
)
def test_what_others_write(fragment: bytes, status: int | None) -> None:
    assert status_of(fragment) == status
