"""Which call a leg, a token or a recording belongs to."""

from collections.abc import Hashable
from typing import Generic, TypeVar

from pbx.core.ids import CallId

NameT = TypeVar("NameT", bound=Hashable)


class Owners(Generic[NameT]):
    """Names of one kind by call and calls by name; a call is forgotten in the time of its own names."""

    __slots__ = ("_names", "_owner")

    def __init__(self) -> None:
        self._owner: dict[NameT, CallId] = {}
        self._names: dict[CallId, list[NameT]] = {}

    def __len__(self) -> int:
        return len(self._owner)

    def claim(self, name: NameT, call: CallId) -> None:
        """`name` belongs to `call` from now on; again changes nothing."""
        if self._owner.get(name) != call:
            self._owner[name] = call
            self._names.setdefault(call, []).append(name)

    def of(self, name: NameT) -> CallId | None:
        """The call of this name."""
        return self._owner.get(name)

    def take(self, name: NameT) -> CallId | None:
        """The call of a name that is used once, which this was."""
        return self._owner.pop(name, None)

    def forget(self, call: CallId) -> None:
        """The call is over."""
        for name in self._names.pop(call, ()):
            if self._owner.get(name) == call:
                del self._owner[name]
