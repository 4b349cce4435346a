"""What a tenant has decided of what the law leaves to him, and what two people have decided against it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pbx.consent.effects import Mode, Overlay


@dataclass(frozen=True, slots=True, kw_only=True)
class Lowered:
    """A region whose rule two people have lowered for a while; `override` names their decision."""

    region: str
    mode: Mode
    override: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stance:
    """`default_unknown` is his rule for who may be anywhere; `overlays` hold for all his calls.

    `floors` are the least that he wants asked of a region, never less than the law.
    """

    default_unknown: Mode = "notify_optout"
    overlays: tuple[Overlay, ...] = ()
    floors: Mapping[str, Mode] = field(default_factory=dict)
    lowered: tuple[Lowered, ...] = ()

    def floor(self, names: tuple[str, ...]) -> Mode | None:
        """What he wants at least where a place has these names; the first that he speaks of decides."""
        return next((self.floors[name] for name in names if name in self.floors), None)

    def override(self, names: tuple[str, ...]) -> Lowered | None:
        """What two people have decided of a place."""
        found = {one.region: one for one in self.lowered}
        return next((found[name] for name in names if name in found), None)


UNDECIDED = Stance()


class Overrides:
    """Which rules are lowered now, by tenant. A call asks when it begins, and keeps what it was told."""

    __slots__ = ("_lowered",)

    def __init__(self) -> None:
        self._lowered: Mapping[str, tuple[Lowered, ...]] = {}

    def restore(self, lowered: Mapping[str, tuple[Lowered, ...]]) -> None:
        """These are in force, and no others."""
        self._lowered = dict(lowered)

    def of(self, tenant: str) -> tuple[Lowered, ...]:
        """What is lowered for the calls of a tenant."""
        return self._lowered.get(tenant, ())
