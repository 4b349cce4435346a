"""Timing: when one of several places of a ring rings, and on whose account."""

from dataclasses import dataclass

from pbx.core.phone import mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Seconds since the ring began. `ring_s` None = up to its end; `account` = whose calls, of a number.

    `asks_key` = who is called at the number takes the call by a key.
    """

    after_s: float = 0.0
    ring_s: float | None = None
    account: str = ""
    asks_key: bool = True

    @property
    def words(self) -> str:
        """What differs from ringing at once, up to the end."""
        after = f" after {self.after_s:g} s" if self.after_s else ""
        return after + (f" for {self.ring_s:g} s" if self.ring_s is not None else "")


AT_ONCE = Timing()


def shown(target: str) -> str:
    """Return a target of a ring without the number of the network."""
    kind, _, name = target.partition("/")
    return f"number {mask(name)}" if kind == "number" else target
