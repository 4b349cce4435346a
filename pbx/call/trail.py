"""Trail: what a call has come through on its way, step by step, for whoever asks later why."""

from dataclasses import dataclass

MAX_ENTRIES = 100  # of one call; a menu that is gone round a hundred times tells nothing new
MAX_WORDS = 40  # entries that its record keeps


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """At monotonic second `at`: a step of a flow was entered, or, without `step`, something that `words` say.

    `place` is file:line, "" = nothing that an admin wrote.
    """

    at: float
    words: str
    flow: str = ""
    step: str = ""
    place: str = ""


class Trail:
    """Entries in order; what comes behind MAX_ENTRIES is not kept."""

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All of them so far."""
        return tuple(self._entries)

    def since(self, n_known: int) -> list[Entry]:
        """Return those behind the first `n_known`."""
        return self._entries[n_known:]

    def entered(self, step: tuple[str, str, str], now: float) -> None:
        """A flow enters a step: its flow, its name, and where it is written."""
        flow, name, place = step
        self._add(Entry(at=now, words=f"{flow}.{name}", flow=flow, step=name, place=place))

    def note(self, words: str, now: float) -> None:
        """Something that no event and no leg of the call tells."""
        self._add(Entry(at=now, words=words))

    def words(self, began: float) -> list[str]:
        """The first MAX_WORDS entries as lines of a record, each with the seconds since the call began."""
        told = [f"{_where(one)} +{max(0.0, one.at - began):.1f}s" for one in self._entries[:MAX_WORDS]]
        n_more = len(self._entries) - len(told)
        return [*told, f"and {n_more} more"] if n_more > 0 else told

    def _add(self, entry: Entry) -> None:
        if len(self._entries) < MAX_ENTRIES:
            self._entries.append(entry)


def _where(entry: Entry) -> str:
    return f"{entry.place}: {entry.words}" if entry.place else entry.words
