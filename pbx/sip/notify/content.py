"""Content: what the NOTIFYs of one subscription say, and what they have said already."""

from dataclasses import dataclass
from typing import Protocol

from pbx.sip.location import Aor
from pbx.sip.notify.directory import Directory
from pbx.sip.notify.package import Package, Snapshot, Topic
from pbx.sip.responses import Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A body and the fields that belong to it, Content-Type among them; no octets = state not known."""

    octets: bytes = b""
    fields: Fields = ()


class Content(Protocol):
    """One resource, or a list of them."""

    @property
    def watched(self) -> tuple[Aor, ...]:
        """The resources whose changes are news."""
        ...

    @property
    def package(self) -> Package:
        """The event package."""
        ...

    def refusal(self, directory: Directory, subscriber: str) -> str:
        """Return why an extension may no longer watch this, as a reason of RFC 6665 §4.1.3; "" = it may."""
        ...

    def is_known(self, now: float) -> bool:
        """Whether the state is known, so that a first NOTIFY can tell it."""
        ...

    def note(self, aor: Aor) -> None:
        """The state of a watched resource may have changed."""
        ...

    def has_news(self, now: float) -> bool:
        """Whether the state differs from what was told last."""
        ...

    def restart(self) -> None:
        """Say everything again next time: the subscriber asked, or may have missed something."""
        ...

    def compose(self, now: float) -> Body:
        """Return the next NOTIFY's body."""
        ...


class Single:
    """The state of one resource, in full each time: a lost NOTIFY leaves no lamp wrong for longer."""

    __slots__ = ("_told", "_topic", "_version")

    def __init__(self, topic: Topic) -> None:
        self._topic = topic
        self._told: Snapshot | None = None
        self._version = 0

    @property
    def watched(self) -> tuple[Aor, ...]:
        return (self._topic.aor,)

    @property
    def package(self) -> Package:
        return self._topic.package

    def refusal(self, directory: Directory, subscriber: str) -> str:
        refused = self.package.may_watch(directory, self._topic.aor[1], subscriber)
        return "noresource" if refused else ""

    def is_known(self, now: float) -> bool:
        return self._look(now) is not None

    def note(self, aor: Aor) -> None:
        """Nothing: there is one resource, and it is looked at each time."""

    def has_news(self, now: float) -> bool:
        return self._look(now) != self._told

    def restart(self) -> None:
        """Nothing: every document is full."""

    def compose(self, now: float) -> Body:
        state = self._look(now)
        if state is None:
            return Body()
        octets = state.document(self._topic.entity, self._version, self._told)
        self._version += 1  # RFC 4235 §4.1: by one for each document sent to this subscriber
        self._told = state
        return Body(octets=octets, fields=(("Content-Type", self.package.content_type),))

    def _look(self, now: float) -> Snapshot | None:
        return self._topic.package.look(self._topic.aor, now)
