"""The straight line of a relayed packet does what the general way does, over real sockets."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.core.audio import AudioFormat, Direction
from pbx.core.ids import LegId, RecordingId, SeededIds, Token
from pbx.media.effects import ConnectLeg, OpenLeg, StartRecording
from pbx.media.events import LegStats, MediaEvent
from pbx.media.io import leg as leg_module
from pbx.media.io.dtls_identity import new_identity
from pbx.media.io.hooks import Hooks
from pbx.media.io.leg import RtpLeg
from pbx.media.io.rtp_socket import RtpSocket
from pbx.media.io.straight import Straight
from pbx.media.io.tap import Octets, Recording
from pbx.media.player import Clip, Player
from pbx.media.rtp import HEADER, MAX_PACKET
from tests.integration.media_parties import ALAW, CALL, MU

Step = tuple[str, tuple[object, ...]]  # a method of Rig and its arguments
PORTS = (12400, 12402)
FIRST_OCTETS = [0x80] * 4 + [0x81, 0x90, 0xA0, 0x40]  # plain, CSRC, extension, padding, not RTP
SECOND_OCTETS = [0] * 4 + [0x80, 8, 8, 101, 72]  # the usual one, marker, A-law, a digit, RTCP
DIGIT_5 = bytes([5, 0, 0, 160])  # RFC 4733: no end bit yet
NO_PACKETS = [b"", b"\x80\x00", bytes([0x80, *bytes(MAX_PACKET)])]
SEQ_STEPS = [1] * 4 + [0, 2, -1, 400, 5000]
TONE = Clip(pcm=bytes(range(200)), n_samples=None)
RECORD = StartRecording(
    recording=RecordingId("r"),
    leg=LegId("a"),
    tenant="t",
    call=CALL,
    kind="call",
    recipients=(),
    started_at="",
)


class GeneralLeg(RtpLeg):
    """Knows no straight line."""

    __slots__ = ()

    def _pass_on(self, n_bytes: int, now: float) -> bool:
        return False


class PythonLeg(RtpLeg):
    """Knows the straight line as it is written in Python."""

    __slots__ = ()
    on_readable = Straight.on_readable
    _pass_on = Straight._pass_on


class CountingLeg(RtpLeg):
    """Counts the packets that went the straight line."""

    __slots__ = ()
    straight = 0

    def _pass_on(self, n_bytes: int, now: float) -> bool:
        done = super()._pass_on(n_bytes, now)
        CountingLeg.straight += done
        return done


class Sink:
    """A journal in memory."""

    def __init__(self, kept: list[tuple[int, bytes]]) -> None:
        self._kept = kept

    def packet(self, stream: int, arrival_ns: int, rtp: Octets) -> None:
        self._kept.append((stream, bytes(rtp)))

    def note(self, kind: str, details: dict[str, str], at_ns: int) -> None:
        """Notes are not compared."""

    def close(self, ended_ns: int = 0) -> None:
        """Nothing to release."""


class Rig:
    """Two bridged legs, the parties' sockets, and a clock that only steps."""

    def __init__(self, kind: type[RtpLeg], parties: list[socket.socket]) -> None:
        self.now = 100.0
        self.events: list[MediaEvent] = []
        self.recorded: list[tuple[int, bytes]] = []
        self.failures: list[Exception] = []
        self.parties = parties
        hooks = Hooks(
            emit=self.events.append,
            failed=lambda _leg, error: self.failures.append(error),
            changed=lambda _leg: None,
            identity=new_identity,
        )
        ids = SeededIds()
        self.legs: list[RtpLeg] = []
        for name, port in zip("ab", PORTS, strict=True):
            order = OpenLeg(leg=LegId(name), call=CALL)
            self.legs.append(kind(order, RtpSocket("127.0.0.1", port), ids, hooks))
        for leg in self.legs:
            leg.tap.gate_open = True
        self.seq, self.time = [65530, 7], [2**32 - 400, 9]

    def connect(self, side: int, fmt: AudioFormat, direction: Direction) -> None:
        host, port = self.parties[side].getsockname()
        order = ConnectLeg(leg=self.legs[side].leg, host=host, port=port, format=fmt, direction=direction)
        self.legs[side].connect(order)

    def bridge(self, bridged: bool) -> None:
        a, b = self.legs
        a.peer, b.peer = (b, a) if bridged else (None, None)

    def record(self, side: int, recorded: bool) -> None:
        tap = self.legs[side].tap
        for recording in tap.recordings:
            tap.drop(recording)
        if recorded:
            tap.add(Recording(RECORD, Sink(self.recorded), pytest.fail))

    def echo(self, side: int, on: bool) -> None:
        self.legs[side].echo = on

    def play(self, side: int, on: bool) -> None:
        self.legs[side].play(Player(Token(1), (TONE,), loop=True) if on else None)

    def frame(self, side: int) -> None:
        self.legs[side].out.play_frame(self.now)

    def speak(self, side: int, header: tuple[int, int, int, int], n_samples: int, wait_s: float) -> None:
        """Send a packet with `header` = its first two octets, its step in sequence, and its SSRC."""
        first, second, step, ssrc = header
        self.seq[side] = (self.seq[side] + step) & 0xFFFF
        self.time[side] = (self.time[side] + 160 * step) & 0xFFFFFFFF
        octets = HEADER.pack(first, second, self.seq[side], self.time[side], ssrc)
        payload = DIGIT_5 if second == MU.dtmf_payload_type else bytes([self.seq[side] & 0x7F]) * n_samples
        self.send(side, octets + payload, wait_s)

    def send(self, side: int, octets: bytes, wait_s: float) -> None:
        self.now += wait_s
        self.parties[side].sendto(octets, ("127.0.0.1", PORTS[side]))
        self.legs[side].on_readable(self.now)

    def steady(self, n_packets: int) -> None:
        """Let both parties speak as usual."""
        for side in [0, 1] * n_packets:
            self.speak(side, (0x80, 0, 1, 7), 160, 0.01)

    def heard(self) -> list[list[bytes]]:
        return [list(_waiting(party)) for party in self.parties]

    def stats(self) -> list[LegStats]:
        return [leg.stats for leg in self.legs]


