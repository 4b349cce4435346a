"""A telephone's registration: it comes, is refreshed, goes during calls, and is cut off now and then."""

from pbx.sip.effects import DigestCredentials, Register
from pbx.sip.events import RegistrationChanged, SipEvent
from tests.simulation.phone import SERVER, Phone
from tests.simulation.world import DOMAIN, PASSWORD

EXPIRIES_S = (30, 120, 3600)  # the first is too short: 423


class Device:
    """The habit of every extension."""

    def __init__(self, phone: Phone) -> None:
        self._phone = phone
        self.n_registered = 0

    def register(self, expires_s: int) -> None:
        """Bind this telephone; 0 seconds = remove the binding."""
        phone = self._phone
        credentials = DigestCredentials(username=phone.user, password=PASSWORD, realm=DOMAIN)
        aor = f"sip:{phone.user}@{DOMAIN}"
        phone.order(Register(aor=aor, remote=SERVER, credentials=credentials, expires_s=expires_s))

    def live(self, until: float) -> None:
        """Register, and be restless until a moment."""
        self.register(self._phone.random.choice(EXPIRIES_S))
        self._phone.later(self._phone.random.uniform(2.0, 40.0), lambda: self._next(until))

    def _next(self, until: float) -> None:
        phone, choice = self._phone, self._phone.random.random()
        if phone.world.now >= until:
            return
        if choice < 0.2:
            self.register(0)
        elif choice < 0.24:
            phone.world.network.cut(phone.at, phone.random.uniform(5.0, 50.0))
        phone.later(phone.random.uniform(0.0, 5.0), lambda: self.live(until))

    def hear(self, event: SipEvent) -> None:
        """Count what succeeded."""
        self.n_registered += isinstance(event, RegistrationChanged) and event.status == 200
