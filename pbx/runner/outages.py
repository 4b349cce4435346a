"""Outages: which parts calls had to do without lately, counted from what signalling sees of its calls.

A part is away after FAILURES failures in a row, and back with the first answer: a single name that nobody
knows, or a sentence that nobody has recorded, is no outage.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pbx.call.events import CodeHandled, PromptsMissing, PromptsReady
from pbx.core.dependency import Dependency
from pbx.sip.locate.events import DnsAnswered

FAILURES = 3
MAX_REASON = 200  # characters
WATCHED = (Dependency.DNS, Dependency.CUSTOMERS, Dependency.SPEECH, Dependency.CODES)


@dataclass(slots=True)
class _Part:
    n_failed: int = 0  # in a row
    n_without: int = 0  # since the start
    reason: str = ""


class Outages:
    """What failed for whom stays out of it: a reason is a word of ours or the name of an error."""

    __slots__ = ("_parts",)

    def __init__(self) -> None:
        self._parts = {one: _Part() for one in WATCHED}

    def take(self, item: object) -> None:
        """Learn from an event of a call or from an answer of DNS."""
        match item:
            case DnsAnswered():
                self._learn(Dependency.DNS, "no server answers" if item.failed else "")
            case PromptsMissing():
                self._learn(Dependency.SPEECH, "sentences have neither a recording nor a voice")
            case PromptsReady():
                self._learn(Dependency.SPEECH, "")
            case CodeHandled(reason="failed"):
                self._learn(Dependency.CODES, "whoever should carry codes did not take them")
            case CodeHandled(reason=None):
                self._learn(Dependency.CODES, "")

    def customers(self, tenant: str, has_answered: bool) -> None:  # noqa: FBT001 - a value, not a switch
        """A tenant's own servers were asked for a caller."""
        self._learn(Dependency.CUSTOMERS, "" if has_answered else f"servers of {tenant} do not answer")

    @property
    def without(self) -> Mapping[Dependency, int]:
        """How often a call had to do without each part, since the start."""
        return {one: part.n_without for one, part in self._parts.items()}

    @property
    def alarms(self) -> Mapping[Dependency, str]:
        """What is wrong with each part now; "" = nothing is."""
        return {one: part.reason if part.n_failed >= FAILURES else "" for one, part in self._parts.items()}

    def _learn(self, dependency: Dependency, reason: str) -> None:
        part = self._parts[dependency]
        part.n_failed = part.n_failed + 1 if reason else 0
        part.n_without += bool(reason)
        part.reason = reason[:MAX_REASON]
