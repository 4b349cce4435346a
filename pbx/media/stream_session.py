"""One media stream: what its bot is told, and what it wants its party to hear."""

from dataclasses import dataclass
from typing import assert_never

from pbx.core.errors import ParseError
from pbx.media import stream_messages
from pbx.media.g711 import decode, encode
from pbx.media.stream_buffer import FRAME_BYTES, QUIET, StreamBuffer
from pbx.media.stream_messages import Clear, Mark, Media, StreamStart

MAX_RUBBISH = 100  # messages that could not be read; a bot that talks another protocol is not heard out
_SILENCE = QUIET * FRAME_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """Send the bot a text. `audio` = 20 ms of the party, which may be dropped when the bot does not read."""

    text: str
    audio: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Read on from the bot, or stop reading until told otherwise."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp:
    """The bot does not speak this protocol."""


StreamEffect = Tell | Read | GiveUp


class StreamSession:
    """Begun once, then fed with texts of the bot and pulled 20 ms at a time, in both directions.

    It has no deadline: the party's leg ends it, or the bot. A mark is told at the first pull after the frame
    with the last sample before it, which is when that frame has been played.
    """

    __slots__ = ("_about", "_began", "_buffer", "_chunk", "_number", "_reads", "_rubbish", "_stopped")

    def __init__(self, about: StreamStart) -> None:
        self._about = about
        self._buffer = StreamBuffer()
        self._began: float | None = None
        self._chunk = self._number = self._rubbish = 0
        self._reads, self._stopped = True, False

    @property
    def rubbish(self) -> int:
        """How many messages could not be read."""
        return self._rubbish

    @property
    def queued_ms(self) -> int:
        """How much of the bot's audio waits."""
        return self._buffer.n_bytes * 1000 // stream_messages.SAMPLE_RATE

    @property
    def _talks(self) -> bool:
        return self._began is not None and not self._stopped

    def begin(self, now: float) -> list[StreamEffect]:
        """The connection is open: introduce the call."""
        if self._began is not None:
            return []
        self._began = now
        return [
            Tell(text=stream_messages.connected()),
            Tell(text=stream_messages.start(self._about, self._next())),
        ]

    def handle(self, text: str) -> list[StreamEffect]:
        """Take one text of the bot; rubbish is counted, an event not known here ignored."""
        if not self._talks:
            return []
        try:
            message = stream_messages.read(text)
            if message is None:
                return []
            if message.stream not in (None, self._about.stream):
                raise ParseError("stream: another streamSid", 0)
        except ParseError:
            self._rubbish += 1
            return [GiveUp()] if self._rubbish == MAX_RUBBISH else []
        match message:
            case Media(audio=audio):
                self._buffer.add(audio)
            case Mark(name=name):
                self._buffer.mark(name)
            case Clear():
                return [self._mark(name) for name in self._buffer.clear()] + self._flow()
            case _:
                assert_never(message)
        return self._flow()

    def frame(self, pcm: bytes | None, now: float) -> list[StreamEffect]:
        """The party said these 20 ms of PCM16 at 8 kHz; None = it may not be heard now."""
        if self._began is None or self._stopped:
            return []
        self._chunk += 1
        text = stream_messages.media(
            _SILENCE if pcm is None else encode(pcm, "PCMU"),
            number=self._next(),
            chunk=self._chunk,
            timestamp_ms=round((now - self._began) * 1000),
            stream=self._about.stream,
        )
        return [Tell(text=text, audio=True)]

    def digit(self, key: str) -> list[StreamEffect]:
        """The party pressed a key that the bot may know."""
        if not self._talks:
            return []
        return [Tell(text=stream_messages.digit(key, self._next(), self._about.stream))]

    def pull(self) -> tuple[bytes | None, list[StreamEffect]]:
        """Return 20 ms of PCM16 at 8 kHz for the party, None when the bot is silent, and what follows."""
        if not self._talks:
            return None, []
        told: list[StreamEffect] = [self._mark(name) for name in self._buffer.reached()]
        octets = self._buffer.pull()
        return None if octets is None else decode(octets, "PCMU"), told + self._flow()

    def stop(self) -> list[StreamEffect]:
        """Say goodbye; nothing is sent or played after that."""
        if not self._talks:
            return []
        self._stopped = True
        return [Tell(text=stream_messages.stop(self._about, self._next()))]

    def _mark(self, name: str) -> StreamEffect:
        return Tell(text=stream_messages.mark(name, self._next(), self._about.stream))

    def _flow(self) -> list[StreamEffect]:
        reads = not self._buffer.is_full
        if reads == self._reads:
            return []
        self._reads = reads
        return [Read(on=reads)]

    def _next(self) -> int:
        self._number += 1
        return self._number
