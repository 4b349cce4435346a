"""Who is believed on a port that everybody can write to."""

import base64

import pytest

from pbx.core.secret import Secret
from pbx.core.srtp import IceCredentials, SdesKeys, SetupRole
from pbx.core.stun import is_stun
from pbx.media.dtls import REPEATS_S
from pbx.media.ice_lite import CONSENT_S
from pbx.media.secure_transport import Datagram, SecureTransport
from pbx.media.source_lock import LEARNING_S, Source
from tests.media.browser_end import OURS, BrowserEnd, parameters, rtp

PEER: Source = ("192.0.2.9", 40000)
ELSEWHERE: Source = ("192.0.2.9", 40002)
STRANGER: Source = ("198.51.100.7", 6666)


@pytest.fixture
def ours() -> SecureTransport:
    return SecureTransport(OURS)


def converse(ours: SecureTransport, browser: BrowserEnd, datagrams: list[Datagram], now: float) -> None:
    """Carry DTLS both ways until both ends are silent."""
    while datagrams:
        assert {to for _, to in datagrams} == {PEER}
        octets = [one for one, _ in datagrams if not is_stun(one)]
        flight = [answer for one in octets for answer in browser.dtls.handle(one, now)]
        datagrams = [answer for one in flight for answer in ours.handle(one, PEER, now)]


@pytest.mark.requirement("MED-08")
@pytest.mark.parametrize(("our_role", "their_role"), [("active", "passive"), ("passive", "active")])
def test_a_browser_that_answers_after_half_a_minute(
    ours: SecureTransport, our_role: SetupRole, their_role: SetupRole
) -> None:
    browser = BrowserEnd(their_role)
    assert ours.secure(parameters(our_role), 1000.0) == []
    assert ours.advertise(("192.0.2.9", 9), 1000.0) == [] and ours.destination is None
    assert ours.deadline is None and ours.tick(1029.0) == []
    begun = ours.handle(browser.check(), PEER, 1030.0)
    assert ours.destination == PEER
    converse(ours, browser, begun, 1030.0)
    hello = [answer for one in browser.dtls.start(1030.0) for answer in ours.handle(one, PEER, 1030.0)]
    converse(ours, browser, hello, 1030.0)
    assert ours.srtp is not None and ours.is_party(PEER)
    assert ours.srtp.unprotect(browser.srtp.protect(rtp(1))) == rtp(1)
    assert browser.srtp.unprotect(ours.srtp.protect(rtp(2))) == rtp(2)
    assert ours.failure == ""


@pytest.mark.requirement("S-31")
def test_a_hello_from_elsewhere_makes_no_state(ours: SecureTransport) -> None:
    browser, stranger = BrowserEnd("active"), BrowserEnd("active")
    ours.secure(parameters("passive"), 0.0)
    (hello,) = stranger.dtls.start(0.0)
    assert ours.handle(hello, STRANGER, 0.0) == []
    assert ours.handle(stranger.check(password="x" * 24), STRANGER, 0.0)[0][1] == STRANGER  # 401
    assert ours.handle(hello, STRANGER, 0.0) == [] and ours.ignored == 2 and ours.deadline is None
    ours.handle(browser.check(), PEER, 0.0)
    begun = [answer for one in browser.dtls.start(0.0) for answer in ours.handle(one, PEER, 0.0)]
    assert ours.handle(hello, STRANGER, 0.0) == []  # in the middle of the handshake
    converse(ours, browser, begun, 0.0)
    assert ours.srtp is not None and not ours.is_party(STRANGER)


@pytest.mark.requirement("S-31")
def test_without_ice_only_the_advertised_address_begins(ours: SecureTransport) -> None:
    browser, stranger = BrowserEnd("active"), BrowserEnd("active")
    ours.secure(parameters("passive", ice=None), 0.0)
    (hello,) = browser.dtls.start(0.0)
    assert ours.handle(hello, PEER, 0.0) == []  # nothing is advertised yet
    ours.advertise(PEER, 0.0)
    assert ours.handle(stranger.dtls.start(0.0)[0], STRANGER, 0.0) == []
    converse(ours, browser, ours.handle(hello, PEER, 0.0), 0.0)
    assert ours.srtp is not None and ours.destination == PEER and ours.ignored == 2
    assert ours.handle(browser.check(), PEER, 0.0) == []  # nobody agreed on ICE


INSIDE: Source = ("192.168.1.7", 4000)


def visit(ours: SecureTransport, browser: BrowserEnd, source: Source, now: float = 0.0) -> None:
    """Shake hands from a source until both ends are silent."""
    flight = browser.dtls.start(now)
    while flight:
        answers = [answer for one in flight for answer, _ in ours.handle(one, source, now)]
        flight = [answer for one in answers for answer in browser.dtls.handle(one, now)]


