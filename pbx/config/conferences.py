"""Conference rooms as written in `conferences.yaml`."""

from typing import Annotated, Literal

from pydantic import Field

from pbx.config.music import HOLD
from pbx.config.types import ExtensionNumber, Name, Pin, Strict, Text
from pbx.ivr.steps import Conference, FlowPlan

MAX_CONFERENCES = 500  # of one tenant; each is a line of the file and nothing else while nobody is in it
MOST_PARTIES = 200  # what one worker mixes in its 20 ms (docs/performance.md)
DEFAULT_PARTIES = 50
DEFAULT_ASK = "Please enter the PIN of the conference, and the hash key."
DEFAULT_WRONG = "Sorry, that is not the PIN."


class WrittenConference(Strict):
    """One room. `number` leads into it from every telephone of the tenant; a flow leads there by its name."""

    number: ExtensionNumber | None = None
    pin: Pin | None = Field(default=None, repr=False)
    ask: Text = DEFAULT_ASK
    wrong: Text = DEFAULT_WRONG
    music: Name = HOLD
    max_parties: Annotated[int, Field(ge=2, le=MOST_PARTIES)] = DEFAULT_PARTIES
    announce: Literal["beep", "none"] = "beep"
    sample_rate: Literal[8000, 16000] = 16000


class ConferencesFile(Strict):
    """`conferences.yaml`."""

    conferences: Annotated[dict[Name, WrittenConference], Field(max_length=MAX_CONFERENCES)] = Field(
        default_factory=dict
    )


def flow_name(conference: str) -> str:
    """Return the name of the flow behind a room's number; no flow of an admin has a / in its name."""
    return f"conference/{conference}"


def flow_into(conference: str) -> FlowPlan:
    """Return the flow behind a room's number: the room, and whoever leaves it ends the call."""
    step = Conference(conference=conference, next=None, refused=None)
    return FlowPlan(name=flow_name(conference), start="room", steps={"room": step})
