"""Condition: what a rule or a step asks of a call; all that it asks must hold."""

from dataclasses import dataclass

from pbx.conditions.circumstances import Circumstances
from pbx.conditions.pattern import Pattern
from pbx.core.phone import mask
from pbx.schedules.holiday import Kind
from pbx.sip.header_map import header_key
from pbx.sip.stir.condition import VerdictCondition, word_of

WITHHELD = "withheld"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleIs:
    """A schedule is in one of these ways; who asks for closed means holidays too."""

    schedule: str
    kinds: tuple[Kind, ...]

    @property
    def meant(self) -> frozenset[Kind]:
        """The ways with what is meant by them."""
        return frozenset({*self.kinds, *(("holiday",) if "closed" in self.kinds else ())})

    def __str__(self) -> str:
        return f"{self.schedule} is {' or '.join(self.kinds)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderIs:
    """A header has a value that fits one of these; one that comes several times has several."""

    name: str
    patterns: tuple[Pattern, ...]

    def __str__(self) -> str:
        return f"{self.name} is {' or '.join(map(str, self.patterns))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Parts that ask nothing are empty; `level` "" = whoever calls, else how sure it is at least who does."""

    verdict: VerdictCondition = VerdictCondition()
    schedules: tuple[ScheduleIs, ...] = ()
    callers: tuple[Pattern, ...] = ()  # `withheld` = shows no number
    headers: tuple[HeaderIs, ...] = ()
    level: str = ""

    @property
    def asks_verdict(self) -> bool:
        """Whether it is about the signature of the calling number."""
        return self.verdict != VerdictCondition()

    def holds(self, call: Circumstances) -> bool:
        """Whether a call is meant."""
        return (
            self.verdict.holds(call.verdict)
            and all(call.schedules.state(one.schedule, call.at).kind in one.meant for one in self.schedules)
            and (not self.callers or any(one.fits(call.caller or WITHHELD) for one in self.callers))
            and all(_has(one, call) for one in self.headers)
            and call.level >= self.level
        )

    def met(self, call: Circumstances) -> tuple[str, ...]:
        """Return how a call is in what is asked, in words that name no number."""
        said = []
        if self.asks_verdict:
            found = call.verdict
            attested = f", attestation {found.attestation}" if found and found.attestation else ""
            said.append(f"the calling number has the verdict {word_of(found)}{attested}")
        for one in self.schedules:
            said.append(f"{one.schedule} is {call.schedules.state(one.schedule, call.at)}")
        said += [f"{one.name} {'fits' if _has(one, call) else 'does not fit'}" for one in self.headers]
        return tuple(said)

    def __str__(self) -> str:
        parts = [str(self.verdict), *map(str, self.schedules)]
        shown = (one.text if one.text == WITHHELD else mask(one.text) for one in self.callers)
        parts.append(f"caller {' or '.join(shown)}" if self.callers else "")
        parts += map(str, self.headers)
        parts.append(f"verified {self.level}" if self.level else "")
        return ", ".join(filter(None, parts))


def _has(asked: HeaderIs, call: Circumstances) -> bool:
    key = header_key(asked.name)
    values = (value for name, value in call.headers if header_key(name) == key)
    return any(pattern.fits(value) for value in values for pattern in asked.patterns)
