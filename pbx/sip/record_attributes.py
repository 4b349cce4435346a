"""What descriptions say of being recorded: a=recordpref of a party, a=record of ours (RFC 7866 §7)."""

from collections.abc import Iterable
from typing import Literal, get_args

from pbx.sip.sdp import Media

RecordState = Literal["on", "off", "paused"]
PREFERENCES = frozenset({"on", "off", "pause", "nopreference"})
_NAME = b"a=recordpref:"
RECORD = "record"  # §11.5.1
MAX_LINE = 64  # octets; the longest value has twelve


def preference(description: bytes | None) -> str | None:
    """Return what the party prefers, None when it says nothing, or nothing that RFC 7866 §11.5.2 knows.

    Of several the strictest counts: one line of audio is recorded, and who wants no part of it kept means it.
    """
    if description is None or _NAME not in description:
        return None
    lines = (line for line in description.splitlines() if line.startswith(_NAME) and len(line) <= MAX_LINE)
    said = {line[len(_NAME) :].strip().decode("ascii", "replace").lower() for line in lines} & PREFERENCES
    return next((one for one in ("off", "pause", "on", "nopreference") if one in said), None)


def record_lines(state: RecordState | None) -> tuple[tuple[str, str | None], ...]:
    """Return the attributes of a stream, none when its sender is not told what is recorded of it."""
    return () if state is None else ((RECORD, state),)


def record_of(lines: Iterable[Media]) -> RecordState | None:
    """Return what our m= lines say of being recorded; we have one stream that is on."""
    said = {value for media in lines for value in media.values(RECORD)}
    return next((state for state in get_args(RecordState) if state in said), None)
