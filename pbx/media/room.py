"""A room: each party hears everybody else. Pulled every 20 ms at 8 or 16 kHz; pure.

Who hears whom is a matrix of gains, party by party, made again only when somebody joins, leaves, is muted
or changes a role or volume. A tick multiplies the frames of those who speak with the distinct rows of that
matrix in one pass; parties with the same row share one result object, so that it is encoded once.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from pbx.core.errors import MisuseError
from pbx.core.ids import LegId
from pbx.media.effects import SeatRole

Role = SeatRole

RATES = (8000, 16000)
FRAME_MS = 20
MAX_PARTIES = 200  # one worker's legs; the matrix then takes 160 kB
MAX_GAIN_DB = 20.0  # more only lifts noise into the limiter
KNEE = 24000.0  # up to here (-2.7 dBFS) a sum is passed as it is, above it is bent towards full scale
# RMS, -48 dBFS: above the noise of a telephone line, below quiet speech. Who is below is not mixed, so that
# the noise of fifty lines does not add up and all who listen hear the same.
SPEECH_LEVEL = 130.0
HANGOVER_S = 0.5  # pauses between words do not end a turn
HOLD_S = 0.3  # at most one change of the active talker in this time
SMOOTHING = 0.3  # of the energy per frame: about 60 ms
LOUDER = 2.0  # a new talker takes over at twice the energy (3 dB) of the present one

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """How one party takes part; `in_db` is for what it says, `out_db` for what it hears.

    `listen` is heard by nobody, `whisper` by `target` only, `barge` and `party` by all.
    """

    role: Role = "party"
    target: LegId | None = None
    muted: bool = False
    deaf: bool = False
    in_db: float = 0.0
    out_db: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveTalkerChanged:
    """Who is talking now, None = nobody; at most one change in 300 ms."""

    talker: LegId | None


class Room:
    """Takes a frame of each leg and gives each leg its mix; `now` is in monotonic seconds."""

    def __init__(self, rate: int = 8000) -> None:
        """ValueError for another rate than 8000 or 16000 Hz."""
        if rate not in RATES:
            raise ValueError("a room runs at 8000 or 16000 Hz")
        self._n_samples = rate * FRAME_MS // 1000
        self._silence = bytes(2 * self._n_samples)
        self._rise: Floats = ((np.arange(self._n_samples) + 0.5) / self._n_samples).astype(np.float32)
        self._fall: Floats = self._rise[::-1].copy()
        self._seats: dict[LegId, Seat] = {}
        self._frames: dict[LegId, bytes] = {}
        self._mixed: dict[LegId, bytes] = {}  # what each speaker said in the last tick
        self._open_until: dict[LegId, float] = {}
        self._order: tuple[LegId, ...] = ()
        self._matrix: Floats = np.zeros((0, 0), np.float32)
        self._is_changed = False
        self._heard_by: dict[LegId, tuple[LegId, ...]] = {}
        self._talk = _Talk()

    @property
    def parties(self) -> tuple[LegId, ...]:
        return tuple(self._seats)

    @property
    def talker(self) -> LegId | None:
        """The active talker, None = nobody talks."""
        return self._talk.talker

    def seat(self, leg: LegId) -> Seat:
        """Return how a party takes part; MisuseError for a stranger."""
        if leg not in self._seats:
            raise MisuseError(f"{leg} is not in the room")
        return self._seats[leg]

    def join(self, leg: LegId, seat: Seat | None = None) -> None:
        """Seat a party, or seat it anew; ValueError for a full room or a seat that cannot be."""
        seat = seat or Seat()
        if leg not in self._seats and len(self._seats) >= MAX_PARTIES:
            raise ValueError(f"the room is full: {MAX_PARTIES} parties")
        if max(abs(seat.in_db), abs(seat.out_db)) > MAX_GAIN_DB:
            raise ValueError(f"a volume is -{MAX_GAIN_DB:.0f} to {MAX_GAIN_DB:.0f} dB")
        if (seat.role == "whisper") != (seat.target is not None):
            raise ValueError("a whisper, and nothing else, has a target")
        self._seats[leg] = seat
        self._is_changed = True

    def change(self, leg: LegId, **changes: object) -> None:
        """Change fields of a party's seat: `room.change(leg, muted=True)`."""
        self.join(leg, replace(self.seat(leg), **changes))  # type: ignore[arg-type]

    def leave(self, leg: LegId) -> None:
        """Unseat a party; what it said last fades out. A stranger is ignored."""
        if self._seats.pop(leg, None) is None:
            return
        self._open_until.pop(leg, None)
        self._is_changed = True

    def put(self, leg: LegId, pcm: bytes | None) -> None:
        """Take a frame of 20 ms, PCM16 little-endian, for the next mix; None = silence.

        A stranger's is ignored. MisuseError for another length than 20 ms.
        """
        if pcm is None or leg not in self._seats:
            self._frames.pop(leg, None)
            return
        if len(pcm) != len(self._silence):
            raise MisuseError(f"a frame has {len(self._silence)} octets, not {len(pcm)}")
        self._frames[leg] = pcm

    def mix(self, now: float) -> dict[LegId, bytes]:
        """Return what each party hears of this tick; parties that hear the same share one object.

        Whoever begins or stops to speak, joins, leaves or changes its seat is faded over the frame, so
        that nothing is heard as a click.
        """
        before, after = self._matrices()
        legs, sound = self._speech(now)
        if not legs:
            return dict.fromkeys(self._seats, self._silence)
        columns = [self._order.index(leg) for leg in legs]
        after = np.ascontiguousarray(after[:, columns])
        if before is not None:
            before = np.ascontiguousarray(before[:, columns])
        heard = self._heard(sound, before, after)
        return {leg: heard[at] for at, leg in enumerate(self._order) if leg in self._seats}

    def heard_by(self, leg: LegId) -> tuple[LegId, ...]:
        """Whose voice the last mix of a party may have in it: also of who has just left or become silent."""
        return self._heard_by.get(leg, ())

    def take_facts(self) -> list[ActiveTalkerChanged]:
        """Return what has changed since the last call."""
        return self._talk.take_facts()

    def _matrices(self) -> tuple[Floats | None, Floats]:
        """Return the gains before a change, None without one, and now; who left has a last, silent row."""
        if not self._is_changed:
            return None, self._matrix
        gone = tuple(leg for leg in self._order if leg not in self._seats)
        order = (*self._seats, *gone)
        before = np.zeros((len(order), len(order)), np.float32)
        places = [order.index(leg) for leg in self._order]
        before[np.ix_(places, places)] = self._matrix
        self._order, self._matrix = order, _gains(order, self._seats)
        # Once more after a change: then nothing is left of what faded.
        self._is_changed = bool(gone) or not np.array_equal(before, self._matrix)
        audible = (before != 0) | (self._matrix != 0)
        self._heard_by = {leg: tuple(compress(order, audible[at])) for at, leg in enumerate(order)}
        return before, self._matrix

    def _speech(self, now: float) -> tuple[list[LegId], Floats]:
        """Return who is heard in this tick and their frames, faded where they begin or end."""
        frames, self._frames = self._frames, {}
        legs = list(frames)
        every = np.frombuffer(b"".join(frames.values()), "<i2").reshape(-1, self._n_samples)
        sound = every.astype(np.float32)
        power = np.einsum("ij,ij->i", sound, sound).tolist()
        loud = SPEECH_LEVEL**2 * self._n_samples
        for leg, energy in zip(legs, power, strict=True):
            if energy > loud:
                self._open_until[leg] = now + HANGOVER_S
        may_talk = {leg: energy for leg, energy in zip(legs, power, strict=True) if self._may_talk(leg, now)}
        self._talk.tick(may_talk, loud, now)
        mixed = self._mixed
        self._mixed = {leg: frames[leg] for leg in legs if self._is_open(leg, now)}
        rows = [
            sound[at] * self._rise if leg not in mixed else sound[at]
            for at, leg in enumerate(legs)
            if leg in self._mixed
        ]
        ended = [leg for leg in mixed if leg not in self._mixed]
        rows += [self._ending(frames.get(leg), mixed[leg]) for leg in ended]
        return [*self._mixed, *ended], np.array(rows, np.float32)

    def _is_open(self, leg: LegId, now: float) -> bool:
        return leg in self._seats and self._open_until.get(leg, -math.inf) >= now

    def _may_talk(self, leg: LegId, now: float) -> bool:
        seat = self._seats.get(leg)
        return (
            seat is not None
            and not seat.muted
            and seat.role in ("party", "barge")
            and self._is_open(leg, now)
        )

    def _ending(self, frame: bytes | None, last: bytes) -> Floats:
        """A frame that falls to silence: the one there is, else the last one run backwards."""
        if frame is not None:
            return np.frombuffer(frame, "<i2") * self._fall
        return np.frombuffer(last, "<i2")[::-1] * self._fall

    def _heard(self, sound: Floats, before: Floats | None, after: Floats) -> list[bytes]:
        """Return the mix of each row of gains; equal rows are mixed once."""
        rows = after if before is None else np.concatenate((before, after), axis=1)
        distinct: dict[bytes, int] = {}
        which = [distinct.setdefault(row.tobytes(), len(distinct)) for row in rows]
        first = [which.index(at) for at in range(len(distinct))]
        total = after[first] @ sound
        if before is not None:
            total = total * self._rise + (before[first] @ sound) * self._fall
        pcm = [row.tobytes() for row in _limited(total)]
        shared = {mix: mix for mix in (self._silence, *reversed(pcm))}
        return [shared[pcm[at]] for at in which]


