"""REGISTER through the front door: the flows of RFC 3665 §2, and the examples of RFC 3327, 5626 and 5627."""

import gc
from dataclasses import replace
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.core.address import Remote
from pbx.core.ids import Token
from pbx.sip.bindings.policy import RegistrationPolicy
from pbx.sip.capabilities import SUPPORTED
from pbx.sip.digest import answer_challenge
from pbx.sip.effects import DigestCredentials, LookUpAor
from pbx.sip.events import AorFound, BindingsKept, CallOffered, Contact, RegistrationChanged, TransportFailed
from pbx.sip.message import Request, Response
from tests.sip.bindings.conftest import HOME, PASSWORD, Front

PHONE = "<sip:bob@192.168.1.2:5060>"
URN = "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
TCP = Remote("tcp", "203.0.113.5", 41000, 7)


def contacts(response: Response) -> list[str]:
    return response.headers.get_all("Contact")


def found(front: Front, user: str = "bob", instance: str = "") -> tuple[Contact, ...]:
    front.give(LookUpAor(token=Token(1), domain="example.com", user=user, instance=instance))
    event = front.events.pop()
    assert isinstance(event, AorFound)
    return event.contacts


@pytest.mark.rfc("3261", "10.3")
@pytest.mark.rfc("3665", "2.1")
def test_a_new_registration_literally() -> None:
    front = Front()
    challenge = front.send(
        """REGISTER sip:example.com SIP/2.0
Via: SIP/2.0/UDP 192.168.1.2:5060;rport;branch=z9hG4bKnashds7
Max-Forwards: 70
From: Bob <sip:bob@example.com>;tag=a73kszlfl
To: Bob <sip:bob@example.com>
Call-ID: 1j9FpLxk3uxtm8tn@biloxi.example.com
CSeq: 1 REGISTER
Contact: <sip:bob@192.168.1.2:5060>
Content-Length: 0"""
    )
    assert challenge.status == 401
    answer = front.register(f"Contact: {PHONE}")
    lines = bytes(answer).decode().split("\r\n")
    assert lines[1] == (
        "Via: SIP/2.0/UDP 192.168.1.2:5060;rport=40000;branch=z9hG4bK1again;received=203.0.113.5"
    )
    assert [lines[0], *lines[3:]] == [
        "SIP/2.0 200 OK",
        lines[3],
        "Call-ID: 1j9FpLxk3uxtm8tn@bob",
        "CSeq: 1 REGISTER",
        "Contact: <sip:bob@192.168.1.2:5060>;expires=3600",
        f"Supported: {SUPPORTED}",
        "Date: Tue, 24 Nov 2026 12:00:00 GMT",
        "Server: pbx",
        "Content-Length: 0",
        "",
        "",
    ]
    assert front.events == [RegistrationChanged(aor="sip:bob@example.com", n_contacts=1)]
    assert found(front) == (Contact(uri="sip:bob@192.168.1.2:5060", remote=HOME),)


@pytest.mark.rfc("3261", "17.2.2")
def test_an_answer_is_repeated_and_its_request_forgotten() -> None:
    front = Front()
    text = front.register_text(f"Contact: {PHONE}")
    values = front.send(text).headers.get_all("WWW-Authenticate")
    credentials = DigestCredentials(username="bob", password=PASSWORD)
    proof = answer_challenge(values, "REGISTER", "sip:example.com", credentials, cnonce="c")
    signed = f"{text.replace('BRANCH', 'signed')}\nAuthorization: {proof}"
    n_kept = n_requests()
    answer = front.send(signed)
    assert answer.status == 200
    assert bytes(front.send(signed)) == bytes(answer)
    assert front.endpoint.n_transactions == 1
    assert n_requests() == n_kept


def n_requests() -> int:
    """How many requests are in memory."""
    gc.collect()
    return sum(type(one) is Request for one in gc.get_objects())


