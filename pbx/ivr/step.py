"""A step of a flow: what all kinds of steps can tell of themselves."""

from abc import abstractmethod
from typing import ClassVar

Following = tuple[str | None, ...]  # names of steps; None = the end of the call


class Step:
    """One thing that a flow does. A new kind is a frozen dataclass of this base, in a module of its own."""

    __slots__ = ()

    # Whether it takes time on every path, so that a loop through it can do no harm. A target may be busy, a
    # bot away and a room full at once, consent and verification may be settled already: those take none.
    waits: ClassVar[bool] = True
    # Whether a caller, a bot or a database says what follows: a replay of past calls cannot know it.
    asks: ClassVar[bool] = False
    # Whether somebody may answer, which ends the flow and goes on with the call.
    connects: ClassVar[bool] = False

    @property
    @abstractmethod
    def following(self) -> Following:
        """Every step that may follow."""

    @property
    def unattended(self) -> Following:
        """What may follow when the caller does nothing."""
        return self.following

    @property
    def open_names(self) -> tuple[str, ...]:
        """The variables that it gives a text that others may know."""
        return ()

    @property
    def secret_names(self) -> tuple[str, ...]:
        """The variables that it gives a text that nobody else may know."""
        return ()

    @property
    @abstractmethod
    def words(self) -> str:
        """What it does, for the story of a call: plain words for who writes plans, and no secret."""