@pytest.mark.requirement("MED-08")
@pytest.mark.requirement("S-31")
def test_a_telephone_behind_a_nat_proves_where_it_is(ours: SecureTransport) -> None:
    browser, stranger = BrowserEnd("active"), BrowserEnd("active")
    ours.secure(parameters("passive", ice=None), 0.0)
    ours.advertise(INSIDE, 0.0)
    (request,) = ours.handle(stranger.dtls.start(0.0)[0], STRANGER, 0.0)
    (hello,) = stranger.dtls.handle(request[0], 0.0)
    assert ours.handle(hello, STRANGER, 0.0) and ours.destination == INSIDE  # half a handshake
    assert ours.deadline == REPEATS_S[0]
    visit(ours, browser, PEER)
    assert ours.srtp is not None and ours.destination == PEER
    assert ours.srtp.unprotect(browser.srtp.protect(rtp(1))) == rtp(1)
    assert browser.srtp.unprotect(ours.srtp.protect(rtp(2))) == rtp(2)
    for source in (STRANGER, INSIDE):  # the place is taken
        assert ours.handle(BrowserEnd("active").dtls.start(1.0)[0], source, 1.0) == []
    assert ours.failure == "" and ours.destination == PEER


@pytest.mark.requirement("S-31")
def test_who_is_no_party_proves_nothing_and_the_advertised_address_goes_on(ours: SecureTransport) -> None:
    browser, stranger = BrowserEnd("active"), BrowserEnd("active")
    ours.secure(parameters("passive", ice=None), 0.0)
    ours.advertise(INSIDE, 0.0)
    begun = [answer for one in browser.dtls.start(0.0) for answer, _ in ours.handle(one, INSIDE, 0.0)]
    (request,) = ours.handle(stranger.dtls.start(0.0)[0], STRANGER, 0.0)
    assert stranger.dtls.handle(request[0], 0.0)
    answers = [answer for one in begun for answer in browser.dtls.handle(one, 0.0)]
    last = [answer for one in answers for answer, _ in ours.handle(one, INSIDE, 0.0)]
    assert last and ours.srtp is not None and ours.destination == INSIDE


@pytest.mark.parametrize(
    ("now", "source", "may"),
    [
        (LEARNING_S - 0.1, ELSEWHERE, True),
        (LEARNING_S, ELSEWHERE, False),
        (0.0, STRANGER, False),
    ],
)
def test_elsewhere_is_another_port_for_so_long(
    ours: SecureTransport, now: float, source: Source, may: bool
) -> None:
    ours.secure(parameters("passive", ice=None), 0.0)
    ours.advertise(PEER, 0.0)
    visit(ours, BrowserEnd("active"), source, now)
    assert (ours.srtp is not None) == may and ours.ignored == (not may)


def test_an_exchange_opens_the_window_again_and_another_certificate_the_search(ours: SecureTransport) -> None:
    ours.secure(parameters("passive", ice=None), 0.0)
    ours.advertise(INSIDE, 0.0)
    ours.secure(parameters("passive", ice=None), 100.0)
    visit(ours, BrowserEnd("active"), PEER, 100.0)
    assert ours.srtp is not None
    other = (OURS.fingerprint, *parameters("passive").remote_fingerprints)
    ours.secure(parameters("passive", ice=None, fingerprints=other), 200.0)
    ours.advertise(INSIDE, 200.0)
    assert ours.srtp is None
    assert ours.handle(BrowserEnd("active").dtls.start(200.0)[0], PEER, 200.0)


def test_who_has_to_wait_for_us_is_where_it_said(ours: SecureTransport) -> None:
    ours.secure(parameters("active", ice=None), 0.0)
    ours.advertise(INSIDE, 0.0)
    assert ours.handle(BrowserEnd("active").dtls.start(0.0)[0], PEER, 0.0) == []


def test_without_ice_we_begin_when_the_address_is_known(ours: SecureTransport) -> None:
    browser = BrowserEnd("passive")
    assert ours.secure(parameters("active", ice=None), 0.0) == []
    hello = ours.advertise(PEER, 0.0)
    assert hello and ours.advertise(PEER, 0.1) == []
    assert ours.tick(REPEATS_S[0]) == hello  # it was lost
    converse(ours, browser, hello, 0.2)
    assert ours.srtp is not None


def test_a_repeated_flight_goes_to_who_shakes_hands(ours: SecureTransport) -> None:
    browser = BrowserEnd("active")
    ours.secure(parameters("passive"), 0.0)
    ours.handle(browser.check(nominates=False), PEER, 0.0)
    assert ours.destination is None
    flight = ours.handle(browser.dtls.start(0.0)[0], PEER, 0.0)
    assert ours.deadline == REPEATS_S[0] and ours.tick(0.01) == []
    assert ours.tick(REPEATS_S[0]) == flight


