"""A plug-in for tests: the points of a customer. It can be late, grow, be wrong, raise and die."""

import os
import signal
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

from pbx.plugins.plugin import Answer, Plugin


class Settings(BaseModel):
    """What a plan writes under `with`."""

    model_config = ConfigDict(extra="forbid")
    rate: int = 1
    mode: Literal["right", "late", "large", "wrong", "long", "raises", "dies", "prints"] = "right"


def points(settings: Settings, values: Mapping[str, str]) -> Answer:
    """Return as many points as the number of the caller has digits, times the rate."""
    match settings.mode:
        case "late":
            signal.pause()
        case "large":
            bytearray(1 << 30)
        case "wrong":
            return Answer(outcome="never_heard_of")
        case "long":
            return Answer(outcome="known", gives={"points": "9" * 65})
        case "raises":
            raise LookupError(values["caller"])
        case "dies":
            os._exit(1)
        case "prints":
            print("a line of the plug-in")
    number = values.get("caller", "")
    if not number:
        return Answer(outcome="unknown")
    return Answer(outcome="known", gives={"points": str(len(number) * settings.rate)})


plugin = Plugin(settings=Settings, outcomes=("known", "unknown"), gives=("points",), run=points)
no_plugin = points
