"""A place that may be somebody else's, and packets that say that the party is there; the clock is moved."""

import select
import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest

from pbx.core.audio import AudioFormat
from pbx.core.origins import Origins
from pbx.media.claim import PER_PACKET, claimed
from pbx.media.effects import ConnectLeg
from pbx.media.rtcp import ReceiverReport, ReportBlock, SenderReport, parse
from pbx.media.rtcp_build import build
from pbx.media.source_lock import UNPROVED_PACKETS
from tests.media.io.telephone import MU, RULES, VOICE, Telephone

THIRD = Origins(networks=("127.0.0.66",), is_known=False)
SPEECH = b"\x00\x10\x00\xf0" * 80  # silence would not be sent
PER_S = 50

pytestmark = pytest.mark.requirement("S-35")


@pytest.fixture
def telephone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Telephone]:
    """At a host that its signalling does not come from."""
    one = Telephone()
    monkeypatch.setattr("pbx.media.io.leg.monotonic", lambda: one.now)
    connect(one)
    yield one
    one.close()


def connect(telephone: Telephone, fmt: AudioFormat = MU) -> None:
    host, port = telephone.place
    order = ConnectLeg(
        leg=telephone.leg.leg, host=host, port=port, format=fmt, direction="sendrecv", origins=THIRD
    )
    telephone.leg.connect(order)


def sent(telephone: Telephone, seconds: int, *, heard: int = 0) -> int:
    """Speak to it for so long while it says `heard` packets a second; return how many of ours have left."""
    before = telephone.leg.out.sent
    for _ in range(seconds):
        for n in range(PER_S):
            telephone.now += 1 / PER_S
            if n < heard:
                telephone.say(VOICE)
            telephone.leg.out.say(SPEECH, 8000, telephone.now)
        telephone.leg.check_silence(telephone.now, RULES)
    return telephone.leg.out.sent - before


def drained(one: socket.socket) -> list[bytes]:
    got = []
    while select.select([one], [], [], 0)[0]:
        got.append(one.recv(2048))
    return got


def test_one_forged_packet_brings_a_second_of_audio_and_no_more(telephone: Telephone) -> None:
    assert sent(telephone, 5) == UNPROVED_PACKETS
    telephone.say(VOICE)
    assert sent(telephone, 60) <= claimed(20) + PER_PACKET
    connect(telephone)  # the same said again
    assert sent(telephone, 10) == 0
    telephone.say(VOICE)
    assert sent(telephone, 10) <= PER_PACKET


def test_who_goes_on_forging_gets_a_few_for_each(telephone: Telephone) -> None:
    telephone.say(VOICE)
    sent(telephone, 3, heard=1)
    assert sent(telephone, 60, heard=1) <= 60 * PER_PACKET


def test_who_talks_there_hears_everything(telephone: Telephone) -> None:
    telephone.say(VOICE)
    assert sent(telephone, 10, heard=PER_S // 2) == 10 * PER_S


def test_who_talks_in_short_packets_hears_everything(telephone: Telephone) -> None:
    connect(telephone, replace(MU, ptime_ms=10))
    telephone.say(VOICE)
    assert sent(telephone, 3, heard=PER_S // 2) == 3 * 2 * PER_S


def test_it_ends_at_once_where_the_host_says_that_nobody_is_there(telephone: Telephone) -> None:
    telephone.say(VOICE)
    telephone._rtp.close()
    assert sent(telephone, 10) <= 2
    assert telephone.leg.socket.credit == 0


def report_of(telephone: Telephone, last_sr: int) -> None:
    """It repeats this time, as if it were that of our report."""
    block = ReportBlock(
        ssrc=telephone.leg.out.stream.ssrc,
        fraction_lost=0,
        jitter=8,
        last_sr=last_sr,
        delay_since_last_sr=0,
    )
    octets = build(ReceiverReport(ssrc=7, reports=(block,)))
    telephone._rtcp.sendto(octets, ("127.0.0.1", telephone.leg.socket.port + 1))
    assert select.select([telephone.leg.reports], [], [], 5)[0]
    telephone.leg.reports.on_readable(telephone.now)


def test_a_report_that_repeats_ours_proves_the_place_and_any_other_does_not(telephone: Telephone) -> None:
    """A party that only listens, and never said more than a packet."""
    sent(telephone, 10)
    assert not drained(telephone._rtcp), "no report before a packet has come"
    telephone.say(VOICE)
    sent(telephone, 10, heard=1)
    report = next(one for one in parse(drained(telephone._rtcp)[-1]) if isinstance(one, SenderReport))
    last_sr = report.ntp_time >> 16 & 0xFFFFFFFF
    report_of(telephone, (last_sr + 1) & 0xFFFFFFFF)
    sent(telephone, 10)
    assert sent(telephone, 5) == 0
    report_of(telephone, last_sr)
    sent(telephone, 1)
    assert telephone.leg.socket.credit is None
    assert sent(telephone, 60) == 60 * PER_S
    connect(telephone)
    assert sent(telephone, 5) == 5 * PER_S
