"""Our registration at a carrier: every answer and what follows."""

import pytest

from pbx.sip.digest import parse_authorization
from pbx.sip.trunk.effects import RegistrationWish
from pbx.sip.trunk.registration import MAX_ANSWERS
from tests.sip.trunk.conftest import ACCOUNT, NAME, WISH, Client, carrier

CHALLENGE = 'WWW-Authenticate: Digest realm="carrier.example", nonce="n1", algorithm=MD5, qop="auth"'
BETTER = 'WWW-Authenticate: Digest realm="carrier.example", nonce="n2", algorithm=SHA-256, qop="auth"'
STALE = (
    'WWW-Authenticate: Digest realm="carrier.example", nonce="n3", algorithm=SHA-256, qop="auth", stale=true'
)
FOREIGN = 'WWW-Authenticate: Digest realm="evil.example", nonce="n", algorithm=MD5, qop="auth"'

pytestmark = pytest.mark.requirement("SIP-21")


def registering(wish: RegistrationWish = WISH) -> Client:
    return Client(carrier(wish))


def registered() -> Client:
    client = registering()
    client.answer(200, "Expires: 3600")
    assert client.changes() == [("registered", "")]
    return client


def credentials(client: Client) -> list[str]:
    """Nonce and algorithm of the last REGISTER's credentials."""
    _, request = client.requests("REGISTER")[-1]
    found = [parse_authorization(value) for value in request.headers.get_all("Authorization")]
    return [f"{one.nonce} {one.algorithm}" for one in found]


@pytest.mark.rfc("3261", "10.2")
def test_the_register() -> None:
    client = registering(RegistrationWish(aor="sip:acme7@carrier.example", expires_s=600, line="t0ken"))
    ((host, request),) = client.requests("REGISTER")
    assert (host, request.start_line) == ("192.0.2.1", "REGISTER sip:carrier.example SIP/2.0")
    names = ("To", "Contact", "Expires", "CSeq")
    assert [request.headers.get(name) for name in names] == [
        "<sip:acme7@carrier.example>",
        "<sip:acme7@10.0.0.1:5060;line=t0ken>",
        "600",
        "1 REGISTER",
    ]


@pytest.mark.rfc("8760", "2.4")
@pytest.mark.rfc("3261", "22.2")
def test_the_best_challenge_is_answered_once() -> None:
    client = registering()
    client.answer(401, CHALLENGE, BETTER)
    assert credentials(client) == ["n2 SHA-256"]
    client.answer(401, CHALLENGE, BETTER)
    assert client.changes() == [("unregistered", "401 Reason, wrong user or password")]
    assert 900 <= client.next_in() <= 1800  # nothing that repeating would mend
    assert credentials(client) == []


@pytest.mark.rfc("7616", "3.3")
def test_a_stale_nonce_is_no_wrong_password_but_not_for_ever() -> None:
    client = registering()
    client.answer(401, BETTER)
    for _ in range(MAX_ANSWERS):
        client.answer(401, STALE)
    assert len(client.requests("REGISTER")) == 1 + MAX_ANSWERS
    assert [state for state, _ in client.changes()] == ["unregistered"]


@pytest.mark.requirement("S-07")
def test_a_foreign_realm_gets_no_answer() -> None:
    client = registering()
    client.answer(401, FOREIGN)
    assert len(client.requests("REGISTER")) == 1
    assert client.changes() == [("unregistered", "401 Reason, no account for its realm")]


def test_a_proxy_is_answered_too() -> None:
    client = registering()
    client.answer(407, BETTER.replace("WWW-", "Proxy-"))
    assert client.requests("REGISTER")[-1][1].headers.get("Proxy-Authorization")


@pytest.mark.rfc("3261", "10.2.8")
def test_a_longer_binding_is_asked_for_when_wanted() -> None:
    client = registering(RegistrationWish(aor="sip:acme7@carrier.example", expires_s=60))
    client.answer(423, "Min-Expires: 900")
    assert client.requests("REGISTER")[-1][1].headers.get("Expires") == "900"
    client.answer(200, "Expires: 900")
    assert client.next_in() == pytest.approx(450, abs=1)
    client.answer(423, "Min-Expires: 5")
    assert [state for state, _ in client.changes()] == ["registered", "unregistered"]


