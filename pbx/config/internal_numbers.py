"""`internal` of `dialplan.yaml`: numbers that only our own telephones dial, and the flow behind each."""

from pbx.config.marks import Document
from pbx.config.types import Name, Strict
from pbx.dialplan.rules import RoomRule

MAX_INTERNAL = 2000  # of one tenant: as many as a large house has queues, groups and announcements


class WrittenInternal(Strict):
    """Where a number leads that only our own telephones can dial."""

    flow: Name


def internal_rules(document: Document, written: dict[str, WrittenInternal]) -> tuple[RoomRule, ...]:
    """Return the rules of the dial plan, whose file `document` is."""
    return tuple(
        RoomRule(number=number, flow=one.flow, place=document.place(("internal", number)))
        for number, one in written.items()
    )
