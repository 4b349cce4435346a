"""DigestCredentials: what we prove to others that we are."""

from dataclasses import dataclass

from pbx.core.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestCredentials:
    """What we answer a 401/407 with; only for this realm (empty = any, test phones only)."""

    username: str
    password: Secret[str]
    realm: str = ""
