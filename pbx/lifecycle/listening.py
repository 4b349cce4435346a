"""Who may hear which recording, and for what (REC-11): whoever has no role hears nothing.

A decision is one of role, tenant, party, age and purpose; restrictions and the access log come after it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pbx.lifecycle.access import Form

Role = Literal["listener", "compliance", "admin"]
# `unknown` does not tell a stranger whether there is such a recording.
Objection = Literal["", "unknown", "role", "age", "purpose", "purpose_ended"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """What a user of the operating system may hear of one tenant.

    A `listener` hears calls in which one of `parties` ("extension/1001") took part, for `purposes` that the
    recording still has, until it is `within` old (None = as long as it is kept). `compliance` hears all, for
    any purpose; an `admin` sees the list and hears nothing.
    """

    user: str
    tenant: str
    role: Role
    parties: frozenset[str] = frozenset()
    purposes: frozenset[str] = frozenset()
    within: timedelta | None = None

    @property
    def sees_all(self) -> bool:
        return self.role != "listener"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A recording as it is judged: who took part, and the purposes that have not ended."""

    tenant: str
    started_at: datetime
    parties: frozenset[str]
    purposes: frozenset[str]


def roles_of(user: str, listeners: Iterable[Listener]) -> tuple[Listener, ...]:
    """Return what a user is, tenant by tenant; nothing for a stranger."""
    return tuple(one for one in listeners if one.user == user)


def objection(roles: Sequence[Listener], heard: Heard, form: Form, purpose: str, now: datetime) -> Objection:
    """Return why a recording is not given out, "" = nothing speaks against it."""
    role = next((one for one in roles if one.tenant == heard.tenant), None)
    if role is None or not (role.sees_all or role.parties & heard.parties):
        return "unknown"
    if role.role == "admin" and form != "show":
        return "role"
    if role.sees_all:
        return ""
    if role.within is not None and now - heard.started_at > role.within:
        return "age"
    if purpose not in role.purposes:
        return "purpose"
    return "" if purpose in heard.purposes else "purpose_ended"
