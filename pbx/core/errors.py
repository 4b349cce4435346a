"""The few errors of the engine. Busy, timeout, refused, unverified, declined are values, not errors."""

from dataclasses import dataclass

CANNOT_START = 78  # exit status EX_CONFIG of sysexits.h: another try would end the same way


@dataclass(unsafe_hash=True)
class ConfigError(Exception):
    """A mistake in what an admin wrote, with its place and a remedy.

    Not frozen: `contextlib` writes `__traceback__` of an exception that passes through it.
    """

    file: str
    line: int
    column: int
    path: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}"
        where = f" {self.path}:" if self.path else ""
        return f"{place}:{where} {self.message}" + (f" ({self.hint})" if self.hint else "")


class PeerFault(Exception):
    """What a peer sent cannot be used; `status` is the SIP answer, 0 means drop in silence."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class ParseError(PeerFault):
    """Octets that break the grammar."""


class PeerViolation(PeerFault):
    """A well-formed message that breaks the protocol."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message, status)


class MisuseError(Exception):
    """Our own bug: an API called in a state that does not allow it."""


class TransportError(Exception):
    """The network refused; raised in io packages only."""


class StorageError(Exception):
    """A disk, database or object store refused; `retryable` says whether waiting may help."""

    def __init__(self, message: str, *, retryable: bool) -> None:
        super().__init__(message)
        self.retryable = retryable
