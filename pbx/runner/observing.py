"""Observing: the counts beside the calls; a fault in them costs a number and never a call."""

import logging

from pbx.core.audit import AuditFact
from pbx.observe.call_counts import CallCounts

_log = logging.getLogger("pbx.metrics")


class Observing:
    """Gives `counts` what it is given."""

    __slots__ = ("_is_told", "counts")

    def __init__(self, counts: CallCounts) -> None:
        self.counts = counts
        self._is_told = False

    def take(self, item: object, now: float) -> None:
        """Count an event or an effect."""
        try:
            self.counts.take(item, now)
        except Exception as error:  # ours: the first one is enough to find it
            if not self._is_told:
                _log.exception("a %s was not counted: %s", type(item).__name__, type(error).__name__)
            self._is_told = True

    def fact(self, fact: AuditFact) -> None:
        """Count a fact that another process has written."""
        self.counts.fact(fact)