def _waiting(party: socket.socket) -> Iterator[bytes]:
    while True:
        try:
            yield party.recv(2048)
        except BlockingIOError:
            return


@contextmanager
def rig(kind: type[RtpLeg]) -> Iterator[Rig]:
    parties = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in "ab"]
    with pytest.MonkeyPatch.context() as patch:
        try:
            for party in parties:
                party.bind(("127.0.0.1", 0))
                party.setblocking(False)
            patch.setattr(leg_module, "monotonic", lambda: 100.0)
            made = Rig(kind, parties)
            patch.setattr(leg_module, "monotonic", lambda: made.now)
            for side in (0, 1):
                made.connect(side, MU, "sendrecv")
            made.bridge(True)
            made.steady(4)
            yield made
        finally:
            for party in parties:
                party.close()
            for leg in made.legs:
                leg.close()


sides = st.integers(0, 1)
headers = st.tuples(*map(st.sampled_from, (FIRST_OCTETS, SECOND_OCTETS, SEQ_STEPS, [7] * 4 + [8])))
packets = st.tuples(
    st.just("speak"),
    st.tuples(
        sides, headers, st.sampled_from([160] * 4 + [80, 4, 0]), st.sampled_from([0.02] * 6 + [0.001, 0.6])
    ),
)
directions = st.sampled_from(["sendrecv", "sendonly", "recvonly", "inactive"])
orders = st.one_of(
    st.tuples(st.just("connect"), st.tuples(sides, st.sampled_from([MU, ALAW]), directions)),
    st.tuples(st.just("bridge"), st.tuples(st.booleans())),
    st.tuples(st.just("frame"), st.tuples(sides)),
    st.tuples(st.just("send"), st.tuples(sides, st.sampled_from(NO_PACKETS), st.just(0.02))),
    *(st.tuples(st.just(switch), st.tuples(sides, st.booleans())) for switch in ("echo", "play", "record")),
)
steady: st.SearchStrategy[Step] = st.tuples(st.just("steady"), st.tuples(st.integers(1, 4)))
courses = st.lists(st.tuples(st.one_of(packets, orders), steady), max_size=12).map(
    lambda pairs: [step for pair in pairs for step in pair]
)


def outcome(kind: type[RtpLeg], course: list[Step]) -> tuple[object, ...]:
    async def run() -> tuple[object, ...]:  # a pressed digit needs the loop's timer
        with rig(kind) as made:
            for method, arguments in course:
                getattr(made, method)(*arguments)
            return made.heard(), made.stats(), made.events, made.recorded, made.failures

    return asyncio.run(run())


@settings(max_examples=150)
@given(courses)
def test_the_straight_line_and_the_general_way_are_the_same(course: list[Step]) -> None:
    straight, general = outcome(RtpLeg, course), outcome(GeneralLeg, course)
    assert straight == general == outcome(PythonLeg, course)
    assert straight[-1] == []


def test_the_straight_line_is_the_one_in_c() -> None:
    """`make .venv/.runtime` makes it; without it the test above would compare Python with itself."""
    assert not issubclass(RtpLeg, Straight)


def test_a_steady_voice_goes_the_straight_line() -> None:
    CountingLeg.straight = 0
    with rig(CountingLeg) as made:
        made.steady(46)
        assert [len(heard) for heard in made.heard()] == [50, 50]
    assert CountingLeg.straight >= 94  # all but those that make the source and the format known


@pytest.mark.parametrize("kind", [RtpLeg, PythonLeg])
def test_what_is_for_a_closed_leg_reaches_nobody(kind: type[RtpLeg]) -> None:
    """Its descriptor is given to the next socket that is opened, here one that is connected elsewhere."""
    with rig(kind) as made, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as elsewhere:
        elsewhere.bind(("127.0.0.1", 0))
        elsewhere.setblocking(False)
        number = made.legs[1].socket.fileno()
        made.legs[1].close()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as next_one:
            assert next_one.fileno() == number
            next_one.connect(elsewhere.getsockname())
            made.speak(0, (0x80, 0, 1, 7), 160, 0.02)
        assert list(_waiting(elsewhere)) == []
        assert made.failures == []


@pytest.mark.parametrize(("reads", "n_sent"), [(False, 5), (True, 10)])
def test_a_party_that_is_gone_ends_neither_leg(reads: bool, n_sent: int) -> None:
    """Each packet is refused; the next call on the socket says so, be it one that sends or one that reads."""

    def sent(kind: type[RtpLeg]) -> list[int]:
        with rig(kind) as made:
            made.parties[1].close()
            for _ in range(10):
                made.speak(0, (0x80, 0, 1, 7), 160, 0.02)
                if reads:
                    made.legs[1].on_readable(made.now)
            assert made.failures == []
            return [stats.sent for stats in made.stats()]

    assert sent(RtpLeg) == sent(PythonLeg) == sent(GeneralLeg) == [4, 4 + n_sent]
