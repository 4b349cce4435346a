"""`verification.yaml`: how often a caller may try to say who he is."""

from typing import Annotated

from pydantic import Field

from pbx.config.types import Duration, Strict
from pbx.verify.claimed import NumberCounts


class VerificationSettings(Strict):
    """`verification.yaml`: attempts in one call, and the limits kept over all calls."""

    attempts: Annotated[int, Field(ge=1, le=10)] = 3
    failures_before_lock: Annotated[int, Field(ge=1, le=100)] = 5
    lock_s: Duration = Field(default=86400.0, alias="lock")
    number_counts: NumberCounts = "where_verified"
