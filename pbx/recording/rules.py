"""Recording rules: which calls are recorded, decided by an ordered table; the first rule that fits wins.

Consent stands above: a rule says what should be kept, never that it may be. Source: REC-01.
"""

from dataclasses import dataclass
from typing import Literal

from pbx.recording.failure import FailurePolicy

Mode = Literal["flow", "off", "always", "on_demand", "segment"]
Direction = Literal["in", "out", "internal"]
_CONDITIONS = ("directions", "numbers", "groups", "queues", "extensions", "trunks", "conferences")
_NOTHING: frozenset[str] = frozenset()
EMERGENCY = "an emergency call is never recorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row: every condition that is there has to fit, by any of its values.

    `flow` = recorded where a step of a flow asks. `share` = of the calls that fit, this part is recorded.
    """

    mode: Mode
    share: float | None = None  # of a sample, between 0 and 1; then `mode` is `always`
    on_failure: FailurePolicy | None = None  # None = by purpose, or the tenant's
    place: str = ""  # file:line
    directions: frozenset[str] = _NOTHING
    numbers: frozenset[str] = _NOTHING  # that were called, E.164
    groups: frozenset[str] = _NOTHING
    queues: frozenset[str] = _NOTHING
    extensions: frozenset[str] = _NOTHING  # of either party, or of anybody in the room
    trunks: frozenset[str] = _NOTHING
    conferences: frozenset[str] = _NOTHING  # rooms, each recorded as one

    def fits(self, facts: "CallFacts") -> bool:
        """Whether this row is about the call."""
        found = ((getattr(self, name), getattr(facts, name)) for name in _CONDITIONS)
        return all(not wanted or wanted & known for wanted, known in found)

    def covers(self, other: "Rule") -> bool:
        """Whether every call that `other` is about is one of this row's too."""
        pairs = ((getattr(self, name), getattr(other, name)) for name in _CONDITIONS)
        return all(not mine or (theirs and theirs <= mine) for mine, theirs in pairs)

    @property
    def words(self) -> str:
        """The rule as it is named to an admin."""
        conditions = [
            f"{name.removesuffix('s')} {'|'.join(sorted(getattr(self, name)))}"
            for name in _CONDITIONS
            if getattr(self, name)
        ]
        what = f"sample {self.share:g}" if self.share is not None else self.mode
        told = f"{', '.join(conditions) or 'any call'}: {what}"
        return f"{self.place} {told}" if self.place else told


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRules:
    """The table of a tenant; `otherwise` is the mode of a call that no row fits.

    `private` are extensions that nothing is recorded of, whatever a row, a flow or a key says: staff cannot
    refuse its employer freely, so it has a line where there is nothing to refuse (compliance reference §3.3).
    """

    rules: tuple[Rule, ...] = ()
    otherwise: Mode = "flow"
    private: frozenset[str] = _NOTHING

    @property
    def is_plain(self) -> bool:
        """Whether the flows alone decide: then there is nothing to tell of a decision."""
        return not self.rules and not self.private and self.otherwise == "flow"

    @property
    def may_record(self) -> bool:
        """Whether any call may be recorded."""
        return any(mode != "off" for mode in (self.otherwise, *(rule.mode for rule in self.rules)))


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFacts:
    """What is known of a call, or of a room, now: who talks changes, and so may what is recorded."""

    directions: frozenset[str] = _NOTHING
    numbers: frozenset[str] = _NOTHING
    groups: frozenset[str] = _NOTHING
    queues: frozenset[str] = _NOTHING
    extensions: frozenset[str] = _NOTHING
    trunks: frozenset[str] = _NOTHING
    conferences: frozenset[str] = _NOTHING  # a room's own facts; a call has none
    is_emergency: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What should be recorded of a call, and why in words; a sample is `always` or `off` by now."""

    mode: Mode
    reason: str
    on_failure: FailurePolicy | None = None  # of the rule that decided


def recording_rule(rules: RecordingRules, facts: CallFacts, draw: float) -> Decision:
    """Return the decision of the first rule that fits; `draw` is the call's lot, 0 <= draw < 1."""
    if facts.is_emergency:
        return Decision(mode="off", reason=EMERGENCY)
    if private := sorted(rules.private & facts.extensions):
        return Decision(mode="off", reason=f"{private[0]} is a private line")
    rule = next((one for one in rules.rules if one.fits(facts)), None)
    if rule is None:
        return Decision(mode=rules.otherwise, reason=f"no rule fits, mode {rules.otherwise}")
    if rule.share is None:
        return Decision(mode=rule.mode, reason=rule.words, on_failure=rule.on_failure)
    is_drawn = draw < rule.share
    lot = f"{'drawn' if is_drawn else 'not drawn'} ({draw:.4f})"
    mode: Mode = "always" if is_drawn else "off"
    return Decision(mode=mode, reason=f"{rule.words}, {lot}", on_failure=rule.on_failure)


def shadowed(rules: tuple[Rule, ...]) -> list[tuple[int, int]]:
    """Return the rows that nothing reaches, by index, each with the earlier row that takes all of it."""
    found: list[tuple[int, int]] = []
    for i, rule in enumerate(rules):
        first = next((j for j, earlier in enumerate(rules[:i]) if earlier.covers(rule)), None)
        if first is not None:
            found.append((i, first))
    return found
