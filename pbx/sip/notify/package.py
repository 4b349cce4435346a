"""Package: one event package of RFC 6665 §5, as the notifier needs to know it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pbx.sip.location import Aor
from pbx.sip.notify.directory import Directory


class Snapshot(Protocol):
    """The state of one resource at one moment; equal snapshots need no NOTIFY."""

    def document(self, entity: str, version: int, before: "Snapshot | None") -> bytes:
        """Return the full state; `before` is what the subscriber was told last."""
        ...


def nothing(aor: Aor) -> None:
    """Nobody has to be asked."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Package:
    """`look` returns the state, None while it is not known; `ask` orders it.

    `may_watch` (directory, resource, subscribing extension) returns 0, or the status of a refusal.
    `interval_s` is the mean distance of the NOTIFYs of one subscription in a long row of changes.
    """

    name: str
    content_type: str
    interval_s: float
    look: Callable[[Aor, float], Snapshot | None]
    may_watch: Callable[[Directory, str, str], int]
    ask: Callable[[Aor], None] = nothing
    instead: "Package | None" = None  # the same state in an older form, for who accepts that form alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What one subscription is about; `entity` is the resource's URI."""

    package: Package
    aor: Aor
    entity: str
