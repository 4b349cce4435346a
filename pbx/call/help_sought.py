"""HelpSought: what a leg to the emergency services was called for, and from where."""

from dataclasses import dataclass

from pbx.dialplan.locations import Location


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpSought:
    """`number` as it was dialled, `shown` what help sees and calls back (E.164, "" = nothing)."""

    number: str
    shown: str
    location: Location | None

    @property
    def window_s(self) -> float:
        """For how long whoever is called back rings before every rule."""
        return self.location.window_s if self.location is not None else 0.0
