"""`verification.yaml`: how often a caller may try to say who he is."""

from typing import Annotated

from pydantic import Field

from pbx.config.types import Duration, Strict
from pbx.verify.claimed import NumberCounts
from pbx.verify.throttles import MAX_FAILURES
from pbx.verify.tries import PAIRS

Tries = Annotated[int, Field(ge=1, le=PAIRS)]


class VerificationSettings(Strict):
    """`verification.yaml`: attempts of a step, and the tenant's own limit over all calls.

    They tighten the limits of §4.4 and never loosen them: a shorter `lock` holds beside the 24 hours.
    """

    attempts: Tries = PAIRS
    failures_before_lock: Annotated[int, Field(ge=1, le=MAX_FAILURES)] = MAX_FAILURES
    lock_s: Duration = Field(default=86400.0, alias="lock")
    number_counts: NumberCounts = "where_verified"
