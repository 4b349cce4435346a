"""A walk along the audit log that finds what was altered, deleted, inserted, moved or forked, and where.

An entry commits to its position. Payloads that fit an entry at another position tell therefore what happened:
an offset that lasts to the end is an insertion or a deletion where it begins, one that goes is a move.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from pbx.core.errors import ParseError
from pbx.recording.log import Tree, commitment
from pbx.recording.signed_note import open_note, origin_of

WINDOW = 64  # how far an entry is looked for from where it was expected
MAX_SEARCHES = 1_000  # a log that is altered throughout needs no more to be told so
MAX_FINDINGS = 100
Damage = Literal["altered", "deleted", "inserted", "moved", "forked", "unsigned note"]
PayloadAt = Callable[[int], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong, at which index of the log, and in words."""

    what: Damage
    index: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One stored entry; `payload_at` gives what its fact commits to at a position, None = it is gone."""

    position: int
    entry: bytes
    salt: bytes | None
    payload_at: PayloadAt | None


class Walk:
    """Takes lines in the order of their positions, then the checkpoints, and judges."""

    __slots__ = ("_erased", "_findings", "_gone", "_runs", "_searches", "tree")

    def __init__(self) -> None:
        self.tree = Tree()
        self._findings: list[Finding] = []
        self._runs: list[tuple[int, int]] = [(0, 0)]  # (index, offset from there on)
        self._erased: set[int] = set()  # positions that the log itself calls erased
        self._gone: list[int] = []
        self._searches = 0

    def add(self, line: Line) -> None:
        """Take the next line."""
        while self.tree.size < line.position:
            self._find("deleted", self.tree.size, "the entry is missing")
            self.tree.append(b"")
        index = line.position
        self.tree.append(line.entry)
        if line.payload_at is None:
            self._missing(index, line)
        elif line.salt is None:
            self._find("altered", index, "the salt was taken from a fact that is still there")
        else:
            self._compare(index, line, line.payload_at)

    def erased(self, position: int) -> None:
        """Say that a fact of the log names this position as erased."""
        self._erased.add(position)

    def checkpoints(self, notes: Sequence[bytes], public_key: bytes) -> int | None:
        """Compare all checkpoints, the smallest first; return where the log leaves what was signed."""
        good = 0
        for note in notes:
            try:
                checkpoint = open_note(note, public_key)
            except ParseError as error:
                self._find("unsigned note", good, str(error))
                continue
            if checkpoint.origin != origin_of(public_key):
                self._find("unsigned note", good, "it is of another log")
            elif not self.signed(checkpoint.head, good):
                return good
            else:
                good = checkpoint.size
        return None

    def signed(self, head: tuple[int, bytes], good: int) -> bool:
        """Compare one (size, root) that was signed; up to `good` the log is known to be right."""
        size, root = head
        if size > self.tree.size:
            self._find("deleted", self.tree.size, f"{size} entries were signed, {self.tree.size} are there")
            return False
        if self.tree.root(size) != root:
            text = f"entries {good} to {size - 1} are not those that were signed"
            self._find("forked", good, text)
            return False
        return True

    def findings(self) -> tuple[Finding, ...]:
        """Return all that is wrong, in the order of the log; empty when it is whole."""
        for index in self._gone:
            if index not in self._erased:
                self._find("deleted", index, "the fact is gone and the log does not say that it was erased")
        self._gone.clear()
        self._judge_runs()
        return tuple(sorted(self._findings, key=lambda one: one.index))

    def _missing(self, index: int, line: Line) -> None:
        if line.salt is not None:
            self._find("deleted", index, "the fact is gone")
        else:
            self._gone.append(index)

    def _compare(self, index: int, line: Line, payload_at: PayloadAt) -> None:
        offset = self._runs[-1][1]
        salt = line.salt or b""
        if commitment(salt, payload_at(index + offset)) == line.entry:
            return
        found = self._search(index, line, payload_at)
        if found is None:
            self._find("altered", index, "the fact is not the one that was committed to")
        else:
            self._runs.append((index, found))

    def _search(self, index: int, line: Line, payload_at: PayloadAt) -> int | None:
        if self._searches >= MAX_SEARCHES:
            return None
        self._searches += 1
        for distance in range(WINDOW + 1):
            for offset in (distance, -distance):
                if index + offset < 0:
                    continue
                if commitment(line.salt or b"", payload_at(index + offset)) == line.entry:
                    return offset
        return None

    def _judge_runs(self) -> None:
        base = 0
        while len(self._runs) > 1:
            index, offset = self._runs.pop(1)
            back = next((n for n, (_, later) in enumerate(self._runs[1:], 1) if later == base), None)
            if back is not None:
                end = self._runs[back][0]
                self._find("moved", index, f"entries {index} to {end - 1} are not in their order")
                del self._runs[1 : back + 1]
            elif offset > base:
                self._find("deleted", index, f"{offset - base} entries are missing here")
                base = offset
            else:
                first = index - (base - offset)
                self._find("inserted", max(0, first), f"{base - offset} entries too many")
                base = offset

    def _find(self, what: Damage, index: int, text: str) -> None:
        if len(self._findings) < MAX_FINDINGS:
            self._findings.append(Finding(what=what, index=index, text=text))
