"""Circumstances: what is known of a call at the moment that a condition is asked of it."""

from dataclasses import dataclass
from datetime import datetime

from pbx.schedules.switches import NO_SCHEDULES, Schedules
from pbx.sip.stir.verdict import StirVerdict

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """`verdict` None = nobody looked; `caller` is E.164 or an extension, None = withheld.

    `headers` are those that the rules of its trunk let pass. `level` is how sure it is who calls.
    """

    at: datetime | None = None
    schedules: Schedules = NO_SCHEDULES
    verdict: StirVerdict | None = None
    caller: str | None = None
    headers: Fields = ()
    level: str = "V0"
    host: str = ""  # the address of a telephone, by which help finds it; "" = where its extension says it is


UNKNOWN = Circumstances()
