"""LineDialog: one call of one extension, as those who watch the extension see it (RFC 4235 §3.7.1)."""

from dataclasses import dataclass
from typing import Literal

LineState = Literal["trying", "early", "confirmed"]  # a dialog that is terminated is not there any more
Direction = Literal["initiator", "recipient"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDialog:
    """`id` is unique among all dialogs of the extension; `remote_user` "" = withheld or not known."""

    id: str
    state: LineState
    direction: Direction
    remote_user: str = ""
    remote_display: str = ""


def record_lamp(extension: str) -> str:
    """Return the line on which an extension sees that it is recorded."""
    return f"recording-{extension}"
