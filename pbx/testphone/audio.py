"""PhoneAudio: the RTP side of one call of a test phone; sends every 20 ms, keeps all it hears."""

import asyncio
import math
import socket
import struct
from array import array
from collections import deque

from pbx.core.address import Address
from pbx.core.errors import ParseError
from pbx.core.ids import Ids, uint32
from pbx.core.secret import Secret
from pbx.media import g711
from pbx.media.dtmf import END_REPEATS, DtmfReceiver, EventPacket, event_packets
from pbx.media.rtp import MAX_PACKET, RtpPacket, build, parse
from pbx.sip.negotiation import NegotiatedAudio

FRAME_S = 0.02
FRAME = g711.SAMPLE_RATE // 50
AMPLITUDE = 8000  # of 32767: -12 dBFS, a loud talker
MAX_HEARD = 3600 * 2 * g711.SAMPLE_RATE  # octets; a test call never lasts an hour
MAX_GAP = g711.SAMPLE_RATE  # samples; a longer jump of the RTP clock is a new clock, not a gap
AUDIBLE_RMS = 150.0  # of 32767: -47 dBFS, above the idle noise of any codec, below a whisper
PRESS_MS, PAUSE_FRAMES = 100, 3
_END_COPIES = END_REPEATS - 1  # of a key press; they fill the first frames of the pause

_Frame = tuple[EventPacket | None, bool]  # a packet or nothing, and whether a key press begins


