"""The channels of further parties through the chapters of a recording: who comes again has the one he had.

Each media worker gives channels 3 and up anew, in the order in which the parties come to it. In the recording
a party keeps the channel that it had in an earlier chapter, unless somebody else has it now.
"""

from dataclasses import replace

from pbx.core.audio import MAX_CHANNELS
from pbx.recording.journal import Item, Note, Packet
from pbx.recording.own_channels import FIRST, LEFT, TAKEN, number_of


class ChapterChannels:
    """Turns the numbers of the chapter that is read into those of the recording."""

    __slots__ = ("_had", "_held", "_is_first", "_names", "_sits")

    def __init__(self) -> None:
        self._is_first = True
        self._names: dict[int, int] = {}  # of this chapter's channels: the recording's
        self._sits: dict[int, str] = {}  # who is in a channel of the recording now
        self._had: dict[str, int] = {}  # the channel that a party had last
        self._held: set[int] = set()  # those that were taken when the chapter began

    def renew(self, at_ns: int) -> list[Note]:
        """The next chapter begins at `at_ns`: nobody sits anywhere until it says so."""
        left = [
            Note(LEFT, {"channel": str(channel), "leg": leg}, at_ns)
            for channel, leg in sorted(self._sits.items())
        ]
        self._is_first, self._held = False, set(self._sits)
        self._names, self._sits = {}, {}
        return left

    def renamed(self, item: Packet | Note) -> Item:
        """Return the same with the number that its channel has in the recording."""
        if isinstance(item, Packet):
            channel = item.stream + 1
            known = self._names.get(channel, channel)
            return item if known == channel else replace(item, stream=known - 1)
        number = number_of(item)
        if number is None:
            return item
        known = self._take(number, item) if item.kind == TAKEN else self._names.get(number, number)
        if item.kind == LEFT:
            self._sits.pop(known, None)
        return item if known == number else replace(item, details={**item.details, "channel": str(known)})

    def _take(self, number: int, note: Note) -> int:
        leg = note.details.get("leg", "")
        self._sits.pop(self._names.pop(number, 0), None)
        known = number if self._is_first else self._free(number, leg)
        self._names[number], self._sits[known], self._had[leg] = known, leg, known
        return known

    def _free(self, number: int, leg: str) -> int:
        free = [n for n in range(FIRST, MAX_CHANNELS + 1) if n not in self._sits]
        had = self._had.get(leg)
        if had in free:
            return had
        unheld = [n for n in free if n not in self._held]
        return number if number in unheld else next(iter([*unheld, *free]), number)
