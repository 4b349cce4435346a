"""When a 2xx is repeated."""

import pytest

from pbx.core.address import Remote
from pbx.sip.message import Headers, Request
from pbx.sip.ok_repeater import OkRepeater
from pbx.sip.timers import Timers
from pbx.sip.transaction import Transaction
from pbx.sip.transaction_tables import INVITE_SERVER


class Nowhere:
    """A wire that keeps nothing."""

    def may_repeat(self, remote: Remote) -> bool:
        return True

    def send(self, octets: bytes, remote: Remote) -> None:
        """Drop it."""


@pytest.mark.rfc("3261", "13.3.1.4")
def test_it_doubles_up_to_t2_and_ends_after_64_t1() -> None:
    headers = Headers()
    headers.add("CSeq", "3 INVITE")
    invite = Transaction(
        INVITE_SERVER, Request("INVITE", "sip:a@b", headers), wire=Nowhere(), timers=Timers()
    )
    repeater = OkRepeater(invite, now=100.0, is_first=True)
    timers = Timers()
    due, dues = 100.0, []
    while not repeater.is_hopeless(due, timers.timeout):
        due = repeater.after(due, timers)
        dues.append(due - 100.0)
    assert dues == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5, 32.0]
    assert repeater.number == 3