class PhoneAudio:
    """One socket: a tone or silence out, PCM16 at 8 kHz in; `now` is the loop's clock."""

    def __init__(self, host: str, ids: Ids) -> None:
        """Bind a free port of `host`; OSError when there is none."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket: socket.socket | None = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind((host, 0))
        self.bound = Address(host, self._socket.getsockname()[1])
        asyncio.get_running_loop().add_reader(self._socket, self._readable)
        self.heard = bytearray()
        self._digits = ""
        self._n_taken = 0  # keys that somebody has waited for
        self._key: asyncio.Future[None] | None = None
        self._ssrc, self._time = uint32(ids), uint32(ids)
        self._seq = uint32(ids) & 0xFFFF
        self._tone_hz = 0.0
        self._phase = 0
        self._peer: NegotiatedAudio | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._events: deque[_Frame] = deque()
        self._event_time = 0
        self._said: deque[bytes] = deque()  # frames before the tone goes on
        self._saying: asyncio.Future[None] | None = None
        self._typed: asyncio.Future[None] | None = None
        self._dtmf = DtmfReceiver()
        self._expected: tuple[int, int] | None = None  # ssrc and RTP time of the next packet
        self._audible_at: float | None = None
        self._quiet_waiters: set[asyncio.Future[None]] = set()

    def close(self) -> None:
        """Stop sending and receiving; whoever waits is released with an error."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None
        waiting = [
            one
            for one in (self._typed, self._saying, self._key, *self._quiet_waiters)
            if one is not None and not one.done()
        ]
        for future in waiting:
            future.set_exception(ConnectionError("the call is over"))

    @property
    def destination(self) -> Address | None:
        """Where audio goes."""
        return None if self._peer is None else Address(self._peer.host, self._peer.port)

    @property
    def digits_heard(self) -> Secret[str]:
        """The keys that the other side pressed."""
        return Secret(self._digits)

    def connect(self, peer: NegotiatedAudio) -> None:
        """Exchange audio with `peer` from now on."""
        self._peer = peer
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(loop.time(), self._frame_due, loop.time())

    def talk(self, freq_hz: float) -> None:
        """Send a tone until told otherwise; 0 = silence."""
        self._tone_hz = freq_hz

    async def type(self, digits: Secret[str]) -> None:
        """Press the keys one after the other, 100 ms each with 60 ms between; audio pauses meanwhile."""
        self._check_open()
        if self._peer is None or self._peer.format.dtmf_payload_type is None:
            raise ConnectionError("the other side takes no telephone-events")
        self._typed = asyncio.get_running_loop().create_future()
        for key in digits.reveal():
            packets = event_packets(key, PRESS_MS)
            self._events += [(packet, at == 0) for at, packet in enumerate(packets)]
            self._events += [(None, False)] * (PAUSE_FRAMES - _END_COPIES)
        await self._typed

    async def say(self, pcm: bytes) -> None:
        """Say PCM16 of 8 kHz, and return when its last frame was sent."""
        self.begin(pcm)
        self._saying = asyncio.get_running_loop().create_future()
        await self._saying

    def begin(self, pcm: bytes) -> None:
        """Say PCM16 of 8 kHz from now on, in place of what is being said."""
        self._check_open()
        frames = (pcm[at : at + 2 * FRAME] for at in range(0, len(pcm), 2 * FRAME))
        self._said = deque(frame.ljust(2 * FRAME, b"\0") for frame in frames)

    async def key(self, timeout_s: float) -> str:
        """Return the next key that the other side presses, or has pressed; TimeoutError otherwise."""
        if self._n_taken >= len(self._digits):
            self._check_open()
            self._key = asyncio.get_running_loop().create_future()
            await asyncio.wait_for(self._key, timeout_s)
        self._n_taken += 1
        return self._digits[self._n_taken - 1]

    async def wait_quiet(self, silence_s: float, timeout_s: float) -> None:
        """Return once something was heard and nothing for `silence_s` since; TimeoutError otherwise."""
        self._check_open()
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._quiet_waiters.add(done)
        self._check_quiet(done, silence_s)
        try:
            await asyncio.wait_for(done, timeout_s)
        finally:
            self._quiet_waiters.discard(done)

    def forget_heard(self) -> None:
        """Begin `wait_quiet` anew: only what is heard from now on counts."""
        self._audible_at = None

    def _check_open(self) -> None:
        if self._socket is None:
            raise ConnectionError("the call is over")

    def _readable(self) -> None:
        """Take one packet; the loop calls again while there are more."""
        if self._socket is None:
            return
        try:
            octets, source = self._socket.recvfrom(MAX_PACKET)
        except OSError:
            return  # nothing there after all, or the other side's port was closed: it may open again
        if self._peer is not None and source[0] == self._peer.host:
            self._received(octets, self._peer)

    def _received(self, data: bytes, peer: NegotiatedAudio) -> None:
        now = asyncio.get_running_loop().time()
        try:
            packet = parse(data, len(data))
            payload = data[packet.start : packet.end]
            if packet.payload_type == peer.format.payload_type:
                self._hear(packet, g711.decode(payload, peer.format.encoding), now)
            elif packet.payload_type == peer.format.dtmf_payload_type:
                keys = "".join(digit.key for digit in self._dtmf.packet(packet.rtp_time, payload, now))
                self._digits += keys
                if keys and self._key is not None and not self._key.done():
                    self._key.set_result(None)
        except ParseError:
            return

    def _hear(self, packet: RtpPacket, pcm: bytes, now: float) -> None:
        if self._expected is not None and self._expected[0] == packet.ssrc:
            gap = (packet.rtp_time - self._expected[1]) & 0xFFFFFFFF
            if gap >= 0x80000000:
                return  # late or twice
            if gap <= MAX_GAP:
                self._keep(bytes(2 * gap))
        self._expected = (packet.ssrc, (packet.rtp_time + len(pcm) // 2) & 0xFFFFFFFF)
        self._keep(pcm)
        if rms(pcm) >= AUDIBLE_RMS:
            self._audible_at = now

    def _keep(self, pcm: bytes) -> None:
        if len(self.heard) + len(pcm) <= MAX_HEARD:
            self.heard += pcm

    def _check_quiet(self, done: asyncio.Future[None], silence_s: float) -> None:
        """Look again when the silence could be long enough at the earliest."""
        if done.done():
            return
        loop = asyncio.get_running_loop()
        heard_at = self._audible_at
        due = loop.time() + silence_s if heard_at is None else heard_at + silence_s
        if heard_at is not None and loop.time() >= due:
            done.set_result(None)
        else:
            loop.call_at(due, self._check_quiet, done, silence_s)

    def _frame_due(self, due: float) -> None:
        """Send one frame; the next is due 20 ms after this one was, however late we are."""
        loop = asyncio.get_running_loop()
        self._timer = loop.call_at(due + FRAME_S, self._frame_due, due + FRAME_S)
        if self._events:
            self._send_event(*self._events.popleft())
            if not self._events and self._typed is not None and not self._typed.done():
                self._typed.set_result(None)
        else:
            self._send_audio()
        self._time = (self._time + FRAME) & 0xFFFFFFFF

    def _send_audio(self) -> None:
        if self._peer is None or self._peer.direction not in ("sendrecv", "sendonly"):
            return
        pcm = self._next_frame()
        form = self._peer.format
        self._send(g711.encode(pcm, form.encoding), (form.payload_type, False, self._time))

    def _next_frame(self) -> bytes:
        if self._said:
            pcm = self._said.popleft()
            if not self._said and self._saying is not None and not self._saying.done():
                self._saying.set_result(None)
            return pcm
        pcm = tone(self._tone_hz, self._phase, FRAME) if self._tone_hz else bytes(2 * FRAME)
        self._phase += FRAME
        return pcm

    def _send_event(self, packet: EventPacket | None, begins: bool) -> None:
        if begins:
            self._event_time = self._time
        if packet is None or self._peer is None or self._peer.format.dtmf_payload_type is None:
            return
        kind = self._peer.format.dtmf_payload_type
        self._send(packet.payload, (kind, packet.marker, self._event_time))

    def _send(self, payload: bytes, head: tuple[int, bool, int]) -> None:
        if self._peer is None or self._socket is None:
            return
        kind, marker, rtp_time = head
        packet = RtpPacket(kind, marker, self._seq, rtp_time, self._ssrc, 0, 0)
        self._seq = (self._seq + 1) & 0xFFFF
        try:
            self._socket.sendto(build(packet, payload), (self._peer.host, self._peer.port))
        except OSError:
            return  # lost, as any packet may be


def tone(freq_hz: float, start: int, n_samples: int) -> bytes:
    """Return PCM16 of a sine; `start` is the sample at which this piece begins."""
    step = 2 * math.pi * freq_hz / g711.SAMPLE_RATE
    samples = (round(AMPLITUDE * math.sin(step * (start + n))) for n in range(n_samples))
    return struct.pack(f"<{n_samples}h", *samples)


def rms(pcm: bytes) -> float:
    """Return the root mean square of PCM16 samples."""
    samples = array("h", pcm)
    return math.sqrt(sum(one * one for one in samples) / len(samples)) if samples else 0.0
