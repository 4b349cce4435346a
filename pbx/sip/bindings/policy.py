"""RegistrationPolicy: what the registrar grants the phones of one extension."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal

from pbx.sip.edge import Network, is_address
from pbx.sip.qualify import QualifyRule

WhenFull = Literal["reject", "replace_oldest", "remove_unreachable"]

MAX_CONTACTS = 10  # a desk phone, a mobile, a web client, with room for stale ones


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationPolicy:
    """Limits of one extension; `networks` empty = its phones may be anywhere.

    `min_expires_s`: below, a phone would register more often than it calls.
    """

    max_contacts: int = MAX_CONTACTS
    when_full: WhenFull = "reject"
    min_expires_s: int = 60
    default_expires_s: int = 3600
    max_expires_s: int = 7200
    networks: tuple[Network, ...] = ()
    qualify: QualifyRule | None = None

    def allows(self, host: str) -> bool:
        """Whether a phone at this address may register and call; text that is no address may not."""
        if not self.networks:
            return True
        return is_address(host) and any(ip_address(host) in network for network in self.networks)


DEFAULT_POLICY = RegistrationPolicy()
