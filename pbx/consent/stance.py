"""What a tenant has decided of what the law leaves to him."""

from dataclasses import dataclass

from pbx.consent.effects import Mode, Overlay


@dataclass(frozen=True, slots=True, kw_only=True)
class Stance:
    """`default_unknown` is his rule for who may be anywhere; `overlays` hold for all his calls."""

    default_unknown: Mode = "notify_optout"
    overlays: tuple[Overlay, ...] = ()


UNDECIDED = Stance()
