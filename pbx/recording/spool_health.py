"""Spool health: whether a spool directory takes journals.

    ACCEPTS -> REFUSING    it has refused something, or has not answered in time
    REFUSING -> ACCEPTS    for CALM_S all that was tried has gone well, and it is not FULL

A directory that is FULL by its watermarks gets no new recordings; those that run go on in it.
"""

from pbx.recording.watermarks import Level, Watermarks

CALM_S = 10.0  # a disk that fails again and again would tear recordings into many parts


class SpoolHealth:
    """The health of one directory; times are monotonic seconds."""

    __slots__ = ("_answers", "_is_there", "_marks", "_refused_at")

    def __init__(self, *, is_there: bool = True) -> None:
        self._refused_at: float | None = None  # the last time, while it is refusing
        self._answers = True
        self._is_there = is_there
        self._marks = Watermarks()

    @property
    def accepts(self) -> bool:
        """Whether a new recording may begin in it."""
        return self._is_there and self._refused_at is None and self._marks.level is not Level.FULL

    @property
    def answers(self) -> bool:
        """Whether a recording that nobody else takes may be given to it: what was tried last went well."""
        return self._is_there and self._answers

    @property
    def needs_trial(self) -> bool:
        """Whether it has to be tried before it accepts again."""
        return self._refused_at is not None

    def refused(self, now: float) -> bool:
        """It refused, or did not answer; return whether this is news."""
        is_news, self._refused_at, self._answers = self._refused_at is None, now, False
        return is_news

    def tried(self, now: float, *, went_well: bool) -> bool:
        """Take the outcome of a trial; return whether it has recovered."""
        if not went_well or self._refused_at is None:
            if self._refused_at is not None:
                self.refused(now)
            return False
        self._answers = True
        if now - self._refused_at < CALM_S:
            return False
        self._refused_at = None
        return True

    def filled(self, used_percent: float) -> None:
        """Take a measurement of its file system."""
        self._marks.take(used_percent)

    def found(self, *, is_there: bool) -> None:
        """Whether the directory is the one that it should be, and not what an unmounted disk leaves."""
        self._is_there = is_there
