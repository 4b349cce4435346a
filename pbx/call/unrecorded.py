"""Unrecorded: what a caller in a flow is told first where his call should be recorded and is not."""

from pbx.call.capture import Capture
from pbx.call.context import CallContext
from pbx.call.ordered import Held
from pbx.recording.indication import indication
from pbx.recording.notice import (
    JournalAwaited,
    JournalFailed,
    JournalOpened,
    NoticeEvent,
    Outcome,
    UnrecordedNotice,
)

# What a notice begins with, and what it hears, by the state of the recording; none in other states.
_BEFORE: dict[str, NoticeEvent] = {"starting": JournalAwaited(), "failed": JournalFailed()}
_AFTER: dict[str, NoticeEvent] = {"recording": JournalOpened(), "failed": JournalFailed()}


class Unrecorded:
    """At most one notice at a time, which holds back what comes next; the caller is told once."""

    __slots__ = ("_capture", "_context", "_is_told", "_then")

    def __init__(self, context: CallContext, capture: Capture) -> None:
        self._context, self._capture = context, capture
        self._then: Held | None = None
        self._is_told = False

    def before(self, then: Held) -> tuple[UnrecordedNotice, NoticeEvent] | None:
        """Hold `then` back and return the notice with its first event; None = nothing has to be told."""
        policy, capture = self._capture.ruling.on_failure, self._capture
        begin = _BEFORE.get(capture.state)
        is_wanted = capture.granted and capture.kind == "call" and policy != "continue"
        if begin is None or not is_wanted or self._is_told:
            return None
        self._then = then
        return UnrecordedNotice(policy, self._context.language), begin

    def turned_down(self) -> tuple[UnrecordedNotice, NoticeEvent]:
        """The caller does not agree to what has to be recorded: he is told so, and the call ends."""
        language = self._context.language
        return UnrecordedNotice("refuse", language, indication("turned_down", language)), JournalFailed()

    def news(self) -> NoticeEvent | None:
        """What a notice that waits hears of the recording now."""
        return _AFTER.get(self._capture.state)

    def ended(self, outcome: Outcome) -> tuple[bool, Held | None]:
        """The notice is over: whether the caller was told something, and what was held back."""
        then, self._then = self._then, None
        self._is_told = outcome != "recorded"
        return self._is_told, then
