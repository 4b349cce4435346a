"""Lines: which dialogs every extension has, over all calls of the process."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from pbx.core.ids import CallId
from pbx.sip.effects import SetLine
from pbx.sip.notify.line import LineDialog

EffectT = TypeVar("EffectT")
LinesOfCall = Mapping[str, tuple[LineDialog, ...]]  # by extension
_NO_LINES: LinesOfCall = {}


def lines_first(effects: Iterable[EffectT]) -> list[EffectT | SetLine]:
    """Return what one turn ordered, with the last state of each line in front.

    What the other effects bring about at once is newer than what is known here. A leg that one call gives
    to another is in no call for a moment of this turn, which no lamp should show.
    """
    lines: dict[tuple[str, str], SetLine] = {}
    others: list[EffectT] = []
    for effect in effects:
        if isinstance(effect, SetLine):
            lines[effect.tenant, effect.extension] = effect
        else:
            others.append(effect)
    return [*lines.values(), *others]


class Lines:
    """Compares what a call shows with what it showed; the cost is that of the call, not of all calls."""

    __slots__ = ("_by_call", "_by_extension", "n_changes")

    def __init__(self) -> None:
        self._by_call: dict[CallId, LinesOfCall] = {}
        self._by_extension: dict[tuple[str, str], dict[CallId, tuple[LineDialog, ...]]] = {}
        self.n_changes = 0  # so far

    def is_busy(self, tenant: str, extension: str) -> bool:
        """Whether an extension is in use: it has called, rings or talks, on any of its telephones."""
        return (tenant, extension) in self._by_extension

    def update(self, tenant: str, call: CallId, shown: LinesOfCall) -> list[SetLine]:
        """A call shows these dialogs now; return what has changed. A call that is over shows none."""
        before = self._by_call.get(call, _NO_LINES)
        if shown is before or shown == before:
            return []
        if shown:
            self._by_call[call] = shown
        else:
            del self._by_call[call]
        self.n_changes += 1
        changed = [one for one in {**before, **shown} if before.get(one) != shown.get(one)]
        return [self._set(tenant, extension, call, shown.get(extension, ())) for extension in changed]

    def _set(self, tenant: str, extension: str, call: CallId, dialogs: tuple[LineDialog, ...]) -> SetLine:
        calls = self._by_extension.setdefault((tenant, extension), {})
        if dialogs:
            calls[call] = dialogs
        else:
            calls.pop(call, None)
        if not calls:
            del self._by_extension[tenant, extension]
        all_dialogs = tuple(dialog for of_call in calls.values() for dialog in of_call)
        return SetLine(tenant=tenant, extension=extension, dialogs=all_dialogs)
