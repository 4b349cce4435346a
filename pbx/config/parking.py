"""The parking lot as it is written in `dialplan.yaml`, and what becomes of it."""

import re
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from pbx.config.music import HOLD
from pbx.config.read import Read
from pbx.config.types import Duration, ExtensionNumber, Spelled, Strict, Text, written
from pbx.dialplan.rules import ParkingRule

MAX_SLOTS = 100  # of one tenant; each may be a lamp on every telephone
LEAST_S, MOST_S = 10.0, 3600.0  # before the parker is rung: nobody could dial a slot sooner
DEFAULT_ANNOUNCE = "The call is parked at {slot}."
_RANGE = re.compile(r"([1-9][0-9]{1,6})-([1-9][0-9]{1,6})", re.ASCII)


def _range(value: Any) -> tuple[str, ...]:
    """Return the numbers of `701-709`; one alone is a range too."""
    text = str(value) if type(value) is int else value
    found = _RANGE.fullmatch(f"{text}-{text}" if "-" not in str(text) else text) if text else None
    if found is None or len(found[1]) != len(found[2]) or int(found[1]) > int(found[2]):
        raise ValueError("expected the first and the last slot, 2 to 7 digits each, such as 701-709")
    first, last = int(found[1]), int(found[2])
    if last - first >= MAX_SLOTS:
        raise ValueError(f"{last - first + 1} slots, and at most {MAX_SLOTS} are possible")
    return tuple(str(number) for number in range(first, last + 1))


Slots = Annotated[
    tuple[str, ...],
    BeforeValidator(_range),
    written(
        "the first and the last slot, such as 701-709", "[1-9][0-9]{1,6}(-[1-9][0-9]{1,6})?", numbers=True
    ),
    Spelled(lambda slots: f"{slots[0]}-{slots[-1]}"),
]
Otherwise = Annotated[str, Field(pattern=r"^(extension|group)/[a-z0-9_-]{1,32}$")]


class WrittenParking(Strict):
    """`number` parks in any free slot; `otherwise` is rung after a parker who does not answer."""

    number: ExtensionNumber = "700"
    slots: Slots = _range("701-709")
    timeout_s: Annotated[Duration, Field(ge=LEAST_S, le=MOST_S)] = Field(default=60.0, alias="timeout")
    music: str = HOLD
    otherwise: Otherwise | None = None
    announce: Text = DEFAULT_ANNOUNCE

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.number in self.slots:
            raise ValueError(f"number: {self.number} is one of the slots")
        if "{slot}" not in self.announce:
            raise ValueError("announce: the text needs a {slot}, or nobody hears where the call is")
        return self


def parking_rule(written: WrittenParking | None, read: Read[Any]) -> ParkingRule | None:
    """Return the numbers of the lot for the dial plan; `read` is its file."""
    if written is None:
        return None
    place = read.document.place(("parking",))
    return ParkingRule(number=written.number, slots=written.slots, place=place)
