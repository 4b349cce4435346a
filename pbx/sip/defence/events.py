"""Facts about who guesses passwords, from the SIP endpoint to the call layer."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class GuesserBanned:
    """Too many wrong passwords from a source, for one user or, with an empty `user`, for many.

    `source` is an address or an IPv6 /64.
    """

    source: str
    realm: str
    user: str
    failures: int
    ban_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpHeard:
    """A user who is banned at a source has called for help with the right password: his call goes on."""

    source: str
    realm: str
    user: str