class _Talk:
    """Who talks: the loudest, kept for a while; `tick` takes the energies of those who may."""

    __slots__ = ("_changed_at", "_facts", "_heard_at", "_level", "talker")

    def __init__(self) -> None:
        self.talker: LegId | None = None
        self._level: dict[LegId, float] = {}
        self._facts: list[ActiveTalkerChanged] = []
        self._heard_at = self._changed_at = -math.inf

    def take_facts(self) -> list[ActiveTalkerChanged]:
        facts, self._facts = self._facts, []
        return facts

    def tick(self, energies: Mapping[LegId, float], loud: float, now: float) -> None:
        self._level = {
            leg: self._level.get(leg, 0.0) * (1 - SMOOTHING) + energy * SMOOTHING
            for leg, energy in energies.items()
        }
        if self.talker is not None and energies.get(self.talker, 0.0) > loud:
            self._heard_at = now
        talker = self._choice(loud, now)
        if talker != self.talker and now - self._changed_at >= HOLD_S:
            self.talker, self._changed_at, self._heard_at = talker, now, now
            self._facts.append(ActiveTalkerChanged(talker=talker))

    def _choice(self, loud: float, now: float) -> LegId | None:
        loudest = max(self._level, key=self._level.__getitem__, default=None)
        is_loud = loudest is not None and self._level[loudest] > loud
        if self.talker is None or (self.talker not in self._level and now - self._heard_at > HANGOVER_S):
            return loudest if is_loud else None
        present = self._level.get(self.talker, 0.0)
        return (
            loudest
            if loudest is not None and is_loud and self._level[loudest] > LOUDER * present
            else self.talker
        )


