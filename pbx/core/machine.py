"""What every deciding object looks like: events in, effects out, time as a parameter."""

from typing import Protocol, TypeVar

EventT = TypeVar("EventT", contravariant=True)
EffectT = TypeVar("EffectT")


class Machine(Protocol[EventT, EffectT]):
    """A plain state machine; see docs/essays/0001."""

    def handle(self, event: EventT, now: float) -> list[EffectT]:
        """Something happened at monotonic second `now`."""
        ...

    def tick(self, now: float) -> list[EffectT]:
        """A deadline passed."""
        ...

    @property
    def deadline(self) -> float | None:
        """When to call `tick`; None = never."""
        ...
