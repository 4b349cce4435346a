"""People of the simulation: they call, ring, answer, refuse, change their mind and hang up, all by chance."""

from collections.abc import Callable
from dataclasses import dataclass, field

from pbx.core.address import Address, Remote
from pbx.core.ids import LegId
from pbx.sip.effects import (
    AcceptReinvite,
    Answer,
    DigestCredentials,
    HangUp,
    PlaceCall,
    Register,
    Reinvite,
    Reject,
    Ring,
)
from pbx.sip.events import (
    CallOffered,
    LegAnswered,
    LegEnded,
    LegRejected,
    RegistrationChanged,
    ReinviteOffered,
    SipEvent,
)
from tests.call.conftest import ANSWER, OFFER
from tests.simulation.world import ALICE, CAROL, CARRIER, DOMAIN, PASSWORD, PBX, USERS, World

SERVER = Remote("udp", PBX.host, PBX.port)
PATIENCE_S = 30.0  # nobody waits or talks longer
REFUSALS = (486, 603, 480, 404)


@dataclass(slots=True)
class Outcome:
    """What one party saw of one leg."""

    placed: bool
    answered: bool = False
    ends: list[str] = field(default_factory=list)


class Party:
    """One telephone, or the carrier with all the telephones behind it."""

    def __init__(self, world: World, at: Address) -> None:
        self.outcomes: dict[LegId, Outcome] = {}
        self._world, self._at = world, at
        self._serial = 0
        self.is_registered = False
        world.heard[at] = self._hear

    def register(self) -> None:
        """Register with the PBX, as a telephone does."""
        user = USERS[self._at]
        credentials = DigestCredentials(username=user, password=PASSWORD, realm=DOMAIN)
        order = Register(aor=f"sip:{user}@{DOMAIN}", remote=SERVER, credentials=credentials, expires_s=36000)
        self._world.order(self._at, order)

    def call(self, number: str) -> None:
        """Call somebody; perhaps give up, in any case after a while."""
        self._serial += 1
        leg = LegId(f"{self._at.host}-{self._serial}")
        user = USERS.get(self._at, "+447700900123")
        self.outcomes[leg] = Outcome(placed=True)
        credentials = None
        if self._at in USERS:
            credentials = DigestCredentials(username=user, password=PASSWORD, realm=DOMAIN)
        order = PlaceCall(
            leg=leg,
            target=f"sip:{number}@{DOMAIN}",
            to=f"sip:{number}@{DOMAIN}",
            from_uri=f"sip:{user}@{DOMAIN}",
            from_display="",
            remote=SERVER,
            offer=OFFER,
            credentials=credentials,
        )
        self._world.order(self._at, order)
        random = self._world.random
        self._later(random.uniform(0.01, 5.0) if random.random() < 0.3 else PATIENCE_S, HangUp(leg=leg))

    def _later(self, seconds: float, order: HangUp | Ring | Answer | Reject | Reinvite) -> None:
        self._world.after(seconds, lambda: self._world.order(self._at, order))

    def _hear(self, event: SipEvent) -> None:
        match event:
            case CallOffered():
                self.outcomes[event.leg] = Outcome(placed=False)
                self._consider(event.leg)
            case LegAnswered():
                self.outcomes[event.leg].answered = True
                self._talk(event.leg)
            case LegRejected():
                self.outcomes[event.leg].ends.append(str(event.status))
            case LegEnded():
                self.outcomes[event.leg].ends.append(event.how)
            case ReinviteOffered():
                self._world.order(self._at, AcceptReinvite(leg=event.leg, answer=ANSWER))
            case RegistrationChanged():
                self.is_registered = event.status == 200

    def _consider(self, leg: LegId) -> None:
        """Ring, then answer, refuse, or let it ring."""
        random = self._world.random
        self._later(random.uniform(0.0, 0.5), Ring(leg=leg))
        choice = random.random()
        if choice < 0.6:
            self._later(random.uniform(0.1, 4.0), Answer(leg=leg, answer=ANSWER))
            self._later(random.uniform(4.0, PATIENCE_S), HangUp(leg=leg))
        elif choice < 0.85:
            self.outcomes[leg].ends.append("refused")
            self._later(random.uniform(0.0, 3.0), Reject(leg=leg, status=random.choice(REFUSALS)))

    def _talk(self, leg: LegId) -> None:
        random = self._world.random
        if random.random() < 0.2:
            self._later(random.uniform(0.1, 3.0), Reinvite(leg=leg, offer=OFFER))
        self._later(random.uniform(0.1, PATIENCE_S), HangUp(leg=leg))


def begin_calls(world: World, n_calls: int, gap_s: float) -> dict[Address, Party]:
    """Plan `n_calls` by chance; returns who takes part."""
    parties = {at: Party(world, at) for at in (ALICE, CAROL, CARRIER)}
    ways: tuple[tuple[Address, str], ...] = (
        (ALICE, "1003"),
        (CAROL, "1001"),
        (ALICE, "901632960999"),
        (CARRIER, "+441632960101"),
        (CARRIER, "+441632960102"),
        (CARRIER, "+441632960100"),
        (CARRIER, "+441632960199"),
    )

    def dial(at: Address, number: str) -> Callable[[], None]:
        return lambda: parties[at].call(number)

    for at in USERS:
        parties[at].register()
    for n in range(n_calls):
        world.after(5.0 + n * gap_s, dial(*world.random.choice(ways)))
    return parties
