"""`degradation` of `pbx.yaml`: how much may wait while the database is away, and what calls do then."""

from typing import Annotated, Literal

from pydantic import Field

from pbx.config.types import Strict

WhenFull = Literal["refuse_calls", "lose_facts"]


class DatabaseAway(Strict):
    """`journal_mb` of call records, consents and audit facts wait on disk; `when_full`: what then."""

    journal_mb: Annotated[int, Field(ge=1, le=65536)] = 256
    when_full: WhenFull = "refuse_calls"


class DegradationSettings(Strict):
    """What calls do without; where a tenant decides, it is in his files: see docs/degradation.md."""

    database: DatabaseAway = DatabaseAway()
