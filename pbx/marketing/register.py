"""Register: what is known of numbers, as keyed tags: who wants no calls, who was screened, who has agreed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pbx.marketing.effects import What

KEPT = timedelta(days=92)  # of calls and refusals: longer than any rule looks back
Result = tuple[bool, datetime]  # whether a number is registered, as of when
FRESH_S = 60.0  # an opt-out counts everywhere within a minute (C-15): beyond it, what is known is not enough


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """A number held against the register `name`: whether it is in it, as of when."""

    tag: bytes
    name: str
    registered: bool
    screened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A person has agreed to be called by this controller, until `expires_at` (None = without end)."""

    tag: bytes
    given_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A call, or what came of it; `contact` names it once, in whatever order it is heard of."""

    contact: str
    tag: bytes
    what: What
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a store has that was not known yet."""

    stops: tuple[bytes, ...] = ()
    screenings: tuple[Screening, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    contacts: tuple[Contact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of one number."""

    is_stopped: bool = False
    screenings: tuple[Screening, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    contacts: tuple[Contact, ...] = ()

    def has_agreed(self, at: datetime) -> bool:
        """Whether an agreement holds."""
        return any(
            one.given_at <= at and (one.expires_at is None or at < one.expires_at) for one in self.agreements
        )


class Register:
    """In memory, so that no call waits for a database; a stop is only ever added.

    With `is_followed` it trusts itself for FRESH_S seconds after it has heard from its store.
    """

    __slots__ = ("_agreements", "_contacts", "_heard", "_is_followed", "_results", "_screenings", "_stops")

    def __init__(self, *, is_followed: bool = False) -> None:
        self._is_followed = is_followed
        self._heard = float("-inf")
        self._stops: set[bytes] = set()
        self._screenings: dict[str, dict[bytes, Result]] = {}  # by register; lists have a million numbers
        self._results: dict[Result, Result] = {}  # each once: those of a list are mostly the same
        self._agreements: dict[bytes, list[Agreement]] = {}
        self._contacts: dict[bytes, dict[str, Contact]] = {}

    def take(self, changes: Changes) -> None:
        """Learn what the store has; what is known already changes nothing."""
        self._stops.update(changes.stops)
        for screening in changes.screenings:
            self._screened(screening)
        for agreement in changes.agreements:
            self._agreements.setdefault(agreement.tag, []).append(agreement)
        for contact in changes.contacts:
            self.contacted(contact)

    def _screened(self, screening: Screening) -> None:
        known = self._screenings.setdefault(screening.name, {})
        before = known.get(screening.tag)
        if before is None or before[1] <= screening.screened_at:
            result = (screening.registered, screening.screened_at)
            known[screening.tag] = self._results.setdefault(result, result)

    def heard(self, now: float) -> None:
        """The store had nothing more to tell."""
        self._heard = now

    def is_stale(self, now: float) -> bool:
        """Whether somebody may have wished something that is not known here."""
        return self._is_followed and now - self._heard > FRESH_S

    def stop(self, tag: bytes) -> bool:
        """Call a number no more; False = that was known."""
        if tag in self._stops:
            return False
        self._stops.add(tag)
        return True

    def contacted(self, contact: Contact) -> None:
        """Note a call; those that no rule looks back to are forgotten."""
        known = self._contacts.get(contact.tag, {})
        kept = {name: one for name, one in known.items() if contact.at - one.at <= KEPT}
        self._contacts[contact.tag] = kept | {contact.contact: contact}

    def standing(self, tag: bytes) -> Standing:
        """Return what is known of a number."""
        return Standing(
            is_stopped=tag in self._stops,
            screenings=tuple(
                Screening(tag=tag, name=name, registered=known[tag][0], screened_at=known[tag][1])
                for name, known in self._screenings.items()
                if tag in known
            ),
            agreements=tuple(self._agreements.get(tag, ())),
            contacts=tuple(self._contacts.get(tag, {}).values()),
        )
