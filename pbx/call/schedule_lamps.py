"""Lamps of schedules: a telephone that watches the code of one sees whether it is closed."""

from collections.abc import Mapping

from pbx.call.start import TenantPlan
from pbx.core.wall import Wall
from pbx.sip.effects import SetLine
from pbx.sip.notify.line import LineDialog

LOOK_S = 1.0  # a lamp lights so soon after somebody has switched
_MINUTE_S = 60


class ScheduleLamps:
    """Lit = closed. Hours are looked at each minute, and at once when somebody has switched any."""

    __slots__ = ("_due", "_lit", "_minute", "_tenants", "_version")

    def __init__(self, tenants: Mapping[str, TenantPlan]) -> None:
        self._lit: dict[tuple[str, str], bool] = {}
        self._minute, self._version = -1, -1
        self._tenants: tuple[TenantPlan, ...] = ()
        self._due: float | None = None
        self.swap(tenants)

    def swap(self, tenants: Mapping[str, TenantPlan]) -> None:
        """Other schedules are in force."""
        self._tenants = tuple(one for one in tenants.values() if one.schedules.codes)
        self._minute = -1
        self._due = 0.0 if self._tenants or self._lit else None

    @property
    def deadline(self) -> float | None:
        """When to look again, None = there is nothing to see."""
        return self._due

    def tick(self, now: float, wall: Wall) -> list[SetLine]:
        """Return the lamps that have changed."""
        if self._due is None or now < self._due:
            return []
        at = wall.time(now)
        minute = int(at.timestamp()) // _MINUTE_S
        version = sum(one.schedules.switches.version for one in self._tenants[:1])  # they share them
        self._due = now + LOOK_S if self._tenants else None
        if (minute, version) == (self._minute, self._version):
            return []
        self._minute, self._version = minute, version
        lit = {
            (plan.schedules.tenant, code): plan.schedules.state(name, at).kind != "open"
            for plan in self._tenants
            for code, name in plan.schedules.codes.items()
        }
        changed = [one for one in {**self._lit, **lit} if self._lit.get(one, False) != lit.get(one, False)]
        self._lit = lit
        return [_lamp(tenant, code, is_lit=lit.get((tenant, code), False)) for tenant, code in changed]


def _lamp(tenant: str, code: str, *, is_lit: bool) -> SetLine:
    dialog = LineDialog(id=f"schedule-{code.removeprefix('*')}", state="confirmed", direction="recipient")
    return SetLine(tenant=tenant, extension=code, dialogs=(dialog,) if is_lit else ())