@pytest.mark.rfc("3665", "2.2")
@pytest.mark.rfc("3665", "2.3")
@pytest.mark.rfc("3665", "2.4")
def test_the_list_is_updated_asked_for_and_cancelled() -> None:
    front = Front()
    front.register(f"Contact: {PHONE}")
    updated = front.register("Contact: <sip:bob@192.168.1.9>;q=0.5")
    expected = ["<sip:bob@192.168.1.2:5060>;expires=3600", "<sip:bob@192.168.1.9>;q=0.5;expires=3600"]
    assert contacts(updated) == expected
    front.run(100)
    assert contacts(front.register("")) == [value.replace("3600", "3500") for value in expected]
    assert contacts(front.register("Contact: *\nExpires: 0")) == []
    assert front.events[-1] == RegistrationChanged(aor="sip:bob@example.com", n_contacts=0)


@pytest.mark.rfc("3665", "2.5")
def test_wrong_credentials_are_challenged_again() -> None:
    front = Front()
    text = front.register_text(f"Contact: {PHONE}")
    assert front.signed(text, "alice", HOME).status == 403
    assert front.signed(front.register_text("", user="nobody"), "nobody", HOME).status == 401
    assert found(front) == ()


@pytest.mark.rfc("3327", "5.3")
def test_path_is_kept_answered_and_used_as_route() -> None:
    front = Front()
    path = "<sip:p1.example.net;lr>, <sip:p2.example.net:5070;lr>"
    answer = front.register(f"Contact: {PHONE}\nPath: {path}\nSupported: path")
    assert answer.headers.get_all("Path") == ["<sip:p1.example.net;lr>", "<sip:p2.example.net:5070;lr>"]
    (contact,) = found(front)
    assert contact.route == ("<sip:p1.example.net;lr>", "<sip:p2.example.net:5070;lr>")
    assert contact.remote == HOME
    assert front.register(f"Contact: {PHONE}\nRequire: path").status == 200
    unknown = front.register(f"Contact: {PHONE}\nRequire: path, frobnicate")
    assert (unknown.status, unknown.headers.get("Unsupported")) == (420, "frobnicate")


FLOW = f'Contact: {PHONE};reg-id=1;+sip.instance="<{URN}>"\nSupported: path, outbound'


@pytest.mark.rfc("5626", "6")
def test_flows_of_one_device_replace_each_other_by_reg_id() -> None:
    front = Front()
    answer = front.register(FLOW, source=TCP)
    assert contacts(answer) == [f'{PHONE};expires=3600;+sip.instance="<{URN}>";reg-id=1']
    assert (answer.headers.get("Require"), answer.headers.get("Flow-Timer")) == ("outbound", "110")
    moved = FLOW.replace("192.168.1.2:5060", "192.168.7.7:5060")
    assert len(contacts(front.register(moved, source=Remote("tcp", "203.0.113.5", 41002, 8)))) == 1
    second = moved.replace("reg-id=1", "reg-id=2")
    front.run(1)
    assert len(contacts(front.register(second, source=Remote("tcp", "203.0.113.5", 41003, 9)))) == 2
    assert [one.remote.connection for one in found(front)] == [9, 8]
    assert {one.device for one in found(front)} == {URN}
    front.give(TransportFailed(remote=Remote("tcp", "203.0.113.5", 41003, 9)))
    assert [one.remote.connection for one in found(front)] == [8]


@pytest.mark.rfc("5626", "6")
def test_a_first_hop_without_flows_is_439() -> None:
    front = Front()
    hop = "Via: SIP/2.0/UDP 203.0.113.5:40000;branch=z9hG4bKhop#BRANCH"
    assert front.register(FLOW, more=hop).status == 439
    path = "\nPath: <sip:token@203.0.113.5;lr;ob>"
    assert front.register(FLOW + path, more=hop).status == 200
    assert front.register(FLOW, more=hop + ", junk").status == 400
    plain = front.register(f"Contact: {PHONE};reg-id=1\nSupported: outbound", user="alice", more=hop)
    assert (plain.status, plain.headers.get("Require")) == (200, None)


