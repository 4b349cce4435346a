"""Chapter join: what one media worker after the other kept of a recording becomes one row of items.

All workers of a machine read the same monotonic clock, so that their packets need no alignment: the hole at a
joint is as long as it was. What a worker notes of a leg holds until its journal ends; the next one says anew
what holds. A chapter consists of parts, see `PartJoin`.
"""

from collections.abc import Sequence
from dataclasses import replace

from pbx.core.errors import ParseError
from pbx.recording.chapter_channels import ChapterChannels
from pbx.recording.gaps import CONTINUES, MOVED
from pbx.recording.journal import FIRST_CHAPTER, PARTED, Damage, End, Head, Item, Note, Packet
from pbx.recording.part_join import PartJoin


class ChapterJoin:
    """Takes items as they are read, part after part: `begin`, `take` each, `end`."""

    __slots__ = ("_channels", "_chapter", "_head", "_is_parted", "_leg", "_n_cut", "_parts", "_torn")

    def __init__(self) -> None:
        self._channels = ChapterChannels()
        self._parts, self._chapter = PartJoin(), 0  # that are read
        self._head: Head | None = None  # of the recording: its first chapter's
        self._leg = ""  # that is recorded, as far as the items tell
        self._is_parted = False  # the leg went before the recording was stopped
        self._n_cut = 0  # chapters without an end, of those that were read before
        self._torn: Damage | None = None  # of those

    @property
    def damage(self) -> Damage | None:
        """The first place where items are lost, and the octets of all."""
        torn = self._damage()
        if self._torn is None or torn is None:
            return self._torn or torn
        return replace(self._torn, n_bytes=self._torn.n_bytes + torn.n_bytes)

    @property
    def is_complete(self) -> bool:
        """Whether every chapter has its end."""
        return self._parts.is_complete and not self._n_cut

    @property
    def is_over(self) -> bool:
        """Whether the recording was stopped: no further chapter can come."""
        return self._parts.is_complete and not self._is_parted

    def begin(self, number: int, chapter: int = FIRST_CHAPTER) -> None:
        """What comes now is of part `number` of a chapter."""
        if chapter != self._chapter:
            if self._chapter:
                self._torn, self._n_cut = self.damage, self._n_cut + (not self._parts.is_complete)
            self._parts, self._chapter = PartJoin(), chapter
        self._parts.begin(number)

    def end(self, damage: Damage | None) -> None:
        """The part could be read up to `damage`."""
        self._parts.end(damage)

    def take(self, item: Item) -> Sequence[Item]:
        """Return what it is for the recording, nothing when it has been there.

        ParseError(0) when the part belongs to another journal, or has no head.
        """
        found = self._parts.take(item)
        match found:
            case None:
                return ()
            case Packet(stream=stream):
                return (found,) if stream < 2 else (self._channels.renamed(found),)
            case Note():
                return (self._noted(found),)
            case Head():
                return self._joint(found)
            case End():
                return (found,)

    def _noted(self, note: Note) -> Item:
        if note.kind == PARTED:
            self._is_parted = True
        elif note.kind == MOVED:
            self._leg = note.details.get("leg", self._leg)
        return self._channels.renamed(note)

    def _joint(self, head: Head) -> Sequence[Item]:
        """The first item of a chapter."""
        if head.chapter != self._chapter:
            raise ParseError("a chapter of another journal", 0)
        before, self._head = self._head, self._head or head
        was_parted, self._is_parted = self._is_parted, False
        was_on, self._leg = self._leg, head.leg
        said = {"chapter": str(head.chapter)}
        if before is None:  # the manifest says so when others were before it
            lacks = head.chapter != FIRST_CHAPTER
            return (head, Note(CONTINUES, said, head.origin_ns)) if lacks else (head,)
        if (head.recording, head.tenant, head.call) != (before.recording, before.tenant, before.call):
            raise ParseError("a chapter of another recording", 0)
        if head.origin_ns < before.origin_ns:
            raise ParseError("a chapter by another machine's clock", 0)
        cause = "worker_drained" if was_parted else "worker_lost"
        at_ns = head.origin_ns
        moved = [Note(MOVED, {"from": was_on, "leg": head.leg}, at_ns)] if was_on != head.leg else []
        joint = Note(CONTINUES, said | {"cause": cause}, at_ns)
        return (joint, *self._channels.renew(at_ns), *moved)

    def _damage(self) -> Damage | None:
        """That of the chapter that is read."""
        torn = self._parts.damage
        if torn is None or self._chapter == FIRST_CHAPTER:
            return torn
        return replace(torn, reason=f"chapter {self._chapter}: {torn.reason}")
