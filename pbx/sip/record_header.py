"""The Record header of an INFO: the record key of a telephone (no RFC; Yealink SIP-T4 manual).

`Record: on` begins a recording, or goes on with one that was paused; `Record: off` pauses or ends it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pbx.core.ids import LegId

HEADER = "Record"
_VALUES: Mapping[str, bool] = {"on": True, "off": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRequested:
    """The party's record key was pressed; AnswerRecord says at once whether it may order that."""

    leg: LegId
    on: bool


def wanted(value: str | None) -> bool | None:
    """Return what the header's value asks for; None = no header, or a value that means nothing."""
    return _VALUES.get(value.strip().lower()) if value is not None else None
