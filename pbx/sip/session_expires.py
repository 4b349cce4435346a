"""Session-Expires and Min-SE: their values, and what a UAS agrees to (RFC 4028 §4, §5, §9)."""

from dataclasses import dataclass
from typing import Literal

from pbx.core.errors import ParseError
from pbx.sip.capabilities import option_tags
from pbx.sip.grammar import find_param, parse_number, parse_params
from pbx.sip.message import Request, Response
from pbx.sip.responses import Fields
from pbx.sip.settings import EndpointSettings

Refresher = Literal["", "uac", "uas"]  # of the request at hand; "" = not said
Refusal = tuple[int, Fields]

SMALLEST_S = 90  # §5: no Min-SE is below
LONGEST_S = 86_400  # a day; what asks for more wants no session timer
LARGEST = 2**32 - 1

_REFRESHERS: dict[str, Refresher] = {"uac": "uac", "uas": "uas"}


@dataclass(frozen=True, slots=True)
class SessionExpires:
    """An interval in seconds and who refreshes."""

    interval_s: int
    refresher: Refresher = ""

    def __str__(self) -> str:
        return f"{self.interval_s};refresher={self.refresher}" if self.refresher else str(self.interval_s)


def session_expires(message: Request | Response) -> SessionExpires | None:
    """Return the Session-Expires, None when absent; ParseError 400."""
    value = message.headers.get("Session-Expires")
    if value is None:
        return None
    number, _, params = value.partition(";")
    refresher = (find_param(parse_params(f";{params}"), "refresher") if params else None) or ""
    interval_s = parse_number(number.strip(), LARGEST, "Session-Expires")
    return SessionExpires(interval_s, _REFRESHERS.get(refresher.lower(), ""))


def min_se(message: Request | Response) -> int:
    """Return the Min-SE in seconds, at least the default of §5; ParseError 400."""
    value = message.headers.get("Min-SE")
    number = 0 if value is None else parse_number(value.partition(";")[0].strip(), LARGEST, "Min-SE")
    return max(number, SMALLEST_S)


def refusal(request: Request, settings: EndpointSettings) -> Refusal | None:
    """Return 422 with Min-SE for an interval that is too short (§9), 400 for a malformed one."""
    try:
        asked = session_expires(request)
        min_se(request)
    except ParseError as error:
        return error.status, ()
    floor = max(settings.min_se_s, SMALLEST_S)
    if asked is None or asked.interval_s >= floor or "timer" not in option_tags(request, "Supported"):
        return None
    return 422, (("Min-SE", str(floor)),)


def agree(request: Request, settings: EndpointSettings, current: Refresher) -> SessionExpires | None:
    """Return what our 2xx says, None = no session timer (§9 Table 2).

    `current` is who refreshes now, in terms of this request; the peer's wish goes before it. The interval
    is never longer than asked for, and never shorter than either side's minimum allows.
    """
    asked = session_expires(request)
    has_timer = "timer" in option_tags(request, "Supported", "Require")
    if asked is None and not (has_timer and settings.session_expires_s):
        return None
    floor = max(settings.min_se_s, min_se(request))
    interval_s = max(settings.session_expires_s or LONGEST_S, floor)
    if asked is not None:
        interval_s = min(asked.interval_s, interval_s)
    if not has_timer:
        return SessionExpires(interval_s, "uas")  # a proxy asked; the UAC cannot refresh
    wanted = asked.refresher if asked is not None else ""
    return SessionExpires(interval_s, wanted or current or "uas")
