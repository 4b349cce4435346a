"""Obligations of a registrar and of who registers, as they show on the wire."""

import pytest

from pbx.core.address import Remote
from pbx.sip.effects import Register
from tests.sip.bindings.conftest import HOME, Front
from tests.sip.conftest import ALICE, PBX, PHONE, Network, open_settings

CONTACT = "Contact: <sip:bob@192.168.1.2:5060>"


@pytest.mark.rfc("3261", "10.2")
def test_a_record_route_in_a_register_is_ignored() -> None:
    front = Front()
    answer = front.register(f"{CONTACT}\nRecord-Route: <sip:edge.example.com;lr>")
    assert answer.status == 200
    assert "Record-Route" not in answer.headers
    assert len(front.register("").headers.get_all("Contact")) == 1


@pytest.mark.rfc("3261", "10.3")
def test_the_steps_from_require_on_are_taken_in_their_order() -> None:
    """Each REGISTER mends what the one before was refused for, and nothing else."""
    front = Front()
    require, too_short = "Require: nonsense", f"{CONTACT};expires=1"
    bad = front.register_text(f"{require}\nContact: *")
    assert front.send(bad).status == 420  # step 2, before any password
    assert front.send(front.register_text("Contact: *")).status == 401  # step 3
    stranger = front.register_text("Contact: *", user="alice").replace("To: <sip:alice", "To: <sip:bob")
    assert front.signed(stranger, "alice", HOME).status == 403  # step 4
    assert front.register("Contact: *").status == 400  # step 6, with no Expires of 0
    assert front.register(too_short).status == 423  # step 7
    assert front.register(CONTACT).status == 200  # step 8


@pytest.mark.rfc("3261", "10.2")
def test_a_refresh_waits_for_the_final_response_to_the_last() -> None:
    network = Network(open_settings(PHONE))
    remote = Remote("udp", PBX.host, PBX.port)
    network.order(PHONE, Register(aor="sip:alice@example.test", remote=remote, credentials=ALICE))
    network.run(31)  # until just before timer F
    sent = network.sent(PHONE, "REGISTER")
    assert len(sent) > 5
    assert len({(one.cseq.number, one.top_via.branch) for one in sent}) == 1
