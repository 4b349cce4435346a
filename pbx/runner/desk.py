"""A desk: does errands of one kind, and says whose end is theirs."""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from pbx.call.events import CallEvent
from pbx.core.ids import CallId

Work = Coroutine[None, None, None]
Tell = Callable[[CallEvent], None]


class Desk(Protocol):
    """What `Services.desks` has one of for every kind of errand that needs a store or a server of its own."""

    @property
    def takes(self) -> tuple[type, ...]:
        """The effects that it carries out."""

    def begun(self, effect: Any, tell: Tell) -> tuple[CallId, Work]:
        """Return whose task it is, and the work; what comes of it is told."""

    def forget(self, call: CallId) -> None:
        """The call is over."""
