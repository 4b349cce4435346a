"""Whose data did this reach: the question after a breach, and how its answer is made (UK GDPR 33, 34)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

WITHHELD = "withheld"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaching:
    """What was lost: a user's account, a playback link, or an epoch of keys; within a time."""

    user: str = ""
    link: str = ""
    epoch: int | None = None
    since_at: datetime | None = None
    before_at: datetime | None = None

    def is_within(self, at: datetime) -> bool:
        """Whether something at that time is asked about."""
        return (self.since_at is None or self.since_at <= at) and (
            self.before_at is None or at < self.before_at
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """One recording, or one call that was listened to, was reached; `call` "" = nobody knows whose it was."""

    recording: str
    call: str
    at: datetime
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Somebody in a call: `who` is his number, an extension, or that he withheld it."""

    who: str
    tenant: str
    customers: tuple[tuple[str, str], ...] = ()  # reference and name of those who have the number


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """One person, and what of him was reached, by what and when."""

    who: str
    tenant: str
    customers: tuple[str, ...]
    names: tuple[str, ...]
    recordings: tuple[str, ...]
    calls: tuple[str, ...]
    how: tuple[str, ...]
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """`unknown` are recordings, or calls, of which no record says any more who spoke."""

    people: tuple[Reached, ...]
    unknown: tuple[str, ...]
    n_touches: int


@dataclass(slots=True)
class _Gathered:
    speaker: Speaker
    touches: list[Touch] = field(default_factory=list)


def gather(touches: Sequence[Touch], speakers: Mapping[str, Iterable[Speaker]]) -> Reach:
    """Return who is reached, by number; `speakers` are those of each call. Who withheld his is one each."""
    found: dict[tuple[str, ...], _Gathered] = {}
    unknown: dict[str, None] = {}
    for touch in touches:
        present = tuple(speakers.get(touch.call, ()))
        if not present:
            unknown[touch.recording or touch.call] = None
        for one in present:
            key = (one.tenant, one.who, touch.call if one.who == WITHHELD else "")
            found.setdefault(key, _Gathered(one)).touches.append(touch)
    people = [_reached(one) for _, one in sorted(found.items())]
    return Reach(people=tuple(people), unknown=tuple(unknown), n_touches=len(touches))


def _reached(one: _Gathered) -> Reached:
    times = [touch.at for touch in one.touches]
    return Reached(
        who=one.speaker.who,
        tenant=one.speaker.tenant,
        customers=tuple(ref for ref, _ in one.speaker.customers),
        names=tuple(name for _, name in one.speaker.customers if name),
        recordings=_each(touch.recording for touch in one.touches),
        calls=_each(touch.call for touch in one.touches),
        how=_each(touch.how for touch in one.touches),
        first_at=min(times),
        last_at=max(times),
    )


def _each(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in words if word))
