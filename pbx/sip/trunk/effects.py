"""The carriers that we register with and watch."""

from dataclasses import dataclass

from pbx.sip.credentials import DigestCredentials
from pbx.sip.locate.rules import ServerName


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationWish:
    """Keep `aor` (sip:user@domain) bound to us; `line` is a token in our Contact, "" = none."""

    aor: str
    expires_s: int = 3600
    line: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthWish:
    """Ask with OPTIONS each `interval_s`; so many silent rounds are down, so many answered ones up."""

    interval_s: float = 30.0
    timeout_s: float = 5.0
    down_after: int = 3
    up_after: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """A trunk as its client sees it."""

    tenant: str
    name: str
    server: ServerName
    account: DigestCredentials | None = None
    registration: RegistrationWish | None = None
    health: HealthWish | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeTrunks:
    """Register with and watch these carriers and no others; TrunkChanged follows for each change."""

    carriers: tuple[Carrier, ...]
