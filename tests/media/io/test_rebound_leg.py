"""A leg whose party is shown elsewhere by its NAT in mid-call, with a clock that is moved."""

import base64
import random
import struct
from collections.abc import Iterator
from dataclasses import replace

import pytest

from pbx.core.ids import SeededIds
from pbx.core.secret import Secret
from pbx.core.srtp import SUITES, SdesKeys, Suite
from pbx.media.events import AudioFault
from pbx.media.nat_rebind import MAX_REBINDS, WINDOW_S
from pbx.media.source_lock import LEARNING_PACKETS, PROVING_S
from pbx.media.srtp import SrtpSession
from tests.media.io.telephone import RULES, VOICE, Telephone, bound

SUITE: Suite = "AES_CM_128_HMAC_SHA1_80"
OTHER_HOST = "127.0.0.2"
OFF, ANY = replace(RULES, rebind="off"), replace(RULES, rebind="any")

pytestmark = pytest.mark.requirement("S-26")


@pytest.fixture
def telephone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Telephone]:
    """One that talks."""
    one = Telephone()
    monkeypatch.setattr("pbx.media.io.leg.monotonic", lambda: one.now)
    one.connect()
    talk(one)
    yield one
    one.close()


def talk(telephone: Telephone, seconds: float = 0.2) -> int:
    """Say something; return how many packets of it were taken."""
    before = telephone.leg.stats.received
    for _ in range(int(seconds * 50)):
        telephone.now += 0.02
        telephone.say(VOICE)
    return telephone.leg.stats.received - before


def fall_silent(telephone: Telephone, seconds: int = 2) -> None:
    """What it says is lost on the way."""
    telephone.wait(seconds)
    telephone.seq += 50 * seconds


def told(telephone: Telephone) -> list[str]:
    return [e.detail for e in telephone.events if isinstance(e, AudioFault) and e.kind == "nat_rebind"]


def test_who_is_shown_at_another_port_is_heard_again(telephone: Telephone) -> None:
    before = telephone.place
    telephone.move()
    assert talk(telephone) == 0
    assert not telephone.is_open
    fall_silent(telephone)
    assert telephone.is_open
    assert talk(telephone, 1) == 50 - LEARNING_PACKETS + 1
    assert telephone.leg.socket.destination == telephone.place
    assert told(telephone) == [
        f"its audio goes on from port {telephone.place[1]}, not {before[1]}, after 2.3 s of silence"
    ]
    talk(telephone, PROVING_S)
    assert not telephone.is_open
    assert (telephone.leg.stats.rebinds, telephone.leg.stats.lost) == (1, 10 + 100 + LEARNING_PACKETS - 1)


def test_who_only_paused_is_locked_again_with_its_first_packet(telephone: Telephone) -> None:
    fall_silent(telephone, 5)
    assert telephone.is_open
    assert talk(telephone, 0.02) == 1
    assert not telephone.is_open
    assert telephone.leg.stats.rebinds == 0


def test_the_port_is_open_once_in_a_silence_and_not_for_long(telephone: Telephone) -> None:
    telephone.connect("recvonly")  # it holds us, so it may be silent for longer
    fall_silent(telephone, 2)
    talk(telephone, 0.02)
    fall_silent(telephone, 2)
    assert telephone.is_open
    telephone.wait(int(WINDOW_S))
    assert not telephone.is_open
    telephone.wait(600)
    assert not telephone.is_open
    assert talk(telephone) == 10


def test_sprayers_learn_nothing_while_it_is_open(telephone: Telephone) -> None:
    place, chance = telephone.place, random.Random(26)
    fall_silent(telephone)
    with bound(0) as sprayer:
        to = "127.0.0.1", telephone.leg.socket.port
        for n in range(3000):
            in_sequence = 7919 + n // 500, n % 2**16, 160 * n
            at_random = chance.getrandbits(32), chance.getrandbits(16), chance.getrandbits(32)
            for ssrc, seq, rtp_time in (in_sequence, at_random):
                sprayer.sendto(struct.pack("!BBHII", 0x80, 0, seq, rtp_time, ssrc) + VOICE[1], to)
            telephone.leg.on_readable(telephone.now)
        assert telephone.leg.socket.destination == place
        assert telephone.leg.stats.dropped_source > 5900
        telephone.move()
        assert talk(telephone, 1) == 50 - LEARNING_PACKETS + 1  # and the party is found all the same


def test_a_copy_of_what_the_party_said_is_not_going_on(telephone: Telephone) -> None:
    fall_silent(telephone)
    telephone.seq -= 110
    telephone.move()
    assert talk(telephone) == 0
    assert telephone.leg.stats.rebinds == 0


def test_another_host_is_for_those_who_want_it(telephone: Telephone) -> None:
    telephone.move(OTHER_HOST)
    fall_silent(telephone)
    assert talk(telephone) == 0
    telephone.move()
    assert talk(telephone, 1) > 40  # the right host still may
    talk(telephone, PROVING_S)
    telephone.move(OTHER_HOST)
    telephone.wait(2, rules=ANY)
    telephone.seq += 100
    assert talk(telephone, 1) > 40
    assert told(telephone)[-1].startswith(f"its audio goes on from {OTHER_HOST}, not 127.0.0.1")


def test_off_is_off(telephone: Telephone) -> None:
    telephone.move()
    telephone.wait(5, rules=OFF)
    telephone.seq += 250
    assert not telephone.is_open
    assert talk(telephone) == 0


def test_a_leg_is_followed_so_often(telephone: Telephone) -> None:
    for n in range(MAX_REBINDS + 1):
        assert telephone.leg.stats.rebinds == n
        telephone.move()
        fall_silent(telephone)
        talk(telephone, PROVING_S + 1)
    assert telephone.leg.stats.rebinds == MAX_REBINDS
    telephone.connect()  # an offer and answer find it
    telephone.seq += 500
    assert talk(telephone) > 0


def test_what_was_agreed_while_it_was_open_counts(telephone: Telephone) -> None:
    fall_silent(telephone)
    telephone.connect()
    assert talk(telephone) == 10
    assert not telephone.is_open


@pytest.mark.requirement("MED-07")
def test_who_is_authentic_may_come_from_any_host(telephone: Telephone) -> None:
    ids = SeededIds("rebind")
    ours, theirs = (ids.octets(SUITES[SUITE].master_bytes) for _ in "ab")
    local, remote = (Secret(base64.b64encode(key).decode()) for key in (ours, theirs))
    telephone.connect(security=SdesKeys(suite=SUITE, local=local, remote=remote))
    assert talk(telephone) == 0  # not with the keys
    telephone.srtp = SrtpSession(SUITE, theirs, ours)
    assert talk(telephone) == 10
    telephone.move(OTHER_HOST)
    fall_silent(telephone)
    telephone.srtp, right = None, telephone.srtp
    assert talk(telephone) == 0  # who knows all but the keys
    telephone.srtp = right
    assert talk(telephone, 1) > 40