@pytest.mark.parametrize(
    ("lines", "seconds"),
    [
        (("Contact: <sip:acme7@10.0.0.1:5060>;expires=600",), 300),
        (("Contact: <sip:acme7@10.0.0.9:5060>;expires=60", "Expires: 1800"), 1200),
        (("Expires: 3600",), 3000),
        ((), 3000),
        (("Contact: <sip:acme7@10.0.0.1:5060>;expires=2",), 5),
    ],
)
def test_the_refresh_comes_before_the_end(lines: tuple[str, ...], seconds: float) -> None:
    client = registering()
    client.answer(200, *lines)
    assert client.next_in() == pytest.approx(seconds, abs=1)
    first, second = (request for _, request in client.requests("REGISTER"))
    assert first.call_id == second.call_id
    assert (str(first.cseq), str(second.cseq)) == ("1 REGISTER", "2 REGISTER")


@pytest.mark.parametrize(("status", "low_s", "high_s"), [(403, 900, 1800), (404, 900, 1800), (500, 30, 60)])
def test_what_an_admin_must_mend_is_tried_seldom(status: int, low_s: float, high_s: float) -> None:
    client = registering()
    client.answer(status)
    assert client.changes() == [("unregistered", f"{status} Reason")]
    assert low_s <= client.next_in() <= high_s


def test_retry_after_is_obeyed() -> None:
    client = registering()
    client.answer(503, "Retry-After: 120 (tea);duration=5")
    assert client.next_in() == pytest.approx(120, abs=1)


@pytest.mark.rfc("5626", "4.5")
def test_failures_in_a_row_are_tried_ever_later() -> None:
    client = registering()
    for upper_s in (60, 120, 240, 480, 960, 1800, 1800):
        client.answer(500)
        assert upper_s / 2 <= client.next_in() <= upper_s
    client.answer(200, "Expires: 60")
    assert client.next_in() == pytest.approx(30, abs=1)
    client.answer(500)
    assert 30 <= client.next_in() <= 60
    states = [state for state, _ in client.changes()]
    assert states == ["unregistered", "registered", "unregistered"]  # the same failure is told once


def test_silence_and_a_broken_way_are_failures() -> None:
    client = registering()
    client.run(32.1)
    assert client.changes() == [("unregistered", "408 Request Timeout")]
    client.next_in()
    client.fail("192.0.2.1")
    assert client.changes() == [("unregistered", "503 Service Unavailable")]


@pytest.mark.rfc("3263", "4.3")
def test_the_next_address_is_tried_at_once() -> None:
    client = Client(carrier(WISH, server=NAME))
    client.resolve("192.0.2.1", "192.0.2.2")
    client.answer(503, "Retry-After: 60")
    client.answer(200)
    assert client.hosts == ["192.0.2.1", "192.0.2.2"]
    assert client.changes() == [("registered", "")]
    client.next_in()
    assert client.hosts[-1] == "192.0.2.1"  # it has long been forgiven


def test_a_name_without_address() -> None:
    client = Client(carrier(WISH, server=NAME))
    client.resolve()
    assert client.changes() == [("unregistered", "no address")]


@pytest.mark.rfc("3261", "10.2.2")
def test_the_binding_is_removed_at_the_end() -> None:
    client = registered()
    client.serve()
    _, request = client.requests("REGISTER")[-1]
    assert request.headers.get("Expires") == "0"
    client.answer(401, BETTER)
    client.answer(200)
    assert client.changes() == [("unregistered", "removed")]
    assert credentials(client) == ["n2 SHA-256"]
    client.run(5000)
    assert len(client.requests("REGISTER")) == 3


def test_the_password_is_nowhere() -> None:
    client = registering()
    client.answer(401, BETTER)
    assert all(
        "pa55" not in str(message.headers.get_all("Authorization")) for _, message in client.network.addressed
    )
    assert "pa55" not in repr(carrier(WISH)) + repr(ACCOUNT)
