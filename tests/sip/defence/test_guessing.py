"""Guessing of users and passwords against the endpoint: what SIPVicious' svwar and svcrack would hear."""

import statistics
import time
from collections.abc import Iterator

import pytest

from pbx.core.address import Remote
from pbx.core.secret import Secret
from pbx.sip.digest import answer_challenge
from pbx.sip.effects import DigestCredentials
from pbx.sip.events import GuesserBanned, PacketReceived, SendPacket
from pbx.sip.message import Response, parse_message
from tests.sip.conftest import CARRIER, PASSWORD, PBX, Network, pbx_settings

EVE = Remote("udp", "198.51.100.66", 5060)
TRUNK = Remote("udp", CARRIER.host, 5060)
N_TIMED = 400


class Guesser:
    """Sends REGISTERs from one source and reads the answers."""

    def __init__(self, network: Network, source: Remote) -> None:
        self.network, self.source = network, source
        self._serial = 0

    def register(self, user: str, *lines: str) -> tuple[Response, int]:
        """Return the answer and the octets that it took to get it."""
        self._serial += 1
        octets = "\r\n".join(
            [
                "REGISTER sip:example.test SIP/2.0",
                f"Via: SIP/2.0/UDP {self.source.host};rport;branch=z9hG4bKg{self._serial:06}",
                f"From: <sip:{user}@example.test>;tag=f",
                f"To: <sip:{user}@example.test>",
                f"Call-ID: g{self._serial:06}",
                "CSeq: 1 REGISTER",
                "Max-Forwards: 70",
                f"Contact: <sip:{user}@{self.source.host}>",
                *lines,
                "Content-Length: 0\r\n\r\n",
            ]
        ).encode()
        outputs = self.network.inject(PBX, PacketReceived(octets=octets, remote=self.source))
        [sent] = [one.octets for one in outputs if isinstance(one, SendPacket)]
        answer = parse_message(sent)
        assert isinstance(answer, Response)
        return answer, len(octets)

    def guess(self, user: str, password: Secret[str]) -> Response:
        """Answer a challenge of our own source with one password."""
        challenges = self.register(user)[0].headers.get_all("WWW-Authenticate")
        credentials = DigestCredentials(username=user, password=password)
        answer = answer_challenge(challenges, "REGISTER", "sip:example.test", credentials, cnonce="c")
        return self.register(user, f"Authorization: {answer}")[0]


def passwords() -> Iterator[Secret[str]]:
    for n in range(1000):
        yield Secret(f"guess {n}")


def bans(network: Network) -> list[GuesserBanned]:
    return [event for event in network.events[PBX] if isinstance(event, GuesserBanned)]


@pytest.mark.requirement("S-03")
def test_of_a_thousand_passwords_five_are_looked_at() -> None:
    network = Network(pbx_settings())
    eve = Guesser(network, EVE)
    statuses = [eve.guess("alice", password).status for password in passwords()]
    assert statuses == [401] * 5 + [403] * 995
    assert eve.guess("alice", PASSWORD).status == 403  # not even the right one, there and then
    assert [(ban.user, ban.failures) for ban in bans(network)] == [("alice", 5)]
    assert Guesser(network, Remote("udp", "10.0.0.2", 5060)).guess("alice", PASSWORD).status == 200


@pytest.mark.requirement("S-04")
def test_a_carrier_is_never_banned() -> None:
    network = Network(pbx_settings())
    guesser = Guesser(network, TRUNK)
    assert {guesser.guess("alice", password).status for password in passwords()} == {401}
    assert bans(network) == []


@pytest.mark.requirement("S-04")
def test_a_spoofed_source_is_not_counted() -> None:
    """Whoever cannot hear our nonce cannot have anybody banned."""
    network = Network(pbx_settings())
    victim = Guesser(network, EVE)
    for n in range(200):
        lie = f'Digest username="alice", realm="example.test", nonce="{n:064x}", uri="sip:example.test", '
        lie += f'response="{n:064x}", algorithm=SHA-256, cnonce="c", qop=auth, nc=00000001'
        assert victim.register("alice", f"Authorization: {lie}")[0].status == 401
    assert victim.guess("alice", PASSWORD).status == 200


@pytest.mark.requirement("S-02")
@pytest.mark.parametrize("user", ["alice", "mabel"])
def test_known_and_unknown_users_are_banned_alike(user: str) -> None:
    eve = Guesser(Network(pbx_settings()), EVE)
    answers = [eve.guess(user, password) for password, _ in zip(passwords(), range(8), strict=False)]
    assert [one.status for one in answers] == [401] * 5 + [403] * 3
    assert len({len(bytes(one)) for one in answers[:5]}) == 1


@pytest.mark.requirement("S-02")
def test_known_and_unknown_users_take_the_same_time() -> None:
    """Medians of alternating guesses, from sources of their own so that none is banned."""
    network = Network(pbx_settings())
    taken: dict[str, list[float]] = {"alice": [], "mabel": []}
    for n in range(N_TIMED):
        for user in sorted(taken, reverse=bool(n % 2)):
            guesser = Guesser(network, Remote("udp", f"10.1.{n >> 8}.{n & 255}", 5060))
            begin = time.perf_counter()
            guesser.guess(user, Secret("wrong"))
            taken[user].append(time.perf_counter() - begin)
    known, unknown = (statistics.median(taken[user]) for user in ("alice", "mabel"))
    assert abs(known - unknown) < 0.2 * min(known, unknown) < 0.005
