"""OPTIONS to telephones, and what their silence does."""

import pytest

from pbx.core.address import Remote
from pbx.core.ids import Token
from pbx.sip.bindings.policy import RegistrationPolicy
from pbx.sip.effects import LookUpAor
from pbx.sip.events import AorFound, BindingsKept, Contact, PacketReceived, TransportFailed
from pbx.sip.message import Request
from pbx.sip.qualify import QualifyRule
from pbx.sip.responses import response_to
from tests.sip.bindings.conftest import HOME, Front

RULE = QualifyRule(interval_s=60.0, timeout_s=5.0, failures=2, successes=1)
PHONE = "Contact: <sip:bob@192.168.1.2:5060>"
POLICIES = {"bob": RegistrationPolicy(qualify=RULE)}


def qualified() -> Front:
    front = Front(lookup_policy=lambda aor: POLICIES.get(aor[1], RegistrationPolicy()), keeps_bindings=True)
    front.register(f"{PHONE}\nPath: <sip:edge.example.net;lr>")
    return front


def asked(front: Front) -> Request:
    """Wait for the next question."""
    front.requests.clear()
    while not front.requests:
        due = front.endpoint.deadline
        assert due is not None
        front.run(due - front.now)
    request, remote = front.requests[0]
    assert (request.method, remote) == ("OPTIONS", HOME)
    return request


def answer(front: Front, request: Request, status: int = 200) -> None:
    octets = bytes(response_to(request, status, to_tag="phone"))
    front.give(PacketReceived(octets=octets, remote=HOME))


def found(front: Front) -> tuple[Contact, ...]:
    front.give(LookUpAor(token=Token(1), domain="example.com", user="bob"))
    event = front.events.pop()
    assert isinstance(event, AorFound)
    return event.contacts


@pytest.mark.requirement("SIP-15")
@pytest.mark.rfc("3261", "11.1")
def test_a_silent_telephone_is_left_out_until_it_answers() -> None:
    front = qualified()
    first = asked(front)
    assert first.uri == "sip:bob@192.168.1.2:5060"
    assert first.headers.get("Route") == "<sip:edge.example.net;lr>"
    front.run(0.02)
    answer(front, first, 404)  # whatever it says, it is there
    kept = front.events[-1]
    assert isinstance(kept, BindingsKept)
    assert (kept.bindings[0].is_reachable, kept.bindings[0].rtt_ms, kept.is_refresh) == (True, 20, True)
    for _ in range(2):
        assert len(found(front)) == 1
        asked(front)
        front.run(5.0)
    assert found(front) == ()
    answer(front, asked(front))
    assert len(found(front)) == 1


def test_an_answer_after_the_time_counts_for_nothing() -> None:
    front = qualified()
    late = asked(front)
    front.run(5.0)
    answer(front, late)
    asked(front)
    front.run(5.0)
    assert found(front) == ()


def test_a_telephone_that_left_is_not_asked() -> None:
    front = qualified()
    asked(front)
    front.register("Contact: *\nExpires: 0")
    front.requests.clear()
    front.run(200.0)
    assert front.requests == []
    assert front.endpoint.deadline is None


def test_the_settings_decide_who_is_asked() -> None:
    front = qualified()
    front.register("Contact: <sip:alice@192.168.1.3>", user="alice")
    front.endpoint.swap(front.settings, front.now)
    asked(front)
    no_questions = Front(keeps_bindings=True).settings
    front.endpoint.swap(no_questions, front.now)
    front.requests.clear()
    front.run(300.0)
    assert front.requests == []


def test_a_dead_connection_is_no_answer_and_no_binding() -> None:
    front = Front(lookup_policy=lambda aor: POLICIES["bob"], keeps_bindings=True)
    flow = Remote("tcp", "203.0.113.5", 41000, 3)
    front.register(PHONE, source=flow)
    front.give(TransportFailed(remote=flow))
    kept = front.events[-1]
    assert isinstance(kept, BindingsKept) and kept.bindings == ()
    front.run(300.0)
    assert front.requests == []
