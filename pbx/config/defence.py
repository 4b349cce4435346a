"""`defence` and `limits` as they are written: what strangers may take, and what parties may have."""

from typing import Annotated, Literal

from pydantic import Field

from pbx.config.types import Duration, Strict

PerSecond = Annotated[float, Field(ge=0, le=100_000)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Failures = Annotated[int, Field(ge=1, le=1000)]


class WrittenRate(Strict):
    """Messages a second after a burst; 0 a second = without limit."""

    per_s: PerSecond
    burst: Annotated[int, Field(ge=1, le=1_000_000)]


class WrittenBan(Strict):
    """So many wrong passwords within a time, and how long nobody listens then."""

    failures: Failures
    within_s: Duration = Field(alias="within")
    ban_s: Duration = Field(alias="ban")


def _ban(failures: int, within: str, ban: str) -> WrittenBan:
    return WrittenBan.model_validate({"failures": failures, "within": within, "ban": ban})


class WrittenDefence(Strict):
    """`defence` of `pbx.yaml`."""

    strangers: Literal["silence", "challenge"] = "silence"
    small_answers: bool = True
    messages: WrittenRate = WrittenRate(per_s=50, burst=100)
    neighbour_messages: WrittenRate = WrittenRate(per_s=2000, burst=4000)
    stranger_messages: WrittenRate = WrittenRate(per_s=500, burst=500)
    challenges: WrittenRate = WrittenRate(per_s=0.2, burst=30)
    user_ban: WrittenBan = _ban(5, "5 min", "15 min")
    source_ban: WrittenBan = _ban(50, "10 min", "1 h")


class WrittenLimit(Strict):
    """Calls at once and calls begun a second; 0 = without limit."""

    calls: Count = 0
    calls_per_s: PerSecond = 0


class WrittenLimits(Strict):
    """`limits` of `pbx.yaml`: of the machine, of each extension, of each address that is no carrier's."""

    machine: WrittenLimit = WrittenLimit(calls=2000)
    extension: WrittenLimit = WrittenLimit()
    source: WrittenLimit = WrittenLimit()
