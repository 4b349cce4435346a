"""Outcome: what came of a rehearsed call, and the story of how it came to it."""

from dataclasses import dataclass

from pbx.call.record import CallRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a story; `at_s` since the call began, `place` file:line or "" = nothing an admin wrote."""

    at_s: float
    words: str
    place: str = ""

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        return f"{self.at_s:7.1f}s  {where}{self.words}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a test compares; parties are extensions and trunks by name, "" = nobody or nothing."""

    route: str
    path: tuple[str, ...] = ()  # flow.step
    rings: tuple[str, ...] = ()
    answered_by: str = ""
    said: tuple[str, ...] = ()  # to the caller
    consent: str = ""  # mode
    consent_state: str = ""
    verification: str = ""
    is_recorded: bool = False
    message: str = ""  # the box that a message is left in
    status: int = 0  # of a call that was refused
    record: CallRecord | None = None
    unasked: tuple[str, ...] = ()  # replies that nothing has asked for
    is_cut: bool = False  # it did not end
    story: tuple[Line, ...] = ()
