"""Everybody in the simulation: who has which habits, and who calls whom when."""

from collections.abc import Callable
from dataclasses import dataclass

from pbx.core.address import Address
from tests.simulation.callee import Callee
from tests.simulation.caller import Caller
from tests.simulation.device import Device
from tests.simulation.holder import Holder
from tests.simulation.phone import LONG_TALK_S, Phone
from tests.simulation.transferor import Transferor
from tests.simulation.world import ALICE, CAROL, CARRIER, MOBILE, PHONES, World

BEGIN_S = 5.0  # for the first registrations
WORKER_LIVES_S = (5.0, 50.0)
WAYS: tuple[tuple[Address, str], ...] = (
    (ALICE, "1003"),
    (CAROL, "1001"),
    (MOBILE, "1001"),
    (ALICE, "901632960999"),
    (CARRIER, "+441632960101"),
    (CARRIER, "+441632960101"),
    (CARRIER, "+441632960102"),
    (CARRIER, "+441632960100"),
    (CARRIER, "+441632960199"),
)


@dataclass(frozen=True, slots=True)
class Person:
    """A telephone and what it does."""

    phone: Phone
    caller: Caller
    transferor: Transferor
    device: Device


class Town:
    """The people of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.people = {at: _person(world, at) for at in PHONES}

    @property
    def phones(self) -> list[Phone]:
        """All telephones, the carrier's too."""
        return [person.phone for person in self.people.values()]

    @property
    def extensions(self) -> list[Person]:
        """Those that register."""
        return [person for person in self.people.values() if person.phone.is_extension]

    @property
    def n_transferred(self) -> int:
        """How many transfers went well, as their transferors heard."""
        return sum(person.transferor.n_transferred for person in self.people.values())

    @property
    def n_failed(self) -> int:
        """How many transfers brought everybody back."""
        return sum(person.transferor.n_failed for person in self.people.values())

    def begin(self, n_calls: int, gap_s: float) -> None:
        """Plan `n_calls` by chance."""

        for person in self.extensions:
            person.device.live(self._world.now + n_calls * gap_s)
        for n in range(n_calls):
            self._world.after(BEGIN_S + n * gap_s, self._call(*self._world.random.choice(WAYS)))
        self._let_workers_die(BEGIN_S + n_calls * gap_s + LONG_TALK_S)

    def _let_workers_die(self, until_s: float) -> None:
        """Plan the moments at which the media worker dies."""
        dies_s = BEGIN_S
        while (dies_s := dies_s + self._world.random.uniform(*WORKER_LIVES_S)) < until_s:
            self._world.after(dies_s, self._world.media.die)

    def _call(self, at: Address, number: str) -> Callable[[], None]:
        def call() -> None:
            self.people[at].caller.call(number)

        return call

    def go_home(self) -> None:
        """Nobody calls any more: every telephone leaves the registrar."""
        for person in self.extensions:
            person.device.register(0)


def _person(world: World, at: Address) -> Person:
    phone = Phone(world, at)
    caller, holder, device = Caller(phone), Holder(phone), Device(phone)
    transferor = Transferor(phone, caller, holder)
    phone.habits = [caller, Callee(phone), holder, transferor, device]
    return Person(phone, caller, transferor, device)
