"""Whatever an authenticated telephone writes into SUBSCRIBE and PUBLISH, it gets one final answer."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sip.notify.conftest import Site

TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)
EVENTS = ["dialog", "presence", "message-summary", "reg"]
WORDS = st.lists(
    st.sampled_from([*EVENTS, "eventlist", "*/*", "application/pidf+xml", "0", "60", ","]), max_size=3
)
VALUES = st.one_of(TEXT, WORDS.map(", ".join), WORDS.map(";".join))
NAMES = st.sampled_from(
    [
        *("Event", "Expires", "Accept", "Supported", "Require"),
        *("Contact", "Content-Type", "SIP-If-Match", "Record-Route"),
    ]
)
FIELDS = st.lists(st.tuples(NAMES, VALUES), max_size=4)


@pytest.mark.requirement("SIP-35")
@settings(max_examples=200)
@given(
    method=st.sampled_from(["SUBSCRIBE", "PUBLISH"]),
    target=st.sampled_from(["1001", "1002", "team", "support", "%00", ""]),
    event=st.sampled_from(EVENTS),
    fields=FIELDS,
    body=st.binary(max_size=30),
)
def test_every_request_is_answered(
    method: str, target: str, event: str, fields: list[tuple[str, str]], body: bytes
) -> None:
    site = Site()
    request = site.request(method, f"sip:{target}@acme.test", ("Event", event), *fields)
    response = site.ask(request, body=body)
    assert 200 <= response.status < 700
    site.pass_time(8000.0)
    assert site.endpoint.n_subscriptions == 0
    assert site.endpoint.deadline is None
