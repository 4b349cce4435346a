"""Transcripts: what parties answer, on its way to the recogniser process and back as words; one of a leg.

The audio is the party's own, before whatever mutes it for others. It goes into a Unix socket and nowhere
else, and what waits there is at most one utterance. A worker without a recogniser says `failed` at once.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from pbx.core.ids import LegId
from pbx.core.secret import Secret
from pbx.media.codecs.codec import NARROW
from pbx.media.codecs.halfband import Narrow
from pbx.media.events import MediaEvent
from pbx.media.io.leg import RtpLeg
from pbx.media.speech_orders import StopTranscribing, Transcribe, Transcribed
from pbx.media.utterance import LIMIT_S, End, Utterance

ANSWER_S = 4.0  # after the end of the utterance; a third of a second where the recogniser is idle
MAX_ANSWER = 1024  # octets
_log = logging.getLogger(__name__)

_Done = Callable[[RtpLeg, Transcribed], None]


class _Transcript:
    """One utterance of one leg, and the connection that it goes through."""

    def __init__(self, order: Transcribe, leg: RtpLeg, path: Path, done: _Done) -> None:
        self._order, self._leg, self._done = order, leg, done
        self._utterance, self._narrow = Utterance(), Narrow()
        self._pieces: asyncio.Queue[bytes] = asyncio.Queue()  # as much as LIMIT_S brings
        self._task = asyncio.ensure_future(self._run(path))
        leg.said = self._said

    def close(self) -> None:
        """Nobody wants to know any more."""
        self._leg.said = None
        self._task.cancel()

    def _said(self, pcm: bytes, sample_rate: int) -> None:
        piece = self._utterance.feed(pcm if sample_rate == NARROW else self._narrow.feed(pcm))
        if piece:
            self._pieces.put_nowait(piece)
        if self._utterance.end is not None:
            self._leg.said = None
            self._pieces.put_nowait(b"")

    async def _run(self, path: Path) -> None:
        answer = self._answer("failed")
        try:
            async with asyncio.timeout(LIMIT_S + ANSWER_S):
                answer = await self._converse(path)
        except Exception as error:  # whatever it is, the party can still be asked for keys
            _log.warning("leg=%s is not understood: %s", self._order.leg, type(error).__name__)
        self._leg.said = None
        self._done(self._leg, answer)

    async def _converse(self, path: Path) -> Transcribed:
        reader, writer = await asyncio.open_unix_connection(str(path), limit=MAX_ANSWER)
        try:
            asked = {"grammar": self._order.grammar, "language": self._order.language}
            writer.write(json.dumps(asked).encode() + b"\n")
            while piece := await self._pieces.get():
                writer.write(piece)
                await writer.drain()
            if self._utterance.end is End.SILENCE:
                return self._answer("silence")
            if self._utterance.end is End.ENDLESS:
                return self._answer("heard")
            writer.write_eof()
            async with asyncio.timeout(ANSWER_S):
                return self._read(json.loads(await reader.readline()))
        finally:
            writer.close()

    def _read(self, answer: dict[str, object]) -> Transcribed:
        """Return the words; ValueError, KeyError or TypeError when they are none."""
        words, confidence = answer["words"], answer["confidence"]
        if not isinstance(words, str) or not isinstance(confidence, float | int):
            raise TypeError("no words")
        return Transcribed(
            leg=self._order.leg,
            token=self._order.token,
            outcome="heard",
            words=Secret(words),
            confidence=float(confidence),
        )

    def _answer(self, outcome: Literal["heard", "silence", "failed"]) -> Transcribed:
        """Without words: said nothing, said too much, or nobody could tell."""
        return Transcribed(leg=self._order.leg, token=self._order.token, outcome=outcome)


class Transcripts:
    """`recogniser` is the socket of its process, None = there is none.

    `changed` is called when a leg is listened to, and when it is no longer.
    """

    def __init__(
        self,
        legs: Mapping[LegId, RtpLeg],
        emit: Callable[[MediaEvent], None],
        changed: Callable[[RtpLeg], None],
    ) -> None:
        self._legs, self._emit, self._changed = legs, emit, changed
        self._open: dict[LegId, _Transcript] = {}
        self.recogniser: Path | None = None

    @property
    def orders(self) -> dict[type, Callable[[Any], None]]:
        """What is done with each kind of order."""
        return {Transcribe: self._begin, StopTranscribing: self._stop}

    def drop(self, leg: RtpLeg) -> None:
        """The leg has ended, or nobody wants to know any more: nothing is said of it."""
        transcript = self._open.pop(leg.leg, None)
        if transcript is not None:
            transcript.close()
            self._changed(leg)

    def _begin(self, order: Transcribe) -> None:
        leg = self._legs.get(order.leg)
        if leg is None or self.recogniser is None or not leg.decodable:
            self._emit(Transcribed(leg=order.leg, token=order.token, outcome="failed"))
            return
        self.drop(leg)  # a new order takes the place of the one before
        self._open[leg.leg] = _Transcript(order, leg, self.recogniser, self._ended)
        self._changed(leg)

    def _stop(self, order: StopTranscribing) -> None:
        leg = self._legs.get(order.leg)
        if leg is not None:
            self.drop(leg)

    def _ended(self, leg: RtpLeg, answer: Transcribed) -> None:
        del self._open[leg.leg]
        self._changed(leg)
        self._emit(answer)