@pytest.mark.rfc("5627", "5.2")
def test_gruus_reach_one_device_of_the_user() -> None:
    front = Front()
    device = f'Contact: {PHONE};+sip.instance="<{URN}>"\nSupported: gruu'
    answer = front.register("Contact: <sip:bob@192.168.1.99>")
    (_, value) = contacts(front.register(device))
    assert answer.contacts[0].param("pub-gruu") is None
    contact = next(one for one in front.responses[-1].contacts if one.param("pub-gruu"))
    assert contact.param("pub-gruu") == f"sip:bob@example.com;gr={URN}"
    temporary = contact.param("temp-gruu") or ""
    assert temporary.startswith("sip:tgruu.") and temporary.endswith("@example.com;gr")
    assert "bob" not in temporary and f'+sip.instance="<{URN}>"' in value
    for gruu in (contact.param("pub-gruu") or "", temporary):
        offered = call(front, gruu)
        assert isinstance(offered, CallOffered)
        assert (offered.called, offered.called_instance) == ("bob", URN)
        assert [one.uri for one in found(front, "bob", URN)] == ["sip:bob@192.168.1.2:5060"]
    assert call(front, "sip:bob@other.com;gr=" + URN) == 404
    assert call(front, temporary.replace("tgruu.", "tgruu.a")) == 404
    front.register("Contact: *\nExpires: 0")
    assert call(front, temporary) == 404


def call(front: Front, uri: str) -> CallOffered | int:
    """Return what a call of the carrier to a URI becomes, or the refusal's status."""
    front.register_text("")  # counts the branch
    branch = f"z9hG4bKcall{len(front.responses)}"
    response = front.send(
        f"""INVITE {uri} SIP/2.0
Via: SIP/2.0/UDP 192.0.2.9:5060;branch={branch}
From: <sip:01632960000@carrier.net>;tag=1
To: <{uri}>
Call-ID: {branch}
CSeq: 1 INVITE
Contact: <sip:192.0.2.9>""",
        Remote("udp", "192.0.2.9", 5060),
    )
    event = front.events[-1]
    return event if response.status == 100 and isinstance(event, CallOffered) else response.status


@pytest.mark.requirement("S-05")
@pytest.mark.parametrize(
    "contact",
    ["<sip:bob@10.0.0.1>", "<sip:bob@example.com>", f"<sip:bob@example.com;gr={URN}>"],
    ids=["our address", "the AoR", "a GRUU"],
)
def test_a_contact_that_leads_back_to_us_is_403(contact: str) -> None:
    front = Front()
    assert front.register(f"Contact: {contact}").status == 403
    assert found(front) == ()


@pytest.mark.rfc("3261", "10.3")
def test_too_brief_names_the_minimum_of_this_extension() -> None:
    front = Front(lookup_policy=lambda aor: RegistrationPolicy(min_expires_s=300))
    answer = front.register(f"Contact: {PHONE};expires=299")
    assert (answer.status, answer.headers.get("Min-Expires")) == (423, "300")
    assert front.register("Contact: <mailto:bob@example.com>").status == 400


@pytest.mark.requirement("REG-02")
@pytest.mark.requirement("S-05")
def test_a_stolen_password_from_elsewhere_is_a_wrong_password() -> None:
    office = RegistrationPolicy(networks=(ip_network("198.51.100.0/24"),))
    front = Front(lookup_policy=lambda aor: office)
    right = front.register(f"Contact: {PHONE}", source=Remote("udp", "198.51.100.7", 5060))
    stolen = front.register(f"Contact: {PHONE}")
    wrong = front.register(f"Contact: {PHONE}", user="nobody")
    assert [one.status for one in (right, stolen, wrong)] == [200, 401, 401]
    assert [name for name, _ in stolen.headers] == [name for name, _ in wrong.headers]
    assert [one.remote.host for one in found(front)] == ["198.51.100.7"]
    text = f"""INVITE sip:alice@example.com SIP/2.0
Via: SIP/2.0/UDP 192.168.1.2:5060;rport;branch=z9hG4bKBRANCH
From: <sip:bob@example.com>;tag=1
To: <sip:alice@example.com>
Call-ID: acl
CSeq: 1 INVITE
Contact: {PHONE}"""
    assert front.signed(text, "bob", HOME).status == 401
    again = text.replace("BRANCH", "officeBRANCH")
    assert front.signed(again, "bob", Remote("udp", "198.51.100.7", 5060)).status == 100


