"""Handshakes of sources that nobody advertised."""

import pytest

from pbx.media.dtls import HANDSHAKE_S, REPEATS_S
from pbx.media.dtls_visitors import MAX_GREETINGS, MAX_VISITORS, STAY_S, DtlsVisitors
from pbx.media.source_lock import Source
from tests.media.browser_end import OURS, BrowserEnd, parameters

PHONE: Source = ("203.0.113.9", 61000)
HELLO_VERIFY_REQUEST, SERVER_HELLO = 3, 2


@pytest.fixture
def visitors() -> DtlsVisitors:
    return DtlsVisitors(OURS, parameters("passive", ice=None))


def hello(end: BrowserEnd, now: float = 0.0) -> bytes:
    (octets,) = end.dtls.start(now)
    return octets


def begin(visitors: DtlsVisitors, source: Source, now: float = 0.0) -> tuple[BrowserEnd, list[bytes]]:
    """Come with a cookie; what is answered is the flight of the server, or nothing."""
    end = BrowserEnd("active")
    (request,) = visitors.handle(hello(end, now), source, now)
    (again,) = end.dtls.handle(request, now)
    return end, visitors.handle(again, source, now)


def go_on(visitors: DtlsVisitors, end: BrowserEnd, flight: list[bytes], source: Source) -> None:
    while flight:
        answers = [octets for one in flight for octets in end.dtls.handle(one, 0.0)]
        flight = [octets for one in answers for octets in visitors.handle(one, source, 0.0)]


@pytest.mark.requirement("MED-08")
def test_who_has_the_certificate_is_the_party(visitors: DtlsVisitors) -> None:
    end, flight = begin(visitors, PHONE)
    assert flight[0][13] == SERVER_HELLO and visitors.proved is None
    go_on(visitors, end, flight, PHONE)
    assert visitors.proved is not None
    association, source = visitors.proved
    assert source == PHONE
    assert association.keys is not None and end.dtls.keys is not None
    assert association.keys.local == end.dtls.keys.remote


@pytest.mark.requirement("S-31")
@pytest.mark.rfc("6347", "4.2.1")
def test_who_shows_no_cookie_has_no_state(visitors: DtlsVisitors) -> None:
    end = BrowserEnd("active")
    first = hello(end)
    (request,) = visitors.handle(first, PHONE, 0.0)
    assert request[13] == HELLO_VERIFY_REQUEST and len(request) < len(first)
    assert visitors.deadline is None
    (with_cookie,) = end.dtls.handle(request, 0.0)
    (other,) = visitors.handle(with_cookie, ("203.0.113.10", 61000), 0.0)  # it is somebody else's
    assert other[13] == HELLO_VERIFY_REQUEST and visitors.deadline is None
    assert visitors.handle(with_cookie, PHONE, 0.0)[0][13] == SERVER_HELLO
    assert visitors.deadline is not None


@pytest.mark.requirement("S-32")
def test_a_wrong_certificate_proves_nothing_and_disturbs_nobody() -> None:
    visitors = DtlsVisitors(OURS, parameters("passive", ice=None, fingerprints=(OURS.fingerprint,)))
    end, flight = begin(visitors, PHONE)
    go_on(visitors, end, flight, PHONE)
    assert visitors.proved is None and visitors.deadline is None
    assert begin(visitors, PHONE)[1]  # it may try again


@pytest.mark.requirement("S-31")
def test_so_many_at_once_and_the_oldest_makes_room_in_time(visitors: DtlsVisitors) -> None:
    others: list[Source] = [("203.0.113.66", port) for port in range(MAX_VISITORS)]
    for source in others:
        assert begin(visitors, source)[1]
    assert begin(visitors, PHONE, STAY_S - 0.1)[1] == []
    assert visitors.turned_away == 1
    end, flight = begin(visitors, PHONE, STAY_S)
    go_on(visitors, end, flight, PHONE)
    assert visitors.proved is not None


@pytest.mark.requirement("S-31")
def test_so_many_greetings_in_a_second(visitors: DtlsVisitors) -> None:
    first = hello(BrowserEnd("active"))
    for port in range(MAX_GREETINGS):
        assert visitors.handle(first, ("203.0.113.66", port), 0.5)
    assert visitors.handle(first, PHONE, 1.4) == [] and visitors.turned_away == 1
    assert visitors.handle(first, PHONE, 1.5)


@pytest.mark.parametrize("octets", [b"\x16", b"\x16" + bytes(40), b"\x17" + bytes(12) + b"\1" + bytes(40)])
def test_what_is_no_hello_is_turned_away(visitors: DtlsVisitors, octets: bytes) -> None:
    assert visitors.handle(octets, PHONE, 0.0) == [] and visitors.turned_away == 1


def test_a_hello_that_makes_no_sense_is_not_answered(visitors: DtlsVisitors) -> None:
    assert visitors.handle(b"\x16" + bytes(12) + b"\1" + bytes(40), PHONE, 0.0) == []
    assert visitors.deadline is None


def test_a_lost_flight_is_sent_again_and_a_silent_visitor_forgotten(visitors: DtlsVisitors) -> None:
    _, flight = begin(visitors, PHONE)
    assert visitors.deadline == REPEATS_S[0] and visitors.tick(REPEATS_S[0] - 0.01) == []
    assert visitors.tick(REPEATS_S[0]) == [(octets, PHONE) for octets in flight]
    visitors.tick(HANDSHAKE_S)
    assert visitors.deadline is None
