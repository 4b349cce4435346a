"""What descriptions say of being recorded: a=recordpref of a party, a=record of ours (RFC 7866 §7)."""

from typing import Literal

RecordState = Literal["on", "off", "paused"]
PREFERENCES = frozenset({"on", "off", "pause", "nopreference"})
_NAME = b"a=recordpref:"
MAX_LINE = 64  # octets; the longest value has twelve


def preference(description: bytes | None) -> str | None:
    """Return what the party prefers, None when it says nothing, or nothing that RFC 7866 §11.2.2 knows.

    Of several the strictest counts: one line of audio is recorded, and who wants no part of it kept means it.
    """
    if description is None or _NAME not in description:
        return None
    lines = (line for line in description.splitlines() if line.startswith(_NAME) and len(line) <= MAX_LINE)
    said = {line[len(_NAME) :].strip().decode("ascii", "replace").lower() for line in lines} & PREFERENCES
    return next((one for one in ("off", "pause", "on", "nopreference") if one in said), None)
