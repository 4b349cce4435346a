"""TrunkClients: our registrations and watches, one set for all carriers of the configuration."""

from dataclasses import replace

from pbx.sip.effects import PlaceCall
from pbx.sip.stack import Stack
from pbx.sip.trunk.effects import Carrier, ServeTrunks
from pbx.sip.trunk.health import TrunkHealth
from pbx.sip.trunk.registration import TrunkRegistration
from pbx.sip.trunk.service_route import first_hop

Key = tuple[str, str]  # tenant, trunk


class TrunkClients:
    """Starts, keeps and ends them as the configuration changes."""

    __slots__ = ("_carriers", "_healths", "_leaving", "_registrations", "_stack")

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._carriers: dict[Key, Carrier] = {}
        self._registrations: dict[Key, TrunkRegistration] = {}
        self._healths: dict[Key, TrunkHealth] = {}
        self._leaving: list[TrunkRegistration] = []

    @property
    def n_leaving(self) -> int:
        """How many bindings are being removed."""
        self._leaving = [one for one in self._leaving if not one.is_over]
        return len(self._leaving)

    def serve(self, order: ServeTrunks, now: float) -> None:
        """Serve these carriers; one that did not change goes on undisturbed. ParseError for a wrong AoR."""
        wanted = {(carrier.tenant, carrier.name): carrier for carrier in order.carriers}
        for key in [key for key, carrier in self._carriers.items() if wanted.get(key) != carrier]:
            self._end(key, now)
        for key, carrier in wanted.items():
            if key not in self._carriers:
                self._begin(key, carrier, now)

    def routed(self, order: PlaceCall) -> PlaceCall:
        """Return a call to a carrier with the Service-Route of our registration there (RFC 3608 §5)."""
        registration = self._registrations.get(order.trunk) if order.trunk is not None else None
        if order.trunk is None or registration is None or not registration.routes:
            return order
        server = first_hop(registration.routes, self._carriers[order.trunk].server)
        return order if server is None else replace(order, route=registration.routes, server=server)

    def _begin(self, key: Key, carrier: Carrier, now: float) -> None:
        self._carriers[key] = carrier
        if carrier.registration is not None:
            registration = TrunkRegistration(self._stack, carrier, carrier.registration)
            self._registrations[key] = registration
            registration.tick(now)
        if carrier.health is not None:
            health = self._healths[key] = TrunkHealth(self._stack, carrier, carrier.health)
            health.tick(now)

    def _end(self, key: Key, now: float) -> None:
        del self._carriers[key]
        registration, health = self._registrations.pop(key, None), self._healths.pop(key, None)
        if registration is not None:
            registration.stop(now)
            self._leaving.append(registration)
        if health is not None:
            health.stop()
