"""A ban must not refuse a call for help, and a call for help must not help who guesses (CF-42, S-03)."""

from dataclasses import replace

import pytest

from pbx.core.address import Remote
from pbx.core.secret import Secret
from pbx.sip import endpoint
from pbx.sip.defence.failures import MAX_HELP_SOURCE, MAX_HELP_USER, AuthFailures, BanRules
from pbx.sip.digest import answer_challenge, ha1
from pbx.sip.effects import DigestCredentials
from pbx.sip.events import CallOffered, GuesserBanned, HelpHeard, PacketReceived, SendPacket
from pbx.sip.message import Response, parse_message
from tests.sip.conftest import OFFER, PASSWORD, PBX, Network, pbx_settings

EVE = "198.51.100.66"
WRONG = Secret("wrong")
pytestmark = pytest.mark.requirement("CF-42")


class Caller:
    """Calls from one address, each time with an answer to a challenge of its own."""

    def __init__(self, host: str = EVE, users: tuple[str, ...] = ("alice",)) -> None:
        settings = replace(
            pbx_settings(),
            is_help=lambda tenant, user: (tenant, user) == ("acme", "999"),
            lookup_ha1=lambda realm, user, name: ha1(user, realm, PASSWORD, name) if user in users else None,
        )
        self.network = Network(settings)
        self.source = Remote("udp", host, 5060)
        self._n = 0

    def call(self, number: str, password: Secret[str] = PASSWORD, user: str = "alice") -> int:
        """Return the status of the answer."""
        challenge = self._invite(number, user)
        values = challenge.headers.get_all("WWW-Authenticate")
        credentials = DigestCredentials(username=user, password=password)
        uri = f"sip:{number}@example.test"
        answer = answer_challenge(values, "INVITE", uri, credentials, cnonce=f"c{self._n}")
        return self._invite(number, user, f"Authorization: {answer}").status

    def ban(self, user: str = "alice") -> None:
        for _ in range(5):
            self.call("200", WRONG, user)
        assert self.call("200", user=user) == 403

    def _invite(self, number: str, user: str, *lines: str) -> Response:
        self._n += 1
        head = (
            f"INVITE sip:{number}@example.test SIP/2.0",
            f"Via: SIP/2.0/UDP {self.source.host};rport;branch=z9hG4bK{self._n:06}",
            f"From: <sip:{user}@example.test>;tag=f",
            f"To: <sip:{number}@example.test>",
            f"Call-ID: h{self._n:06}",
            "CSeq: 1 INVITE",
            "Max-Forwards: 70",
            f"Contact: <sip:{user}@{self.source.host}>",
            "User-Agent: a telephone with a name that leaves room for an answer of ours",
            *lines,
            "Content-Type: application/sdp",
            f"Content-Length: {len(OFFER)}",
            "\r\n",
        )
        packet = PacketReceived(octets="\r\n".join(head).encode() + OFFER, remote=self.source)
        outputs = self.network.inject(PBX, packet)
        first = next(one.octets for one in outputs if isinstance(one, SendPacket))
        answer = parse_message(first)
        assert isinstance(answer, Response)
        return answer


def test_a_banned_user_calls_for_help_and_for_nothing_else() -> None:
    caller = Caller()
    caller.ban()
    assert caller.call("999") == 100
    caller.network.take(PBX, GuesserBanned)
    assert caller.network.take(PBX, HelpHeard) == HelpHeard(source=EVE, realm="example.test", user="alice")
    assert caller.network.take(PBX, CallOffered).called == "999"
    assert caller.call("200") == 403  # the ban goes on


def test_without_a_ban_a_call_for_help_is_an_ordinary_one() -> None:
    caller = Caller()
    assert caller.call("999", WRONG) == 401
    assert caller.call("999") == 100
    caller.network.take(PBX, CallOffered)


@pytest.mark.requirement("S-03")
def test_of_guesses_in_calls_for_help_three_are_looked_at() -> None:
    caller = Caller()
    caller.ban()
    assert {caller.call("999", WRONG) for _ in range(MAX_HELP_USER)} == {403}
    assert caller.call("999") == 403  # not even the right one, to whoever has used up his tries
    assert [type(event) for event in caller.network.events[PBX]] == [GuesserBanned]


@pytest.mark.requirement("S-02")
def test_known_and_unknown_users_hear_the_same() -> None:
    answers = []
    for user in ("alice", "mabel"):
        caller = Caller()
        caller.ban(user) if user == "alice" else [caller.call("200", WRONG, user) for _ in range(6)]
        answers.append([caller.call("999", WRONG, user) for _ in range(MAX_HELP_USER + 2)])
    assert answers[0] == answers[1] == [403] * (MAX_HELP_USER + 2)


def test_tries_come_back_when_a_ban_would_have_ended() -> None:
    failures, user = AuthFailures(BanRules()), ("example.test", "alice")
    for _ in range(MAX_HELP_USER):
        assert failures.hears_help(EVE, user, 0.0)
        failures.failed_help(EVE, user, 0.0)
    assert not failures.hears_help(EVE, user, 899.9)
    assert failures.hears_help(EVE, user, 900.0)


def test_a_source_has_a_limit_over_all_users() -> None:
    failures = AuthFailures(BanRules())
    for n in range(MAX_HELP_SOURCE):
        assert failures.hears_help(EVE, ("example.test", f"user{n}"), 0.0)
        failures.failed_help(EVE, ("example.test", f"user{n}"), 0.0)
    assert not failures.hears_help(EVE, ("example.test", "another"), 0.0)
    assert failures.hears_help("198.51.100.67", ("example.test", "another"), 0.0)


@pytest.mark.requirement("SIP-38")
def test_a_full_engine_has_room_for_calls_for_help(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "MAX_LEGS", 1)
    monkeypatch.setattr(endpoint, "HELP_LEGS", 1)
    caller = Caller()
    assert caller.call("200") == 100
    assert caller.call("200") == 503
    assert caller.call("999") == 100
    assert caller.call("999") == 503
