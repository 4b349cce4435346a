"""The turns of a spool's thread: a few journals at a time, and each as often as the others."""

import threading

import pytest

from pbx.recording.io.writer_thread import MAX_TURNS, TURN, WriterThread, turns

pytestmark = pytest.mark.requirement("R-09")


@pytest.mark.parametrize(
    ("n_journals", "n_turns"), [(0, 1), (1, 1), (TURN, 1), (TURN + 1, 2), (200, MAX_TURNS), (1000, MAX_TURNS)]
)
def test_in_how_many_turns_journals_are_written(n_journals: int, n_turns: int) -> None:
    assert turns(n_journals) == n_turns


class Journal:
    """Counts how often it is written, and how far it is ahead of the others then."""

    recording, device, is_kept = "r", 0, False
    enough = 5

    def __init__(self, others: "list[Journal]", goes: threading.Event) -> None:
        self._others, self._goes = others, goes
        self.n_flushed = self.ahead = 0

    def begin(self) -> bool:
        return self._goes.wait(10)

    def flush(self) -> bool:
        self.n_flushed += 1
        self.ahead = max(self.ahead, self.n_flushed - min(one.n_flushed for one in self._others))
        return self.n_flushed < self.enough

    def sync(self) -> int:
        return 0

    def end(self) -> None:
        """Nothing to close."""


def test_no_journal_has_a_turn_before_all_others_had_theirs() -> None:
    thread, goes = WriterThread("test-turns"), threading.Event()
    journals: list[Journal] = []
    journals += [Journal(journals, goes) for _ in range(2 * TURN + 3)]
    for journal in journals:
        thread.add(journal)
    goes.set()
    assert thread.wait_until_idle(10)
    assert [one.n_flushed for one in journals] == [Journal.enough] * len(journals)
    assert max(one.ahead for one in journals) == 1