@pytest.mark.requirement("S-05")
@pytest.mark.parametrize(
    ("header", "other"),
    [
        ("From: <sip:bob@example.com>", "From: <sip:alice@example.com>"),
        ("From: <sip:bob@example.com>", "From: <sip:bob@other.com>"),
        ("example.com>", "stranger.net>"),
    ],
    ids=["third party", "third party's domain", "foreign AoR"],
)
def test_registering_for_others_is_403(header: str, other: str) -> None:
    front = Front()
    text = front.register_text(f"Contact: {PHONE}").replace(header, other)
    assert front.signed(text, "bob", HOME).status == 403
    assert found(front) == ()


def test_a_telephone_may_know_us_by_our_address() -> None:
    front = Front()
    text = front.register_text(f"Contact: {PHONE}").replace("example.com", "10.0.0.1")
    assert front.signed(text, "bob", HOME).status == 200
    assert len(found(front)) == 1


def kept(front: Front) -> list[BindingsKept]:
    return [event for event in front.events if isinstance(event, BindingsKept)]


def test_changes_are_kept_at_once_and_refreshes_later() -> None:
    front = Front(keeps_bindings=True)
    front.register(f"Contact: {PHONE}")
    front.register(f"Contact: {PHONE}")
    front.register("")
    front.register("Contact: *\nExpires: 0")
    assert [(len(one.bindings), one.is_refresh) for one in kept(front)] == [(1, False), (1, True), (0, False)]


def test_a_restart_forgets_nobody_but_the_unreachable_and_the_unknown() -> None:
    front = Front(keeps_bindings=True)
    front.register(f"Contact: {PHONE}")
    front.register("Contact: <sip:alice@192.168.1.3>", user="alice", source=TCP)
    bob, alice = kept(front)
    stranger = replace(bob, user="stranger")
    again = Front(keeps_bindings=True)
    outputs = again.endpoint.restore([bob, alice, stranger], again.now)
    assert outputs == [replace(alice, bindings=()), replace(stranger, bindings=())]
    assert found(again) == found(front)
    assert found(again, "alice") == ()
    assert again.register(f"Contact: {PHONE}").status == 500  # the CSeq of the same Call-ID is remembered
    again.run(3600)
    assert found(again) == ()


def test_a_temporary_gruu_outlives_a_restart() -> None:
    front = Front(keeps_bindings=True)
    answer = front.register(f'Contact: {PHONE};+sip.instance="<{URN}>"\nSupported: gruu')
    again = Front(keeps_bindings=True)
    again.endpoint.restore(kept(front), again.now)
    offered = call(again, answer.contacts[0].param("temp-gruu") or "")
    assert isinstance(offered, CallOffered) and offered.called == "bob"


SEEDS = (
    f'Contact: {PHONE};q=0.5;expires=90;reg-id=1;+sip.instance="<{URN}>"',
    "Contact: <sips:bob@[2001:db8::1]:5061;transport=tls;ob>;expires=0, <sip:%62ob@host>",
    "Contact: *",
    "Path: <sip:edge.example.net;lr;ob>, <sip:10.9.0.1:5070;lr>",
    "Supported: path, outbound, gruu",
    "Expires: 0",
)


@given(st.lists(st.sampled_from(SEEDS), max_size=4), st.data())
def test_no_register_of_a_proven_user_raises(fields: list[str], data: st.DataObject) -> None:
    front = Front(keeps_bindings=True)
    edited = []
    for field in fields:
        at = data.draw(st.integers(1, len(field)))  # a blank at 0 would fold the line into the CSeq
        cut = data.draw(st.integers(0, 3))
        edited.append(
            field[:at] + data.draw(st.text("<>\"';,=*:@[].%09aq \t-", max_size=3)) + field[at + cut :]
        )
    for text in ("\n".join(fields), "\n".join(edited)):
        # An edit may make another header of it: `E:` is Content-Encoding, which is 415.
        assert 200 <= front.register(text).status < 600
        assert all(contact.remote == HOME for contact in found(front))
