"""The recorded streams of one recording session: a leg of the media worker for each, in its m= line."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pbx.core.address import Family
from pbx.core.audio import Direction
from pbx.core.ids import CallId, LegId
from pbx.media.effects import CloseLeg, MediaEffect, OpenLeg
from pbx.media.events import LegClosed, LegOpened
from pbx.media.fork_orders import ForkLeg, UnforkLeg
from pbx.siprec.description import Agreed, Slots, StreamAudio, StreamLine
from pbx.siprec.events import Recorded

MAX_LINES = 16  # m= lines; as many as parties may have come and gone at once, ended ones are used again


@dataclass(slots=True, kw_only=True)
class Line:
    """One stream; `flowing` is what the worker was told, None = nothing flows."""

    leg: LegId  # ours towards the recorder
    of: LegId
    call: CallId  # of the party, whose media worker has to have it
    label: str
    codec: str
    sends: bool = True
    place: tuple[str, int] | None = None  # None = its port is being opened
    is_moving: bool = False  # the port has to close before it opens elsewhere
    worker: int = 0
    audio: StreamAudio | None = None  # what the recorder takes
    flowing: StreamAudio | None = None


class Lines:
    """Follows who is recorded; labels count up, so that none ever means two parties."""

    __slots__ = ("_call", "_family", "_is_short", "_labels", "_left_out", "_lines", "_name", "is_paused")

    def __init__(self, call: CallId, family: Family, name: Callable[[], LegId]) -> None:
        """`name` makes the id of another leg."""
        self._call, self._family, self._name = call, family, name
        self._labels = 0
        self._lines: list[Line | None] = []
        self._left_out: frozenset[LegId] = frozenset()  # for whom there is no m= line
        self._is_short = False
        self.is_paused = False

    def __iter__(self) -> Iterator[Line]:
        return (line for line in self._lines if line is not None)

    def __bool__(self) -> bool:
        return any(self)

    @property
    def is_ready(self) -> bool:
        """Whether every port is open."""
        return all(line.place is not None for line in self)

    @property
    def slots(self) -> Slots:
        """The m= lines as they should be now."""
        return tuple(None if line is None else self._slot(line) for line in self._lines)

    @property
    def legs(self) -> frozenset[LegId]:
        """Ours."""
        return frozenset(line.leg for line in self)

    def label_of(self, party: LegId) -> str:
        """The label of a party's stream, "" = it has none."""
        return next((line.label for line in self if line.of == party), "")

    def follow(self, parties: tuple[Recorded, ...]) -> list[MediaEffect]:
        """Take whose voice is recorded: open what is missing, close what is over."""
        wanted = {one.leg: one for one in parties if one.is_kept}
        effects: list[MediaEffect] = []
        for index, line in enumerate(self._lines):
            if line is not None and line.of not in wanted:
                effects += self._close(line)
                self._lines[index] = None
        for party in wanted.values():
            line = next((one for one in self if one.of == party.leg), None)
            if line is None:
                effects += self._begin(party)
            else:
                line.codec, line.sends = party.codec or line.codec, party.sends
                line.call = party.call or self._call  # who is transferred is in another one
        missing = wanted.keys() - {line.of for line in self}
        self._is_short = self._is_short or not missing <= self._left_out
        self._left_out = frozenset(missing)
        return effects

    def take_short(self) -> bool:
        """Whether there was no m= line for somebody since this was asked last."""
        is_short, self._is_short = self._is_short, False
        return is_short

    def close(self) -> list[MediaEffect]:
        """End every stream, and forget the m= lines: the next session begins with new ones."""
        effects = [effect for line in self for effect in self._close(line)]
        self._lines, self._left_out = [], frozenset()
        return effects

    def pack(self) -> None:
        """Give up the places of ended streams: the next recorder never heard of them."""
        self._lines = [line for line in self._lines if line is not None]
        for line in self:
            line.audio = None

    def agreed(self, audio: Agreed) -> None:
        """Take what the recorder answered, in the order of the m= lines."""
        for line, one in zip(self._lines, audio, strict=False):
            if line is not None:
                line.audio = one

    def flow(self) -> list[MediaEffect]:
        """Let flow what is agreed on both sides, and nothing else."""
        effects: list[MediaEffect] = []
        for line in self:
            audio = line.audio
            is_on = audio is not None and audio.direction == "sendonly" and self._sends(line)
            wanted = audio if is_on and line.place is not None else None
            if wanted == line.flowing:
                continue
            line.flowing = wanted
            effects.append(UnforkLeg(leg=line.leg) if wanted is None else self._fork(line, wanted))
        return effects

    def opened(self, event: LegOpened) -> bool:
        """A port is open; False = it is none of ours."""
        line = self._line(event.leg)
        if line is not None:
            line.place, line.worker = (event.host, event.port), event.worker
        return line is not None

    def closed(self, event: LegClosed) -> list[MediaEffect]:
        """A port that has to move is closed: open it where the call is now."""
        line = self._line(event.leg)
        if line is None or not line.is_moving:
            return []
        line.is_moving = False
        return [self._open(line)]

    def lost(self, leg: LegId) -> list[MediaEffect]:
        """The media worker of a leg of ours is gone: open it again."""
        line = self._line(leg)
        if line is None or line.is_moving:
            return []
        line.place = line.audio = line.flowing = None
        return [self._open(line)]

    def reopened(self, party: LegId, worker: int) -> list[MediaEffect]:
        """A party's port is another one: what is forked of it has to be ordered anew, where it is now."""
        line = next((one for one in self if one.of == party), None)
        if line is None or line.place is None:
            return []
        line.flowing = None
        if line.worker == worker:
            return []
        line.place = line.audio = None
        line.is_moving = True
        return [CloseLeg(leg=line.leg)]

    def drop(self, leg: LegId) -> bool:
        """A leg of ours cannot be had; False = it is none of ours."""
        line = self._line(leg)
        if line is not None:
            self._lines[self._lines.index(line)] = None
        return line is not None

    def _line(self, leg: LegId) -> Line | None:
        return next((line for line in self if line.leg == leg), None)

    def _begin(self, party: Recorded) -> list[MediaEffect]:
        free = next((index for index, line in enumerate(self._lines) if line is None), len(self._lines))
        if free >= MAX_LINES:
            return []
        self._labels += 1
        line = Line(
            leg=self._name(),
            of=party.leg,
            call=party.call or self._call,
            label=str(self._labels),
            codec=party.codec,
            sends=party.sends,
        )
        self._lines[free : free + 1] = [line]
        return [self._open(line)]

    def _open(self, line: Line) -> OpenLeg:
        return OpenLeg(leg=line.leg, call=line.call, family=self._family)

    def _fork(self, line: Line, audio: StreamAudio) -> ForkLeg:
        return ForkLeg(
            leg=line.leg,
            of=line.of,
            host=audio.host,
            port=audio.port,
            format=audio.format,
            rtcp=audio.rtcp,
            security=audio.security,
            session=self._call,
        )

    def _close(self, line: Line) -> list[MediaEffect]:
        stopped: list[MediaEffect] = [UnforkLeg(leg=line.leg)] if line.flowing is not None else []
        return [*stopped, CloseLeg(leg=line.leg)]

    def _sends(self, line: Line) -> bool:
        return line.sends and not self.is_paused

    def _slot(self, line: Line) -> StreamLine | None:
        if line.place is None:
            return None
        direction: Direction = "sendonly" if self._sends(line) else "inactive"
        return StreamLine(label=line.label, place=line.place, codec=line.codec, direction=direction)
