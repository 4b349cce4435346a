"""`call_back` of `verification.yaml`: how customers are called back at their numbers on file."""

from typing import Annotated

from pydantic import Field

from pbx.config.marketing import Hours
from pbx.config.types import Dialled, Duration, Name, Strict
from pbx.verify.call_back import Confirm, SaysDigits


class CallBackSettings(Strict):
    """`trunk` is a trunk or a group; without `hours`, of the tenant's time zone, it is always open."""

    trunk: Name
    caller_id: Dialled | None = None
    hours: Hours | None = None
    confirm: Confirm = "key"
    last_digits: SaysDigits = "never"
    ring: Annotated[Duration, Field(ge=10.0, le=120.0)] = 30.0
