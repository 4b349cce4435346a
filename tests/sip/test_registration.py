"""Our registration at a foreign registrar: what it asks, when it asks again, when it gives up."""

import pytest

from pbx.core.address import Remote
from pbx.sip.effects import DigestCredentials, Register
from pbx.sip.events import PacketReceived, RegistrationChanged, TransportFailed
from pbx.sip.message import Message
from pbx.sip.registration import MIN_REFRESH_S, RETRY_S
from tests.sip.conftest import ALICE, PBX, PHONE, Network, open_settings

AOR = "sip:alice@example.test"
REMOTE = Remote("udp", PBX.host, PBX.port)
CONTACT = "<sip:alice@10.0.0.2:5060>"
CHALLENGE = 'WWW-Authenticate: Digest realm="example.test", nonce="n", algorithm=SHA-256, qop="auth"'


def asked(expires_s: int = 3600, credentials: DigestCredentials = ALICE) -> Network:
    """A phone that has sent its REGISTER to a registrar played by the test."""
    network = Network(open_settings(PHONE))
    network.order(PHONE, Register(aor=AOR, remote=REMOTE, credentials=credentials, expires_s=expires_s))
    return network


def last(network: Network) -> Message:
    return network.sent(PHONE, "REGISTER")[-1]


def answer(network: Network, status: int, *lines: str, to: Message | None = None) -> None:
    request = to or last(network)
    copied = [
        f"{name}: {value}" for name, value in request.headers if name in ("Via", "From", "Call-ID", "CSeq")
    ]
    head = [f"SIP/2.0 {status} X", *copied, "To: <sip:alice@example.test>;tag=r", *lines, "Content-Length: 0"]
    network.inject(PHONE, PacketReceived(octets="\r\n".join([*head, "\r\n"]).encode(), remote=REMOTE))


def n_asked(network: Network) -> int:
    """How many REGISTERs were sent, copies not counted."""
    return len({message.cseq.number for message in network.sent(PHONE, "REGISTER")})


@pytest.mark.rfc("3261", "10.2")
def test_the_register_names_registrar_binding_and_expiry() -> None:
    register = last(asked(600))
    assert register.start_line == "REGISTER sip:example.test SIP/2.0"
    names = ("To", "Contact", "Expires", "CSeq", "Max-Forwards")
    assert [register.headers.get(name) for name in names] == [
        "<sip:alice@example.test>",
        CONTACT,
        "600",
        "1 REGISTER",
        "70",
    ]
    assert register.from_.tag
    assert register.to.tag is None


@pytest.mark.parametrize(
    ("lines", "refresh_s"),
    [
        ((f"Contact: {CONTACT};expires=600",), 300),
        ((f"Contact: {CONTACT};expires=9999",), 1800),  # never later than what we asked for
        ((f"Contact: {CONTACT};expires=2",), MIN_REFRESH_S),
        ((f"Contact: {CONTACT};expires=x", "Expires: 100"), 50),
        (("Contact: <sip:alice@10.0.0.9:5060>;expires=60", "Expires: 400"), 200),  # another device's
        (("Expires: 200",), 100),
        ((), 1800),
    ],
)
def test_it_refreshes_at_half_of_what_was_granted(lines: tuple[str, ...], refresh_s: float) -> None:
    network = asked()
    answer(network, 200, *lines)
    changed = network.take(PHONE, RegistrationChanged)
    assert (changed.aor, changed.status) == (AOR, 200)
    network.run(refresh_s - 0.1)
    assert n_asked(network) == 1
    network.run(0.2)
    assert n_asked(network) == 2
    first, second = network.sent(PHONE, "REGISTER")
    assert (second.call_id, second.cseq.number) == (first.call_id, 2)
    assert second.top_via.branch != first.top_via.branch


def test_removing_the_binding_asks_nothing_afterwards() -> None:
    network = asked(0)
    assert last(network).headers.get("Expires") == "0"
    answer(network, 200)
    assert network.take(PHONE, RegistrationChanged).n_contacts == 0
    network.run(10_000)
    assert n_asked(network) == 1
    assert network.endpoints[PHONE].deadline is None


@pytest.mark.rfc("3261", "22.2")
def test_a_challenge_is_answered_once() -> None:
    network = asked()
    answer(network, 401, CHALLENGE)
    second = last(network)
    assert second.cseq.number == 2
    assert 'username="alice"' in (second.headers.get("Authorization") or "")
    answer(network, 401, CHALLENGE)
    assert network.take(PHONE, RegistrationChanged).status == 401
    network.run(1000)
    assert n_asked(network) == 2  # a wrong password stays wrong


def test_a_foreign_realm_gets_no_credentials() -> None:
    network = asked()
    answer(network, 401, CHALLENGE.replace("example.test", "evil.test"))
    assert network.take(PHONE, RegistrationChanged).status == 401
    assert n_asked(network) == 1


@pytest.mark.rfc("3261", "10.2.8")
@pytest.mark.parametrize(
    ("min_expires", "is_asked_again"),
    [("120", True), ("60", False), ("x", False), ("-1", False), ("9999999", False), ("٣٠٠", False)],
)
def test_too_brief_is_lengthened_when_that_makes_sense(min_expires: str, is_asked_again: bool) -> None:
    network = asked(60)
    answer(network, 423, f"Min-Expires: {min_expires}")
    if is_asked_again:
        assert last(network).headers.get("Expires") == min_expires
        assert network.events[PHONE] == []
    else:
        assert network.take(PHONE, RegistrationChanged).status == 423
        assert n_asked(network) == 1


@pytest.mark.parametrize(("status", "is_tried_again"), [(500, True), (503, True), (403, False), (404, False)])
def test_only_what_may_pass_is_tried_again(status: int, is_tried_again: bool) -> None:
    network = asked()
    answer(network, status)
    assert network.take(PHONE, RegistrationChanged) == RegistrationChanged(
        aor=AOR, n_contacts=0, status=status
    )
    network.run(RETRY_S + 0.1)
    assert n_asked(network) == (2 if is_tried_again else 1)


def test_silence_and_a_dead_transport_are_reported_and_tried_again() -> None:
    network = asked()
    network.run(32.1)
    assert network.take(PHONE, RegistrationChanged).status == 408
    network.run(RETRY_S)
    assert n_asked(network) == 2
    network.inject(PHONE, TransportFailed(remote=REMOTE))
    assert network.take(PHONE, RegistrationChanged).status == 503


def test_provisional_and_late_answers_change_nothing() -> None:
    network = asked()
    first = last(network)
    answer(network, 100)
    answer(network, 401, CHALLENGE)
    answer(network, 200, to=first)  # to the request that was challenged
    assert network.events[PHONE] == []
    answer(network, 200, f"Contact: {CONTACT};expires=60")
    assert network.take(PHONE, RegistrationChanged).n_contacts == 1


def test_an_answer_to_an_order_that_was_replaced_is_not_the_answer_to_the_new_one() -> None:
    network = asked()
    first = last(network)
    network.order(PHONE, Register(aor=AOR, remote=REMOTE, credentials=ALICE, expires_s=0))
    answer(network, 200, f"Contact: {CONTACT};expires=600", to=first)
    assert network.events[PHONE] == []
    answer(network, 200)
    assert network.take(PHONE, RegistrationChanged).n_contacts == 0
    network.run(1000)
    assert n_asked(network) == 2
