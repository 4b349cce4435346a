"""Part join: the parts of one journal become one row of items, each item once and in order.

A part's head says how many items are for certain in those before it. What a disk took after it had been
given up comes twice, and is left out the second time; what is torn off the end of a part costs nothing when
the next one begins with it.
"""

from dataclasses import replace

from pbx.core.errors import ParseError
from pbx.recording.journal import FIRST_PART, Damage, End, Head, Item, Note

CHANGED = "spool.changed"  # kind of the note at a seam
_MAX_REASON = 200  # a note has 1,024 octets


class PartJoin:
    """Takes items as they are read, part after part: `begin`, `take` each, `end`."""

    __slots__ = ("_head", "_is_headed", "_lost", "_n_items", "_n_seen", "_number", "_torn", "is_complete")

    def __init__(self) -> None:
        self.is_complete = False  # an End has come
        self._head: Head | None = None
        self._number = FIRST_PART
        self._is_headed = False  # the part that is being read
        self._n_items = 0  # how many are known of
        self._n_seen = 0  # which item of the recording comes next in this part
        self._torn: Damage | None = None  # the end of the last part
        self._lost: Damage | None = None  # what was never written again

    @property
    def damage(self) -> Damage | None:
        """The first place where items are lost, and the octets of all."""
        torn = None if self.is_complete else self._torn
        if self._lost is None or torn is None:
            return self._lost or torn
        return replace(self._lost, n_bytes=self._lost.n_bytes + torn.n_bytes)

    def begin(self, number: int) -> None:
        """What comes now is of part `number`."""
        self._number, self._is_headed = number, False

    def take(self, item: Item) -> Item | None:
        """Return what it is for the recording, None when it has been there.

        ParseError(0) when the part belongs to another journal, or has no head.
        """
        if not self._is_headed:
            return self._seam(item)
        match item:
            case Head():
                raise ParseError("a journal with two heads", 0)
            case End():
                was_complete, self.is_complete = self.is_complete, True
                return None if was_complete else item
        self._n_seen += 1
        if self._n_seen <= self._n_items:
            return None
        self._n_items = self._n_seen
        return item

    def end(self, damage: Damage | None) -> None:
        """The part could be read up to `damage`."""
        if damage is not None and self._number != FIRST_PART:
            damage = replace(damage, reason=f"part {self._number}: {damage.reason}")
        if damage is not None or self._is_headed:
            self._torn = damage

    def _seam(self, head: Item) -> Item | None:
        if not isinstance(head, Head):
            raise ParseError("a journal without a head", 0)
        known = self._head or head
        if head.part != self._number or (head.recording, head.tenant) != (known.recording, known.tenant):
            raise ParseError("a part of another journal", 0)
        if head.first_item > self._n_items and self._lost is None:
            missing = Damage(at=0, n_bytes=0, reason=f"nothing is left of what was before part {head.part}")
            self._lost = self._torn or missing
        is_first, self._head, self._is_headed = self._head is None, known, True
        self._n_seen, self._n_items = head.first_item, max(self._n_items, head.first_item)
        if is_first:
            return head
        return Note(CHANGED, {"part": str(head.part), "reason": head.reason[:_MAX_REASON]}, head.began_ns)