def _gains(order: tuple[LegId, ...], seats: Mapping[LegId, Seat]) -> Floats:
    """Return by which factor the party of a row hears the party of a column."""
    said, heard = np.zeros(len(order)), np.zeros(len(order))
    for at, leg in enumerate(order):
        seat = seats.get(leg)
        if seat is not None:
            said[at] = 0.0 if seat.muted or seat.role == "listen" else 10 ** (seat.in_db / 20)
            heard[at] = 0.0 if seat.deaf else 10 ** (seat.out_db / 20)
    gains = np.outer(heard, said).astype(np.float32)
    np.fill_diagonal(gains, 0.0)
    for at, leg in enumerate(order):
        seat = seats.get(leg)
        if seat is not None and seat.role == "whisper":
            gains[[row for row, hearer in enumerate(order) if hearer != seat.target], at] = 0.0
    return gains


def _limited(total: Floats) -> NDArray[np.int16]:
    """Bend what exceeds the knee towards full scale; a sum never wraps."""
    if np.abs(total).max() > KNEE:
        over = np.maximum(np.abs(total) - KNEE, 0) / (32767 - KNEE)
        bent = np.sign(total) * (np.minimum(np.abs(total), KNEE) + (32767 - KNEE) * np.tanh(over))
        return np.rint(bent).astype("<i2")
    return np.rint(total).astype("<i2")
