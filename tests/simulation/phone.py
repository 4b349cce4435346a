"""A telephone, or the carrier with all the telephones behind it; what it does is up to its habits."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from pbx.core.address import Address, Remote
from pbx.core.ids import LegId
from pbx.sip.effects import HangUp, SipEffect
from pbx.sip.events import CallOffered, LegAnswered, LegConfirmed, LegEnded, LegRejected, SipEvent
from tests.simulation.sdp import Way, describe
from tests.simulation.world import PBX, USERS, World

SERVER = Remote("udp", PBX.host, PBX.port)
TALK_S = 30.0  # most people do not wait or talk longer
LONG_TALK_S = 400.0  # some do, and see several refreshes
STRANGER = "+447700900123"


@dataclass(slots=True)
class Outcome:
    """What one party saw of one leg."""

    placed: bool
    answered: bool = False
    refused: bool = False  # by this party, which hears no more of it
    ends: list[str] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Nothing more will be heard of it."""
        return bool(self.ends) or self.refused


class Habit(Protocol):
    """One kind of behaviour."""

    def hear(self, event: SipEvent) -> None:
        """Something happened on the telephone."""
        ...


class Phone:
    """Keeps what it saw of each leg, and passes every event to its habits."""

    def __init__(self, world: World, at: Address) -> None:
        self.outcomes: dict[LegId, Outcome] = {}
        self.habits: list[Habit] = []
        self.world, self.at = world, at
        self.user = USERS.get(at, STRANGER)
        self._version = 1
        world.heard[at] = self._hear

    @property
    def random(self) -> Random:
        """The chance of the whole world."""
        return self.world.random

    @property
    def is_extension(self) -> bool:
        """Whether it registers and proves its calls."""
        return self.at in USERS

    def chance(self, probability: float) -> bool:
        """Throw the dice."""
        return self.random.random() < probability

    def sdp(self, way: Way = "talk") -> bytes:
        """A new version of the description."""
        self._version += 1
        return describe(way, self._version)

    def order(self, order: SipEffect) -> None:
        """Do it now."""
        self.world.order(self.at, order)

    def later(self, seconds: float, action: SipEffect | Callable[[], None]) -> None:
        """Do it later."""
        self.world.after(seconds, action if callable(action) else lambda: self.order(action))

    def hang_up_later(self, leg: LegId) -> None:
        """Talk for a while."""
        longest_s = LONG_TALK_S if self.chance(0.05) else TALK_S
        self.later(self.random.uniform(0.1, longest_s), HangUp(leg=leg))

    def is_talking(self, leg: LegId) -> bool:
        """Whether the leg is answered and not over."""
        outcome = self.outcomes[leg]
        return outcome.answered and not outcome.is_over

    def _hear(self, event: SipEvent) -> None:
        match event:
            case CallOffered():
                self.outcomes[event.leg] = Outcome(placed=False)
            case LegAnswered() | LegConfirmed():
                self.outcomes[event.leg].answered = True
            case LegRejected():
                self.outcomes[event.leg].ends.append(str(event.status))
            case LegEnded():
                self.outcomes[event.leg].ends.append(event.how)
            case _:
                pass
        for habit in self.habits:
            habit.hear(event)
