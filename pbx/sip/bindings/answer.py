"""The fields of a 200 to REGISTER: every binding of the AoR, and what we did with it."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache

from pbx.sip.bindings.contact import FULL_Q
from pbx.sip.bindings.outbound import FLOW_TIMER_S
from pbx.sip.capabilities import SUPPORTED
from pbx.sip.location import Binding
from pbx.sip.registrar import Registered
from pbx.sip.responses import Fields

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Gruus = tuple[str, str]  # public, temporary


def answer_fields(
    registered: Registered, now: float, date: datetime, gruus: Iterable[Gruus | None] = ()
) -> Fields:
    """Return Contact fields (§10.3, step 8), Date, Path as it came, and the flow's timer.

    `gruus` are those of each binding in order, None for a device without; none at all = nobody asked.
    """
    pairs = list(gruus) or [None] * len(registered.bindings)
    fields: list[tuple[str, str]] = [
        ("Contact", contact_value(binding, now, pair))
        for binding, pair in zip(registered.bindings, pairs, strict=True)
    ]
    fields += [("Path", value) for value in registered.path]
    fields.append(("Supported", SUPPORTED))
    if registered.is_flow:
        fields += [("Require", "outbound"), ("Flow-Timer", str(FLOW_TIMER_S))]
    fields.append(("Date", http_date(date.replace(microsecond=0))))
    return tuple(fields)


def contact_value(binding: Binding, now: float, gruus: Gruus | None = None) -> str:
    """Return one binding as a Contact value."""
    parts = [f"<{binding.uri}>"]
    if binding.q != FULL_Q:
        parts.append(f"q=0.{binding.q:03d}".rstrip("0") if binding.q else "q=0.0")
    parts.append(f"expires={max(0, round(binding.expires_at - now))}")
    if binding.instance:
        parts.append(f'+sip.instance="<{binding.instance}>"')
    if binding.reg_id:
        parts.append(f"reg-id={binding.reg_id}")
    if gruus is not None:
        parts += [f'pub-gruu="{gruus[0]}"', f'temp-gruu="{gruus[1]}"']
    return ";".join(parts)


@lru_cache(maxsize=4)  # many telephones register within one second
def http_date(at: datetime) -> str:
    """Return a SIP-date (§20.17), which is the same in every locale."""
    utc = at.astimezone(UTC)
    return f"{_DAYS[utc.weekday()]}, {utc.day:02d} {_MONTHS[utc.month - 1]} {utc:%Y %H:%M:%S} GMT"