@pytest.mark.requirement("S-32")
def test_a_wrong_certificate_is_told(ours: SecureTransport) -> None:
    browser = BrowserEnd("active")
    ours.secure(parameters("passive", fingerprints=(OURS.fingerprint,)), 0.0)
    ours.handle(browser.check(), PEER, 0.0)
    begun = [answer for one in browser.dtls.start(0.0) for answer in ours.handle(one, PEER, 0.0)]
    converse(ours, browser, begun, 0.0)
    assert "certificate" in ours.failure and ours.srtp is None


def connected(ours: SecureTransport) -> BrowserEnd:
    browser = BrowserEnd("active")
    ours.secure(parameters("passive"), 0.0)
    ours.handle(browser.check(), PEER, 0.0)
    begun = [answer for one in browser.dtls.start(0.0) for answer in ours.handle(one, PEER, 0.0)]
    converse(ours, browser, begun, 0.0)
    return browser


def test_a_renewed_description_changes_nothing_by_itself(ours: SecureTransport) -> None:
    connected(ours)
    before = ours.srtp
    assert ours.secure(parameters("passive"), 9.0) == []
    assert ours.srtp is before and before is not None and ours.destination == PEER and ours.is_party(PEER)


@pytest.mark.rfc("8445", "9")
def test_a_restart_of_ice_keeps_the_keys(ours: SecureTransport) -> None:
    connected(ours)
    before = ours.srtp
    again = IceCredentials(
        local_ufrag="new1",
        local_password=Secret("n" * 24),
        remote_ufrag="new2",
        remote_password=Secret("m" * 24),
    )
    ours.secure(parameters("passive", ice=again), 9.0)
    assert ours.srtp is before and ours.destination == PEER
    assert len(ours.handle(BrowserEnd("active", again).check(), ELSEWHERE, 9.1)) == 1
    assert ours.destination == ELSEWHERE and ours.is_party(ELSEWHERE) and not ours.is_party(PEER)


def test_another_certificate_ends_the_old_keys(ours: SecureTransport) -> None:
    connected(ours)
    ours.secure(parameters("passive", fingerprints=(OURS.fingerprint,)), 9.0)
    assert ours.srtp is None


@pytest.mark.requirement("MED-07")
def test_keys_of_sdp_are_there_at_once(ours: SecureTransport) -> None:
    key, other = (Secret(base64.b64encode(bytes([n] * 30)).decode()) for n in (1, 2))
    ours.secure(SdesKeys(suite="AES_CM_128_HMAC_SHA1_80", local=key, remote=other), 0.0)
    ours.advertise(PEER, 0.0)
    assert ours.srtp is not None and ours.destination == PEER and not ours.has_ice
    sent = [ours.srtp.protect(rtp(seq)) for seq in (1, 2)]
    ours.secure(SdesKeys(suite="AES_CM_128_HMAC_SHA1_80", local=key, remote=other), 1.0)
    peer = SecureTransport(OURS)
    peer.secure(SdesKeys(suite="AES_CM_128_HMAC_SHA1_80", local=other, remote=key), 1.0)
    assert peer.srtp is not None and ours.srtp is not None
    assert [peer.srtp.unprotect(octets) for octets in sent] == [rtp(1), rtp(2)]
    assert ours.handle(BrowserEnd("active").dtls.start(0.0)[0], PEER, 0.0) == []


@pytest.mark.rfc("7675", "5.1")
def test_lost_consent_is_seen_until_checks_come_again(ours: SecureTransport) -> None:
    browser = connected(ours)
    ours.tick(CONSENT_S - 0.01)
    assert not ours.has_lost_consent
    ours.tick(CONSENT_S)
    assert ours.has_lost_consent
    ours.handle(browser.check(), PEER, CONSENT_S + 1)
    assert not ours.has_lost_consent


@pytest.mark.parametrize("octets", [b"", b"\x05", b"\x40" * 40, rtp(1)])
def test_what_is_neither_stun_nor_dtls_is_ignored(ours: SecureTransport, octets: bytes) -> None:
    ours.secure(parameters("passive"), 0.0)
    assert ours.handle(octets, PEER, 0.0) == [] and ours.ignored == 1


def test_before_anything_is_agreed_nothing_is_answered(ours: SecureTransport) -> None:
    browser = BrowserEnd("active")
    assert ours.handle(browser.check(), PEER, 0.0) == []
    assert ours.handle(browser.dtls.start(0.0)[0], PEER, 0.0) == []
    assert ours.deadline is None and ours.failure == "" and ours.destination is None
