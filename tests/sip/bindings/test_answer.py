"""The 200 to a REGISTER."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from pbx.core.address import Remote
from pbx.sip.bindings.answer import answer_fields, contact_value, http_date
from pbx.sip.location import Binding
from pbx.sip.registrar import Registered

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
BINDING = Binding(
    uri="sip:a@host", remote=Remote("udp", "10.0.0.2", 5060), call_id="c", cseq=1, expires_at=160.0, q=250
)


@pytest.mark.rfc("3261", "20.17")
def test_a_date_is_gmt_and_english() -> None:
    assert http_date(AT.astimezone(timezone(timedelta(hours=5)))) == "Fri, 02 Jan 2026 03:04:05 GMT"


def test_one_contact_for_each_binding() -> None:
    assert contact_value(BINDING, 100.0) == "<sip:a@host>;q=0.25;expires=60"
    registered = Registered(bindings=(BINDING, BINDING), path=("<sip:p;lr>",), is_flow=True)
    fields = answer_fields(registered, 100.0, AT, [("sip:pub", "sip:temp"), None])
    assert fields[0][1] == '<sip:a@host>;q=0.25;expires=60;pub-gruu="sip:pub";temp-gruu="sip:temp"'
    assert [name for name, _ in fields] == [
        "Contact",
        "Contact",
        "Path",
        "Supported",
        "Require",
        "Flow-Timer",
        "Date",
    ]
