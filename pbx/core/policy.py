"""The name of a policy text: what every record of a call says of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyName:
    """A version, and the SHA-256 of its text in hexadecimal digits."""

    version: str
    sha256: str
